from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from tests.conftest import random_net
from tinystyle.export.lowering import GraphOptions, PictureIO, Upsampling, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.end_blocks import end_of
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.ops import IMAGE, Trim
from tinystyle.network.spec import Architecture
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer


def _painter(model: onnx.ModelProto) -> Stylizer:
    return Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=1))


def _apart(model: onnx.ModelProto) -> bool:
    """Whether the last convolution reads blocks, its borders made apart."""
    return "out.sides" in {name for node in model.graph.node for name in node.output}


@pytest.mark.parametrize("outer_kernel", [5, 9])
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(
    ("size", "batch"), [((64, 64), 1), ((66, 98), 2), ((65, 80), 1), ((67, 71), 2), ((130, 257), 1)]
)
def test_the_same_to_the_last_corner(
    outer_kernel: int, fixed: bool, size: tuple[int, int], batch: int
) -> None:
    net = random_net(Architecture.ONE_NORM, outer_kernel=outer_kernel)
    graph = prepare(net, GraphOptions())
    model = to_onnx(graph, size=size if fixed else None, batch=batch)
    onnx.checker.check_model(model, full_check=True)
    assert _apart(model)
    painter = _painter(model)
    for name, picture in golden_pictures(*size).items():
        other = np.ascontiguousarray(picture[..., ::-1, :])
        pictures = np.concatenate([picture, other])[:batch]
        expected = reference.stylize(net, pictures)
        np.testing.assert_allclose(painter.run(pictures), expected, atol=1e-5, err_msg=name)


def test_bytes_and_blends_too() -> None:
    net = random_net(Architecture.ONE_NORM, blend=0.5)
    model = to_onnx(prepare(net, GraphOptions(io=PictureIO.UINT8)))
    assert _apart(model)
    for size in ((64, 80), (75, 66)):
        picture = golden_pictures(*size)["scene"]
        difference = np.abs(_painter(model).run(picture) - reference.stylize(net, picture))
        assert difference.max() <= 1.01 / 255


@pytest.mark.parametrize(
    ("form", "options", "precision"),
    [
        (Architecture.TINY, GraphOptions(), Precision.FP32),  # a norm before the last convolution
        (Architecture.PLAIN, GraphOptions(), Precision.FP32),  # no zeros
        (Architecture.ONE_NORM, GraphOptions(upsampling=Upsampling.NEAREST), Precision.FP32),
        (Architecture.ONE_NORM, GraphOptions(padding=Padding.SLICE), Precision.FP32),
        (Architecture.ONE_NORM, GraphOptions(padding=Padding.ZERO), Precision.FP32),
        (Architecture.ONE_NORM, GraphOptions(precision=Precision.FP16), Precision.FP16),
    ],
)
def test_other_files_end_as_trained(
    form: Architecture, options: GraphOptions, precision: Precision
) -> None:
    assert not _apart(to_onnx(prepare(random_net(form), options), precision=precision))


def test_kernels_that_begin_amid_a_block_end_as_trained() -> None:
    graph = prepare(random_net(Architecture.ONE_NORM, outer_kernel=7), GraphOptions())
    assert end_of(graph) is None
    picture = golden_pictures(64, 70)["scene"]
    expected = reference.stylize(random_net(Architecture.ONE_NORM, outer_kernel=7), picture)
    assert np.abs(_painter(to_onnx(graph)).run(picture) - expected).max() <= 1e-5


def test_what_somebody_else_reads_stays() -> None:
    graph = prepare(random_net(Architecture.ONE_NORM), GraphOptions())
    assert end_of(graph) is not None
    more = Graph((*graph.ops, Trim("spy", IMAGE, "u2.relu")), graph.weights, graph.spec)
    assert end_of(more) is None


@pytest.mark.parametrize("form", [Architecture.ONE_NORM, Architecture.PLAIN])
def test_shapes_that_files_of_any_size_state_are_those_that_they_have(form: Architecture) -> None:
    """onnxruntime writes over tensors of equal shape: a wrong one would spoil pictures."""
    model = to_onnx(prepare(random_net(form), GraphOptions()))
    stated = {
        info.name: [d.dim_param or d.dim_value for d in info.type.tensor_type.shape.dim]
        for info in model.graph.value_info
    }
    assert {"c2.inner", "c2.sides"} <= stated.keys()
    assert ({"out.sides", "out.sigmoid"} <= stated.keys()) == (form is Architecture.ONE_NORM)
    for name in stated:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch, height, width in ((1, 64, 64), (2, 67, 90)):
        picture = np.zeros((batch, 3, height, width), np.float32)
        found = session.run(list(stated), {"image": picture})
        values: dict[str | int, int] = {"batch": batch}
        for name, tensor in zip(stated, found, strict=True):
            for side, value in zip(stated[name], tensor.shape, strict=True):
                assert values.setdefault(side, side if isinstance(side, int) else value) == value
