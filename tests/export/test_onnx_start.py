from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import shape_inference

from tests.conftest import random_net
from tinystyle import reference
from tinystyle.export.onnx_start import start_of
from tinystyle.export.parity import golden_pictures
from tinystyle.export.passes import Padding, blocked, with_padding
from tinystyle.export.prepare import GraphOptions, PictureIO, prepare
from tinystyle.export.to_onnx import to_onnx
from tinystyle.graph import Graph, Precision
from tinystyle.ops import IMAGE, Trim
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.spec import Form


def _painter(model: onnx.ModelProto) -> Stylizer:
    return Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=1))


def _channels(model: onnx.ModelProto) -> int:
    """Of what the first convolution makes."""
    inferred = shape_inference.infer_shapes(model, data_prop=True)
    first = next(node.output[0] for node in inferred.graph.node if node.op_type == "Conv")
    stored = {tensor.name: tensor for tensor in inferred.graph.initializer}
    kernel = next(node.input[1] for node in inferred.graph.node if node.output[0] == first)
    if kernel in stored:
        return int(stored[kernel].dims[0])
    sizes = {value.name: value.type.tensor_type.shape for value in inferred.graph.value_info}
    return int(sizes[kernel].dim[0].dim_value)


@pytest.mark.parametrize("form", [Form.TINY, Form.ONE_NORM, Form.PLAIN])
@pytest.mark.parametrize(("size", "batch"), [((64, 64), 1), ((66, 98), 1), ((64, 90), 2)])
def test_blocks_compute_the_same(form: Form, size: tuple[int, int], batch: int) -> None:
    net = random_net(form)
    model = to_onnx(net, size=size, batch=batch)
    assert _channels(model) == 4 * net.spec.width
    painter = _painter(model)
    for name, picture in golden_pictures(*size).items():
        other = np.ascontiguousarray(picture[..., ::-1, :])
        pictures = np.concatenate([picture, other])[:batch]
        expected = reference.stylize(net, pictures)
        np.testing.assert_allclose(painter.run(pictures), expected, atol=5e-5, err_msg=name)


def test_bytes_and_blends_too() -> None:
    net = random_net(blend=0.5)
    size = (64, 80)
    graph = prepare(net, GraphOptions(io=PictureIO.UINT8))
    model = to_onnx(graph, size=size)
    assert _channels(model) == 32
    picture = golden_pictures(*size)["scene"]
    difference = np.abs(_painter(model).run(picture) - reference.stylize(net, picture))
    assert difference.max() <= 1.01 / 255


@pytest.mark.parametrize(
    ("size", "padding", "precision"),
    [
        (None, Padding.REFLECT, Precision.FP32),
        ((65, 80), Padding.REFLECT, Precision.FP32),
        ((64, 81), Padding.REFLECT, Precision.FP32),
        ((64, 80), Padding.SLICE, Precision.FP32),
        ((64, 80), Padding.ZERO, Precision.FP32),
        ((64, 80), Padding.REPLICATE, Precision.FP32),
        ((64, 80), Padding.REFLECT, Precision.FP16),
    ],
)
def test_other_files_start_as_trained(
    size: tuple[int, int] | None, padding: Padding, precision: Precision
) -> None:
    graph = prepare(random_net(), GraphOptions(padding=padding))
    assert _channels(to_onnx(graph, size=size, precision=precision)) == 8


def test_whole_kernels_start_as_trained() -> None:
    assert _channels(to_onnx(random_net(), size=(64, 80), assembled=True)) == 8


def test_what_somebody_else_reads_stays() -> None:
    graph = blocked(Graph.of(random_net()))
    shapes = graph.shapes(64, 64)
    assert start_of(graph, shapes) is not None
    assert start_of(graph, {}) is None
    assert start_of(with_padding(graph, Padding.REPLICATE), shapes) is None
    # As if a later operation needed what the first convolution makes.
    more = Graph((*graph.ops, Trim("spy", IMAGE, "c1")), graph.weights, graph.spec)
    assert start_of(more, shapes) is None
