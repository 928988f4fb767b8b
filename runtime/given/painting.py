"""Painting with a session that is given its statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tinystyle.network.manifest import Manifest
from tinystyle.runtime.given.statistics import GivenForm, Tile, painted, tiles_of
from tinystyle.runtime.session import run_session

__all__ = ["paint_tiles", "paint_whole"]

Array = NDArray[Any]

_WHOLE = 2**20
"""A side that no picture has."""


def paint_whole(
    session: onnxruntime.InferenceSession,
    manifest: Manifest,
    batch: Array,
    others: Mapping[str, Array],
) -> Array:
    """A picture as one tile, whose statistics are measured first. ``others`` are inputs by name."""
    return paint_tiles(session, manifest, batch, others, side=_WHOLE)


def paint_tiles(
    session: onnxruntime.InferenceSession,
    manifest: Manifest,
    batch: Array,
    others: Mapping[str, Array],
    *,
    side: int,
) -> Array:
    """The same in tiles of ``side`` pixels. Raises ModelError where the file does not say how."""
    form = GivenForm.of(manifest, "model")
    height, width = batch.shape[1:3] if manifest.bytes_io else batch.shape[2:]
    tiles = list(tiles_of(height, width, side, form))
    result = np.empty_like(batch)

    def inputs(tile: Tile) -> dict[str, Array]:
        part = _part(batch, manifest, slice(*tile.rows), slice(*tile.columns))
        return {manifest.input_name: np.ascontiguousarray(part), **others}

    def run(output: str, given: Mapping[str, Array]) -> Array:
        rest = dict(given)
        picture = rest.pop(manifest.input_name)
        return run_session(session, output, manifest.input_name, picture, others=rest)

    for tile, made in painted(run, manifest.output_name, inputs, tiles, form):
        rows = tile.core_rows.seen_from(tile.rows.start)
        columns = tile.core_columns.seen_from(tile.columns.start)
        place = _part(result, manifest, slice(*tile.core_rows), slice(*tile.core_columns))
        place[...] = _part(made, manifest, rows, columns)
    return result


def _part(batch: Array, manifest: Manifest, rows: slice, columns: slice) -> Array:
    return batch[:, rows, columns] if manifest.bytes_io else batch[..., rows, columns]
