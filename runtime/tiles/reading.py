"""Reading a model's bytes as a :class:`LocalGraph`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper, numpy_helper, shape_inference

from tinystyle.errors import ModelError
from tinystyle.runtime.tiles.local_graph import (
    POINTWISE,
    LocalGraph,
    Statistic,
    Tensor,
    attributes_of,
)
from tinystyle.runtime.tiles.placement import with_depth_to_space
from tinystyle.runtime.tiles.statistics import Measure

__all__ = ["read_graph"]

_REDUCING = {
    "ReduceMean": Measure.MEAN,
    "ReduceMax": Measure.MOST,
    "ReduceMin": Measure.LEAST,
}
_LOCAL = {*POINTWISE, "Conv", "DepthToSpace", "Pad", "Resize", "Slice", "Transpose"}
_OF_SIZES = {"Add", "Concat", "Gather", "Mul", "Shape", "Slice", "Sub"}
_MOST_NODES = 4000
"""Ours have some 300; a file is not trusted."""


def read_graph(model: bytes, picture: str, result: str, numbers: Iterable[str] = ()) -> LocalGraph:
    """The graph of ``picture`` in and ``result`` out; ``numbers`` are its other inputs.

    Raises ModelError where an operation is neither local nor a statistic of the whole.
    """
    try:
        loaded = shape_inference.infer_shapes(onnx.load_model_from_string(model))
    except (DecodeError, shape_inference.InferenceError, ValueError) as error:
        raise ModelError(f"its graph cannot be read ({error})") from error
    graph = loaded.graph
    if len(graph.node) > _MOST_NODES or loaded.functions or not loaded.opset_import:
        raise ModelError("its graph is none of ours")
    initializers = {one.name: one for one in graph.initializer}
    reader = _Reader(
        LocalGraph(
            picture,
            result,
            frozenset(numbers),
            loaded.opset_import[0].version,
            {name: numpy_helper.to_array(one) for name, one in initializers.items()},
            initializers,
        ),
        {one.name: one for one in (*graph.input, *graph.value_info, *graph.output)},
    )
    for node in with_depth_to_space(list(graph.node), reader.graph.constants):
        reader.read(node)
    if result not in reader.graph.levels:
        raise ModelError(f"nothing in it makes {result}")
    return reader.graph


class _Reader:
    def __init__(self, graph: LocalGraph, types: dict[str, onnx.ValueInfoProto]) -> None:
        self.graph = graph
        self._types = types
        self._constant = set(graph.constants)
        self._sizes: set[str] = set()
        self._levels: dict[str, int] = dict.fromkeys(graph.numbers, 0)
        """Of statistics, and what is made of them."""
        self._rows: dict[str, str] = {}
        """What the means of rows are of."""
        self._means: dict[str, str] = {}
        """What statistics are the mean of."""
        self._makers: dict[str, onnx.NodeProto] = {}
        graph.levels[graph.picture] = 0
        kind = types[graph.picture].type.tensor_type.elem_type
        graph.tensors[graph.picture] = Tensor(
            kind, 3, (1, 2) if kind == TensorProto.UINT8 else (2, 3)
        )

    def read(self, node: onnx.NodeProto) -> None:
        graph, sources = self.graph, [source for source in node.input if source]
        if len(node.output) != 1 or node.domain not in ("", "ai.onnx"):
            raise ModelError(f"{node.op_type} is not local")
        known = {*self._constant, *self._sizes}
        if set(sources) <= self._constant:
            self.graph.of_constants.append(node)
            self._constant.add(node.output[0])
        elif node.op_type == "Shape" or set(sources) <= known:
            if node.op_type not in _OF_SIZES:
                raise ModelError(f"{node.op_type} of a size is not known")
            graph.of_sizes.append(node)
            self._sizes.add(node.output[0])
        elif sources[0] in self._rows:
            if node.op_type != "ReduceMean" or self._axes(node) != [2]:
                raise ModelError("means of rows are used otherwise than for the mean of all")
            self._mean(node.output[0], self._rows[sources[0]])
        elif node.op_type in _REDUCING:
            self._reduce(node)
        elif self._is_corner(node):
            self._add(node.output[0], Measure.CORNER, sources[0])
        elif not graph.sources_of(node):
            self._of_statistics(node, sources)
        else:
            self._local(node, sources)

    def _axes(self, node: onnx.NodeProto) -> list[int]:
        if len(node.input) > 1:
            return [int(a) for a in np.ravel(self._constant_of(node.input[1]))]
        return [int(a) for a in attributes_of(node).get("axes", ())]

    def _constant_of(self, name: str) -> np.ndarray:
        if name not in self.graph.constants:
            raise ModelError(f"{name} is not stored in the file")
        return self.graph.constants[name]

    def _reduce(self, node: onnx.NodeProto) -> None:
        source, name, axes = node.input[0], node.output[0], self._axes(node)
        tensor = self.graph.tensors.get(source)
        kept = attributes_of(node).get("keepdims", 1) == 1
        if tensor is None or tensor.axes != (2, 3) or not kept:
            raise ModelError(f"{node.op_type} of another form")
        if node.op_type == "ReduceMean" and axes == [3]:
            self._rows[name] = source
        elif node.op_type == "ReduceMean" and axes == [2, 3]:
            self._mean(name, source)
        elif axes == [2, 3]:
            self._add(name, _REDUCING[node.op_type], source)
        else:
            raise ModelError(f"{node.op_type} over other axes than height and width")

    def _mean(self, name: str, source: str) -> None:
        """A mean, or a variance where the source is the square of what a mean leaves."""
        square = self._makers.get(source)
        if square is not None and square.op_type == "Mul" and square.input[0] == square.input[1]:
            centred = self._makers.get(square.input[0])
            if centred is not None and centred.op_type == "Sub":
                whole, mean = centred.input
                if self._means.get(mean) == whole:
                    self._add(name, Measure.VARIANCE, whole)
                    return
        self._add(name, Measure.MEAN, source)
        self._means[name] = source

    def _add(self, name: str, measure: Measure, source: str) -> None:
        self.graph.statistics[name] = Statistic(measure, source)
        self._levels[name] = self.graph.levels[source] + 1

    def _is_corner(self, node: onnx.NodeProto) -> bool:
        if node.op_type != "Slice" or node.input[0] not in self.graph.tensors:
            return False
        if not set(node.input[1:]) <= set(self.graph.constants):
            return False
        return [list(np.ravel(self._constant_of(name))) for name in node.input[1:]] == [
            [0, 0],
            [1, 1],
            [2, 3],
        ]

    def _of_statistics(self, node: onnx.NodeProto, sources: list[str]) -> None:
        levels = [self._levels[source] for source in sources if source in self._levels]
        if node.op_type not in POINTWISE or not levels:
            raise ModelError(f"{node.op_type} is not local")
        name, found = node.output[0], self.graph.statistics
        self.graph.of_statistics.append(node)
        self._levels[name] = max(levels)
        # A mean that is kept between the least and the largest value is that mean.
        bases = {
            self._means.get(s) or found[s].source for s in sources if s in self._means or s in found
        }
        if node.op_type in ("Min", "Max") and len(bases) == 1 and set(sources) & set(self._means):
            self._means[name] = bases.pop()

    def _local(self, node: onnx.NodeProto, sources: list[str]) -> None:
        if node.op_type not in _LOCAL:
            raise ModelError(f"{node.op_type} is not local")
        unknown = [
            s
            for s in sources
            if s not in self.graph.tensors
            and s not in self._levels
            and s not in self._constant
            and s not in self._sizes
        ]
        if unknown:
            raise ModelError(f"what makes {unknown[0]} is not known")
        if node.op_type == "Conv":
            node = self._unpadded(node)
        self._append(node)

    def _unpadded(self, node: onnx.NodeProto) -> onnx.NodeProto:
        """A convolution that tells its kernel, and whose zeros are a border of their own."""
        attributes = attributes_of(node)
        plain = attributes.get("group", 1) == 1 and set(attributes.get("dilations", [1])) == {1}
        if not plain or attributes.get("auto_pad", b"NOTSET") != b"NOTSET":
            raise ModelError("a convolution of another form")
        pads = [int(amount) for amount in attributes.get("pads", [0] * 4)]
        kernel = self._shape(node.input[1])[2:]
        if len(kernel) != 2 or 0 in kernel:
            raise ModelError(f"the kernel of {node.output[0]} is not known")
        source = node.input[0]
        if any(pads):
            source, amounts = f"{node.output[0]}.zeros", f"{node.output[0]}.amounts"
            values = np.array([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64)
            self.graph.constants[amounts] = values
            self._constant.add(amounts)
            self._append(
                helper.make_node("Pad", [node.input[0], amounts], [source], mode="constant")
            )
        return helper.make_node(
            "Conv",
            [source, *node.input[1:]],
            [node.output[0]],
            kernel_shape=kernel,
            strides=attributes.get("strides", [1, 1]),
        )

    def _shape(self, name: str) -> list[int]:
        if name in self.graph.constants:
            return list(self.graph.constants[name].shape)
        if name not in self._types:
            return []
        return [one.dim_value for one in self._types[name].type.tensor_type.shape.dim]

    def _append(self, node: onnx.NodeProto) -> None:
        graph, name = self.graph, node.output[0]
        sources = graph.sources_of(node)
        levels = [graph.levels[source] for source in sources]
        levels += [self._levels[source] for source in node.input if source in self._levels]
        graph.levels[name] = max(levels)
        graph.tensors[name] = self._tensor(node, graph.tensors[sources[0]])
        graph.nodes.append(node)
        self._makers[name] = node

    def _tensor(self, node: onnx.NodeProto, source: Tensor) -> Tensor:
        kind, channels, axes = source.kind, source.channels, source.axes
        match node.op_type:
            case "Cast":
                kind = int(attributes_of(node)["to"])
            case "Conv":
                channels = self._shape(node.input[1])[0]
            case "DepthToSpace":
                channels //= int(attributes_of(node)["blocksize"]) ** 2
            case "Transpose":
                order = list(attributes_of(node).get("perm", ()))
                if order not in ([0, 2, 3, 1], [0, 3, 1, 2]):
                    raise ModelError("a transposition of another form")
                axes = (order.index(axes[0]), order.index(axes[1]))
        if not channels:
            raise ModelError(f"the channels of {node.output[0]} are not known")
        return Tensor(kind, channels, axes)
