"""Kernels of convolutions that make 2x2 pixels at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinystyle.graph_ops import SubpixelConv

__all__ = ["UPSAMPLED_TAPS", "bias", "by_channel", "kernel", "place"]

FloatArray = NDArray[np.float32]

UPSAMPLED_TAPS: FloatArray = np.array(
    [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 0, 1]],
    np.float32,
)
"""``(3, 4)``: how the three taps of a kernel over the enlarged picture fall on two pixels of the
small one. Columns: for the second pixel of the block to the left its left and right neighbour, then
for the first pixel of the block to the right."""


def kernel(op: SubpixelConv, weight: FloatArray) -> FloatArray:
    """``(O, I, k, k)`` to ``(4 O, I, l, l)``: l = 2 for upsampled pictures, k + 1 otherwise.

    The four pixels of a block follow each other row by row, each with all its channels.
    """
    outputs, inputs, k, _ = weight.shape
    if op.upsampled:
        both = np.einsum("oiyx,yr,xc->oirc", weight, UPSAMPLED_TAPS, UPSAMPLED_TAPS)
        parts = both.reshape(outputs, inputs, 2, 2, 2, 2)  # pixel row, tap row, pixel col., tap
        return np.ascontiguousarray(parts.transpose(2, 4, 0, 1, 3, 5)).reshape(-1, inputs, 2, 2)
    shifted = np.zeros((2, 2, outputs, inputs, k + 1, k + 1), np.float32)
    for row in (0, 1):
        for column in (0, 1):
            shifted[row, column, :, :, row : row + k, column : column + k] = weight
    return shifted.reshape(-1, inputs, k + 1, k + 1)


def bias(values: FloatArray) -> FloatArray:
    """``(O,)`` to ``(4 O,)``."""
    return np.tile(values, 4)


def by_channel(outputs: int) -> NDArray[np.int64]:
    """Places ``(4 O,)`` in :func:`kernel` of the rows in another order: each channel with its four
    pixels, as the CRD mode of ONNX's DepthToSpace reads them."""
    return np.arange(4 * outputs).reshape(4, outputs).T.ravel()


def stride(op: SubpixelConv) -> int:
    """Between blocks, in pixels of the source."""
    return 1 if op.upsampled else 2


def place(blocks: FloatArray) -> FloatArray:
    """Pixels that lie in the channels, put in place: ``(N, 4 O, H, W)`` to ``(N, O, 2 H, 2 W)``."""
    batch, channels, height, width = blocks.shape
    parts = blocks.reshape(batch, 2, 2, channels // 4, height, width)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(batch, channels // 4, 2 * height, 2 * width)
