"""Pictures in tiles against whole pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.benchmarks.tiles.pictures import KINDS, networks, photograph
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.images import to_batch, to_uint8
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import Room
from tinystyle.runtime.tiles.painting import TiledNetwork
from tinystyle.runtime.tiles.rows import ArrayRows
from tinystyle.runtime.tiles.spans import Span

__all__ = ["SIZES", "TILES", "Difference", "measure_exactness"]

SIZES = ((480, 640), (767, 1023), (1600, 1200), (999, 1501), (1536, 2048))
"""Height and width."""

TILES = (256, 512, 1024)
"""Sides in pixels."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one painted picture."""

    artwork: str
    kind: str
    height: int
    width: int
    tile: int
    largest: float
    """Of values 0..1."""
    levels: int
    """Largest of bytes."""
    share: float
    """Bytes that differ, of all."""


class _Whole:
    """What the graph makes of tiles, put together."""

    def __init__(self, height: int, width: int) -> None:
        self.values = np.empty((1, 3, height, width), np.float32)

    def tile(self, rows: Span, columns: Span, made: NDArray[Any]) -> None:
        """One of them."""
        self.values[..., rows.start : rows.end, columns.start : columns.end] = made

    def rows(self, rows: Span) -> None:
        """These are there."""


def measure_exactness(
    threads: int,
    on_difference: Callable[[Difference], None],
    *,
    sizes: Sequence[tuple[int, int]] = SIZES,
    tiles: Sequence[int] = TILES,
    artworks: int | None = None,
) -> list[Difference]:
    """Of the first ``artworks`` networks, or all twelve, for each kind of photograph and size."""
    options, found = SessionOptions(threads), list[Difference]()
    for name, net in islice(networks(), artworks):
        graph = prepare(net, GraphOptions())
        model = to_onnx(graph, layout=Layout.ANY).SerializeToString()
        painter = Stylizer.from_bytes(model, name, options)
        tiled = TiledNetwork(model, name, painter.manifest, options)
        for kind in KINDS:
            for height, width in sizes:
                rgb = photograph(kind, height, width)
                expected = painter.run(to_batch(rgb))
                as_bytes = to_uint8(expected).astype(int)
                for side in tiles:
                    whole = _Whole(height, width)
                    tiled.compute(ArrayRows(rgb), whole, room=Room((side, side), 0))
                    levels = np.abs(to_uint8(whole.values).astype(int) - as_bytes)
                    found.append(
                        Difference(
                            *(name, kind, height, width, side),
                            largest=float(np.abs(whole.values - expected).max()),
                            levels=int(levels.max()),
                            share=float((levels > 0).mean()),
                        )
                    )
                    on_difference(found[-1])
    return found
