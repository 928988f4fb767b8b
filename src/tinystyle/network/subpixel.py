"""Kernels of convolutions that make 2x2 pixels at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tinystyle.network.graph_ops import SubpixelConv

__all__ = [
    "BY_CHANNEL",
    "OVER_BLOCKS",
    "UPSAMPLED_TAPS",
    "bias",
    "by_channel",
    "kernel",
    "own_weight",
    "place",
]

FloatArray = NDArray[np.float32]

OVER_BLOCKS = "b"
"""Ends the names of kernels that read blocks of 2x2 pixels which lie in the channels."""

BY_CHANNEL = ".rows"
"""Ends the names of kernels and biases whose rows are in the order of :func:`by_channel`."""

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


def own_weight(
    stored: Mapping[str, FloatArray], name: str, shape: tuple[int, ...]
) -> FloatArray | None:
    """The parameter ``name`` of a network out of the constants of a graph; None if it is not there.

    As it is, or out of the kernel or the bias that was made of it: exact, but for the middle taps
    of upsampled kernels, which are differences of sums.
    """
    if name in stored:
        return stored[name]
    layer, _, kind = name.rpartition(".")
    short = f"{layer}.{'b' if kind == 'bias' else 'k'}"
    suffixes = ("", BY_CHANNEL) if kind == "bias" else _KERNELS
    found = next((short + end for end in suffixes if short + end in stored), None)
    if found is None:
        return None
    values = stored[found]
    if found.removesuffix(BY_CHANNEL).endswith(f".k{OVER_BLOCKS}"):
        values = _from_blocks(values)
    if len(values) == shape[0]:
        return values[..., : shape[-2], : shape[-1]]  # no four pixels of one
    if found.endswith(BY_CHANNEL):
        values = values[np.argsort(by_channel(len(values) // 4))]
    if kind == "bias":
        return values[: shape[0]]
    if values.shape[-1] > 2:
        return values[: shape[0], :, : shape[-2], : shape[-1]]
    outputs, inputs = shape[:2]
    parts = values.reshape(2, 2, outputs, inputs, 2, 2).transpose(2, 3, 0, 4, 1, 5)
    both = parts.reshape(outputs, inputs, 4, 4)
    weight: FloatArray = np.einsum("oirc,yr,xc->oiyx", both, _TAPS_OF, _TAPS_OF)
    return weight


_KERNELS = ("", BY_CHANNEL, OVER_BLOCKS, OVER_BLOCKS + BY_CHANNEL)

_TAPS_OF: FloatArray = np.array([[0, 0, 1, 0], [1, 0, -1, 0], [0, 1, 0, 0]], np.float32)
"""``(3, 4)``: the other way round from :data:`UPSAMPLED_TAPS`."""


def _from_blocks(values: FloatArray) -> FloatArray:
    """``(O, 4 I, l, l)`` to ``(O, I, 2 l, 2 l)``."""
    outputs, inputs, side, _ = values.shape
    parts = values.reshape(outputs, 2, 2, inputs // 4, side, side)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(outputs, inputs // 4, 2 * side, 2 * side)


def stride(op: SubpixelConv) -> int:
    """Between blocks, in pixels of the source."""
    return 1 if op.upsampled else 2


def place(blocks: FloatArray) -> FloatArray:
    """Pixels that lie in the channels, put in place: ``(N, 4 O, H, W)`` to ``(N, O, 2 H, 2 W)``."""
    batch, channels, height, width = blocks.shape
    parts = blocks.reshape(batch, 2, 2, channels // 4, height, width)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(batch, channels // 4, 2 * height, 2 * width)
