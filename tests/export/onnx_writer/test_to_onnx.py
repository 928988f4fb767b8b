"""The emitted graphs: their structure, and their numbers against the numpy reference."""

from __future__ import annotations

from math import prod

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.conftest import (
    CONVOLUTIONAL,
    random_net,
)
from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, Upsampling, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.norms import LARGEST_NATIVE
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.export.verify.tolerances import tolerance_of
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.ops import InstanceNorm
from tinystyle.network.spec import Architecture
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

TOLERANCE = tolerance_of(Precision.FP32).largest
OPSETS = (13, 15, 17, 18, 21)


def _load(model: onnx.ModelProto) -> Stylizer:
    return Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=2))


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("form", CONVOLUTIONAL)
def test_every_form_and_opset_is_valid_and_exact(form: Architecture, opset: int) -> None:
    net = random_net(form)
    model = to_onnx(net, opset=opset)
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", opset)]
    painter = _load(model)
    for picture in golden_pictures(65, 79).values():
        difference = np.abs(painter.run(picture) - reference.stylize(net, picture)).max()
        assert difference <= TOLERANCE


def test_dim8_fits_439_000_bytes() -> None:
    data = to_onnx(random_net()).SerializeToString()
    assert 4 * 105_675 < len(data) <= 439_000


@pytest.mark.parametrize("opset", [12, 22])
def test_other_opsets_are_refused(opset: int) -> None:
    with pytest.raises(OptionError, match=str(opset)):
        to_onnx(random_net(), opset=opset)


def test_dynamic_graph_scales_by_constants_only() -> None:
    nearest = prepare(random_net(), GraphOptions(upsampling=Upsampling.NEAREST))
    graph = to_onnx(nearest).graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    resizes = [n for n in graph.node if n.op_type == "Resize"]
    assert [constants[n.input[2]].tolist() for n in resizes] == [[1, 1, 2, 2]] * 2
    graph = to_onnx(random_net()).graph
    assert "Resize" not in {n.op_type for n in graph.node}
    # Read by the final slice, which cuts to the photograph's size, and where pixels are placed.
    placed = ["u1.blocks", "u2.blocks", "out.blocks"]
    assert [n.input[0] for n in graph.node if n.op_type == "Shape"] == [*placed, "image"]
    names = [d.dim_param for d in graph.input[0].type.tensor_type.shape.dim]
    assert names == ["batch", "", "height", "width"]


def test_fixed_graph_of_a_multiple_of_four_has_no_shape_logic() -> None:
    nodes = to_onnx(random_net(), size=(128, 192)).graph.node
    layers = {"Pad", "Conv", "Relu", "Add", "Sigmoid"}
    norm = {"ReduceMean", "Sub", "Mul", "Sqrt", "Div", "Slice", "InstanceNormalization"}
    blocked_conv = {"Concat", "Reshape", "Transpose", "MatMul"}
    assert {n.op_type for n in nodes} == layers | norm | blocked_conv


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("size", [(64, 64), (127, 333)])
def test_norms_of_few_values_are_the_operators_own(
    form: Architecture, size: tuple[int, int]
) -> None:
    net = random_net(form)
    shapes = Graph.of(net).shapes(*size)
    norms = [op for op in net.spec.ops() if isinstance(op, InstanceNorm)]
    few = sum(prod(shapes[op.name][1:]) <= LARGEST_NATIVE for op in norms)
    if form in (Architecture.SHEN2018, Architecture.ONE_NORM):
        few = 0  # zeros are around what is between their norms
    kinds = [n.op_type for n in to_onnx(net, size=size).graph.node]
    assert kinds.count("InstanceNormalization") == few
    assert (few > 0) == (form in (Architecture.TINY, Architecture.ZHANG2018, Architecture.SIX_NORM))
    assert kinds.count("Sqrt") == len(norms) - few
    assert "InstanceNormalization" not in {n.op_type for n in to_onnx(net).graph.node}


@pytest.mark.parametrize("batch", [1, 2])
def test_pixels_of_a_fixed_graph_are_placed_by_transposing(batch: int) -> None:
    net = random_net()
    graph = prepare(net, GraphOptions())
    fixed = to_onnx(graph, size=(64, 71), batch=batch)
    onnx.checker.check_model(fixed, full_check=True)
    assert "DepthToSpace" not in {n.op_type for n in fixed.graph.node}
    pictures = [golden_pictures(64, 71)[name] for name in ("scene", "noise")][:batch]
    wanted = np.concatenate([reference.stylize(net, picture) for picture in pictures])
    painted = _load(fixed).run(np.concatenate(pictures))
    assert np.abs(painted - wanted).max() <= TOLERANCE


@pytest.mark.parametrize("opset", [13, 21])
def test_pixels_of_a_graph_of_any_size_are_placed_by_transposing(opset: int) -> None:
    net = random_net()
    free = to_onnx(prepare(net, GraphOptions()), opset=opset)
    onnx.checker.check_model(free, full_check=True)
    assert "DepthToSpace" not in {n.op_type for n in free.graph.node}
    painter = _load(free)
    for size in ((64, 71), (130, 65)):
        pictures = [golden_pictures(*size)[name] for name in ("scene", "noise", "white")]
        wanted = np.concatenate([reference.stylize(net, picture) for picture in pictures])
        assert np.abs(painter.run(np.concatenate(pictures)) - wanted).max() <= TOLERANCE


@pytest.mark.parametrize("padding", [Padding.SLICE, Padding.ZERO, Padding.REPLICATE])
def test_graphs_for_back_ends_keep_to_what_those_take(padding: Padding) -> None:
    graph = prepare(random_net(), GraphOptions(padding=padding))
    kinds = {n.op_type for n in to_onnx(graph, size=(64, 64)).graph.node}
    assert "DepthToSpace" in kinds
    assert "InstanceNormalization" not in kinds


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("size", [(64, 64), (127, 333)])
def test_fixed_graph_is_exact_and_takes_that_size_alone(
    form: Architecture, size: tuple[int, int]
) -> None:
    net = random_net(form)
    painter = _load(to_onnx(net, size=size))
    assert painter.fixed_size == size
    picture = golden_pictures(*size)["scene"]
    difference = np.abs(painter.run(picture) - reference.stylize(net, picture)).max()
    assert difference <= TOLERANCE


def test_a_batch_is_computed_picture_by_picture() -> None:
    painter = _load(to_onnx(random_net()))
    a, b = golden_pictures(64, 72)["scene"], golden_pictures(64, 72)["noise"]
    both = painter.run(np.concatenate([a, b]))
    np.testing.assert_allclose(both[:1], painter.run(a), atol=1e-5)
    np.testing.assert_allclose(both[1:], painter.run(b), atol=1e-5)


def test_blend_zero_returns_the_photograph() -> None:
    picture = golden_pictures(64, 67)["scene"]
    assert np.array_equal(_load(to_onnx(random_net(blend=0.0))).run(picture), picture)


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("size", [None, (127, 333)])
def test_flat_pictures_are_exact(form: Architecture, size: tuple[int, int] | None) -> None:
    """onnxruntime's InstanceNormalization alone would be wrong by 1e-3 here."""
    net = random_net(form)
    painter = _load(to_onnx(net, size=size))
    for name in ("white", "black", "high contrast"):
        picture = golden_pictures(127, 333)[name]
        assert np.abs(painter.run(picture) - reference.stylize(net, picture)).max() <= TOLERANCE


@pytest.mark.parametrize("padding", [Padding.REFLECT, Padding.SLICE, Padding.REPLICATE])
@pytest.mark.parametrize("upsampling", Upsampling)
@pytest.mark.parametrize("size", [None, (90, 133)])
def test_flat_pictures_are_exact_in_every_form(
    padding: Padding, upsampling: Upsampling, size: tuple[int, int] | None
) -> None:
    """Where FromCorner stands before a norm, its first pixel is not taken away once more."""
    graph = prepare(random_net(), GraphOptions(padding=padding, upsampling=upsampling))
    model = to_onnx(graph, size=size)
    made = {name for node in model.graph.node for name in node.output}
    assert ("u2.level" in made) != ("u2.first" in made)
    painter = _load(model)
    for name in ("white", "black", "high contrast"):
        picture = golden_pictures(90, 133)[name]
        assert np.abs(painter.run(picture) - reference.run(graph, picture)).max() <= TOLERANCE


@pytest.mark.parametrize("side", [3, 7, 9])
@pytest.mark.parametrize("size", [None, (64, 80)])
def test_other_outer_kernels_are_exact(side: int, size: tuple[int, int] | None) -> None:
    net = random_net(outer_kernel=side)
    painter = _load(to_onnx(prepare(net, GraphOptions()), size=size))
    for name in ("scene", "noise"):
        picture = golden_pictures(64, 80)[name]
        assert np.abs(painter.run(picture) - reference.stylize(net, picture)).max() <= TOLERANCE


def test_metadata_is_enough_to_run_the_file() -> None:
    net = random_net()
    properties = {p.key: p.value for p in to_onnx(net).metadata_props}
    assert properties["tinystyle.input"] == "image"
    assert properties["tinystyle.output"] == "stylized"
    assert properties["tinystyle.input_layout"] == "NCHW"
    assert properties["tinystyle.input_range"] == "0..1"
    assert properties["tinystyle.color"] == "RGB"
    assert properties["tinystyle.style_name"] == "random"
    assert properties["tinystyle.licence"]
    assert '"form":"tiny"' in properties["tinystyle.spec"]


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("opset", [13, 18, 21])
def test_half_precision_is_valid_and_near(form: Architecture, opset: int) -> None:
    net = random_net(form)
    graph = prepare(net, GraphOptions(Precision.FP16))
    model = to_onnx(graph, opset=opset, precision=Precision.FP16)
    onnx.checker.check_model(model, full_check=True)
    painter = _load(model)
    for name, picture in golden_pictures(65, 79).items():
        difference = np.abs(painter.run(picture) - reference.stylize(net, picture)).max()
        # The linear output of shen2018 is up to ten times what is shown of it.
        assert difference <= (8 if form is Architecture.SHEN2018 else 2) / 255, name


def test_half_precision_is_half_the_bytes_and_keeps_statistics_single() -> None:
    model = to_onnx(prepare(random_net(), GraphOptions(Precision.FP16)), precision=Precision.FP16)
    assert 2 * 105_675 < len(model.SerializeToString()) <= 230_000
    kinds = {t.name: t.data_type for t in model.graph.initializer}
    assert kinds["r0a.weight"] == onnx.TensorProto.FLOAT16
    inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
    types = {v.name: v.type.tensor_type.elem_type for v in inferred}
    assert types["r0a.v"] == types["r0a.d"] == onnx.TensorProto.FLOAT
    assert types["r0a"] == types["r0a.norm"] == onnx.TensorProto.FLOAT16
    # Of a whole channel at once onnxruntime adds up too many numbers in one float.
    axes = [a.ints for n in model.graph.node for a in n.attribute if n.op_type == "ReduceMean"]
    assert {len(a) for a in axes} == {1}


@pytest.mark.parametrize("architecture", CONVOLUTIONAL)
def test_one_network_has_one_graph(architecture: Architecture) -> None:
    net = random_net(architecture)
    wanted = to_onnx(prepare(net, GraphOptions())).SerializeToString()
    assert to_onnx(net).SerializeToString() == wanted


def test_whole_kernels_compute_the_same() -> None:
    graph = prepare(random_net(), GraphOptions())
    stored, assembled = to_onnx(graph), to_onnx(graph, layout=Layout.ANY)
    for model, whole in ((stored, False), (assembled, True)):
        names = {t.name for t in model.graph.initializer}
        convs = [node for node in model.graph.node if node.op_type == "Conv"]
        assert all(set(node.input[1:]) <= names for node in convs) == whole
    picture = golden_pictures(65, 79)["noise"]
    assert np.abs(_load(stored).run(picture) - _load(assembled).run(picture)).max() <= 1e-5
