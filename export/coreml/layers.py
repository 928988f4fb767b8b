"""Layers of MIL, CoreML's language of programs, in numpy, by their published definitions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinystyle.errors import ModelError
from tinystyle.export.coreml.package import Array, Operation

__all__ = [
    "Inputs",
    "check_size",
    "conv",
    "conv_transpose",
    "gather",
    "instance_norm",
    "matmul",
    "pad",
    "pixel_shuffle",
    "pool",
    "reduced",
    "slice_by_index",
    "widened",
]

_MOST_VALUES = 1 << 26
"""Of one tensor: 512 MB in double precision. A damaged file must not take all memory."""


def widened(value: Array) -> Array:
    """Half numbers, as single ones to calculate with."""
    return value.astype(np.float32) if value.dtype == np.float16 else value


class Inputs:
    """The inputs of one operation, by their names in MIL."""

    def __init__(self, operation: Operation, tensors: Mapping[str, Array]) -> None:
        self._operation = operation
        self._tensors = tensors

    def all(self, key: str) -> list[Array]:
        """The values of an input that is a list."""
        found = self._operation.inputs[key]
        return [self._tensors[v] if isinstance(v, str) else widened(v) for v in found]

    def __getitem__(self, key: str) -> Array:
        (value,) = self.all(key)
        return value

    def __contains__(self, key: str) -> bool:
        return key in self._operation.inputs

    def integers(self, key: str, default: Iterable[int]) -> list[int]:
        """A vector, or what it is where the input is left out."""
        return [int(v) for v in self[key].reshape(-1)] if key in self else list(default)

    def word(self, key: str, default: str) -> str:
        """A word, or what it is where the input is left out."""
        return str(self[key].item()) if key in self else default


def check_size(*factors: float) -> None:
    """ModelError for a tensor of more values than any network makes."""
    if not 0 <= math.prod(factors) <= _MOST_VALUES:
        raise ModelError(f"a tensor of {' x '.join(map(str, factors))} values is refused")


def pad(inputs: Inputs) -> Array:
    """The last axes padded, as many as there are pairs of amounts."""
    x, amounts = inputs["x"], inputs.integers("pad", ())
    missing = x.ndim - len(amounts) // 2
    pairs = [(0, 0)] * missing + list(zip(amounts[::2], amounts[1::2], strict=True))
    check_size(*(size + sum(pair) for size, pair in zip(x.shape, pairs, strict=True)))
    match inputs.word("mode", "constant"):
        case "constant":
            return np.pad(x, pairs, constant_values=float(inputs["constant_val"].item()))
        case "reflect":
            return np.pad(x, pairs, mode="reflect")
        case "replicate":
            return np.pad(x, pairs, mode="edge")
        case other:
            raise ModelError(f"padding {other!r} is not known here")


def _frame(inputs: Inputs) -> tuple[list[int], list[int]]:
    """Strides and padding of a convolution."""
    if inputs.integers("groups", [1]) != [1] or set(inputs.integers("dilations", [1])) != {1}:
        raise ModelError("grouped and dilated convolutions are not known here")
    kind = inputs.word("pad_type", "valid")
    if kind not in ("valid", "custom"):
        raise ModelError(f"padding {kind!r} is not known here")
    pads = inputs.integers("pad", [0] * 4) if kind == "custom" else [0] * 4
    strides = inputs.integers("strides", [1, 1])
    if len(pads) != 4 or len(strides) != 2 or min(pads) < 0 or min(strides) < 1:
        raise ModelError(f"a convolution of strides {strides} and padding {pads} is refused")
    return strides, pads


def conv(inputs: Inputs) -> Array:
    """Tap by tap: for each place of the kernel one product of matrices over the channels.

    In double precision, and the first pixel is taken out before: BLAS adds up the last columns in
    another order than the others, and of a flat picture, a norm enlarges what rounding then makes
    of equal pixels by 1 / sqrt(epsilon).
    """
    (down, right), (top, bottom, left, end) = _frame(inputs)
    x, weight = inputs["x"].astype(np.float64), inputs["weight"].astype(np.float64)
    outputs, _, rows, columns = weight.shape
    batch, channels, height, width = x.shape
    height, width = height + top + bottom, width + left + end
    check_size(batch, channels, height, width)
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, end)))
    tall, wide = (height - rows) // down + 1, (width - columns) // right + 1
    check_size(batch, outputs, tall, wide)
    level = x[:, :, :1, :1]
    x = x - level
    sums = np.zeros((batch, outputs, tall * wide))
    for row in range(rows):
        for column in range(columns):
            seen = x[:, :, row : row + down * tall : down, column : column + right * wide : right]
            pixels = seen[:, :, :tall, :wide].reshape(batch, channels, -1)
            sums += weight[:, :, row, column] @ pixels
    sums += weight.sum(axis=(2, 3)) @ level[:, :, :, 0]
    if "bias" in inputs:
        sums += inputs["bias"][:, None]
    return sums.reshape(batch, outputs, tall, wide)


def conv_transpose(inputs: Inputs) -> Array:
    """Each pixel adds its multiple of the kernel to the result, whose border is then cut off."""
    (down, right), (top, bottom, left, end) = _frame(inputs)
    x, weight = inputs["x"].astype(np.float64), inputs["weight"].astype(np.float64)
    _, outputs, rows, columns = weight.shape
    batch, channels, height, width = x.shape
    tall, wide = (height - 1) * down + rows, (width - 1) * right + columns
    check_size(batch, outputs, tall, wide)
    sums = np.zeros((batch, outputs, tall, wide))
    pixels = x.reshape(batch, channels, -1)
    for row in range(rows):
        for column in range(columns):
            part = (weight[:, :, row, column].T @ pixels).reshape(batch, outputs, height, width)
            stop = row + down * (height - 1) + 1, column + right * (width - 1) + 1
            sums[:, :, row : stop[0] : down, column : stop[1] : right] += part
    if "bias" in inputs:
        sums += inputs["bias"][:, None, None]
    result = sums[:, :, top : tall - bottom, left : wide - end]
    if inputs.integers("output_shape", result.shape) != list(result.shape):
        raise ModelError(f"a transposed convolution makes {result.shape}, which is not declared")
    return result


def instance_norm(inputs: Inputs) -> Array:
    """``(N, C, H, W)``, each channel of each picture to mean 0 and variance 1."""
    x = inputs["x"]
    # Double: the mean of equal numbers must be that number, or division by sqrt(epsilon) shows it.
    centred = x - x.mean(axis=(2, 3), keepdims=True, dtype=np.float64)
    variance = np.square(centred).mean(axis=(2, 3), keepdims=True)
    unit: Array = centred / np.sqrt(variance + inputs["epsilon"].item())
    if "gamma" in inputs:
        unit = unit * inputs["gamma"][:, None, None]
    return unit + inputs["beta"][:, None, None] if "beta" in inputs else unit


def matmul(inputs: Inputs) -> Array:
    """Products of the last two axes, in double precision, either of them turned before."""
    x, y = inputs["x"].astype(np.float64), inputs["y"].astype(np.float64)
    x, y = (
        v.swapaxes(-1, -2) if key in inputs and inputs[key].item() else v
        for v, key in ((x, "transpose_x"), (y, "transpose_y"))
    )
    check_size(*x.shape[:-1], y.shape[-1])
    product: Array = np.matmul(x, y)
    return product


def reduced(inputs: Inputs, *, mean: bool) -> Array:
    """The sum, or the mean, over axes, in double precision."""
    x, axes = inputs["x"].astype(np.float64), tuple(inputs.integers("axes", ()))
    kept = "keep_dims" in inputs and bool(inputs["keep_dims"].item())
    found: Array = (x.mean if mean else x.sum)(axis=axes or None, keepdims=kept)
    return found


def pixel_shuffle(x: Array, factor: int) -> Array:
    """Channels are counted first, then the pixels of a block, row by row."""
    batch, channels, height, width = x.shape
    parts = x.reshape(batch, channels // factor**2, factor, factor, height, width)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(batch, -1, factor * height, factor * width)


def slice_by_index(inputs: Inputs) -> Array:
    """``x[begin:end:stride]`` along every axis; masked ends stand for the first or last value."""
    x = inputs["x"]
    begin, end = inputs.integers("begin", ()), inputs.integers("end", ())
    strides = inputs.integers("stride", [1] * x.ndim)
    masks = (inputs.integers(f"{k}_mask", [0] * x.ndim) for k in ("begin", "end", "squeeze"))
    from_first, to_last, squeezed = masks
    if any(squeezed) or not len(begin) == len(end) == len(strides) == x.ndim or 0 in strides:
        raise ModelError("a slice that is not of every axis is not known here")
    where = tuple(
        slice(None if first else a, None if last else b, step)
        for a, b, step, first, last in zip(begin, end, strides, from_first, to_last, strict=True)
    )
    return x[where]


def gather(x: Array, indices: Array, axis: int) -> Array:
    """``x`` at ``indices`` along an axis. ModelError for an index that is not there."""
    check_size(x.size / max(1, x.shape[axis]), indices.size)
    if indices.size and not (indices.min() >= 0 and indices.max() < x.shape[axis]):
        raise ModelError(f"indices reach {indices.max()}; there are {x.shape[axis]}")
    return x.take(indices, axis=axis)


def pool(inputs: Inputs, *, largest: bool) -> Array:
    """The largest, or the mean, of each window; windows that do not fit are left out."""
    sides, strides = inputs.integers("kernel_sizes", ()), inputs.integers("strides", (1, 1))
    if inputs.word("pad_type", "valid") != "valid" or len(sides) != 2 or min(strides) < 1:
        raise ModelError(f"pooling of {sides} is not known here")
    if "ceil_mode" in inputs and inputs["ceil_mode"].item():
        raise ModelError("pooling of windows that do not fit is not known here")
    windows = sliding_window_view(inputs["x"], sides, axis=(2, 3))
    windows = windows[:, :, :: strides[0], :: strides[1]]
    found: Array = windows.max(axis=(4, 5)) if largest else windows.mean(axis=(4, 5))
    return found
