"""A file painted into a file. Between them are plain rows in the temporary folder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tinystyle.errors import OptionError
from tinystyle.network.spec import MIN_SIZE
from tinystyle.pictures.depth import full
from tinystyle.pictures.libvips.reading import Opened
from tinystyle.pictures.libvips.spool import encode_rows, spool
from tinystyle.runtime.color import softened
from tinystyle.runtime.enlargement import Enlargement
from tinystyle.runtime.streaming.hidden_colours import fill_hidden
from tinystyle.runtime.streaming.raw_rows import ColourKeeping, RawSink, RawSource
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions
from tinystyle.runtime.tiles.rows import RowSink, RowSource
from tinystyle.runtime.tiles.scratch import require_room
from tinystyle.runtime.tiles.spans import Span

__all__ = ["STREAMED", "Manner", "paint_opened", "small_of"]

STREAMED = 100_000_000
"""Bytes that libvips takes, and rows of both pictures: what is there instead of the pictures."""

_DECODED, _PAINTED = 0.1, 0.9
"""Shares of the time after which a picture is decoded, and painted."""

_STRIP = 256
"""Rows at a time of a picture that is enlarged."""

_SUPPORT = 4
"""Pixels of the small picture that a resampled one may look aside, and to spare."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a picture is to be painted, as in :meth:`tinystyle.runtime.stylizer.Stylizer.stylize`."""

    strength: float = 1.0
    keep_color: bool = False
    stroke_size: float | None = None
    background: tuple[int, ...] = (255, 255, 255)
    """Behind a cut-out that becomes a JPEG."""


def paint_opened(
    painter: Stylizer,
    opened: Opened,
    label: str,
    output: Path,
    form: str,
    manner: Manner,
    tiles: TileOptions,
) -> None:
    """Paint the file that ``opened`` is of into ``output``, of the format ``form``.

    Raises PictureError where it is damaged, OptionError where the network cannot paint it so,
    OutputError where the temporary folder has no room for both pictures or the file cannot be
    written. ``label`` names the picture in errors.
    """
    height, width = opened.size
    dtype = np.dtype(np.uint16 if opened.deep else np.uint8)
    alpha = opened.image.bands in (2, 4)
    size = painter.painted_size(height, width, manner.stroke_size)
    if size == opened.size and painter.tiling.refusal is not None:
        raise OptionError(f"{label}: is too large for memory; {painter.tiling.refusal}")
    if min(size) < MIN_SIZE:
        raise OptionError(f"{label}: is {height}x{width} px; sides below {MIN_SIZE} need memory")
    room = height * width * dtype.itemsize * (7 if alpha else 6)
    require_room(room, "for the picture and the painting")
    told = tiles.progress or (lambda share: None)
    with tempfile.TemporaryDirectory(prefix="tinystyle-") as name:
        before, after = Path(name) / "before", Path(name) / "after"
        bands = spool(opened, before, label, lambda share: told(_DECODED * share))
        if bands == 4:
            fill_hidden(before, height, width, dtype)
        with (
            RawSource(before, height, width, bands, dtype) as source,
            RawSink(after, source if bands == 4 else None) as sink,
        ):
            kept: RowSink = ColourKeeping(source, sink) if manner.keep_color else sink
            middle = _PAINTED - _DECODED
            inner = replace(tiles, progress=lambda share: told(_DECODED + middle * share))
            if size == opened.size:
                painter.tiling.paint_rows(source, kept, manner.strength, inner, STREAMED)
            else:
                _paint_small(painter, source, kept, size, manner.strength, inner)
            sink.finish(height, width, dtype)
        before.unlink()
        rest = 1.0 - _PAINTED
        encode_rows(
            after,
            output,
            form,
            opened,
            tuple(value * full(dtype) // 255 for value in manner.background),
            lambda share: told(_PAINTED + rest * share),
        )


def _paint_small(
    painter: Stylizer,
    source: RowSource,
    sink: RowSink,
    size: tuple[int, int],
    strength: float,
    tiles: TileOptions,
) -> None:
    """At ``size``, and carried to the picture's own."""
    small = small_of(source, size)
    painted = painter.stylize(small, stroke_size=1.0, tiles=replace(tiles, progress=None))
    height, width = source.size
    carried = Enlargement(painted, small, height, width)
    for top in range(0, height, _STRIP):
        rows = Span(top, min(height, top + _STRIP))
        pixels: Any = source.read(rows)
        sink.write(rows, softened(carried.rows(top, pixels), pixels, strength))
        if tiles.progress is not None:
            tiles.progress(rows.end / height)


def small_of(source: RowSource, size: tuple[int, int]) -> Any:
    """A picture of rows at a smaller size, as
    :func:`tinystyle.pictures.images.resize` makes it of an array, but for rounding."""
    height, width = source.size
    scale = height / size[0]
    step = max(1, int(_STRIP / scale))
    dtype = source.read(Span(0, 1)).dtype
    small = np.empty((*size, 3), dtype)
    for top in range(0, size[0], step):
        bottom = min(size[0], top + step)
        first = max(0, int((top - _SUPPORT) * scale))
        last = min(height, int((bottom + _SUPPORT) * scale) + 1)
        rows = source.read(Span(first, last))
        box = (0.0, top * scale - first, float(width), min(bottom * scale, height) - first)
        target = (size[1], bottom - top)
        if dtype == np.uint8:
            image = Image.fromarray(np.ascontiguousarray(rows))
            small[top:bottom] = image.resize(target, Image.Resampling.BICUBIC, box)
            continue
        for channel in range(3):
            plane = Image.fromarray(rows[..., channel].astype(np.float32))
            made = plane.resize(target, Image.Resampling.BICUBIC, box)
            values = np.rint(np.asarray(made)).clip(0.0, full(dtype))
            small[top:bottom, :, channel] = values
    return small
