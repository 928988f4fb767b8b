"""The numpy interpreter of a network: slow, plain, the oracle that exports are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.network import subpixel
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.graph_ops import (
    STRENGTH,
    BlendByInput,
    Concat,
    FromBytes,
    FromCorner,
    GraphOp,
    Scale,
    SubpixelConv,
    ToBytes,
    read_by,
)
from tinystyle.network.methods import regions
from tinystyle.network.ops import (
    FRAME,
    IMAGE,
    MASK,
    Add,
    Blend,
    BlendRegions,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    MaxPool,
    MoveRegions,
    OneHot,
    Pad,
    PadMode,
    RegionKernel,
    RegionNorm,
    RegionWeights,
    Relu,
    Sigmoid,
    Slice,
    Smooth,
    SwapPatches,
    SwapRegions,
    Trim,
    Upsample,
)
from tinystyle.network.spec import MIN_SIZE
from tinystyle.network.stylenet import StyleNet

__all__ = ["Observer", "best_patches", "compute", "run", "stylize"]

FloatArray = NDArray[np.float32]
Tensor = NDArray[Any]
"""Float32, or uint8 where pictures are bytes."""
Weights = Mapping[str, FloatArray]

Observer = Callable[[GraphOp, Tensor], None]
"""Sees each operation with the tensor that it has made."""

_PAD_MODES: dict[PadMode, Literal["reflect", "edge", "constant"]] = {
    PadMode.REFLECT: "reflect",
    PadMode.REPLICATE: "edge",
    PadMode.ZERO: "constant",
}
_STRIP_VALUES = 4_000_000  # unfolded patches held at a time: 16 MB


def stylize(net: StyleNet, image: FloatArray, mask: regions.Labels | None = None) -> FloatArray:
    """``image`` ``(N, 3, H, W)``, 0..1, H and W from 64, through ``net``; same shape and range.

    ``mask`` ``(N, 1, H, W)`` is for networks with regions.
    """
    return run(Graph.of(net), image, mask=mask)


def run(
    graph: Graph,
    image: Tensor,
    *,
    precision: Precision = Precision.FP32,
    strength: float = 1.0,
    mask: regions.Labels | None = None,
    observe: Observer | None = None,
) -> Tensor:
    """A picture through a graph.

    ``image`` is float32 ``(N, 3, H, W)``, 0..1, or uint8 ``(N, H, W, 3)`` where the graph takes
    bytes; so is the result. ``strength`` is for graphs that take it, ``mask``, uint8
    ``(N, 1, H, W)``, for those with regions, which need one. With FP16 weights and the result of
    every operation are rounded to half precision; within one, sums and statistics are kept in
    single precision or better.
    """
    shape = image.shape
    if graph.takes_bytes and len(shape) == 4:
        shape = (shape[0], shape[3], *shape[1:3])
    if len(shape) != 4 or shape[1] != 3 or min(shape[2:]) < MIN_SIZE:
        raise OptionError(f"image is {image.shape}; needed is (N, 3, H, W) from {MIN_SIZE} px up")
    if graph.takes_mask and (mask is None or mask.shape != (shape[0], 1, *shape[2:])):
        given = "none" if mask is None else mask.shape
        raise OptionError(f"mask is {given}; needed is {(shape[0], 1, *shape[2:])}")
    half = precision is Precision.FP16
    weights = {k: _half(v) for k, v in graph.weights.items()} if half else graph.weights
    tensors: dict[str, Tensor] = {
        IMAGE: image if graph.takes_bytes else image.astype(np.float32),
        STRENGTH: np.array([strength], np.float32),
    }
    if mask is not None:
        tensors[MASK] = mask
    result = tensors[IMAGE]
    last_reader = {name: step for step, op in enumerate(graph.ops) for name in read_by(op)}
    for step, op in enumerate(graph.ops):
        result = compute(op, weights, tensors)
        if half and not isinstance(op, ToBytes):
            result = _half(result)
        tensors[op.name] = result
        if observe is not None:
            observe(op, result)
        for name in read_by(op):
            if last_reader[name] == step:  # all of them at once would take gigabytes
                tensors.pop(name, None)
    return result


def _half(values: FloatArray) -> FloatArray:
    """Rounded to half precision. What is too large becomes infinite, as it does on a device."""
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32)


def compute(op: GraphOp, weights: Weights, tensors: dict[str, Tensor]) -> Tensor:
    """One operation on the tensors known so far."""
    x = tensors[op.source]
    match op:
        case Pad(amount=a, mode=mode):
            return np.pad(x, ((0, 0), (0, 0), (a, a), (a, a)), mode=_PAD_MODES[mode])
        case Conv(name, bias=has_bias, stride=stride, padding=p):
            x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
            sums = _convolve(x, weights[f"{name}.weight"], stride)
            return sums + weights[f"{name}.bias"][:, None, None] if has_bias else sums
        case SubpixelConv(name, bias=has_bias):
            taps = subpixel.kernel(op, weights[f"{name}.weight"])
            blocks = _convolve(x, taps, subpixel.stride(op))
            if has_bias:
                blocks += subpixel.bias(weights[f"{name}.bias"])[:, None, None]
            return subpixel.place(blocks)
        case ConvTranspose(name):
            return _convolve_transposed(x, weights[f"{name}.weight"])
        case InstanceNorm(name, affine=affine, epsilon=epsilon):
            mean = x.mean(axis=(2, 3), keepdims=True, dtype=np.float64)
            variance = np.square(x - mean).mean(axis=(2, 3), keepdims=True)
            unit: FloatArray = ((x - mean) / np.sqrt(variance + epsilon)).astype(np.float32)
            if not affine:
                return unit
            gain, shift = (weights[f"{name}.{k}"][:, None, None] for k in ("weight", "bias"))
            return unit * gain + shift
        case MaxPool():
            height, width = (2 * (side // 2) for side in x.shape[2:])
            rows = np.maximum(x[:, :, 0:height:2, :width], x[:, :, 1:height:2, :width])
            return np.maximum(rows[..., 0::2], rows[..., 1::2])
        case SwapPatches(name):
            return _swapped(x, weights[f"{name}.weight"], weights[f"{name}.length"])
        case SwapRegions(mask=mask):
            return _swapped_regions(op, x, tensors[mask], weights)
        case MoveRegions(name, mask=mask, kernel=kernel):
            mean, balance = weights[f"{name}.mean"], weights[f"{name}.balance"]
            deviation = weights.get(f"{name}.deviation")
            return regions.moved(x, tensors[mask], kernel, mean, deviation, balance)
        case OneHot() | Smooth() | RegionWeights():
            return regions.shares(op, x)
        case RegionNorm(other=other):
            return regions.normed(op, x, tensors[other], weights)
        case BlendRegions(others=others):
            return regions.blended(x, [tensors[other] for other in others])
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
        case Slice(axis=axis, start=start, end=end):
            return x[..., start:end, :] if axis == 2 else x[..., start:end]
        case Concat(others=others, axis=axis):
            return np.concatenate([x, *(tensors[name] for name in others)], axis=axis)
        case FromCorner():
            return x - x[..., :1, :1]
        case Scale(factor=factor):
            return x * np.float32(factor)
        case FromBytes(divisor=divisor):
            return np.ascontiguousarray(x.transpose(0, 3, 1, 2)) / np.float32(divisor)
        case ToBytes():
            scaled = np.clip(x, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5)
            return scaled.astype(np.uint8).transpose(0, 2, 3, 1)
        case Blend(other=other, amount=amount):
            return tensors[other] + np.float32(amount) * (x - tensors[other])
        case BlendByInput(other=other):
            mixed: FloatArray = tensors[other] + tensors[STRENGTH] * (x - tensors[other])
            return mixed


def _convolve(x: FloatArray, weight: FloatArray, stride: int) -> FloatArray:
    """Valid cross-correlation, as a matrix product over unfolded patches, a strip at a time.

    What the first pixel has is taken out before, and its convolution is added to all results alike.
    BLAS adds up the last columns in another order than the others: of a flat picture, norm after
    norm would enlarge the difference by up to 1 / sqrt(epsilon), until it is all that there is.
    """
    out_channels, in_channels, kernel, _ = weight.shape
    level = x[:, :, :1, :1]
    at_level = np.einsum("oiyx,ni->no", weight, level[:, :, 0, 0], dtype=np.float64)
    x = x - level
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
    result += at_level.astype(np.float32)[:, :, None, None]
    return result


def best_patches(
    x: FloatArray, bank: FloatArray, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Which of the patches of length 1 ``(K, C, 3, 3)`` is most like that at each place of
    ``(N, C, H, W)``: ``(N, H - 2, W - 2)``.

    ``allowed`` ``(N, K, H - 2, W - 2)`` are those to choose among. The length of what is looked at
    leaves the order as it is and is not divided by.
    """
    scores = _convolve(x, bank, 1)
    if allowed is not None:
        scores[~allowed] = -np.inf
    found: NDArray[np.int64] = scores.argmax(axis=1)
    return found


def _swapped(x: FloatArray, bank: FloatArray, lengths: FloatArray) -> FloatArray:
    return _put_back(best_patches(x, bank), bank, lengths)


def _put_back(chosen: NDArray[np.int64], bank: FloatArray, lengths: FloatArray) -> FloatArray:
    """Patches at their places, overlaps averaged: ``(N, H - 2, W - 2)`` to ``(N, C, H, W)``."""
    bank = bank * lengths[:, None, None, None]
    count, height, width = chosen.shape
    total = np.zeros((count, bank.shape[1], height + 2, width + 2), np.float32)
    covered: FloatArray = np.zeros(total.shape[2:], np.float32)
    for down in range(3):
        for right in range(3):
            part = bank[:, :, down, right][chosen].transpose(0, 3, 1, 2)
            total[:, :, down : down + height, right : right + width] += part
            covered[down : down + height, right : right + width] += 1.0
    total /= covered
    return total


def _swapped_regions(
    op: SwapRegions, x: FloatArray, labels: regions.Labels, weights: Weights
) -> FloatArray:
    mean, deviation, balance, bank, lengths, label = (
        weights[f"{op.name}.{key}"]
        for key in ("mean", "deviation", "balance", "weight", "length", "label")
    )
    aims = (RegionKernel.MOMENTS, mean, deviation, np.ones_like(balance))
    edges = (4 * FRAME, 4 * FRAME)
    around = np.pad(labels, ((0, 0), (0, 0), edges, edges), mode="reflect")
    soft = regions.soft_regions(around, op.regions)
    matched = regions.moved_by(x, soft, *aims)
    chosen = best_patches(matched, bank, regions.of_patches(soft, label))
    swapped, own, soft = (
        tensor[..., FRAME:-FRAME, FRAME:-FRAME]
        for tensor in (_put_back(chosen, bank, lengths), x, soft)
    )
    share: FloatArray = np.einsum("r,nrhw->nhw", balance, soft)[:, None]
    aimed = regions.moved_by(swapped, soft, *aims, regions.MOST_GAIN_OF_PATCHES)
    result: FloatArray = own + share * (aimed - own)
    return result


def _convolve_transposed(x: FloatArray, weight: FloatArray) -> FloatArray:
    """Stride 2, padding 1, output padding 1: a convolution over the input spread by zeros."""
    batch, channels, height, width = x.shape
    spread = np.zeros((batch, channels, 2 * height + 2, 2 * width + 2), np.float32)
    spread[:, :, 1:-1:2, 1:-1:2] = x
    flipped = np.ascontiguousarray(weight.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
    return _convolve(spread, flipped, 1)
