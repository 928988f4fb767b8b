"""The numpy interpreter of a network: slow, plain, the oracle that exports are compared with."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.ops import (
    IMAGE,
    Add,
    Blend,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    Op,
    Pad,
    Relu,
    Sigmoid,
    Trim,
    Upsample,
)
from tinystyle.spec import MIN_SIZE
from tinystyle.stylenet import StyleNet

__all__ = ["compute", "stylize"]

FloatArray = NDArray[np.float32]
_STRIP_VALUES = 4_000_000  # unfolded patches held at a time: 16 MB


def stylize(net: StyleNet, image: FloatArray) -> FloatArray:
    """``image`` ``(N, 3, H, W)``, 0..1, H and W from 64, through ``net``; same shape and range."""
    if image.ndim != 4 or image.shape[1] != 3 or min(image.shape[2:]) < MIN_SIZE:
        raise OptionError(f"image is {image.shape}; needed is (N, 3, H, W) from {MIN_SIZE} px up")
    tensors = {IMAGE: image.astype(np.float32)}
    result = tensors[IMAGE]
    ops = net.spec.ops()
    last_reader = {name: step for step, op in enumerate(ops) for name in _read_by(op)}
    for step, op in enumerate(ops):
        result = tensors[op.name] = compute(op, net, tensors)
        for name in _read_by(op):
            if last_reader[name] == step:  # all of them at once would take gigabytes
                tensors.pop(name, None)
    return result


def _read_by(op: Op) -> tuple[str, ...]:
    match op:
        case Add(other=second) | Blend(other=second) | Trim(like=second):
            return op.source, second
        case _:
            return (op.source,)


def compute(op: Op, net: StyleNet, tensors: dict[str, FloatArray]) -> FloatArray:
    """One operation on the tensors known so far."""
    x = tensors[op.source]
    match op:
        case Pad(amount=a):
            return np.pad(x, ((0, 0), (0, 0), (a, a), (a, a)), mode="reflect")
        case Conv(name, bias=has_bias, stride=stride, padding=p):
            x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
            sums = _convolve(x, net.weights[f"{name}.weight"], stride)
            return sums + net.weights[f"{name}.bias"][:, None, None] if has_bias else sums
        case ConvTranspose(name):
            return _convolve_transposed(x, net.weights[f"{name}.weight"])
        case InstanceNorm(name, affine=affine, epsilon=epsilon):
            mean = x.mean(axis=(2, 3), keepdims=True, dtype=np.float64)
            variance = np.square(x - mean).mean(axis=(2, 3), keepdims=True)
            unit: FloatArray = ((x - mean) / np.sqrt(variance + epsilon)).astype(np.float32)
            if not affine:
                return unit
            gain, shift = (net.weights[f"{name}.{k}"][:, None, None] for k in ("weight", "bias"))
            return unit * gain + shift
        case Relu():
            return np.maximum(x, np.float32(0.0))
        case Sigmoid():
            half = np.float32(0.5)
            tanh: FloatArray = np.tanh(half * x)  # cannot overflow
            return half + half * tanh
        case Clip():
            return np.clip(x, np.float32(0.0), np.float32(1.0))
        case Add(other=other):
            return x + tensors[other]
        case Upsample(scale=scale):
            return x.repeat(scale, axis=2).repeat(scale, axis=3)
        case Crop(amount=a):
            return x[..., a:-a, a:-a]
        case Trim(like=like):
            height, width = tensors[like].shape[2:]
            return x[..., :height, :width]
        case Blend(other=other, amount=amount):
            return tensors[other] + np.float32(amount) * (x - tensors[other])


def _convolve(x: FloatArray, weight: FloatArray, stride: int) -> FloatArray:
    """Valid cross-correlation, as a matrix product over unfolded patches, a strip at a time."""
    out_channels, in_channels, kernel, _ = weight.shape
    windows = sliding_window_view(x, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]
    batch, _, height, width = windows.shape[:4]
    matrix = weight.reshape(out_channels, -1)
    result = np.empty((batch, out_channels, height, width), np.float32)
    rows = max(1, _STRIP_VALUES // (in_channels * kernel * kernel * width))
    for n in range(batch):
        for top in range(0, height, rows):
            strip = windows[n, :, top : top + rows].transpose(0, 3, 4, 1, 2)
            patches = strip.reshape(in_channels * kernel * kernel, -1)
            result[n, :, top : top + rows] = (matrix @ patches).reshape(out_channels, -1, width)
    return result


def _convolve_transposed(x: FloatArray, weight: FloatArray) -> FloatArray:
    """Stride 2, padding 1, output padding 1: a convolution over the input spread by zeros."""
    batch, channels, height, width = x.shape
    spread = np.zeros((batch, channels, 2 * height + 2, 2 * width + 2), np.float32)
    spread[:, :, 1:-1:2, 1:-1:2] = x
    flipped = np.ascontiguousarray(weight.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
    return _convolve(spread, flipped, 1)
