"""Files of networks of regions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.network.painted_regions import joined, part
from tests.network.region_nets import bands
from tinystyle.errors import OptionError, ParityError
from tinystyle.export.exporter import Exporter
from tinystyle.export.files import onnx_bytes, write_file
from tinystyle.export.formats import Format
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, Norm, PictureIO, Upsampling, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.half_precision import first_layer
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.files import verify_file
from tinystyle.export.verify.parity import golden_picture, verify
from tinystyle.network.graph import Precision
from tinystyle.network.graph_ops import SubpixelConv
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.stylizer import Stylizer


def _painter(net: StyleNet, layout: Layout = Layout.ANY) -> Stylizer:
    return Stylizer.from_bytes(to_onnx(net, layout=layout).SerializeToString(), "regions")


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize(("size", "opset"), [(None, 13), (None, 21), ((65, 79), 17)])
def test_files_paint_what_their_network_does(
    layout: Layout, size: tuple[int, int] | None, opset: int
) -> None:
    for net in (joined(1, 2), joined(None, 1, 2)):
        model = to_onnx(net, opset=opset, size=size, layout=layout).SerializeToString()
        assert verify(model, net).max_abs_difference <= 1e-4


@pytest.mark.parametrize(
    "options",
    [
        GraphOptions(io=PictureIO.UINT8),
        GraphOptions(strength_input=True),
        GraphOptions(padding=Padding.ZERO),
        GraphOptions(padding=Padding.SLICE),
        GraphOptions(upsampling=Upsampling.NEAREST),
        GraphOptions(precision=Precision.FP16),
        GraphOptions(precision=Precision.FP16, io=PictureIO.UINT8),
        GraphOptions(precision=Precision.INT8),
    ],
)
def test_forms_of_the_graph(options: GraphOptions, tmp_path: Path) -> None:
    net = joined(1, None)
    graph = prepare(net, options)
    model = onnx_bytes(graph, ExportOptions(graph=options))
    verify(model, graph, precision=options.precision)
    path = tmp_path / "net.onnx"
    path.write_bytes(model)
    assert verify_file(path, net).precision is options.precision


def test_ort_files(tmp_path: Path) -> None:
    net = joined(1, 2)
    options = ExportOptions(format=Format.ORT)
    write_file(prepare(net, options.graph), net, tmp_path / "net.ort", options)
    assert verify_file(tmp_path / "net.ort", net).parity.max_abs_difference <= 1e-4


@pytest.mark.parametrize("layout", list(Layout))
def test_of_one_region_alone_it_is_the_plain_file(layout: Layout) -> None:
    painter, picture = _painter(joined(1, 2), layout), golden_picture("scene", 97, 130)
    for label, seed in ((0, 1), (1, 2), (255, 2)):
        painted = painter.run(picture, mask=bands(97, 130, label))
        assert np.abs(painted - _painter(part(seed), layout).run(picture)).max() <= 1e-4


@pytest.mark.parametrize("layout", list(Layout))
def test_flat_regions_stay_flat(layout: Layout) -> None:
    """Rounding is not enlarged by one norm after the other, also where a region has but little."""
    painter = _painter(joined(1, 2), layout)
    picture = golden_picture("noise", 128, 160)
    picture[..., :80] = 1.0
    painted = painter.run(picture, mask=bands(128, 160, 0, 1))
    # Where neither the edge nor the picture's border is seen.
    inside = painted[..., 8:-8, 8:40]
    assert np.isfinite(painted).all()
    assert np.ptp(inside, axis=(2, 3)).max() <= 1.0 / 255.0


def test_all_parts_are_written_in_the_faster_way() -> None:
    net = joined(1, 2)
    graph = prepare(net, GraphOptions())
    names = {op.name for op in graph.ops if isinstance(op, SubpixelConv)}
    assert names == {f"k{k}.{layer}" for k in (0, 1) for layer in ("u1", "u2", "out")}
    for layout in Layout:
        kinds = [node.op_type for node in to_onnx(net, layout=layout).graph.node]
        plain = [node.op_type for node in to_onnx(part(1), layout=layout).graph.node]
        assert kinds.count("Conv") == 2 * plain.count("Conv")
        assert "Resize" not in kinds
    assert {"k0.c1", "k1.c1"} <= first_layer(graph)


def test_verification_sees_a_wrong_region() -> None:
    """The weights of one part, the order of the parts, or what is kept."""
    model = to_onnx(joined(1, 2, 3)).SerializeToString()
    for other in (joined(1, 2, 4), joined(2, 1, 3), joined(1, 3, 2)):
        with pytest.raises(ParityError):
            verify(model, other)
    kept = to_onnx(joined(1, None)).SerializeToString()
    with pytest.raises(ParityError):
        verify(kept, joined(None, 1))


def test_by_the_exporter(tmp_path: Path) -> None:
    net = joined(1, None).with_strength(0.5)
    exporter = Exporter(ExportOptions(size=(64, 80), batch=2), source=lambda *_: net)
    made = exporter.write(net, None, tmp_path / "net.onnx")
    assert made.parity is not None
    assert made.style is None
    assert made.parameters == part(1).spec.parameter_count


def test_what_does_not_go(tmp_path: Path) -> None:
    net = joined(1, 2)
    with pytest.raises(OptionError, match="no norms to freeze"):
        prepare(net, GraphOptions(norm=Norm.FROZEN), [golden_picture("scene", 64, 64)])


def test_other_parts_are_refused_by_the_file_of_others(tmp_path: Path) -> None:
    net = joined(1, 2)
    (tmp_path / "net.onnx").write_bytes(to_onnx(net).SerializeToString())
    other = StyleNet(replace(net.spec, blend=0.5), net.weights)
    with pytest.raises(ParityError, match="the reference of"):
        verify_file(tmp_path / "net.onnx", other)
