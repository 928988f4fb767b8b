"""Heights and widths of all tensors for a picture of one size, and how far operations reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.runtime.tiles.local_graph import LocalGraph, attributes_of
from tinystyle.runtime.tiles.spans import Border, Cut, Enlarging, Reach, Same, Window

__all__ = ["Extents"]

Sizes = NDArray[np.int64]
_PAD_MODES = (b"constant", b"edge", b"reflect")


class Extents:
    """Of a graph, for a picture of ``height`` x ``width`` pixels.

    Raises ModelError where an operation is of a form that is not known here.
    """

    def __init__(self, graph: LocalGraph, height: int, width: int) -> None:
        self._graph = graph
        self._sizes: dict[str, Sizes] = {}
        self._size_nodes = {node.output[0]: node for node in graph.of_sizes}
        self.of: dict[str, tuple[int, int]] = {graph.picture: (height, width)}
        """Height and width by tensor."""
        self.reaches: dict[str, tuple[Reach, Reach]] = {}
        """Along height and width, by the tensor that is made."""
        for node in graph.nodes:
            self._add(node)

    def _add(self, node: onnx.NodeProto) -> None:
        sources, name = self._graph.sources_of(node), node.output[0]
        reaches = self._reaches(node)
        found = {
            tuple(reach.extent(n) for reach, n in zip(reaches, self.of[source], strict=True))
            for source in sources
        }
        if len(found) != 1 or min(min(sides) for sides in found) < 1:
            raise ModelError(f"{name} is made of tensors of different sizes")
        height, width = found.pop()
        self.of[name], self.reaches[name] = (height, width), reaches

    def _reaches(self, node: onnx.NodeProto) -> tuple[Reach, Reach]:
        attributes = attributes_of(node)
        match node.op_type:
            case "Conv":
                rows, columns = attributes["kernel_shape"], attributes["strides"]
                return Window(rows[0], columns[0]), Window(rows[1], columns[1])
            case "DepthToSpace":
                return (Enlarging(int(attributes["blocksize"])),) * 2
            case "Pad":
                return self._borders(node, attributes.get("mode", b"constant"))
            case "Resize":
                return self._enlarging(node)
            case "Slice":
                return self._cuts(node)
            case _:
                return Same(), Same()

    def _borders(self, node: onnx.NodeProto, mode: bytes) -> tuple[Border, Border]:
        pads = [int(amount) for amount in self._values(node.input[1])]
        fits = len(pads) == 8 and min(pads) >= 0 and not any(pads[i] for i in (0, 1, 4, 5))
        if not fits or mode not in _PAD_MODES or len(node.input) > 2:
            raise ModelError(f"a border of another form: {node.output[0]}")
        reflects = mode == b"reflect"
        return Border(pads[2], pads[6], reflects), Border(pads[3], pads[7], reflects)

    def _enlarging(self, node: onnx.NodeProto) -> tuple[Reach, Reach]:
        attributes = attributes_of(node)
        nearest = attributes.get("mode", b"nearest") == b"nearest"
        asymmetric = attributes.get("coordinate_transformation_mode") == b"asymmetric"
        scales = [] if len(node.input) != 3 else list(self._graph.constants.get(node.input[2], ()))
        whole = len(scales) == 4 and all(scale == int(scale) for scale in scales)
        if not (nearest and asymmetric and whole and scales[:2] == [1, 1]):
            raise ModelError(f"an enlargement of another form: {node.output[0]}")
        return Enlarging(int(scales[2])), Enlarging(int(scales[3]))

    def _cuts(self, node: onnx.NodeProto) -> tuple[Reach, Reach]:
        values = [self._values(name) for name in node.input[1:]]
        tensor = self._graph.tensors[node.input[0]]
        reaches: list[Reach] = [Same(), Same()]
        if len(values) == 4 and set(values.pop().tolist()) != {1}:
            raise ModelError(f"a cut with steps: {node.output[0]}")
        if len(values) != 3:
            raise ModelError(f"a cut of another form: {node.output[0]}")
        for start, end, axis in zip(*(v.tolist() for v in values), strict=True):
            if axis not in tensor.axes:
                raise ModelError(f"a cut along another axis: {node.output[0]}")
            place = tensor.axes.index(axis)
            length = self.of[node.input[0]][place]
            first, last, _ = slice(start, end).indices(length)
            reaches[place] = Cut(first, last)
        return reaches[0], reaches[1]

    def _values(self, name: str) -> Sizes:
        """Of a constant, or of what is made of sizes."""
        if name in self._graph.constants:
            return np.ravel(self._graph.constants[name]).astype(np.int64)
        if name not in self._sizes:
            node = self._size_nodes.get(name)
            if node is None:
                raise ModelError(f"{name} is not known before it is computed")
            self._sizes[name] = self._size(node)
        return self._sizes[name]

    def _size(self, node: onnx.NodeProto) -> Sizes:
        if node.op_type == "Shape":
            tensor, sides = self._graph.tensors[node.input[0]], self.of[node.input[0]]
            shape = np.array([1, tensor.channels, tensor.channels, tensor.channels], np.int64)
            shape[list(tensor.axes)] = sides
            return shape
        sources: Sequence[Sizes] = [self._values(name) for name in node.input]
        match node.op_type:
            case "Add":
                return sources[0] + sources[1]
            case "Sub":
                return sources[0] - sources[1]
            case "Mul":
                return sources[0] * sources[1]
            case "Concat":
                return np.concatenate(sources)
            case "Gather":
                return np.atleast_1d(sources[0][sources[1]])
            case _:  # a slice of a shape
                return sources[0][int(sources[1][0]) : int(sources[2][0])]
