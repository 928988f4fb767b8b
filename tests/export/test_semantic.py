"""Files of networks with regions, by the exporter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.network.region_nets import bands, region_net, write_parts
from tinystyle.errors import OptionError, ParityError
from tinystyle.export.exporter import Exporter
from tinystyle.export.files import write_file
from tinystyle.export.formats import Format
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.files import verify_file, write_golden
from tinystyle.export.verify.parity import golden_mask, verify
from tinystyle.network.graph import Precision
from tinystyle.network.methods.specs import SemanticSpec
from tinystyle.network.ops import RegionKernel
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.semantic import SemanticTransfer


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SemanticTransfer:
    folder = tmp_path_factory.mktemp("semantic")
    Image.fromarray(bands(256, 256, 0, 1, 2)[0, 0]).save(folder / "mask.png")
    return SemanticTransfer(folder / "mask.png", path=write_parts(folder / "p.safetensors", 16))


@pytest.mark.parametrize("form", [Format.ONNX, Format.ORT])
@pytest.mark.parametrize("precision", list(Precision))
def test_every_precision(
    source: SemanticTransfer, styles: list[Path], tmp_path: Path, form: Format, precision: Precision
) -> None:
    options = ExportOptions(format=form, graph=GraphOptions(precision=precision))
    output = tmp_path / f"net.{form.value}"
    exporter = Exporter(options, source=source.generate)
    made = exporter.export(styles[0], output)
    assert made.parity is not None
    net = exporter.network(styles[0])
    again = verify_file(output, net)
    assert again.precision is precision
    if precision is Precision.FP32:
        assert again.parity.max_abs_difference <= 1e-4


@pytest.mark.parametrize("precision", list(Precision))
def test_moments_in_every_precision(tmp_path: Path, precision: Precision) -> None:
    net = region_net(2)
    options = ExportOptions(graph=GraphOptions(precision=precision))
    path = tmp_path / "net.onnx"
    write_file(prepare(net, options.graph), net, path, options)
    assert verify_file(path, net).precision is precision


def test_weights_in_8_bits_take_a_quarter(tmp_path: Path) -> None:
    """In .ort files, too, whose constants onnxruntime folds: there they would be floats again."""
    net = region_net(2, RegionKernel.PATCHES, width=64)
    for form in (Format.ONNX, Format.ORT):
        sizes = {}
        for precision in (Precision.FP32, Precision.INT8):
            options = ExportOptions(format=form, graph=GraphOptions(precision=precision))
            graph = prepare(net, options.graph)
            path = tmp_path / f"{precision.value}.{form.value}"
            sizes[precision] = write_file(graph, net, path, options).size_bytes
        assert sizes[Precision.INT8] < 0.4 * sizes[Precision.FP32]


@pytest.mark.parametrize(
    "graph",
    [
        GraphOptions(io=PictureIO.UINT8),
        GraphOptions(strength_input=True),
        GraphOptions(padding=Padding.REPLICATE),
        GraphOptions(padding=Padding.SLICE),
    ],
)
def test_forms_of_the_graph(
    source: SemanticTransfer, styles: list[Path], tmp_path: Path, graph: GraphOptions
) -> None:
    for size in (None, (96, 66)):
        options = ExportOptions(graph=graph, size=size, batch=None if size is None else 2)
        exporter = Exporter(options, source=source.generate)
        made = exporter.export(styles[0], tmp_path / "net.onnx")
        assert made.parity is not None
        verify_file(tmp_path / "net.onnx", exporter.network(styles[0]))


def test_verification_sees_a_wrong_region() -> None:
    """The statistics of one region changed, of another labels' row, or the kernel."""
    net = region_net(3)
    model = to_onnx(net).SerializeToString()
    verify(model, net)
    for row in range(4):
        mean = net.weights["regions.mean"].copy()
        mean[row] += 0.5
        with pytest.raises(ParityError):
            verify(model, StyleNet(net.spec, {**net.weights, "regions.mean": mean}))
    swapping = region_net(3, RegionKernel.PATCHES)
    model = to_onnx(swapping).SerializeToString()
    verify(model, swapping)
    label = 2.0 - swapping.weights["regions.label"]
    with pytest.raises(ParityError):
        verify(model, StyleNet(swapping.spec, {**swapping.weights, "regions.label": label}))


def test_verification_sees_another_kernel() -> None:
    net = region_net(3)
    model = to_onnx(net).SerializeToString()
    weights = {k: v for k, v in net.weights.items() if k != "regions.deviation"}
    with pytest.raises(ParityError):
        verify(
            model,
            StyleNet(
                replace(net.spec, method=SemanticSpec(net.spec.regions, RegionKernel.LINEAR)),
                weights,
            ),
        )


def test_the_drawn_mask_has_all_labels() -> None:
    for regions in (1, 8):
        mask = golden_mask(65, 79, regions)
        assert mask.shape == (1, 1, 65, 79)
        np.testing.assert_array_equal(np.unique(mask[..., :64, :64]), np.arange(regions + 1))


def test_there_are_no_golden_pictures(tmp_path: Path) -> None:
    net = region_net(2)
    (tmp_path / "net.onnx").write_bytes(to_onnx(net).SerializeToString())
    verdict = verify_file(tmp_path / "net.onnx", net)
    with pytest.raises(OptionError, match="a file that takes a mask has no golden pictures"):
        write_golden(tmp_path / "golden", verdict, (64, 64))
