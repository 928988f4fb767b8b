from __future__ import annotations

import logging

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from tests.conftest import MakeNet
from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, PictureIO, calibration_pictures, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.quantization import FLOAT_CONVOLUTIONS, quantized
from tinystyle.network.graph import Graph
from tinystyle.network.manifest import Kind
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.pictures.similarity import ssim
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.session import SessionOptions, open_session, read_manifest, run_session
from tinystyle.runtime.stylizer import Stylizer

FloatArray = NDArray[np.float32]
NETWORKS = (*ARTWORKS, "random")


@pytest.fixture(scope="module")
def pictures() -> list[FloatArray]:
    return calibration_pictures(None)


@pytest.fixture(scope="module")
def hypernetwork() -> Hypernetwork:
    return Hypernetwork()


def _painter(model: onnx.ModelProto) -> Stylizer:
    return Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=1))


def _whole(graph: Graph, size: tuple[int, int] | None = None) -> onnx.ModelProto:
    return to_onnx(graph, size=size, layout=Layout.ANY)


@pytest.mark.parametrize("name", NETWORKS)
def test_int8_is_small_and_paints_the_same_picture(
    name: str, hypernetwork: Hypernetwork, make_net: MakeNet, pictures: list[FloatArray]
) -> None:
    random = name == "random"
    net = make_net() if random else hypernetwork.generate(Picture(ARTWORKS[name](256)), name)
    graph = prepare(net, GraphOptions())
    # Two photographs and a drawing that the ranges were not taken from.
    model = quantized(_whole(graph), pictures[2:])
    assert len(model.SerializeToString()) <= 180_000
    exact, small = _painter(to_onnx(graph)), _painter(model)
    differences, likeness = [], []
    for picture in (*pictures[:2], to_batch(landscape(192))):
        expected, got = exact.run(picture), small.run(picture)
        differences.append(np.abs(expected - got).ravel())
        likeness.append(ssim(expected, got))
    assert np.median(np.concatenate(differences)) <= 4 / 255
    assert np.mean(likeness) >= 0.95
    assert max(np.max(d) for d in differences) > 0.0


def test_all_but_the_first_convolutions_are_in_int8(
    make_net: MakeNet, pictures: list[FloatArray]
) -> None:
    model = quantized(_whole(Graph.of(make_net())), pictures[:1])
    makers = {node.output[0]: node for node in model.graph.node}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    for node in convolutions[:FLOAT_CONVOLUTIONS]:
        assert stored[node.input[1]].data_type == onnx.TensorProto.FLOAT
    for node in convolutions[FLOAT_CONVOLUTIONS:]:
        weight = makers[node.input[1]]
        assert weight.op_type == "DequantizeLinear"
        assert stored[weight.input[0]].data_type == onnx.TensorProto.INT8
        assert stored[weight.input[1]].dims == [stored[weight.input[0]].dims[0]]  # per channel
    assert len(convolutions) == 16


def test_metadata_producer_and_source_stay(make_net: MakeNet, pictures: list[FloatArray]) -> None:
    source = _whole(Graph.of(make_net()))
    before = source.SerializeToString()
    model = quantized(source, pictures[:1])
    assert source.SerializeToString() == before
    assert list(model.metadata_props) == list(source.metadata_props)
    assert model.producer_name == "tinystyle"
    onnx.checker.check_model(model, full_check=True)
    session = open_session(model.SerializeToString(), "test")
    assert read_manifest(session, Kind.NETWORK, "test").notes["style_name"] == "random"


def test_graphs_of_bytes_and_of_a_fixed_size(make_net: MakeNet, pictures: list[FloatArray]) -> None:
    graph = prepare(make_net(), GraphOptions(io=PictureIO.UINT8))
    source = _whole(graph, (64, 96))
    model = quantized(source, pictures[:2])
    rgb = landscape(96)[None, :64]
    exact, small = (
        run_session(open_session(m.SerializeToString(), "test"), "stylized", "image", rgb)
        for m in (source, model)
    )
    assert small.dtype == np.uint8
    assert np.median(np.abs(exact.astype(int) - small)) <= 4


def test_transposed_convolutions_are_quantised(
    make_net: MakeNet, pictures: list[FloatArray]
) -> None:
    net: StyleNet = make_net(Architecture.SHEN2018)
    model = quantized(_whole(Graph.of(net)), pictures[:2])
    assert len(model.SerializeToString()) <= 180_000
    difference = np.abs(_painter(model).run(pictures[3]) - _painter(to_onnx(net)).run(pictures[3]))
    assert np.median(difference) <= 4 / 255


def test_nothing_is_printed_logged_or_left_behind(
    make_net: MakeNet,
    pictures: list[FloatArray],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    handlers = logging.getLogger().handlers[:]
    quantized(_whole(Graph.of(make_net())), pictures[:1])
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger().manager.disable == 0


def test_what_cannot_be_quantised_is_refused(make_net: MakeNet, pictures: list[FloatArray]) -> None:
    graph = prepare(make_net(), GraphOptions())
    with pytest.raises(OptionError, match="there are none"):
        quantized(_whole(graph), [])
    with pytest.raises(OptionError, match=r"float32 \(1, 3, H, W\)"):
        quantized(_whole(graph), [pictures[0][0]])
    with pytest.raises(OptionError, match="not stored"):
        quantized(to_onnx(graph), pictures[:1])
