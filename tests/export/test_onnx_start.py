from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import shape_inference

from tests.conftest import MakeNet, random_net
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.start_blocks import start_of
from tinystyle.export.passes.structure import Padding, blocked, with_padding
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.ops import IMAGE, Trim
from tinystyle.network.spec import Architecture
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer


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


@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.ONE_NORM, Architecture.PLAIN])
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(
    ("size", "batch"),
    [((64, 64), 1), ((66, 98), 1), ((64, 90), 2), ((65, 80), 2), ((64, 81), 1), ((67, 71), 1)],
)
def test_blocks_compute_the_same(
    form: Architecture, fixed: bool, size: tuple[int, int], batch: int
) -> None:
    net = random_net(form)
    model = to_onnx(net, size=size if fixed else None, batch=batch)
    even = size[0] % 2 == size[1] % 2 == 0
    blocks = net.spec.architecture is not Architecture.TINY or (fixed and even)
    assert _channels(model) == (4 if blocks else 1) * net.spec.width
    painter = _painter(model)
    for name, picture in golden_pictures(*size).items():
        other = np.ascontiguousarray(picture[..., ::-1, :])
        pictures = np.concatenate([picture, other])[:batch]
        expected = reference.stylize(net, pictures)
        np.testing.assert_allclose(painter.run(pictures), expected, atol=5e-5, err_msg=name)


def test_nothing_stands_between_the_two(make_net: MakeNet) -> None:
    """onnxruntime leaves the layout of its convolutions for every other node."""
    nodes = to_onnx(make_net(Architecture.ONE_NORM)).graph.node
    readers = {name: [n for n in nodes if name in n.input] for n in nodes for name in n.output}
    first, second = readers["c1"], readers["c1.relu"]
    assert [node.op_type for node in (*first, *second)] == ["Relu", "Conv"]
    frame = {a.name: list(a.ints) for a in second[0].attribute}
    assert frame == {"pads": [1, 1, 0, 0]}


LEVELS = ort.GraphOptimizationLevel


@pytest.mark.parametrize("level", [LEVELS.ORT_ENABLE_ALL, LEVELS.ORT_ENABLE_BASIC])
def test_a_picture_of_one_colour_stays_one(level: ort.GraphOptimizationLevel) -> None:
    """Where the norm would enlarge an ulp: lines made apart are those of the picture's inside."""
    net = random_net(Architecture.ONE_NORM)
    model = to_onnx(net)
    extra = onnx.helper.make_tensor_value_info("c2.relu", onnx.TensorProto.FLOAT, None)
    model.graph.output.append(extra)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    for height, width in ((64, 64), (67, 71), (96, 65)):
        picture = np.full((1, 3, height, width), 0.7, np.float32)
        picture[:, 1] = 0.1
        (made,) = session.run(["c2.relu"], {"image": picture})
        assert made.shape == (1, 16, (height + 1) // 2, (width + 1) // 2)
        assert made.std() > 0.01  # channels differ
        np.testing.assert_array_equal(made, np.broadcast_to(made[..., :1, :1], made.shape))


@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.ONE_NORM])
@pytest.mark.parametrize("width", [8, 16])
@pytest.mark.parametrize("outer_kernel", [3, 5, 9])
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("level", [LEVELS.ORT_ENABLE_ALL, LEVELS.ORT_ENABLE_BASIC])
def test_norms_have_nothing_to_enlarge(
    form: Architecture,
    width: int,
    outer_kernel: int,
    fixed: bool,
    level: ort.GraphOptimizationLevel,
) -> None:
    """Without the blocked layout sums of many products are added up in parts."""
    net = random_net(form, width, outer_kernel=outer_kernel)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    free = to_onnx(net).SerializeToString()
    for size in ((64, 64), (96, 65)):
        model = to_onnx(net, size=size).SerializeToString() if fixed else free
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for colour in (1.0, 0.5):
            picture = np.full((1, 3, *size), colour, np.float32)
            (painted,) = session.run(None, {"image": picture})
            np.testing.assert_allclose(painted, reference.stylize(net, picture), atol=5e-5)


def test_one_session_paints_sizes_in_turn() -> None:
    """Lines are written over what is there: of a picture of another size, nothing may stay."""
    net = random_net(Architecture.ONE_NORM)
    painter = _painter(to_onnx(prepare(net, GraphOptions())))
    for size, batch in (((64, 64), 1), ((67, 90), 3), ((64, 64), 2), ((130, 66), 1)) * 2:
        picture = golden_pictures(*size)["scene"]
        pictures = np.concatenate([picture, picture[..., ::-1], picture[..., ::-1, :]])[:batch]
        expected = reference.stylize(net, pictures)
        np.testing.assert_allclose(painter.run(pictures), expected, atol=1e-5)


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
        (None, Padding.SLICE, Precision.FP32),
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
    assert start_of(graph, None) is None
    shapes = graph.shapes(64, 64)
    found = start_of(graph, shapes)
    assert found is not None
    assert found.after is None  # a norm follows
    assert not found.apart  # and others follow that
    assert start_of(graph, graph.shapes(64, 65)) is None
    assert start_of(with_padding(graph, Padding.REPLICATE), shapes) is None
    # As if a later operation needed what the first convolution makes.
    more = Graph((*graph.ops, Trim("spy", IMAGE, "c1")), graph.weights, graph.spec)
    assert start_of(more, shapes) is None
