from __future__ import annotations

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from tests.conftest import (
    CONVOLUTIONAL,
    random_net,
)
from tinystyle.export.lowering import (
    GraphOptions,
    Norm,
    PictureIO,
    Upsampling,
    calibration_pictures,
    prepare,
)
from tinystyle.export.onnx_writer import int8
from tinystyle.export.onnx_writer.int8 import to_int8
from tinystyle.export.onnx_writer.int8_biases import false_bias_scales, rescale_biases
from tinystyle.export.verify.parity import golden_pictures, painted_by
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.spec import Architecture
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture
from tinystyle.pictures.similarity import ssim
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

FloatArray = NDArray[np.float32]


@pytest.fixture(scope="module")
def pictures() -> list[FloatArray]:
    return calibration_pictures(None)


def _painter(model: onnx.ModelProto) -> Stylizer:
    return Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=1))


def _graph(name: str, **options: object) -> Graph:
    net = Hypernetwork().generate(Picture(ARTWORKS[name](256)), name)
    return prepare(net, GraphOptions(precision=Precision.INT8, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ARTWORKS)
def test_every_golden_picture_is_painted_alike(name: str, pictures: list[FloatArray]) -> None:
    """Checkers and pictures of one colour are where 8 bits go wrong first; nothing but the borders
    makes a difference in the latter."""
    graph = _graph(name)
    painter = _painter(to_int8(graph, pictures))
    for kind, picture in golden_pictures(65, 79).items():
        expected, got = painted_by(graph, picture), painter.run(picture)
        flat = kind in ("white", "black")
        errors = np.median(np.abs(expected - got), axis=(0, 2, 3))
        assert errors.max() <= (3 if flat else 4) / 255, kind
        assert ssim(expected, got) >= (0.95 if flat else 0.97), kind


def test_scales_behind_the_norms_are_little_wider_and_equal_where_pixels_are_moved(
    pictures: list[FloatArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = _graph("rectangles")
    fitted = _scales(to_int8(graph, pictures[:1]))
    monkeypatch.setattr(int8, "fit_flat_pictures", lambda *_: None)
    before = _scales(to_int8(graph, pictures[:1]))
    changed = {name for name, scale in fitted.items() if scale != before[name]}
    behind = {"u1.pad", "u1.relus", "u1.placed", "u2.relu", "out.blocks"}
    assert changed and changed <= behind
    assert all(1.0 <= fitted[name] / before[name] <= 1.0801 for name in behind)
    assert fitted["u1.relus"] == fitted["u1.placed"]


def _scales(model: onnx.ModelProto) -> dict[str, float]:
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    quantizers = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    return {node.input[0]: float(stored[node.input[1]]) for node in quantizers}


def test_the_four_kernels_of_a_block_have_equal_sums(pictures: list[FloatArray]) -> None:
    model = to_int8(_graph("mosaic"), pictures[:1])
    makers = {node.output[0]: node for node in model.graph.node}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    # Those of u1 lie channel by channel, of u2, whose blocks the last convolution reads, place by
    # place.
    for name, outputs, by_channel in (("u1", 16, True), ("u2", 8, False)):
        kernel = makers[makers[f"{name}.blocks"].input[1]]
        numbers, scales = (numpy_helper.to_array(stored[key]) for key in kernel.input[:2])
        shape = (outputs, 4) if by_channel else (4, outputs)
        sums = numbers.astype(int).sum(axis=(2, 3)).reshape(*shape, -1)
        assert np.ptp(sums, axis=int(by_channel)).max() == 0
        assert np.ptp(scales.reshape(shape), axis=int(by_channel)).max() == 0.0
        assert np.abs(numbers.astype(int)).max() in (126, 127)


def test_biases_are_in_units_of_input_times_weight(pictures: list[FloatArray]) -> None:
    """All engines take it for granted, and onnxruntime fuses no convolution otherwise."""
    model = to_int8(_graph("mosaic"), pictures[:1])
    assert false_bias_scales(model) == []
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node}
    checked = 0
    for node in model.graph.node:
        if node.op_type != "Conv":
            continue
        source, weight, *biases = (makers.get(name) for name in node.input)
        if weight is None:  # one of the first two, in float
            continue
        assert weight.op_type == "DequantizeLinear"
        assert source is not None and source.op_type == "DequantizeLinear"
        checked += 1
        if not biases:  # a norm follows, which would take it out again
            continue
        (bias,) = biases
        assert bias is not None and bias.op_type == "DequantizeLinear"
        unit = stored[source.input[1]] * stored[weight.input[1]]
        assert np.allclose(stored[bias.input[1]], unit, rtol=1e-6, atol=0.0)
    assert checked == 14


def test_biases_in_other_units_are_found_and_mended(pictures: list[FloatArray]) -> None:
    net = Hypernetwork().generate(Picture(ARTWORKS["mosaic"](256)), "mosaic")
    model = to_int8(prepare(net, GraphOptions(precision=Precision.INT8)), pictures[:1])
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node}
    (block,) = (
        node
        for node in model.graph.node
        if node.op_type == "Conv" and node.input[1].startswith("u1.k")
    )
    weight = makers[block.input[1]]
    scales = stored[weight.input[1]]
    before = onnx.ModelProto.FromString(model.SerializeToString())
    scales.CopyFrom(numpy_helper.from_array(0.5 * numpy_helper.to_array(scales), scales.name))
    assert false_bias_scales(model) == [block.output[0]]
    rescale_biases(model)
    assert false_bias_scales(model) == []
    bias = makers[block.input[2]]
    old = {tensor.name: numpy_helper.to_array(tensor) for tensor in before.graph.initializer}
    new = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    was, now = (each[bias.input[0]] * each[bias.input[1]] for each in (old, new))
    assert np.allclose(was, now, atol=float(new[bias.input[1]].max()))


@pytest.mark.parametrize(
    "options",
    [{"upsampling": Upsampling.NEAREST}, {"norm": Norm.FROZEN}, {"io": PictureIO.UINT8}],
    ids=str,
)
def test_other_forms_of_the_graph(options: dict[str, object], pictures: list[FloatArray]) -> None:
    net = Hypernetwork().generate(Picture(ARTWORKS["mosaic"](256)), "mosaic")
    choice = GraphOptions(precision=Precision.INT8, **options)  # type: ignore[arg-type]
    graph = prepare(net, choice, pictures)
    scene = golden_pictures(64, 96)["scene"]
    painter = _painter(to_int8(graph, pictures, size=(64, 96)))
    assert np.median(np.abs(painted_by(graph, scene) - painter.run(scene))) <= 4 / 255


@pytest.mark.parametrize("form", CONVOLUTIONAL)
def test_all_networks(form: Architecture, pictures: list[FloatArray]) -> None:
    graph = prepare(random_net(form), GraphOptions(precision=Precision.INT8))
    scene = golden_pictures(64, 96)["scene"]
    painter = _painter(to_int8(graph, pictures[:3]))
    assert np.median(np.abs(painted_by(graph, scene) - painter.run(scene))) <= 6 / 255
