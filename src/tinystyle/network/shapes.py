"""Shapes of the tensors that a list of operations makes, and the arithmetic that it takes."""

from __future__ import annotations

from collections.abc import Iterable

from tinystyle.network.graph_ops import Concat, GraphOp, SubpixelConv
from tinystyle.network.ops import (
    FRAME,
    IMAGE,
    MASK,
    BlendRegions,
    Conv,
    ConvTranspose,
    Crop,
    MaxPool,
    MoveRegions,
    OneHot,
    Pad,
    RegionKernel,
    RegionWeights,
    Shape,
    Slice,
    Smooth,
    SwapPatches,
    SwapRegions,
    Trim,
    Upsample,
)

__all__ = ["macs", "macs_of_each", "shapes"]


def shapes(ops: Iterable[GraphOp], height: int, width: int) -> dict[str, Shape]:
    """``(C, H, W)`` of each tensor for a picture of ``height`` x ``width`` pixels.

    Of pictures as bytes, too, whose layout is another one.
    """
    found: dict[str, Shape] = {IMAGE: (3, height, width), MASK: (1, height, width)}
    for op in ops:
        found[op.name] = _shape_of(op, found)
    return found


def macs(ops: Iterable[GraphOp], height: int, width: int) -> int:
    """Multiply-accumulates for one picture of ``height`` x ``width`` px: convolutions, matching.

    Of a network as trained, or of a form that passes gave it: sub-pixel convolutions take fewer.
    """
    return sum(macs_of_each(ops, height, width).values())


def macs_of_each(ops: Iterable[GraphOp], height: int, width: int) -> dict[str, int]:
    """As :func:`macs`, by the name of the operation; 0 of what is no convolution."""
    ops = tuple(ops)
    found = shapes(ops, height, width)
    counts = {}
    for op in ops:
        _, tall, wide = found[op.name]
        match op:
            case Conv(_, _, i, o, k):
                taps = i * o * k * k * tall * wide
            case ConvTranspose(_, source, i, o):
                taps = i * o * 9 * found[source][1] * found[source][2]
            case SubpixelConv(_, _, i, o, k, upsampled):
                taps = i * o * (4 if upsampled else (k + 1) ** 2) * tall * wide
            case SwapPatches(_, _, c, k):
                taps = c * k * 9 * (tall - 2) * (wide - 2)
            case MoveRegions(_, _, _, c, k, kernel):
                products = 5 if kernel is RegionKernel.MOMENTS else 3
                taps = products * c * (k + 1) * tall * wide
            case SwapRegions(_, source, _, c, k, patches):
                places = found[source][1] * found[source][2]
                moves = 5 * c * (k + 1) * (places + tall * wide)
                taps = moves + 9 * c * patches * (tall + 2) * (wide + 2)
            case _:
                taps = 0
        counts[op.name] = taps
    return counts


def _shape_of(op: GraphOp, known: dict[str, Shape]) -> Shape:
    channels, height, width = known[op.source]
    match op:
        case Pad(amount=a):
            return channels, height + 2 * a, width + 2 * a
        case Conv(out_channels=o, kernel=k, stride=s, padding=p):
            return o, (height + 2 * p - k) // s + 1, (width + 2 * p - k) // s + 1
        case SubpixelConv(out_channels=o, kernel=k, upsampled=upsampled):
            if upsampled:
                return o, 2 * height - 2, 2 * width - 2
            return o, height - k + 1, width - k + 1
        case ConvTranspose(out_channels=o):
            return o, 2 * height, 2 * width
        case MaxPool():
            return channels, height // 2, width // 2
        case Upsample(scale=s):
            return channels, s * height, s * width
        case Crop(amount=a):
            return channels, height - 2 * a, width - 2 * a
        case Trim(like=like):
            return channels, *known[like][1:]
        case Slice(axis=axis, start=start, end=end):
            size = len(range(height if axis == 2 else width)[start:end])
            return (channels, size, width) if axis == 2 else (channels, height, size)
        case SwapRegions():
            return channels, height - 2 * FRAME, width - 2 * FRAME
        case OneHot(regions=regions):
            return regions, height, width
        case Smooth(stride=stride):
            return channels, -(-height // stride), -(-width // stride)
        case RegionWeights():
            return 1, height, width
        case BlendRegions(others=others):
            return known[others[0]]
        case Concat(others=others, axis=axis):
            parts = [known[name] for name in (op.source, *others)]
            size = sum(part[axis - 1] for part in parts)
            whole = [channels, height, width]
            whole[axis - 1] = size
            return whole[0], whole[1], whole[2]
        case _:
            return channels, height, width
