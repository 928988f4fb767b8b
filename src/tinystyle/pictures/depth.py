"""Pixels of 8 and of 16 bits a channel: 0..255 and 0..65535."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Pixels", "UInt8Array", "UInt16Array", "full", "narrowed", "to_pixels", "widened"]

UInt8Array = NDArray[np.uint8]
UInt16Array = NDArray[np.uint16]

Pixels = TypeVar("Pixels", UInt8Array, UInt16Array)
"""Of either depth: what is made of pixels has theirs."""

_STRIP = 32
"""Rows that are converted at a time."""


def full(dtype: DTypeLike) -> int:
    """The value of white: 255 or 65535."""
    return int(np.iinfo(dtype).max)


def to_pixels(batch: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """``(1, 3, H, W)`` float in 0..1 to ``(H, W, 3)`` of an unsigned type, rounded to nearest."""
    pixels = np.empty((*batch.shape[2:], 3), dtype)
    white = float(full(dtype))
    for top in range(0, len(pixels), _STRIP):  # what fits into caches takes half as long
        scaled = np.clip(batch[0, :, top : top + _STRIP], 0.0, 1.0)
        scaled = scaled.astype(np.promote_types(scaled.dtype, np.float32), copy=False)
        scaled *= white
        scaled += 0.5
        pixels[top : top + _STRIP] = scaled.astype(dtype).transpose(1, 2, 0)
    return pixels


def narrowed(pixels: UInt16Array) -> UInt8Array:
    """16 bits as 8, rounded to nearest."""
    result = np.empty(pixels.shape, np.uint8)
    for top in range(0, len(pixels), _STRIP):
        rows = pixels[top : top + _STRIP].astype(np.uint32)
        result[top : top + _STRIP] = (rows * 255 + 32767) // 65535
    return result


def widened(pixels: UInt8Array) -> UInt16Array:
    """8 bits as 16; :func:`narrowed` gives them back."""
    return pixels.astype(np.uint16) * np.uint16(257)
