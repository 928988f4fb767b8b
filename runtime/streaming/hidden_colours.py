"""Colours under transparent pixels of a picture on disk, as
:func:`tinystyle.pictures.transparency.filled` makes them of one in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike
from PIL import Image

from tinystyle.pictures.depth import UInt8Array, full
from tinystyle.pictures.transparency import hidden_colours

__all__ = ["fill_hidden"]

_BLOCK = 16
"""Sides in pixels of what is looked at as one when colours are taken from around."""

_STRIP = 16 * _BLOCK
"""Rows at a time."""


def fill_hidden(path: Path, height: int, width: int, dtype: DTypeLike) -> None:
    """Change a plain file of RGBA: pixels of alpha 0 take the colours of visible ones near them,
    so that nobody's choice of black or white is drawn into what is seen."""
    whole = np.memmap(path, dtype, "r+", shape=(height, width, 4))
    small, hides = _blocks(whole, full(dtype))
    if not hides:
        return
    around = hidden_colours(np.ascontiguousarray(small[..., :3]), small[..., 3])
    image, white = Image.fromarray(around), full(dtype)
    for top in range(0, height, _STRIP):
        rows = whole[top : top + _STRIP]
        nothing = rows[..., 3] == 0
        if nothing.any():
            box = (0.0, top / _BLOCK, width / _BLOCK, (top + len(rows)) / _BLOCK)
            box = (0.0, box[1], min(box[2], image.width), min(box[3], image.height))
            size = (width, len(rows))
            taken = np.asarray(image.resize(size, Image.Resampling.BILINEAR, box))
            rows[..., :3][nothing] = taken[nothing] * np.asarray(white // 255, dtype)
    whole.flush()


def _blocks(whole: np.memmap, white: int) -> tuple[UInt8Array, bool]:
    """Means of blocks, colours weighed by alpha, as RGBA of bytes; and whether pixels are
    hidden."""
    height, width = whole.shape[:2]
    starts = np.arange(0, width, _BLOCK)
    found, hides = [], False
    for top in range(0, height, _STRIP):
        rows = np.asarray(whole[top : top + _STRIP])
        hides = hides or bool((rows[..., 3] == 0).any())
        for first in range(0, len(rows), _BLOCK):
            part = rows[first : first + _BLOCK].astype(np.float32) / np.float32(white)
            part[..., :3] *= part[..., 3:]
            sums = np.add.reduceat(part.sum(axis=0), starts, axis=0)
            visible = sums[:, 3:]
            colours = sums[:, :3] / np.maximum(visible, 1e-9)
            share = np.maximum(visible / _BLOCK**2, (visible > 0) / 255.0)
            row = np.concatenate([colours, share], axis=1)
            found.append(np.rint(255.0 * row.clip(0.0, 1.0)).astype(np.uint8))
    return np.stack(found), hides
