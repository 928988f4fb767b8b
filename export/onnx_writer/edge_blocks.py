"""Outer convolutions over blocks of 2x2 pixels where borders repeat the edge pixel.

Both ends of a network have few channels at full resolution. Processors compute 8 or 16 channels at
a time, and onnxruntime has a faster layout for what has so many. So the 2x2 pixels of a block lie
in the channels there, and are put in place once, last. Repeated edges are there before the first
convolution, and nothing has to be mended; reflected ones would need lines apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.export.onnx_writer.subpixel import kernel_of, place
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import GraphOp, SubpixelConv, only_follow
from tinystyle.network.ops import Conv, Crop, Pad, PadMode, Relu, Shape, Sigmoid, Trim
from tinystyle.network.subpixel import BY_CHANNEL, OVER_BLOCKS

__all__ = [
    "EdgeEnd",
    "EdgeStart",
    "edge_ends_of",
    "edge_starts_of",
    "emit_edge_end",
    "emit_edge_start",
]

Weights = Mapping[str, NDArray[np.float32]]

_CROPPED = 3
"""Pixels of the result that two crops take, the first at half of its resolution."""


@dataclass(frozen=True, slots=True)
class EdgeStart:
    """Operations that follow each other, and that nothing else reads but the last one."""

    border: Pad
    first: Conv
    relu: Relu
    second: Conv

    @property
    def ops(self) -> tuple[GraphOp, ...]:
        """All of them."""
        return (self.border, self.first, self.relu, self.second)


@dataclass(frozen=True, slots=True)
class EdgeEnd:
    """Operations that follow each other, and that nothing else reads but the last one."""

    enlarged: tuple[tuple[SubpixelConv, Crop, Relu], tuple[SubpixelConv, Crop, Relu]]
    last: SubpixelConv
    sigmoid: Sigmoid
    trim: Trim

    @property
    def ops(self) -> tuple[GraphOp, ...]:
        """All of them."""
        once, again = self.enlarged
        return (*once, *again, self.last, self.sigmoid, self.trim)


def edge_starts_of(graph: Graph) -> list[EdgeStart]:
    """What :func:`emit_edge_start` can write: one, in graphs with several networks one of each."""
    found = []
    for at in range(len(graph.ops) - 3):
        match graph.ops[at : at + 4]:
            case (
                Pad(mode=PadMode.REPLICATE) as border,
                Conv(stride=1, padding=0) as first,
                Relu() as relu,
                Conv(kernel=3, stride=2, padding=0) as second,
            ) if first.kernel % 2 and border.amount == first.kernel // 2 + 3:
                start = EdgeStart(border, first, relu, second)
                found += [start] if only_follow(start.ops, graph.ops) else []
    return found


def edge_ends_of(graph: Graph) -> list[EdgeEnd]:
    """What :func:`emit_edge_end` can write: one, in graphs with several networks one of each."""
    found = []
    for at in range(len(graph.ops) - 8):
        match graph.ops[at : at + 9]:
            case (
                SubpixelConv(upsampled=True) as first,
                Crop(amount=1) as first_crop,
                Relu() as first_relu,
                SubpixelConv(upsampled=True) as second,
                Crop(amount=1) as second_crop,
                Relu() as second_relu,
                SubpixelConv(upsampled=False) as last,
                Sigmoid() as sigmoid,
                Trim() as trim,
            ) if last.kernel % 4 == 1:
                # Of another kernel the taps of a block would be no whole number of blocks.
                enlarged = (first, first_crop, first_relu), (second, second_crop, second_relu)
                end = EdgeEnd(enlarged, last, sigmoid, trim)
                found += [end] if only_follow(end.ops, graph.ops) else []
    return found


def emit_edge_start(nodes: Nodes, source: str, start: EdgeStart, weights: Weights) -> None:
    """The operations of ``start``, whose first reads the tensor ``source``.

    The first convolution makes blocks; the second, of stride 2, reads the same pixels of them by a
    2x2 kernel: both of a block and the first of the next. That an odd side has a whole last block,
    one more row is repeated behind the picture, which no result counts.
    """
    second = start.second
    _first_blocks(nodes, source, start.border, start.first, start.relu, weights)
    weight = nodes.floats(f"{second.name}.weight", weights[f"{second.name}.weight"])
    behind = nodes.whole("behind", 0, 0, 0, 0, 0, 0, 1, 1)
    pairs = nodes.add("Pad", [weight, behind], f"{second.name}.w1")
    channels = (second.out_channels, second.in_channels)
    kernel = _over_blocks(nodes, second.name, pairs, *channels, side=4)
    held = [kernel]
    if second.bias:
        held.append(nodes.floats(f"{second.name}.bias", weights[f"{second.name}.bias"]))
    nodes.add("Conv", [start.relu.name, *held], second.name)


def emit_edge_end(
    nodes: Nodes,
    source: str,
    end: EdgeEnd,
    like: str,
    weights: Weights,
    shapes: Mapping[str, Shape] | None,
) -> None:
    """The operations of ``end``, whose first reads the tensor ``source`` and last the size of
    ``like``; ``shapes`` are those of a file of one size.

    The last convolution reads blocks where they are. Nothing is cropped on the way: what the two
    crops take, of one pixel at half of the resolution and of one, is cut off last.
    """
    (first, *_), (second, _, relu) = end.enlarged
    last, name = end.last, end.last.name
    held = kernel_of(nodes, first, weights, placed=True)
    made = nodes.add("Conv", [source, *held], f"{first.name}.blocks")
    made = nodes.add("Relu", [made], f"{first.name}.relus")
    width = None if shapes is None else shapes[first.name][2]
    placed = place(nodes, made, f"{first.name}.placed", first.out_channels, width)
    made = nodes.add("Conv", [placed, *kernel_of(nodes, second, weights)], f"{second.name}.blocks")
    nodes.add("Relu", [made], relu.name)
    wide, *bias = kernel_of(nodes, last, weights, placed=True)
    kernel = _over_blocks(
        *(nodes, name, wide, 4 * last.out_channels, last.in_channels), side=last.kernel + 1
    )
    nodes.add("Conv", [relu.name, kernel, *bias], f"{name}.blocks")
    nodes.add("Sigmoid", [f"{name}.blocks"], end.sigmoid.name)
    whole = f"{end.trim.name}.whole"
    width = None if shapes is None else shapes[name][2] + 2 * _CROPPED
    place(nodes, end.sigmoid.name, whole, last.out_channels, width)
    if shapes is None:
        size = nodes.size(like, end.trim.name)
        more = nodes.whole(f"i{_CROPPED}", _CROPPED)
        ends: str | list[int] = nodes.add("Add", [size, more], f"{end.trim.name}.ends")
    else:
        ends = [side + _CROPPED for side in shapes[end.trim.like][1:]]
    nodes.slice(whole, end.trim.name, [_CROPPED, _CROPPED], ends)


def _first_blocks(
    nodes: Nodes,
    source: str,
    border: Pad,
    first: Conv,
    relu: Relu,
    weights: Mapping[str, NDArray[np.float32]],
) -> None:
    """The first convolution's 2x2 pixels at a time, as channels, cut off below zero: ``relu``.

    That an odd side has a whole last block, the border is one pixel wider there.
    """
    a = border.amount
    more = nodes.whole(f"pad{a},{a + 1}", 0, 0, a, a, 0, 0, a + 1, a + 1)
    padded = nodes.add("Pad", [source, more], border.name, mode="edge")
    channels = (first.in_channels, first.out_channels)
    wide = SubpixelConv(
        *(first.name, padded, *channels, first.kernel), upsampled=False, bias=first.bias
    )
    inputs = [padded, *kernel_of(nodes, wide, weights)]
    blocks = nodes.add("Conv", inputs, first.name, strides=[2, 2])
    nodes.add("Relu", [blocks], relu.name)


def _over_blocks(nodes: Nodes, name: str, kernel: str, outputs: int, inputs: int, side: int) -> str:
    """``(O, I, k, k)``, an even ``side`` k, to ``(O, 4 I, k / 2, k / 2)``.

    The same convolution over blocks of 2x2 pixels that lie in the channels, row by row, each with
    all its channels. Runtimes compute it once, when they load the file. A name that tells the order
    of its rows goes on to tell it.
    """
    half = side // 2
    parts = nodes.whole(f"{name}.s3", outputs, inputs, half, 2, half, 2)
    split = nodes.add("Reshape", [kernel, parts], f"{name}.w6")
    first = nodes.add("Transpose", [split], f"{name}.w7", perm=[0, 3, 5, 1, 2, 4])
    whole = nodes.whole(f"{name}.s4", outputs, 4 * inputs, half, half)
    rows = BY_CHANNEL if kernel.endswith(BY_CHANNEL) else ""
    return nodes.add("Reshape", [first, whole], f"{name}.k{OVER_BLOCKS}{rows}")
