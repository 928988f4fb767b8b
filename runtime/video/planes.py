"""Pixels of PyAV's frames as arrays, without taking them apart one by one.

FFmpeg and networks both have a plane for each of R, G and B. Frames ``(H, W, 3)`` are therefore
views of memory ``(3, H, W)``: nothing is interleaved from a decoder to a network and an encoder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.pictures.images import UInt8Array

__all__ = ["FORMAT", "bytes_of_batch", "fill", "read"]

FORMAT = "gbrp"
"""FFmpeg's name of planes of eight bits, in the order of :data:`_ORDER`."""
_ORDER = (1, 2, 0)

_STRIP = 32
"""Rows that are computed at a time: they stay in a processor's cache."""


def read(frame: Any) -> UInt8Array:
    """``(3, H, W)``, R, G and B of a frame of FORMAT; a copy."""
    planes = np.empty((3, frame.height, frame.width), np.uint8)
    for channel, plane in zip(_ORDER, frame.planes, strict=True):
        planes[channel] = _rows(plane, frame.height)[:, : frame.width]
    return planes


def fill(frame: Any, rgb: UInt8Array) -> None:
    """``rgb``, ``(H, W, 3)``, into a frame of FORMAT and that size."""
    for channel, plane in zip(_ORDER, frame.planes, strict=True):
        _rows(plane, frame.height)[:, : frame.width] = rgb[..., channel]


def _rows(plane: Any, height: int) -> UInt8Array:
    """A plane's memory, with what FFmpeg leaves at the end of rows."""
    return np.frombuffer(plane, np.uint8)[: height * plane.line_size].reshape(height, -1)


def bytes_of_batch(batch: NDArray[np.float32]) -> UInt8Array:
    """``(1, 3, H, W)`` of floats in 0..1 as ``(H, W, 3)``, rounded as :func:`to_uint8` does."""
    planes = np.empty(batch.shape[1:], np.uint8)
    for source, plane in zip(batch[0], planes, strict=True):
        for top in range(0, len(plane), _STRIP):
            scaled = np.clip(source[top : top + _STRIP], 0.0, 1.0)
            scaled *= 255.0
            scaled += 0.5
            plane[top : top + _STRIP] = scaled
    return planes.transpose(1, 2, 0)
