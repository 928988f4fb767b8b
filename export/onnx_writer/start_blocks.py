"""The first two convolutions over blocks of 2x2 pixels, their borders apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_writer.borders import (
    COLUMNS,
    ROWS,
    first_blocks,
    over_blocks,
    with_lines,
)
from tinystyle.export.onnx_writer.nodes import END, Nodes
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import GraphOp, only_follow
from tinystyle.network.ops import Conv, Pad, PadMode, Relu, Shape

__all__ = ["Start", "emit_start", "start_of"]

_EVEN = (-4, -3, -2, -1)
"""Rows of the last two blocks, counted from the end."""
_ODD = (-3, -2, -1, -2)
"""Of an odd number of rows: the last one is reflected."""


@dataclass(frozen=True, slots=True)
class Start:
    """Operations that follow each other, and that nothing else reads but the last one."""

    border: Pad
    first: Conv
    relu: Relu
    pad: Pad
    second: Conv
    after: Relu | None
    apart: bool
    """Whether borders are computed apart."""

    @property
    def ops(self) -> tuple[GraphOp, ...]:
        """All of them."""
        chain = (self.border, self.first, self.relu, self.pad, self.second)
        return chain if self.after is None else (*chain, self.after)


def start_of(graph: Graph, shapes: Mapping[str, Shape] | None) -> Start | None:
    """What :func:`emit_start` can write, if the graph has it.

    ``shapes`` are those of a file of one size. Where norms follow each other, a picture has to have
    even sides, known before: its borders then need nothing apart. Lines made apart can differ from
    what they stand beside by an ulp where onnxruntime has other programs for few sums than for many
    (for more than 128 products without its blocked layout). In a picture of one colour, one norm
    makes 1e-5 to 7e-4 of that, fourteen half of the range.
    """
    for at in range(len(graph.ops) - 5):
        match graph.ops[at : at + 6]:
            case (
                Pad(mode=PadMode.REFLECT) as border,
                Conv(stride=1, padding=0) as first,
                Relu() as relu,
                Pad(amount=1, mode=PadMode.REFLECT) as pad,
                Conv(kernel=3, stride=2, padding=0) as second,
                follows,
            ) if first.kernel == 2 * border.amount + 1:
                after = follows if isinstance(follows, Relu) else None
                if after is not None and not only_follow((second, after), graph.ops):
                    after = None
                start = Start(border, first, relu, pad, second, after, graph.one_norm)
                writable = start.apart or _even(shapes, first)
                return start if writable and only_follow(start.ops, graph.ops) else None
    return None


def _even(shapes: Mapping[str, Shape] | None, conv: Conv) -> bool:
    return shapes is not None and all(side % 2 == 0 for side in shapes[conv.name][1:])


def emit_start(
    nodes: Nodes,
    source: str,
    start: Start,
    weights: Mapping[str, NDArray[np.float32]],
    shapes: Mapping[str, Shape] | None,
) -> None:
    """The operations of ``start``, whose first reads the tensor ``source``.

    ``shapes`` are those of a file of one size.

    The first convolution makes 2x2 pixels at a time, as channels, and they stay there: the second,
    of stride 2, reads the same pixels by a 2x2 kernel over blocks. Processors compute 8 or 16
    channels at a time, of which the first convolution has 8; now it has 32. onnxruntime keeps
    what is between the two in the layout of its convolutions, since the second has zeros around
    it in place of the reflected border, which a Pad would leave that layout for. What that makes
    wrong is computed once more: the first and the last row and column, from those of the picture,
    by the same kernels. If not ``apart``, the border is there: the block before the first is the
    first once more.
    """
    size = None if shapes is None else shapes[start.first.name][1:]
    shape = None if shapes is None else shapes[start.second.name]
    writer = _Writer(nodes, start, weights, size)
    name = start.second.name
    padded = first_blocks(nodes, source, start.border, start.first, start.relu, weights)
    if not start.apart:
        above = nodes.whole("above", 0, 0, 1, 1, 0, 0, 0, 0)
        edge = nodes.add("Pad", [start.relu.name, above], start.pad.name, mode="edge")
        writer.second(edge, start.ops[-1].name)
        return
    inner = writer.second(start.relu.name, f"{name}.inner", pads=[1, 1, 0, 0])
    if size is None:
        writer.read_sides(source, inner)
    columns = writer.lines(padded, COLUMNS)
    rows = writer.lines(padded, ROWS)
    both = with_lines(nodes, inner, columns, (0, -1), COLUMNS, f"{name}.sides", shape=shape)
    result = with_lines(nodes, both, rows, (0, -1), ROWS, start.ops[-1].name, shape=shape)
    if shapes is None:
        nodes.alike(name, start.second.out_channels, [inner, both, result])


class _Writer:
    def __init__(
        self,
        nodes: Nodes,
        start: Start,
        weights: Mapping[str, NDArray[np.float32]],
        size: tuple[int, int] | None,
    ) -> None:
        self._nodes, self._start, self._size = nodes, start, size
        first, second = start.first, start.second
        self._first, self._second = (self._parameters(conv, weights) for conv in (first, second))
        # The first tap of a row is the second pixel of the block before, the others are the two
        # pixels of the block itself. So a zero in front makes two of each block.
        front = nodes.whole("front", 0, 0, 1, 1, 0, 0, 0, 0)
        pairs = nodes.add("Pad", [self._second[0], front], f"{second.name}.w1")
        kernel = over_blocks(
            nodes, second.name, pairs, second.out_channels, second.in_channels, side=4
        )
        self._second[0] = kernel

    def _parameters(self, conv: Conv, weights: Mapping[str, NDArray[np.float32]]) -> list[str]:
        keys = [f"{conv.name}.weight", f"{conv.name}.bias"][: 1 + conv.bias]
        return [self._nodes.floats(key, weights[key]) for key in keys]

    def second(self, source: str, output: str, **frame: list[int]) -> str:
        """The second convolution of blocks, and what follows it."""
        nodes = self._nodes
        if self._start.after is None:
            return nodes.add("Conv", [source, *self._second], output, **frame)
        made = nodes.add("Conv", [source, *self._second], f"{output}.c", **frame)
        return nodes.add("Relu", [made], output)

    def read_sides(self, source: str, inner: str) -> None:
        """Of files of any size at run time: 1 for an odd side, else 0."""
        nodes, name = self._nodes, self._start.second.name
        sides, halves = nodes.size(source, name), nodes.size(inner, inner)
        twice = nodes.add("Add", [halves, halves], f"{name}.twice")
        nodes.add("Sub", [twice, sides], f"{name}.odd")

    def lines(self, padded: str, axis: int) -> str:
        """The first and the last row (or column) of the second convolution's result.

        The picture's own at either end, which the first convolution reads, then those of its
        result that the second reads, as blocks. What columns have in the corners, rows replace.
        """
        nodes, first = self._nodes, self._start.first
        name, k = f"{self._start.second.name}.{'y' if axis == ROWS else 'x'}", first.kernel
        near = (*range(k + 1), *range(-k - 4, -1))
        taken = nodes.add("Gather", [padded, nodes.whole("near", *near)], f"{name}1", axis=axis)
        # Zeros on one side: columns need them, and on ARM processors with SME onnxruntime has
        # another program, of other rounding, for what has as many on both.
        frame = {"pads": [0, 2, 0, 0] if axis == ROWS else [2, 0, 0, 0]}
        made = nodes.add("Conv", [taken, *self._first], f"{name}2", **frame)
        made = nodes.add("Relu", [made], f"{name}3")
        taken = nodes.add("Gather", [made, self._taps(axis)], f"{name}4", axis=axis)
        if axis == ROWS:
            inside = nodes.slice(taken, f"{name}5", [0, 2], [END, -1])
            border = nodes.whole("pad,2,1", 0, 0, 0, 2, 0, 0, 0, 1)
            taken = nodes.add("Pad", [inside, border], f"{name}6", mode="reflect")
        parts = []
        for at in ((0, 0), (0, 1), (1, 0), (1, 1)):
            # Beyond a side that is even there is one more, which is no block's first pixel.
            ends = [END if (side == axis) or odd else -1 for side, odd in enumerate(at, ROWS)]
            part = nodes.slice(taken, f"{name}7{at[0]}{at[1]}", at, ends, step=2)
            parts.append(part)
        blocks = nodes.add("Concat", parts, f"{name}8", axis=1)
        return self.second(blocks, f"{name}9", strides=[2, 1] if axis == ROWS else [1, 2])

    def _taps(self, axis: int) -> str:
        """Rows (or columns) of the first convolution's result at either end, as two blocks each.

        The block before the first is the first once more: of it the second pixel is read, which is
        the reflected one.
        """
        nodes, end = self._nodes, self._start.first.kernel + 5
        even, odd = ((0, 1, 0, 1, *(end + at for at in ends)) for ends in (_EVEN, _ODD))
        if self._size is not None:
            taps = odd if self._size[axis - ROWS] % 2 else even
            return nodes.whole("taps" + ",".join(map(str, taps)), *taps)
        name, at = f"{self._start.second.name}.{axis}", axis - ROWS
        span = [nodes.whole(f"i{i}", i) for i in (at, at + 1)]
        is_odd = nodes.add("Slice", [f"{self._start.second.name}.odd", *span], f"{name}o")
        step = nodes.whole("step", *(late - early for early, late in zip(even, odd, strict=True)))
        moved = nodes.add("Mul", [is_odd, step], f"{name}m")
        return nodes.add("Add", [nodes.whole("even", *even), moved], f"{name}t")
