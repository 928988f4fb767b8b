"""The ONNX emitter of a graph: no torch, no tracing, nothing to simplify."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from tinystyle import __version__
from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.edge_blocks import (
    EdgeEnd,
    EdgeStart,
    edge_ends_of,
    edge_starts_of,
    emit_edge_end,
    emit_edge_start,
)
from tinystyle.export.onnx_writer.folding import folded
from tinystyle.export.onnx_writer.nodes import END, Nodes, emit_from_bytes, emit_to_bytes
from tinystyle.export.onnx_writer.norms import emit_norm, emit_region_norm, norm_ways
from tinystyle.export.onnx_writer.patches import emit_swap, tables_of
from tinystyle.export.onnx_writer.region_networks import (
    emit_blend,
    emit_one_hot,
    emit_smooth,
    emit_weights,
)
from tinystyle.export.onnx_writer.region_patches import emit_region_swap, labels_of
from tinystyle.export.onnx_writer.regions import columns_of, emit_regions
from tinystyle.export.onnx_writer.subpixel import emit_subpixel
from tinystyle.export.passes.half_precision import first_layer, single_kernels
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
)
from tinystyle.network.manifest import Kind, Manifest, Pictures
from tinystyle.network.ops import (
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
from tinystyle.network.stylenet import StyleNet

__all__ = ["DEFAULT_OPSET", "MAX_OPSET", "MIN_OPSET", "to_onnx"]

MIN_OPSET = 13
MAX_OPSET = 21
DEFAULT_OPSET = 17
"""Old enough for every mobile runtime of the last years."""

_OF_SHARES = (OneHot, Smooth, RegionWeights, BlendRegions)
"""What reads labels or regions' shares, which are in single precision."""

_OfRegions = MoveRegions | SwapRegions | OneHot | Smooth | RegionWeights | RegionNorm | BlendRegions

_PAD_MODES = {PadMode.REFLECT: "reflect", PadMode.REPLICATE: "edge", PadMode.ZERO: "constant"}


def to_onnx(
    source: StyleNet | Graph,
    *,
    opset: int = DEFAULT_OPSET,
    size: tuple[int, int] | None = None,
    batch: int | None = None,
    precision: Precision = Precision.FP32,
    layout: Layout = Layout.ONNXRUNTIME_CPU,
) -> onnx.ModelProto:
    """A graph as an ONNX model of exactly ``opset``; of a network, the graph that is exported where
    no option asks for another.

    Input and output are float32 RGB ``(N, 3, H, W)``, 0..1, also where the graph computes in half
    precision, or uint8 ``(N, H, W, 3)`` where it takes bytes. ``size`` (height, width) makes a
    model for ``batch`` pictures (default 1) of that size; without it N, H and W are free. A graph
    that takes a mask has it as a second input, uint8 ``(N, 1, H, W)``; one that takes the strength
    as its last, float32 ``(1,)``.
    Kernels of :class:`SubpixelConv` are put together when the model is loaded, so that the file
    holds the network's own weights, but where the ``layout`` is for all engines. Raises OptionError
    for an opset outside 13..21, a size below 64 or a precision that is no float.
    """
    if not MIN_OPSET <= opset <= MAX_OPSET:
        raise OptionError(f"opset is {opset}; allowed are {MIN_OPSET} to {MAX_OPSET}")
    if precision is Precision.INT8:
        raise OptionError("int8 is made of an fp32 model: tinystyle.export.onnx_writer.int8")
    graph = prepare(source, GraphOptions()) if isinstance(source, StyleNet) else source
    count: int | str = (batch or 1) if size else (batch or "batch")
    floats = np.float16 if precision is Precision.FP16 else np.float32
    portable = layout is Layout.ANY
    nodes = Nodes(opset, floats, portable=portable)
    result = _Emitter(graph, nodes, size).emit_all()
    kind = TensorProto.UINT8 if graph.takes_bytes else TensorProto.FLOAT
    sides: list[int | str] = [*size] if size else ["height", "width"]
    shape = [count, *sides, 3] if graph.takes_bytes else [count, 3, *sides]
    pictures = Pictures.BYTES if graph.takes_bytes else Pictures.FLOAT
    manifest = Manifest(Kind.NETWORK, graph.spec, graph.notes, pictures)
    nodes.rename(result, manifest.output_name)
    written, constants = nodes.nodes, nodes.initializers
    if portable:
        made_at_loading = tables_of(graph) | columns_of(graph) | labels_of(graph)
        written, constants = folded(written, constants, opset, made_at_loading)
    for node in written:
        node.name = node.output[0]
    inputs = [helper.make_tensor_value_info(manifest.input_name, kind, shape)]
    if graph.takes_mask:
        labels = [count, 1, *sides]
        inputs.append(helper.make_tensor_value_info(MASK, TensorProto.UINT8, labels))
    if graph.takes_strength:
        inputs.append(helper.make_tensor_value_info(STRENGTH, TensorProto.FLOAT, [1]))
    proto = helper.make_graph(
        written,
        graph.notes.get("style_name") or "tinystyle",
        inputs,
        [helper.make_tensor_value_info(manifest.output_name, kind, shape)],
        constants,
    )
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        proto,
        opset_imports=imports,
        ir_version=helper.find_min_ir_version_for(imports),
        producer_name="tinystyle",
        producer_version=__version__,
    )
    helper.set_model_props(model, manifest.to_properties())
    return model


class _Emitter:
    """Writes operations. Tensors that an operation leaves as they are go by their older name."""

    def __init__(self, graph: Graph, nodes: Nodes, size: tuple[int, int] | None) -> None:
        self._graph, self._nodes = graph, nodes
        self._shapes = graph.shapes(*size) if size else None
        self._alias: dict[str, str] = {}
        self._single = first_layer(graph) if nodes.halved else frozenset()
        self._for_cpu = _only_a_cpu_computes(graph) and not nodes.portable
        known = (self._shapes or {}) if self._for_cpu else {}
        self._norms = norm_ways(graph, known, for_cpu=self._for_cpu)
        blocks = (self._for_cpu or nodes.portable) and not nodes.halved
        self._starts = edge_starts_of(graph) if blocks else []
        self._ends = edge_ends_of(graph) if blocks else []

    def emit_all(self) -> str:
        """All operations. Returns the name of the result."""
        nodes, graph = self._nodes, self._graph
        starts = {start.ops[0].name: start for start in self._starts}
        ends = {end.ops[0].name: end for end in self._ends}
        parts: list[EdgeStart | EdgeEnd] = [*self._starts, *self._ends]
        together = {op.name for part in parts for op in part.ops}
        for op in graph.ops:
            if op.name in starts:
                self._emit_start(starts[op.name])
            elif op.name in ends:
                self._emit_end(ends[op.name])
            elif op.name not in together:
                self.emit(op)
        result = self._tensor(graph.result)
        if nodes.halved and not graph.takes_bytes:
            return nodes.cast(result, f"{result}.float", TensorProto.FLOAT)
        return result

    def _emit_start(self, start: EdgeStart) -> None:
        source = self._tensor(start.border.source)
        emit_edge_start(self._nodes, source, start, self._graph.weights)

    def _emit_end(self, end: EdgeEnd) -> None:
        source, like = self._tensor(end.ops[0].source), self._tensor(end.trim.like)
        emit_edge_end(self._nodes, source, end, like, self._graph.weights, self._shapes)

    def _tensor(self, name: str, *, single: bool = False) -> str:
        """What a tensor goes by, in the graph's type unless ``single``."""
        if single:
            return name
        kept = name in self._single or (name == IMAGE and not self._graph.takes_bytes)
        if kept and self._nodes.halved and name not in self._alias:
            self._alias[name] = self._nodes.cast(name, f"{name}.half")
        return self._alias.get(name, name)

    def emit(self, op: GraphOp) -> None:
        nodes, weights = self._nodes, self._graph.weights
        single = op.name in self._single
        # Norms take either.
        takes_single = single or (
            isinstance(op, InstanceNorm | RegionNorm) and op.source in self._single
        )
        source = self._tensor(op.source, single=takes_single or isinstance(op, _OF_SHARES))
        match op:
            case Pad():
                self._pad(op, source)
            case Conv():
                self._conv(op, source, single=single)
            case SubpixelConv():
                self._subpixel(op, source)
            case ConvTranspose():
                self._conv_transpose(op, source)
            case InstanceNorm():
                emit_norm(nodes, source, op, weights, self._norms[op.name], single=takes_single)
            case MaxPool(name):
                nodes.add("MaxPool", [source], name, kernel_shape=[2, 2], strides=[2, 2])
            case SwapPatches():
                emit_swap(nodes, source, op, weights)
            case (
                MoveRegions()
                | SwapRegions()
                | OneHot()
                | Smooth()
                | RegionWeights()
                | RegionNorm()
                | BlendRegions()
            ):
                self._regions(op, source, single=takes_single)
            case Relu() | Sigmoid():
                nodes.add(type(op).__name__, [source], op.name)
            case Clip(name):
                nodes.add("Clip", [source, nodes.scalar(0.0), nodes.scalar(1.0)], name)
            case Add(name, other=other):
                nodes.add("Add", [source, self._tensor(other)], name)
            case Upsample():
                self._upsample(op, source)
            case Crop(name, amount=a):
                nodes.slice(source, name, [a, a], [-a, -a])
            case Slice():
                self._slice(op, source)
            case Concat():
                self._concat(op, source, single=single)
            case Trim():
                self._trim(op)
            case Blend(amount=amount):
                self._blend(op, nodes.scalar(amount))
            case BlendByInput():
                self._blend(op, self._strength())
            case FromCorner(name):
                nodes.slice(source, f"{name}.first", [0, 0], [1, 1])
                nodes.add("Sub", [source, f"{name}.first"], name)
            case Scale(name, factor=factor):
                nodes.add("Mul", [source, nodes.scalar(factor, single=single)], name)
            case FromBytes():
                emit_from_bytes(nodes, op, single=single)
            case ToBytes():
                emit_to_bytes(nodes, op, self._tensor(op.source))

    def _regions(self, op: _OfRegions, source: str, *, single: bool) -> None:
        nodes, weights = self._nodes, self._graph.weights
        match op:
            case MoveRegions():
                emit_regions(nodes, source, op, weights)
            case SwapRegions():
                emit_region_swap(nodes, source, op, weights)
            case OneHot():
                emit_one_hot(nodes, source, op)
            case Smooth():
                emit_smooth(nodes, source, op)
            case RegionWeights():
                emit_weights(nodes, source, op)
            case RegionNorm():
                emit_region_norm(nodes, source, op, weights, single=single)
            case BlendRegions():
                emit_blend(nodes, source, op, [self._tensor(other) for other in op.others])

    def _pad(self, op: Pad, source: str) -> None:
        a = op.amount
        pads = self._nodes.whole(f"pad{a}", 0, 0, a, a, 0, 0, a, a)
        self._nodes.add("Pad", [source, pads], op.name, mode=_PAD_MODES[op.mode])

    def _slice(self, op: Slice, source: str) -> None:
        nodes, end = self._nodes, END if op.end is None else op.end
        numbers = [nodes.whole(f"i{number}", number) for number in (op.start, end, op.axis)]
        nodes.add("Slice", [source, *numbers], op.name)

    def _concat(self, op: Concat, source: str, *, single: bool) -> None:
        others = (self._tensor(other, single=single) for other in op.others)
        self._nodes.add("Concat", [source, *others], op.name, axis=op.axis)

    def _upsample(self, op: Upsample, source: str) -> None:
        sides = np.array([1, 1, op.scale, op.scale], np.float32)
        scales = self._nodes.floats(f"scale{op.scale}", sides, single=True)
        self._nodes.add(
            "Resize",
            [source, "", scales],
            op.name,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def _conv(self, op: Conv, source: str, *, single: bool) -> None:
        nodes, weights = self._nodes, self._graph.weights
        keys = [f"{op.name}.weight", f"{op.name}.bias"][: 1 + op.bias]
        exact = single and op.name in single_kernels(self._graph)
        held = [nodes.floats(key, weights[key], single=exact) for key in keys]
        held = [nodes.single(constant) for constant in held] if single and not exact else held
        frame = {"strides": [op.stride] * 2, "pads": [op.padding] * 4}
        nodes.add("Conv", [source, *held], op.name, kernel_shape=[op.kernel] * 2, **frame)

    def _conv_transpose(self, op: ConvTranspose, source: str) -> None:
        key, sizes = f"{op.name}.weight", {"kernel_shape": [3, 3], "strides": [2, 2]}
        inputs = [source, self._nodes.floats(key, self._graph.weights[key])]
        frame = {"pads": [1] * 4, "output_padding": [1, 1]}
        self._nodes.add("ConvTranspose", inputs, op.name, **sizes, **frame)

    def _subpixel(self, op: SubpixelConv, source: str) -> None:
        emit_subpixel(
            *(self._nodes, source, op, self._graph.weights),
            for_cpu=self._for_cpu,
            shape=(self._shapes or {}).get(op.name),
        )

    def _strength(self) -> str:
        return self._nodes.cast(STRENGTH, f"{STRENGTH}.half") if self._nodes.halved else STRENGTH

    def _blend(self, op: Blend | BlendByInput, amount: str) -> None:
        nodes, name, base = self._nodes, op.name, self._tensor(op.other)
        nodes.add("Sub", [self._tensor(op.source), base], f"{name}.change")
        nodes.add("Mul", [f"{name}.change", amount], f"{name}.share")
        nodes.add("Add", [base, f"{name}.share"], name)

    def _trim(self, op: Trim) -> None:
        nodes, source = self._nodes, self._tensor(op.source)
        if self._shapes is not None:
            height, width = self._shapes[op.like][1:]
            if self._shapes[op.source][1:] == (height, width):
                self._alias[op.name] = source
            else:
                nodes.slice(source, op.name, [0, 0], [height, width])
            return
        # A size is read at run time for slices and to place pixels and lines, never to resize.
        nodes.slice(source, op.name, [0, 0], nodes.size(op.like, op.name))


def _only_a_cpu_computes(graph: Graph) -> bool:
    """Whether the graph may be written for a CPU alone, and relied on it there.

    Back ends take zeros around convolutions and few take repeated edges, so that a graph with other
    borders is cut at every one of them anyway, unless a form was asked for that is meant for them.
    """
    modes = {op.mode for op in graph.ops if isinstance(op, Pad)}
    return PadMode.REFLECT in modes or (PadMode.REPLICATE in modes and not graph.padded)
