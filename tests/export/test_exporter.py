"""From style pictures to files, with the released hypernetwork."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import OptionError, OutputError, ParityError
from tinystyle.export import files
from tinystyle.export.exporter import Exporter, name_outputs
from tinystyle.export.formats import Format
from tinystyle.export.lowering import GraphOptions, calibration_pictures, prepare
from tinystyle.export.onnx_writer import int8 as to_int8
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.quantization import quantized
from tinystyle.export.options import ExportOptions
from tinystyle.export.provider_coverage import check
from tinystyle.export.verify.parity import FULL_CHECK, Parity, golden_pictures, verify
from tinystyle.network.graph import Graph, Precision
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.stylizer import Stylizer

FloatArray = NDArray[np.float32]


@pytest.fixture(scope="module")
def hypernetwork() -> Hypernetwork:
    return Hypernetwork()


def test_the_result_describes_the_file(
    styles: list[Path], tmp_path: Path, hypernetwork: Hypernetwork
) -> None:
    output = tmp_path / "net.onnx"
    made = Exporter(ExportOptions(opset=13), hypernetwork).export(styles[0], output)
    assert made.size_bytes == output.stat().st_size <= 478_000
    assert made.parameters == 105_475
    assert made.macs_256 == 670_138_464
    assert made.parity is not None
    assert made.parity.max_abs_difference <= 1e-4
    properties = {p.key: p.value for p in onnx.load(output).metadata_props}
    assert properties["tinystyle.style_name"] == styles[0].stem
    assert properties["tinystyle.style_sha256"] == made.style_sha256
    assert len(made.style_sha256) == 64


def test_styles_change_the_picture(
    styles: list[Path], tmp_path: Path, hypernetwork: Hypernetwork
) -> None:
    exporter = Exporter(ExportOptions(), hypernetwork)
    picture = golden_pictures(64, 64)["scene"]
    outputs = []
    for style in styles[:2]:
        exporter.export(style, tmp_path / "net.onnx")
        outputs.append(Stylizer.load(tmp_path / "net.onnx").run(picture))
    assert np.abs(outputs[0] - outputs[1]).mean() > 0.02
    again = exporter.network(styles[0]).weights
    assert all(np.array_equal(v, again[k]) for k, v in exporter.network(styles[0]).weights.items())


@pytest.mark.parametrize(
    ("form", "size", "expected"),
    [(Format.ONNX, None, [5, 2]), (Format.ONNX, (64, 96), [5]), (Format.ORT, (64, 96), [5])],
)
def test_int8_is_calibrated_once_where_providers_are_asked(
    form: Format,
    size: tuple[int, int] | None,
    expected: list[int],
    styles: list[Path],
    tmp_path: Path,
    hypernetwork: Hypernetwork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts: list[int] = []
    true = quantized

    def counted(model: onnx.ModelProto, pictures: Sequence[FloatArray]) -> onnx.ModelProto:
        counts.append(len(pictures))
        return true(model, pictures)

    monkeypatch.setattr(to_int8, "quantized", counted)
    graph = GraphOptions(Precision.INT8)
    folder = styles[0].parent
    options = ExportOptions(
        form, size=size, graph=graph, calibration=folder, verify=False, ask_providers=True
    )
    made = Exporter(options, hypernetwork).export(styles[0], tmp_path / f"net.{form.value}")
    # The graph of fixed size that providers are asked about is another one; any ranges do for it.
    assert counts == expected
    pictures = calibration_pictures(folder)
    fixed = replace(options, size=size or (256, 256))
    net = Exporter(fixed, hypernetwork).network(styles[0])
    assert made.providers == check(files.onnx_bytes(prepare(net, graph), fixed, pictures))


def test_int8_of_one_size_paints_full_colours_as_the_network_does(
    tmp_path: Path, hypernetwork: Hypernetwork
) -> None:
    artwork = tmp_path / "woodcut.png"
    Image.fromarray(ARTWORKS["woodcut"](256)).save(artwork)
    options = ExportOptions(size=(256, 256), graph=GraphOptions(Precision.INT8))
    # Calibrated on photographs alone: 7.6 levels of 255 in the median, and refused.
    made = Exporter(options, hypernetwork).export(artwork, tmp_path / "net.onnx")
    assert made.parity is not None
    assert made.parity.median_abs_difference <= 4.0 / 255.0


def test_every_pixel_goes_straight_from_the_photograph_to_the_style(
    styles: list[Path], tmp_path: Path, hypernetwork: Hypernetwork
) -> None:
    picture = golden_pictures(64, 67)["scene"]
    painted = []
    for strength in (0.0, 0.3, 0.6, 1.0):
        exporter = Exporter(ExportOptions(strength=strength), hypernetwork)
        exporter.export(styles[0], tmp_path / "net.onnx")
        painted.append(Stylizer.load(tmp_path / "net.onnx").run(picture))
    assert np.array_equal(painted[0], picture)
    low, high = np.minimum(picture, painted[-1]), np.maximum(picture, painted[-1])
    for softer in painted[1:-1]:
        assert (softer >= low - 2 / 255).all() and (softer <= high + 2 / 255).all()
    distances = [np.abs(each - picture) for each in painted]
    for less, more in itertools.pairwise(distances):
        assert (less <= more + 1e-6).all()


def test_mix_lies_between_its_parts(styles: list[Path], hypernetwork: Hypernetwork) -> None:
    options = ExportOptions(mix=((styles[1], 0.25),))
    mixed = Exporter(options, hypernetwork).network(styles[0])
    parts = [Exporter(ExportOptions(), hypernetwork).network(s) for s in styles[:2]]
    for name, value in mixed.weights.items():
        expected = 0.75 * parts[0].weights[name] + 0.25 * parts[1].weights[name]
        np.testing.assert_allclose(value, expected, atol=1e-5)
    assert mixed.notes["mix"] == f"{styles[1].stem}:0.25"
    assert mixed.notes["style_name"] == styles[0].stem


@pytest.mark.slow
@pytest.mark.parametrize("opset", [18])
def test_parity_on_twenty_pictures(
    opset: int, styles: list[Path], hypernetwork: Hypernetwork
) -> None:
    """All sizes up to 720 x 1280, all-white and high contrast among them."""
    assert len(FULL_CHECK) == 20
    net = Exporter(ExportOptions(), hypernetwork).network(styles[opset % 4])
    graph = prepare(net, GraphOptions())
    parity = verify(to_onnx(graph, opset=opset).SerializeToString(), net, pictures=FULL_CHECK)
    assert parity.pictures == 20
    assert parity.max_abs_difference <= 1e-4


@pytest.mark.parametrize(
    "fields",
    [
        {"opset": 12},
        {"opset": 22},
        {"strength": -0.1},
        {"strength": 1.1},
        {"strength": float("nan")},
        {"size": (63, 64)},
        {"size": (64, 9000)},
        {"mix": ((Path("a"), 0.6), (Path("b"), 0.6))},
        {"mix": ((Path("a"), -0.1),)},
        {"mix": ((Path("a"), float("nan")),)},
    ],
)
def test_options_outside_the_allowed_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        ExportOptions(**fields)  # type: ignore[arg-type]


def test_a_failed_verification_leaves_no_file(
    styles: list[Path],
    tmp_path: Path,
    hypernetwork: Hypernetwork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ParityError("planted")

    monkeypatch.setattr(files, "verify", fail)
    with pytest.raises(ParityError):
        Exporter(ExportOptions(), hypernetwork).export(styles[0], tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_style_picture_is_never_overwritten(
    styles: list[Path], tmp_path: Path, hypernetwork: Hypernetwork
) -> None:
    style = tmp_path / "art.onnx"
    style.write_bytes(styles[0].read_bytes())
    with pytest.raises(OutputError, match="itself"):
        Exporter(ExportOptions(), hypernetwork).export(style, style)
    assert style.read_bytes() == styles[0].read_bytes()


def test_outputs_are_named_after_the_styles() -> None:
    paths = [Path("x/art.jpg"), Path("x/art.png"), Path("y/ART.png"), Path("b.jpg")]
    named = name_outputs(paths, Path("nets"), Format.ONNX)
    assert [p.name for p in named] == ["art.onnx", "art-2.onnx", "ART-3.onnx", "b.onnx"]
    assert name_outputs(paths[:1], Path("a/b.onnx"), Format.ONNX) == [Path("a/b.onnx")]
    assert name_outputs(paths[:1], None, Format.ONNX) == [Path("art.onnx")]
    with pytest.raises(OptionError, match="folder"):
        name_outputs(paths, Path("one.onnx"), Format.ONNX)


def test_a_quantiser_that_cannot_be_loaded_is_told(
    styles: list[Path], tmp_path: Path, hypernetwork: Hypernetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tinystyle.export.onnx_writer.int8", None)
    options = ExportOptions(graph=GraphOptions(precision=Precision.INT8))
    with pytest.raises(OptionError, match="pip install sympy"):
        Exporter(options, hypernetwork).export(styles[0], tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_for_huge_pictures_is_compared_at_a_smaller_size(
    styles: list[Path], tmp_path: Path, hypernetwork: Hypernetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_LARGEST_COMPARED", 64 * 64)
    monkeypatch.setattr(files, "_SIDE_COMPARED", 72)
    compared: list[Stylizer] = []

    def verified(model: bytes, graph: Graph, *, precision: Precision) -> Parity:
        compared.append(Stylizer.from_bytes(model, "compared"))
        return verify(model, graph, precision=precision)

    monkeypatch.setattr(files, "verify", verified)
    made = Exporter(ExportOptions(size=(205, 70)), hypernetwork).export(
        styles[0], tmp_path / "net.onnx"
    )
    assert made.compared_at == (77, 70) == compared[0].fixed_size
    assert Stylizer.load(made.path).fixed_size == (205, 70)
    small = Exporter(ExportOptions(size=(64, 64)), hypernetwork).export(styles[0], made.path)
    assert small.compared_at is None
