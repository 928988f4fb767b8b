"""From tiles of a picture to the statistics of its norms, and with them to the painted picture.

Such a network has two more inputs and one more output. ``statistics`` are the means (row 0) and
variances (row 1) of all channels of all norms; ``core`` says which part of a tile counts; and
``measured`` are the statistics of that part, as they are if those of the norms before are right,
and of how many places they are (row 2), which differ where norms differ in resolution. So
the first norm's are right after one pass over a picture, the second's after two, and after as many
passes as there are norms all are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.network.manifest import Manifest
from tinystyle.runtime.tiles.spans import Span
from tinystyle.runtime.tiles.statistics import Gathered, Measure

__all__ = ["CORE", "MEASURED", "STATISTICS", "GivenForm", "Tile", "gathered", "painted", "tiles_of"]

STATISTICS, CORE, MEASURED = "statistics", "core", "measured"
"""Names of the inputs, and of the output."""

_MOST = 100_000
"""Channels, passes and pixels that a file may speak of."""

Array = NDArray[Any]
Run = Callable[[str, Mapping[str, Array]], Array]
"""From the name of an output and the inputs by name to the output."""


@dataclass(frozen=True, slots=True)
class GivenForm:
    """What a file says of its statistics."""

    channels: int
    """Of all norms together."""
    passes: int
    """Over a picture until all statistics are right."""
    margin: int
    """Pixels around a tile's core that are needed."""
    multiple: int
    """A tile's core begins at multiples of so many pixels."""

    @classmethod
    def of(cls, manifest: Manifest, label: str) -> GivenForm:
        """Raises ModelError where the file does not say."""
        names = ("statistics_channels", "statistics_passes", "tile_margin", "tile_multiple")
        try:
            found = [int(manifest.notes[name]) for name in names]
        except (KeyError, ValueError) as error:
            raise ModelError(f"{label}: does not say how its statistics are made") from error
        if not all(1 <= number <= _MOST for number in found):
            raise ModelError(f"{label}: says {found} of its statistics; it is damaged")
        return cls(*found)

    def notes(self) -> dict[str, str]:
        """For :attr:`Manifest.notes`."""
        return {
            "statistics_channels": str(self.channels),
            "statistics_passes": str(self.passes),
            "tile_margin": str(self.margin),
            "tile_multiple": str(self.multiple),
        }

    def blank(self) -> NDArray[np.float32]:
        """Statistics to begin with: means 0, variances 1."""
        start = np.zeros((2, self.channels), np.float32)
        start[1] = 1.0
        return start


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows and columns of a picture that are computed, and those of them that count."""

    rows: Span
    columns: Span
    core_rows: Span
    core_columns: Span

    @property
    def core(self) -> NDArray[np.int64]:
        """Top, left, bottom, right within the tile."""
        rows, columns = (
            self.core_rows.seen_from(self.rows.start),
            self.core_columns.seen_from(self.columns.start),
        )
        return np.array([rows.start, columns.start, rows.stop, columns.stop], np.int64)


def tiles_of(height: int, width: int, side: int, form: GivenForm) -> Iterator[Tile]:
    """Of a core of ``side`` pixels, rounded to the multiple that is needed."""
    step = max(form.multiple, side // form.multiple * form.multiple)
    axes = []
    for length in (height, width):
        spans = []
        for start in range(0, length, step):
            core = Span(start, min(length, start + step))
            first = max(0, start - form.margin) // form.multiple * form.multiple
            spans.append((Span(first, min(length, core.end + form.margin)), core))
        axes.append(spans)
    for rows, core_rows in axes[0]:
        for columns, core_columns in axes[1]:
            yield Tile(rows, columns, core_rows, core_columns)


def gathered(
    run: Run, inputs: Callable[[Tile], Mapping[str, Array]], tiles: list[Tile], form: GivenForm
) -> NDArray[np.float32]:
    """The statistics of a picture, ``(2, channels)``. ``inputs`` are those of a tile but for
    these."""
    known = form.blank()
    for _ in range(form.passes):
        total = Gathered()
        for tile in tiles:
            made = run(MEASURED, {**inputs(tile), STATISTICS: known, CORE: tile.core})
            mean, variance, places = made.astype(np.float64)
            with np.errstate(all="ignore"):
                total.add(places, {Measure.MEAN: mean, Measure.VARIANCE: variance})
        values = [total.values[measure] for measure in (Measure.MEAN, Measure.VARIANCE)]
        with np.errstate(over="ignore"):
            known = np.stack(values).astype(np.float32)
        # Of norms whose turn has not come they may be anything, and are not looked at yet.
    if not np.isfinite(known).all():
        raise ModelError("the model's statistics are not numbers; it is damaged")
    return known


def painted(
    run: Run,
    output: str,
    inputs: Callable[[Tile], Mapping[str, Array]],
    tiles: list[Tile],
    form: GivenForm,
) -> Iterator[tuple[Tile, Array]]:
    """Each tile's output, of which the core is the picture's."""
    known = gathered(run, inputs, tiles, form)
    for tile in tiles:
        yield tile, run(output, {**inputs(tile), STATISTICS: known, CORE: tile.core})
