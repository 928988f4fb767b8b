"""The last two convolutions over blocks of 2x2 pixels, their borders apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_writer.borders import COLUMNS, ROWS, over_blocks, with_lines
from tinystyle.export.onnx_writer.nodes import END, Nodes
from tinystyle.export.onnx_writer.subpixel import kernel_of, place
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import GraphOp, SubpixelConv, only_follow
from tinystyle.network.ops import Crop, Pad, PadMode, Relu, Shape, Sigmoid, Trim

__all__ = ["End", "emit_end", "end_of"]


@dataclass(frozen=True, slots=True)
class End:
    """Operations that follow each other, and that nothing else reads but the last one."""

    zeros: Pad
    enlarge: SubpixelConv
    crop: Crop
    relu: Relu
    border: Pad
    last: SubpixelConv
    sigmoid: Sigmoid
    trim: Trim

    @property
    def ops(self) -> tuple[GraphOp, ...]:
        """All of them."""
        before = (self.zeros, self.enlarge, self.crop, self.relu)
        return (*before, self.border, self.last, self.sigmoid, self.trim)


def end_of(graph: Graph) -> End | None:
    """What :func:`emit_end` can write, if the graph has it."""
    for at in range(len(graph.ops) - 7):
        match graph.ops[at : at + 8]:
            case (
                Pad(amount=1, mode=PadMode.ZERO) as zeros,
                SubpixelConv(upsampled=True) as enlarge,
                Crop(amount=1) as crop,
                Relu() as relu,
                Pad(mode=PadMode.REFLECT) as border,
                SubpixelConv(upsampled=False) as last,
                Sigmoid() as sigmoid,
                Trim() as trim,
            ) if last.kernel == 2 * border.amount + 1 and border.amount % 2 == 0:
                # Of an odd amount the taps of a block's first pixel would begin amid a block.
                end = End(zeros, enlarge, crop, relu, border, last, sigmoid, trim)
                return end if only_follow(end.ops, graph.ops) else None
    return None


def emit_end(
    nodes: Nodes,
    source: str,
    end: End,
    like: str,
    weights: Mapping[str, NDArray[np.float32]],
    shapes: Mapping[str, Shape] | None,
) -> None:
    """The operations of ``end``, whose first reads the tensor ``source`` and last the size of
    ``like``; ``shapes`` are those of a file of one size.

    The last convolution reads the 2x2 pixels that the one before made where they are: as channels,
    never put in place, and in the layout of onnxruntime's convolutions. It has zeros around it;
    what a reflected border reaches is computed once more, from the rows and columns of ``source``
    at either end. Blocks begin one pixel before the picture and end one behind it, which is cut
    off last.
    """
    writer = _Writer(nodes, end, weights)
    name, outputs, a = end.last.name, end.last.out_channels, end.border.amount
    blocks = writer.enlarged(source, f"{end.enlarge.name}.blocks")
    side = end.last.kernel + 1
    kernel = over_blocks(
        *(nodes, name, writer.last[0], 4 * outputs, end.last.in_channels), side=side
    )
    frame = {"pads": [side // 4] * 4}
    made = nodes.add("Conv", [blocks, kernel, *writer.last[1:]], f"{name}.blocks", **frame)
    shape = None if shapes is None else (outputs, *shapes[end.enlarge.name][1:])
    around = None if shape is None else shape[2]
    placed = place(nodes, made, f"{name}.inner", outputs, around)
    at = (*range(1, a + 1), *range(-a - 1, -1))
    lines = writer.lines(source, COLUMNS, around)
    both = with_lines(nodes, placed, lines, at, COLUMNS, f"{name}.sides", shape=shape)
    lines = writer.lines(source, ROWS, around)
    whole = with_lines(nodes, both, lines, at, ROWS, name, shape=shape)
    nodes.add("Sigmoid", [whole], end.sigmoid.name)
    if shapes is None:
        nodes.alike(name, outputs, [placed, both, whole, end.sigmoid.name])
        size = nodes.size(like, end.trim.name)
        ends = nodes.add("Add", [size, nodes.whole("i1", 1)], f"{end.trim.name}.ends")
        nodes.slice(end.sigmoid.name, end.trim.name, [1, 1], ends)
    else:
        height, width = shapes[end.trim.like][1:]
        nodes.slice(end.sigmoid.name, end.trim.name, [1, 1], [height + 1, width + 1])


class _Writer:
    def __init__(self, nodes: Nodes, end: End, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self._nodes, self._end = nodes, end
        self._first = kernel_of(nodes, end.enlarge, weights)
        self.last = kernel_of(nodes, end.last, weights)
        """Parameters of the last convolution, four pixels at a time."""

    def enlarged(self, source: str, output: str) -> str:
        """Blocks of the convolution before the last, cut off below zero."""
        nodes = self._nodes
        made = nodes.add("Conv", [source, *self._first], output, pads=[1] * 4)
        return nodes.add("Relu", [made], f"{output}.relu")

    def lines(self, source: str, axis: int, around: int | None) -> str:
        """Rows (or columns) of the result that a border reaches, ``a`` at either end.

        Both ends lie in one picture of few rows: what is computed where they meet is not read. Its
        columns begin one before the result and end one behind it, ``around`` if that is known. What
        columns have in the corners, rows replace.
        """
        nodes, end = self._nodes, self._end
        a, name = end.border.amount, f"{end.last.name}.{'y' if axis == ROWS else 'x'}"
        near = nodes.whole("ends", *range(a + 1), *range(-a - 1, 0))
        taken = nodes.add("Gather", [source, near], f"{name}1", axis=axis)
        blocks = self.enlarged(taken, f"{name}2")
        count = 4 * a + 6
        width = around if axis == ROWS else count
        placed = place(nodes, blocks, f"{name}3", end.enlarge.out_channels, width)
        # The row before the picture is there, so that the first is at 1.
        top = [abs(row) + 1 for row in range(-a, 2 * a)]
        bottom = [count - 1 - at for at in reversed(top)]
        both = nodes.whole("reflected", *top, *bottom)
        placed = nodes.add("Gather", [placed, both], f"{name}4", axis=axis)
        if axis == ROWS:
            inside = nodes.slice(placed, f"{name}5", [0, 1], [END, -1])
            border = nodes.whole(f"pad,{a}", 0, 0, 0, a, 0, 0, 0, a)
            placed = nodes.add("Pad", [inside, border], f"{name}6", mode="reflect")
        return self._last_lines(placed, axis, name)

    def _last_lines(self, source: str, axis: int, name: str) -> str:
        """The last convolution of ``3 a`` rows (or columns), which makes ``a`` at a time."""
        nodes, last, a = self._nodes, self._end.last, self._end.border.amount
        copies = []
        for at in range(a):
            before, after = (at, 0), (a - 1 - at, 0)
            if axis == COLUMNS:
                before, after = before[::-1], after[::-1]
            shift = nodes.whole(f"shift{before}{after}", 0, 0, *before, 0, 0, *after)
            copies.append(nodes.add("Pad", [f"{last.name}.weight", shift], f"{name}.w{at}"))
        inputs = [source, nodes.add("Concat", copies, f"{name}.k", axis=0)]
        if last.bias:
            inputs.append(nodes.add("Concat", [f"{last.name}.bias"] * a, f"{name}.b", axis=0))
        rows = axis == ROWS
        strides, pads = ([3 * a, 1], [0, 1, 0, 1]) if rows else ([1, 3 * a], [a, 0, a, 0])
        made = nodes.add("Conv", inputs, f"{name}7", strides=strides, pads=pads)
        o = last.out_channels
        split = (0, a, o, 2, -1) if rows else (0, a, o, -1, 2)
        parts = nodes.add("Reshape", [made, nodes.whole(f"s{split}", *split)], f"{name}8")
        perm = [0, 2, 3, 1, 4] if rows else [0, 2, 3, 4, 1]
        turned = nodes.add("Transpose", [parts], f"{name}9", perm=perm)
        joined = (0, o, 2 * a, -1) if rows else (0, o, -1, 2 * a)
        return nodes.add("Reshape", [turned, nodes.whole(f"s{joined}", *joined)], f"{name}10")
