"""Files in half precision on a processor that computes in half numbers, as phones do.

onnxruntime computes them in float32 on x86, which hides what is lost. Here ONNX's own evaluator
computes them, with convolutions as onnxruntime has them on ARM64: bit by bit those of an emulated
Cortex-A76, of 9x9 and of 3x3 kernels (see ``tests/android/test_arm.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from tests.conftest import (
    CONVOLUTIONAL,
    random_net,
)
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer import emitter
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.parity import golden_picture
from tinystyle.network import reference
from tinystyle.network.graph import Precision
from tinystyle.network.spec import Architecture
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

FloatArray = NDArray[np.float32]
Array = NDArray[Any]


class Conv(OpRun):
    """Adds product after product to the bias, row by row of the kernel, then channel by channel.

    Each sum is rounded to the type of the tensors.
    """

    op_domain = ""

    def _run(
        self, x: Array, weight: Array, bias: Array | None = None, **attributes: Any
    ) -> tuple[Array]:
        down, right = attributes.get("strides") or (1, 1)
        top, left, bottom, end = attributes.get("pads") or (0, 0, 0, 0)
        x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, end)))
        outputs, channels, rows, columns = weight.shape
        tall, wide = (x.shape[2] - rows) // down + 1, (x.shape[3] - columns) // right + 1
        sums = np.zeros((len(x), outputs, tall, wide), x.dtype)
        if bias is not None:
            sums += bias[:, None, None]
        exact = np.float32 if x.dtype == np.float16 else np.float64
        for row in range(rows):
            for column in range(columns):
                seen = x[:, :, row : row + down * tall : down, column : column + right * wide]
                seen = seen[:, :, :tall, : right * wide : right].astype(exact)
                for channel in range(channels):
                    factor = weight[:, channel, row, column].astype(exact)[:, None, None]
                    product = factor * seen[:, channel, None]
                    sums = (sums + product).astype(x.dtype)
        return (sums,)


def _painted(model: onnx.ModelProto, picture: Array) -> Array:
    evaluator = ReferenceEvaluator(model, new_ops=[Conv])
    return np.asarray(next(iter(evaluator.run(None, {"image": picture}))))


def _pictures() -> dict[str, FloatArray]:
    known = {name: golden_picture(name, 64, 72) for name in ("scene", "white")}
    return {"landscape": to_batch(landscape(72)[:64]), **known}


def test_sums_are_of_half_numbers() -> None:
    """Of 1 and many small numbers, each lost; in single precision they would be 0.125."""
    kernel = np.full((1, 1, 1, 513), 2.0**-12, np.float16)
    kernel[..., 0] = 1.0
    node = onnx.helper.make_node("Conv", ["image", "kernel"], ["made"])
    half = onnx.TensorProto.FLOAT16
    graph = onnx.helper.make_graph(
        [node],
        "sum",
        [onnx.helper.make_tensor_value_info("image", half, None)],
        [onnx.helper.make_tensor_value_info("made", half, None)],
        [onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    model = onnx.helper.make_model(graph)
    assert _painted(model, np.ones((1, 1, 1, 513), np.float16)).item() == 1.0
    exact = ReferenceEvaluator(model).run(None, {"image": np.ones((1, 1, 1, 513), np.float16)})
    assert np.asarray(next(iter(exact))).item() > 1.0


@pytest.mark.parametrize("name", ["landscape", "scene", "white"])
def test_half_arithmetic_paints_the_same_picture(name: str) -> None:
    net = random_net()
    model = to_onnx(prepare(net, GraphOptions(Precision.FP16)), precision=Precision.FP16)
    picture = _pictures()[name]
    difference = np.abs(_painted(model, picture) - reference.stylize(net, picture))
    assert difference.max() <= 4 / 255
    assert np.median(difference) <= 0.5 / 255


def test_the_first_layer_in_half_arithmetic_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    net = random_net()
    monkeypatch.setattr(emitter, "first_layer", lambda _: frozenset())
    model = to_onnx(prepare(net, GraphOptions(Precision.FP16)), precision=Precision.FP16)
    picture = _pictures()["scene"]
    difference = np.abs(_painted(model, picture) - reference.stylize(net, picture))
    assert difference.max() > 4.5 / 255


@pytest.mark.parametrize("io", PictureIO)
@pytest.mark.parametrize("padding", [Padding.REFLECT, Padding.SLICE, Padding.ZERO])
@pytest.mark.parametrize("form", CONVOLUTIONAL)
def test_the_first_convolution_alone_is_single(
    form: Architecture, padding: Padding, io: PictureIO
) -> None:
    options = GraphOptions(Precision.FP16, padding, io=io)
    model = to_onnx(prepare(random_net(form), options), precision=Precision.FP16)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
    types = {v.name: v.type.tensor_type.elem_type for v in inferred}
    single, half = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
    kinds = ("Conv", "ConvTranspose")
    made = {n.output[0]: types[n.output[0]] for n in model.graph.node if n.op_type in kinds}
    assert made.pop("c1") == single
    assert set(made.values()) == {half}
    stored = {t.name: t.data_type for t in model.graph.initializer}
    few = form in (
        Architecture.ONE_NORM,
        Architecture.PLAIN,
        Architecture.SIX_NORM,
    )  # nothing enlarges the errors of other weights
    assert stored["c1.weight"] == (single if few else half)
    assert stored["c2.weight"] == half
    # Nothing is rounded on the way to it.
    by_output = {node.output[0]: node for node in model.graph.node}
    ways = [by_output["c1"].input[0]]
    while ways:
        way = ways.pop()
        if way == "image":
            continue
        assert types[way] != half, way
        ways += [name for name in by_output[way].input if name in by_output or name == "image"]


@pytest.mark.parametrize("io", PictureIO)
def test_a_file_with_all_notes_fits_230_000_bytes(io: PictureIO) -> None:
    notes = {"style_name": "a rather long name of an artwork, 1889", "style_sha256": "0" * 64}
    net = replace(random_net(), notes={**notes, "style_size": "256"})
    options = GraphOptions(Precision.FP16, io=io)
    model = to_onnx(prepare(net, options), precision=Precision.FP16)
    assert len(model.SerializeToString()) <= 230_000


@pytest.mark.parametrize(("blend", "casts"), [(1.0, 1), (0.5, 2)])
def test_bytes_are_read_as_often_as_needed(blend: float, casts: int) -> None:
    net = random_net(blend=blend)
    options = GraphOptions(Precision.FP16, io=PictureIO.UINT8)
    model = to_onnx(prepare(net, options), precision=Precision.FP16)
    assert sum("image" in node.input for node in model.graph.node) == casts
    painter = Stylizer.from_bytes(model.SerializeToString(), "test", SessionOptions(threads=1))
    picture = golden_picture("noise", 65, 79)
    difference = np.abs(painter.run(picture) - reference.stylize(net, picture))
    assert difference.max() <= 3 / 255
