"""The first two convolutions over blocks of 2x2 pixels, for files of one even size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_nodes import Nodes
from tinystyle.export.onnx_subpixel import shifted_kernel
from tinystyle.graph import Graph
from tinystyle.graph_ops import read_by
from tinystyle.ops import Conv, Pad, PadMode, Relu, Shape

__all__ = ["Start", "emit_start", "start_of"]


@dataclass(frozen=True, slots=True)
class Start:
    """Operations that follow each other, and that nothing else reads but the last one."""

    first: Conv
    relu: Relu
    pad: Pad
    second: Conv

    @property
    def names(self) -> frozenset[str]:
        """Of all of them."""
        return frozenset({self.first.name, self.relu.name, self.pad.name, self.second.name})


def start_of(graph: Graph, shapes: Mapping[str, Shape]) -> Start | None:
    """What :func:`emit_start` can write, if the graph has it and its picture has even sides."""
    readers: dict[str, list[str]] = {}
    for op in graph.ops:
        for name in read_by(op):
            readers.setdefault(name, []).append(op.name)
    for ops in zip(graph.ops, graph.ops[1:], graph.ops[2:], graph.ops[3:], strict=False):
        match ops:
            case (
                Conv(stride=1, padding=0) as first,
                Relu() as relu,
                Pad(amount=1, mode=PadMode.REFLECT) as pad,
                Conv(kernel=3, stride=2, padding=0) as second,
            ):
                chain = [first.name, relu.name, pad.name, second.name]
                alone = [readers[name] for name in chain[:-1]] == [[name] for name in chain[1:]]
                even = all(side % 2 == 0 for side in shapes.get(first.name, (0, 1, 1))[1:])
                return Start(first, relu, pad, second) if alone and even else None
    return None


def emit_start(
    nodes: Nodes, source: str, start: Start, weights: Mapping[str, NDArray[np.float32]]
) -> None:
    """The operations of ``start``, whose first reads the tensor ``source``.

    The first convolution makes 2x2 pixels at a time, as channels, and they stay there: the second,
    of stride 2, reads the same pixels by a 2x2 kernel over blocks. Its reflected border is the
    block at the border once more, and it needs one above and to the left only. Processors compute
    8 or 16 channels at a time, of which the first convolution has 8; now it has 32. The kernels are
    put together when the file is loaded.
    """
    first, second = start.first, start.second
    key = f"{first.name}.weight"
    inputs = [source, shifted_kernel(nodes, first.name, nodes.floats(key, weights[key]))]
    if first.bias:
        key = f"{first.name}.bias"
        bias = nodes.floats(key, weights[key])
        inputs.append(nodes.add("Concat", [bias] * 4, f"{first.name}.b", axis=0))
    nodes.add("Conv", inputs, first.name, kernel_shape=[first.kernel + 1] * 2, strides=[2, 2])
    nodes.add("Relu", [first.name], start.relu.name)
    above = nodes.whole("above", 0, 0, 1, 1, 0, 0, 0, 0)
    nodes.add("Pad", [start.relu.name, above], start.pad.name, mode="edge")
    inputs = [start.pad.name, _over_blocks(nodes, second, weights)]
    if second.bias:
        key = f"{second.name}.bias"
        inputs.append(nodes.floats(key, weights[key]))
    nodes.add("Conv", inputs, second.name, kernel_shape=[2, 2])


def _over_blocks(nodes: Nodes, conv: Conv, weights: Mapping[str, NDArray[np.float32]]) -> str:
    """``(O, I, 3, 3)`` to ``(O, 4 I, 2, 2)``.

    The first tap of a row is the second pixel of the block before, the others are the two pixels of
    the block itself. So with a zero in front, the four numbers of a row are two of each block.
    """
    name, o, i = conv.name, conv.out_channels, conv.in_channels
    stored = nodes.floats(f"{name}.weight", weights[f"{name}.weight"])
    front = nodes.whole("front", 0, 0, 1, 1, 0, 0, 0, 0)
    pairs = nodes.add("Pad", [stored, front], f"{name}.w1")
    split = nodes.add("Reshape", [pairs, nodes.whole(f"{name}.s1", o, i, 2, 2, 2, 2)], f"{name}.w2")
    first = nodes.add("Transpose", [split], f"{name}.w3", perm=[0, 3, 5, 1, 2, 4])
    return nodes.add("Reshape", [first, nodes.whole(f"{name}.s2", o, 4 * i, 2, 2)], f"{name}.k")
