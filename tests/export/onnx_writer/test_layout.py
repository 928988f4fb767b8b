"""One file for every engine, and one that onnxruntime alone reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tests.conftest import (
    CONVOLUTIONAL,
    random_net,
)
from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, PictureIO, calibration_pictures, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.folding import folded
from tinystyle.export.onnx_writer.int8 import to_int8
from tinystyle.export.options import ExportOptions
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.spec import Architecture
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.network_file import read_network
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

COMMON = {
    *("Add", "Cast", "Conv", "DepthToSpace", "Div", "Mul", "Pad", "ReduceMean", "Relu"),
    *("Shape", "Sigmoid", "Slice", "Sqrt", "Sub"),
}
"""What OpenCV 4 and 5, MNN, OpenVINO, onnx2torch and ncnn were seen to compute right."""


@pytest.fixture(scope="module")
def graph() -> Graph:
    net = Hypernetwork().generate(Picture(ARTWORKS["mosaic"](256)), "mosaic")
    return prepare(net, GraphOptions())


def _painter(model: onnx.ModelProto) -> Stylizer:
    return Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=1))


@pytest.mark.parametrize("size", [None, (64, 80), (65, 79)])
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_operators_are_common_and_kernels_stored(
    graph: Graph, precision: Precision, size: tuple[int, int] | None
) -> None:
    model = to_onnx(graph, size=size, precision=precision, layout=Layout.ANY)
    onnx.checker.check_model(model, full_check=True)
    stored = {tensor.name for tensor in model.graph.initializer}
    assert {node.op_type for node in model.graph.node} <= COMMON
    for node in model.graph.node:
        assert node.name == node.output[0]
        assert not all(name in stored for name in node.input), node.name
        if node.op_type == "Conv":
            assert set(node.input[1:]) <= stored
        if node.op_type == "DepthToSpace":
            assert helper.get_attribute_value(node.attribute[-1]) in (b"CRD", 2)
            assert {"CRD"} <= {
                helper.get_attribute_value(a).decode() for a in node.attribute if a.name == "mode"
            }
    shapes = [node for node in model.graph.node if node.op_type == "Shape"]
    assert len(shapes) == (size is None)  # of the picture, for a side that is no multiple of 4
    assert not model.graph.value_info
    read = {name for node in model.graph.node for name in node.input}
    assert stored <= read


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("size", [None, (65, 79)])
def test_both_layouts_paint_the_same(form: Architecture, size: tuple[int, int] | None) -> None:
    graph = prepare(random_net(form), GraphOptions())
    painters = [_painter(to_onnx(graph, size=size, layout=layout)) for layout in Layout]
    for name, picture in golden_pictures(65, 79).items():
        found, wanted = (painter.run(picture) for painter in painters)
        # The network of the paper has fourteen norms in a row, which enlarge rounding.
        assert np.abs(found - wanted).max() <= (5e-4 if form is Architecture.SHEN2018 else 1e-4), (
            name
        )


def test_bytes_in_and_out() -> None:
    graph = prepare(random_net(), GraphOptions(io=PictureIO.UINT8))
    painters = [_painter(to_onnx(graph, layout=layout)) for layout in Layout]
    pixels = np.random.default_rng(0).integers(0, 256, (1, 65, 79, 3), np.uint8)
    found, wanted = (painter.run_bytes(pixels).astype(int) for painter in painters)
    assert np.abs(found - wanted).max() <= 1


def _rounding_otherwise(model: onnx.ModelProto, size: int) -> onnx.ModelProto:
    """As an engine that adds up a convolution otherwise from place to place: 1e-6 of its values."""
    inferred = onnx.shape_inference.infer_shapes(model)
    shapes = {
        info.name: [side.dim_value for side in info.type.tensor_type.shape.dim]
        for info in inferred.graph.value_info
    }
    random = np.random.default_rng(0)
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        if node.op_type != "Conv":
            continue
        name = node.output[0]
        noise = (1.0 + 1e-6 * random.standard_normal(shapes[name])).astype(np.float32)
        model.graph.initializer.append(numpy_helper.from_array(noise, f"{name}.noise"))
        node.output[0] = f"{name}.exact"
        nodes.append(helper.make_node("Mul", [f"{name}.exact", f"{name}.noise"], [name]))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def test_flat_pictures_stay_flat_where_convolutions_round_otherwise(graph: Graph) -> None:
    white = np.ones((1, 3, 64, 64), np.float32)
    off = {}
    for layout in Layout:
        model = to_onnx(graph, size=(64, 64), layout=layout)
        exact = _painter(model).run(white)
        off[layout] = np.abs(_painter(_rounding_otherwise(model, 64)).run(white) - exact).max()
    assert off[Layout.ANY] <= 0.1 / 255
    assert off[Layout.ONNXRUNTIME_CPU] > 10 / 255  # what other engines made of it


@pytest.mark.parametrize("contrast", [1.0, 0.02])
def test_faint_pictures_are_not_taken_for_flat_ones(graph: Graph, contrast: float) -> None:
    """A wall in fog: five levels from its darkest to its brightest place."""
    faint = 1.0 - np.float32(contrast) * golden_pictures(64, 64)["scene"]
    painted = {
        layout: _painter(to_onnx(graph, size=(64, 64), layout=layout)).run(faint)
        for layout in Layout
    }
    assert painted[Layout.ANY].std() > 0.05
    assert np.abs(painted[Layout.ANY] - painted[Layout.ONNXRUNTIME_CPU]).max() <= 0.1 / 255


@pytest.mark.parametrize("size", [None, (64, 80)])
def test_8_bits_for_every_engine(graph: Graph, size: tuple[int, int] | None) -> None:
    net = Hypernetwork().generate(Picture(ARTWORKS["mosaic"](256)), "mosaic")
    pictures = calibration_pictures(None)[:4]
    whole = prepare(net, GraphOptions(precision=Precision.INT8))
    scene = golden_pictures(64, 80)["scene"]
    wanted = _painter(to_onnx(graph)).run(scene)
    model = to_int8(whole, pictures, size=size)
    assert np.median(np.abs(_painter(model).run(scene) - wanted)) <= 4 / 255
    kinds = {n.op_type for n in to_int8(whole, pictures).graph.node}
    assert kinds <= {*COMMON, "QuantizeLinear", "DequantizeLinear"}


def test_the_default_is_for_every_engine() -> None:
    from tinystyle.export.formats import Format

    assert ExportOptions().engines is Layout.ANY
    assert ExportOptions(Format.ORT).engines is Layout.ONNXRUNTIME_CPU
    assert ExportOptions(Format.ORT, layout=Layout.ANY).engines is Layout.ANY


def test_constants_of_constants_are_stored() -> None:
    values: NDArray[np.float32] = np.arange(6, dtype=np.float32).reshape(2, 3)
    constants = [
        numpy_helper.from_array(values, "a"),
        numpy_helper.from_array(np.array([3, 2]), "shape"),
    ]
    nodes = [
        helper.make_node("Reshape", ["a", "shape"], ["b"]),
        helper.make_node("Transpose", ["b"], ["c"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "c"], ["y"]),
    ]
    left, stored = folded(nodes, constants, 17)
    assert [node.op_type for node in left] == ["MatMul"]
    (only,) = stored
    assert only.name == "c"
    assert np.array_equal(numpy_helper.to_array(only), values.reshape(3, 2).T)


def test_other_engines_are_refused() -> None:
    with pytest.raises(OptionError, match="any, onnxruntime-cpu"):
        from tinystyle.checks import chosen

        chosen(Layout, "for", "tensorrt")


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("size", [None, (64, 80)])
def test_the_weights_can_be_read_back(
    form: Architecture, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    net = random_net(form)
    for layout in Layout:
        model = to_onnx(prepare(net, GraphOptions()), size=size, layout=layout)
        (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
        found = read_network(tmp_path / "net.onnx")
        assert found.spec == net.spec
        for name, value in net.weights.items():
            error = np.abs(found.weights[name] - value).max()
            assert error <= (1e-6 if layout is Layout.ANY else 0.0), name
