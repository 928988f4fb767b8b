"""A stage as an ONNX model of its own, whose borders and cuts are inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.stage_plan import Edge, StagePlan, Strip
from tinystyle.runtime.tiles.statistics import Measure

__all__ = ["Reducing", "StageModel"]

_AXES_AS_INPUT = 18
"""Opset from which means and extremes take their axes as an input."""

Feeds = dict[str, NDArray[Any]]


class Reducing:
    """Adds nodes to a list that measure whole tensors ``(1, C, H, W)``."""

    def __init__(
        self, opset: int, constant: Callable[[str, list[int]], str], nodes: list[onnx.NodeProto]
    ) -> None:
        """``constant`` keeps whole numbers under a name, which it returns."""
        self._opset, self._constant, self._nodes = opset, constant, nodes

    def moments(self, source: str, name: str) -> tuple[str, str]:
        """Names of mean and variance of each channel, ``(1, C, 1, 1)``."""
        mean = self.mean(source, f"{name}.mean")
        return mean, self.variance(source, mean, name)

    def mean(self, source: str, name: str) -> str:
        """Along rows first: onnxruntime adds up all of a channel in single precision else."""
        return self.reduce(
            "ReduceMean", self.reduce("ReduceMean", source, f"{name}.r", [3]), name, [2]
        )

    def variance(self, source: str, mean: str, name: str) -> str:
        """The mean square of what is left when the mean is taken away."""
        left, square = f"{name}.left", f"{name}.square"
        self._nodes.append(helper.make_node("Sub", [source, mean], [left]))
        self._nodes.append(helper.make_node("Mul", [left, left], [square]))
        return self.mean(square, f"{name}.variance")

    def reduce(self, kind: str, source: str, name: str, axes: list[int]) -> str:
        """By one of ONNX's operators that reduce."""
        if self._opset >= _AXES_AS_INPUT:
            held = self._constant("axes" + "".join(map(str, axes)), axes)
            self._nodes.append(helper.make_node(kind, [source, held], [name]))
        else:
            self._nodes.append(helper.make_node(kind, [source], [name], axes=axes))
        return name


class StageModel:
    """The model of a stage for tiles as planned."""

    def __init__(self, graph: LocalGraph, plan: StagePlan) -> None:
        self._graph, self._plan = graph, plan
        self._nodes: list[onnx.NodeProto] = []
        self._reducing = Reducing(graph.opset, self._constant, self._nodes)
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._constants = dict(graph.initializers)
        self._cuts: dict[str, Edge] = {}
        self._borders: dict[str, str] = {}
        self.numbers: list[str] = []
        """Statistics, and inputs that are no pictures, that it reads."""
        self.results: list[str] = []
        """Names of what it makes, in the order of the stage's results."""
        self.measures: list[tuple[str, Measure, str]] = []
        """What else: of which result, what, and by which name."""
        for name in plan.stage.sources:
            self._input(name, graph.tensors[name].kind, self._shape(name))
        for node in plan.stage.nodes:
            self._add(node)
        for name in plan.stage.results:
            self._result(name)
        before = self._before()
        self._nodes[:0] = before

    def to_bytes(self) -> bytes:
        """As a file."""
        used = {name for node in self._nodes for name in node.input}
        held = [one for name, one in self._constants.items() if name in used]
        graph = helper.make_graph(self._nodes, "stage", self._inputs, self._outputs, held)
        imports = [helper.make_opsetid("", self._graph.opset)]
        model = helper.make_model(
            graph, opset_imports=imports, ir_version=helper.find_min_ir_version_for(imports)
        )
        data: bytes = model.SerializeToString()
        return data

    def feeds(self, rows: Strip, columns: Strip) -> Feeds:
        """Its borders and cuts for one tile."""
        found: Feeds = {}
        for name, edge in self._cuts.items():
            spans = rows.cuts[edge], columns.cuts[edge]
            found[f"{name}.start"] = np.array([span.start for span in spans], np.int64)
            found[f"{name}.end"] = np.array([span.end for span in spans], np.int64)
        for name, border in self._borders.items():
            (top, bottom), (left, right) = rows.borders[border], columns.borders[border]
            found[name] = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
        return found

    def _input(self, name: str, kind: int, shape: list[int | None]) -> None:
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))

    def _shape(self, name: str) -> list[int | None]:
        tensor = self._graph.tensors[name]
        return [1, *(None if axis in tensor.axes else tensor.channels for axis in (1, 2, 3))]

    def _constant(self, name: str, values: list[int]) -> str:
        self._constants[name] = helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
        return name

    def _cut(self, edge: Edge, output: str) -> str:
        source, _ = edge
        name = f"{output}.cut"
        for end in ("start", "end"):
            self._input(f"{name}.{end}", TensorProto.INT64, [2])
        first, last = self._graph.tensors[source].axes
        axes = self._constant(f"axes{first}{last}.cut", [first, last])
        inputs = [source, f"{name}.start", f"{name}.end", axes]
        self._nodes.append(helper.make_node("Slice", inputs, [output]))
        self._cuts[name] = edge
        return output

    def _add(self, node: onnx.NodeProto) -> None:
        name, cut = node.output[0], self._plan.cut
        if node.op_type == "Slice":
            self._cut((node.input[0], name), name)
            return
        inputs = [
            self._cut((source, name), f"{source}>{name}") if (source, name) in cut else source
            for source in dict.fromkeys(node.input)
        ]
        by_name = dict(zip(dict.fromkeys(node.input), inputs, strict=True))
        written = onnx.NodeProto()
        written.CopyFrom(node)
        written.input[:] = [by_name[source] for source in node.input]
        if node.op_type == "Pad":
            written.input[1] = f"{name}.border"
            self._input(written.input[1], TensorProto.INT64, [8])
            self._borders[written.input[1]] = name
        self._nodes.append(written)

    def _before(self) -> list[onnx.NodeProto]:
        """What is computed of constants, statistics and numbers, and those as inputs."""
        graph = self._graph
        makers = {node.output[0]: node for node in (*graph.of_constants, *graph.of_statistics)}
        made = {node.output[0] for node in self._nodes}
        given = {one.name for one in self._inputs}
        open_, inside = [name for node in self._nodes for name in node.input], set[str]()
        while open_:
            name = open_.pop()
            if not name or name in inside or name in made or name in given:
                continue
            inside.add(name)
            if name in graph.statistics:
                channels = graph.tensors[graph.statistics[name].source].channels
                self._input(name, TensorProto.FLOAT, [1, channels, 1, 1])
                self.numbers.append(name)
            elif name in graph.numbers:
                self._input(name, TensorProto.FLOAT, [1])
                self.numbers.append(name)
            elif name in makers:
                open_ += makers[name].input
        ordered = (*graph.of_constants, *graph.of_statistics)
        return [node for node in ordered if node.output[0] in inside - set(self.numbers)]

    def _result(self, name: str) -> None:
        tensor = self._graph.tensors[name]
        cut = (name, name) in self._plan.cut
        written = self._cut((name, name), f"{name}.result") if cut else name
        self.results.append(written)
        info = helper.make_tensor_value_info(written, tensor.kind, self._shape(name))
        self._outputs.append(info)
        wanted = set(self._plan.stage.measured.get(name, {}).values())
        if wanted & {Measure.MEAN, Measure.VARIANCE}:
            mean = self._reducing.mean(written, f"{name}.mean")
            self._measure(name, Measure.MEAN, mean)
            if Measure.VARIANCE in wanted:
                self._measure(name, Measure.VARIANCE, self._reducing.variance(written, mean, name))
        for measure, kind in ((Measure.MOST, "ReduceMax"), (Measure.LEAST, "ReduceMin")):
            if measure in wanted:
                made = self._reducing.reduce(kind, written, f"{name}.{measure.value}", [2, 3])
                self._measure(name, measure, made)
        if Measure.CORNER in wanted:
            corner = f"{name}.corner"
            ends = [self._constant(f"{n}{n}.corner", [n, n]) for n in (0, 1)]
            axes = self._constant("axes.corner", [2, 3])
            self._nodes.append(helper.make_node("Slice", [written, *ends, axes], [corner]))
            self._measure(name, Measure.CORNER, corner)

    def _measure(self, source: str, measure: Measure, name: str) -> None:
        self.measures.append((source, measure, name))
        channels = self._graph.tensors[source].channels
        shape = [1, channels, 1, 1]
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
