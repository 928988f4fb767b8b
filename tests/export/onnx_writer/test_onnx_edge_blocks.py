from __future__ import annotations

import numpy as np
import onnx
import pytest

from tests.conftest import random_net
from tinystyle.export.lowering import GraphOptions, PictureIO, Upsampling, prepare
from tinystyle.export.onnx_writer.edge_blocks import edge_ends_of, edge_starts_of
from tinystyle.export.onnx_writer.emitter import to_onnx
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


def _over_blocks(model: onnx.ModelProto) -> tuple[bool, bool]:
    """Whether the second convolution reads blocks, and whether the last one does."""
    made = {name for node in model.graph.node for name in node.output}
    return "c2.kb" in made, "out.kb" in made


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(
    ("size", "batch"), [((64, 64), 1), ((66, 98), 2), ((65, 80), 1), ((67, 71), 2), ((130, 257), 1)]
)
def test_the_same_to_the_last_corner(fixed: bool, size: tuple[int, int], batch: int) -> None:
    net = random_net(Architecture.SIX_NORM)
    model = to_onnx(prepare(net, GraphOptions()), size=size if fixed else None, batch=batch)
    onnx.checker.check_model(model, full_check=True)
    assert _over_blocks(model) == (True, True)
    painter = _painter(model)
    for name, picture in golden_pictures(*size).items():
        other = np.ascontiguousarray(picture[..., ::-1, :])
        pictures = np.concatenate([picture, other])[:batch]
        expected = reference.stylize(net, pictures)
        np.testing.assert_allclose(painter.run(pictures), expected, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("size", [(256, 256), (720, 1280)])
def test_flat_pictures_stay_flat_and_keep_their_colour(size: tuple[int, int]) -> None:
    net = random_net(Architecture.SIX_NORM, seed=7)
    model = to_onnx(prepare(net, GraphOptions()))
    assert {"ReduceMax", "ReduceMin"} <= {node.op_type for node in model.graph.node}
    painter = _painter(model)
    for level in (0.0, 0.35, 1.0):
        small = np.full((1, 3, 64, 64), level, np.float32)
        wanted = reference.stylize(net, small)[:, :, :1, :1]
        painted = painter.run(np.full((1, 3, *size), level, np.float32))
        assert np.abs(painted - wanted).max() < 2e-6


def test_bytes_and_blends_too() -> None:
    net = random_net(Architecture.SIX_NORM, blend=0.5)
    model = to_onnx(prepare(net, GraphOptions(io=PictureIO.UINT8)))
    assert _over_blocks(model) == (True, True)
    for size in ((64, 80), (75, 66)):
        picture = golden_pictures(*size)["scene"]
        difference = np.abs(_painter(model).run(picture) - reference.stylize(net, picture))
        assert difference.max() <= 1.01 / 255


@pytest.mark.parametrize(
    ("options", "precision", "start"),
    [
        (GraphOptions(upsampling=Upsampling.NEAREST), Precision.FP32, True),
        (GraphOptions(padding=Padding.SLICE), Precision.FP32, False),
        (GraphOptions(padding=Padding.ZERO), Precision.FP32, False),
        (GraphOptions(precision=Precision.FP16), Precision.FP16, False),
    ],
)
def test_other_files_are_as_trained(
    options: GraphOptions, precision: Precision, start: bool
) -> None:
    net = random_net(Architecture.SIX_NORM)
    model = to_onnx(prepare(net, options), precision=precision)
    assert _over_blocks(model) == (start, False)


@pytest.mark.parametrize("outer_kernel", [3, 7, 9])
def test_kernels_that_begin_amid_a_block_end_as_trained(outer_kernel: int) -> None:
    net = random_net(Architecture.SIX_NORM, outer_kernel=outer_kernel)
    graph = prepare(net, GraphOptions())
    assert len(edge_starts_of(graph)) == 1
    assert edge_ends_of(graph) == []
    picture = golden_pictures(64, 71)["scene"]
    expected = reference.stylize(net, picture)
    assert np.abs(_painter(to_onnx(graph)).run(picture) - expected).max() <= 2e-5


def test_what_somebody_else_reads_stays() -> None:
    graph = prepare(random_net(Architecture.SIX_NORM), GraphOptions())
    for spied, found in (("u2.relu", edge_ends_of), ("c1.relu", edge_starts_of)):
        assert len(found(graph)) == 1
        more = Graph((*graph.ops, Trim("spy", IMAGE, spied)), graph.weights, graph.spec)
        assert found(more) == []
