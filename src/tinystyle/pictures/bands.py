"""Pixels of Pillow's images as arrays, some rows at a time: Pillow's own way takes the image's
memory four times."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["rgb_of"]

UInt8Array = NDArray[np.uint8]

_ROWS = 512

_TURNED: Mapping[Image.Transpose, Callable[[UInt8Array], UInt8Array]] = {
    Image.Transpose.FLIP_LEFT_RIGHT: lambda upright: upright[:, ::-1],
    Image.Transpose.ROTATE_180: lambda upright: upright[::-1, ::-1],
    Image.Transpose.FLIP_TOP_BOTTOM: lambda upright: upright[::-1],
    Image.Transpose.TRANSPOSE: lambda upright: upright.transpose(1, 0, 2),
    Image.Transpose.ROTATE_270: lambda upright: np.rot90(upright, 1),
    Image.Transpose.TRANSVERSE: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    Image.Transpose.ROTATE_90: lambda upright: np.rot90(upright, -1),
}
"""The upright picture, seen as its file has it: nothing is copied."""

_KEEPING = (
    None,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.ROTATE_180,
    Image.Transpose.FLIP_TOP_BOTTOM,
)
"""Turns that leave height and width as they are."""


def rgb_of(
    image: Image.Image,
    turn: Image.Transpose | None,
    convert: Callable[[Image.Image], Image.Image],
) -> UInt8Array:
    """``(H, W, 3)`` of a loaded image, turned by ``turn``; ``convert`` makes RGB of rows."""
    width, height = image.size
    sides = (height, width) if turn in _KEEPING else (width, height)
    upright = np.empty((*sides, 3), np.uint8)
    as_filed = upright if turn is None else _TURNED[turn](upright)
    for top in range(0, height, _ROWS):
        bottom = min(height, top + _ROWS)
        as_filed[top:bottom] = np.asarray(convert(image.crop((0, top, width, bottom))))
    return upright
