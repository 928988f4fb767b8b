"""Cells and colours of whole pictures, quickly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinystyle.pictures.images import UInt8Array

__all__ = [
    "HASHES",
    "Array",
    "Ints",
    "Mask",
    "filled",
    "hashed",
    "painted",
    "seams",
    "wrapped",
]

Array = NDArray[np.float32]
Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]

HASHES = 4096
"""Colours among which cells without a number of their own choose."""


def hashed(*numbers: NDArray[np.integer]) -> Ints:
    """Whole numbers of cells, arrays of one shape, to one number each, 0..4095."""
    total = np.zeros(1, np.uint32)
    for number in numbers:
        total = (total + number.astype(np.int32).view(np.uint32)) * np.uint32(2654435761)
        total = total ^ (total >> np.uint32(15))
    return (total & np.uint32(HASHES - 1)).astype(np.int32)


def painted(colors: UInt8Array, cells: NDArray[np.integer]) -> UInt8Array:
    """The colours ``(N, 3)`` of cells ``(H, W)``: ``(H, W, 4)``, the fourth number without meaning.

    Four bytes a pixel are one number, taken and set several times faster than three.
    """
    whole = np.full((len(colors), 4), 255, np.uint8)
    whole[:, :3] = colors
    taken = whole.view(np.uint32)[:, 0].take(cells)
    return taken.view(np.uint8).reshape(*cells.shape, 4)


def filled(picture: UInt8Array, where: Mask, color: UInt8Array | Array) -> None:
    """Give pixels of ``picture`` ``(H, W, 4)`` one colour ``(3,)``, or those of another picture."""
    if color.ndim == 1:
        color = painted(color[None].astype(np.uint8), np.zeros(1, np.int32))
    np.copyto(picture.view(np.uint32)[..., 0], color.view(np.uint32)[..., 0], where=where)


def wrapped(values: Array, period: float = 1.0) -> Array:
    """``values`` over ``period`` without its whole part: 0..1."""
    part = values / np.float32(period)
    part -= np.floor(part)
    return part


def seams(owner: NDArray[np.generic], width: float) -> Mask:
    """Where cells of ``owner`` ``(H, W)`` meet, in lines of ``width`` px."""
    reach = max(1, round(width / 2))
    slant = max(1, round(0.7 * reach))
    height, length = owner.shape
    padded = np.pad(owner, reach, mode="edge")
    found = np.zeros(owner.shape, np.bool_)
    for dy, dx in ((0, reach), (reach, 0), (slant, slant), (slant, -slant)):
        first = padded[reach + dy : reach + dy + height, reach + dx : reach + dx + length]
        other = padded[reach - dy : reach - dy + height, reach - dx : reach - dx + length]
        found |= first != other
    return found
