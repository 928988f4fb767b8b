"""``export-net --format``: every format is written, verified, described and refused by name."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tinystyle.benchmarks.experiments.formats import FORMS, measure_forms, to_markdown
from tinystyle.cli import main as tinystyle
from tinystyle.commands.export.command import main as export_net
from tinystyle.errors import ParityError
from tinystyle.export.coreml import device as coreml_runtime
from tinystyle.export.coreml.writer import Sizes, write_coreml
from tinystyle.export.files import CONFIG_ENDING
from tinystyle.export.verify import packages as package_parity
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.pictures.images import to_batch, to_uint8
from tinystyle.weights import ARCHITECTURE


@pytest.fixture(scope="module")
def folder(styles: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One style in every format."""
    folder = tmp_path_factory.mktemp("formats")
    for form, more in (
        ("safetensors", []),
        ("onnx", []),
        ("ort", ["--precision", "int8"]),
        ("coreml", ["--size", "64x64,65x79"]),
    ):
        ending = "mlpackage" if form == "coreml" else form
        output = ["--output", str(folder / f"net.{ending}")]
        assert export_net(["--style", str(styles[0]), "--format", form, *output, *more]) == 0
    return folder


def test_every_format_is_verified_against_the_weights(folder: Path) -> None:
    for ending in ("onnx", "ort", "mlpackage"):
        weights = str(folder / "net.safetensors")
        assert tinystyle(["verify", str(folder / f"net.{ending}"), "--reference", weights]) == 0


def test_a_package_of_another_network_is_found(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random_net(ARCHITECTURE).save(tmp_path / "other.safetensors")
    arguments = ["verify", str(folder / "net.mlpackage"), "--reference"]
    assert tinystyle([*arguments, str(tmp_path / "other.safetensors")]) == 6
    assert "differ by" in capsys.readouterr().err


def test_every_format_is_described(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ending, words in (
        ("ort", {"precision": "int8", "kind": "network"}),
        ("mlpackage", {"opset": "CoreML6", "sizes": "64 x 64, 65 x 79", "precision": "fp16"}),
        ("safetensors", {"kind": "network weights"}),
    ):
        assert tinystyle(["info", str(folder / f"net.{ending}"), "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert words.items() <= facts.items()
        assert facts["parameters"] == 105_475


def test_an_ort_file_paints_and_comes_with_what_a_build_needs(
    folder: Path, photograph: Path, tmp_path: Path
) -> None:
    config = (folder / "net.ort").with_suffix(CONFIG_ENDING).read_text()
    assert "QLinearConv" in config
    arguments = ["stylize", str(folder / "net.ort"), str(photograph), "-o"]
    assert tinystyle([*arguments, str(tmp_path / "p.png")]) == 0
    with Image.open(tmp_path / "p.png") as image:
        assert image.size == (160, 120)


def test_providers_are_asked(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--output", str(tmp_path / "n.onnx")]
    arguments = ["--style", str(styles[0]), *output, "--pad", "zero", "--providers"]
    assert export_net(arguments) == 0
    out = capsys.readouterr().out
    assert "at 256x256, constants folded, by onnxruntime's tables:" in out
    assert "NNAPI: 125 of 125 nodes in 1 part\n" in out
    assert "XNNPACK: 16 of 125" in out
    assert "by its form another picture" in out


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--format", "coreml", "--target", "iOS14"], "iOS15"),
        (["--format", "coreml", "--size", "64x64..63x99"], "64 to 8192"),
        (["--format", "coreml", "--size", "96x64..64x96"], "beyond"),
        (["--format", "coreml", "--size", "64x64,64x64"], "twice"),
        (["--format", "coreml", "--size", "64x64", "--batch", "2"], "onnx, ort"),
        (["--format", "coreml", "--opset", "13"], "onnx, ort"),
        (["--calibrate", "nowhere"], "--norm frozen"),
        (["--target", "iOS16"], "is for coreml"),
        (["--size", "64x64,128x128"], "for format coreml"),
        (["--norm", "frozen", "--calibrate", "nowhere"], "nowhere"),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: list[str],
    word: str,
    styles: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / ("n.mlpackage" if "coreml" in options else "n.onnx")
    assert export_net(["--style", str(styles[0]), "-o", str(output), *options]) in (2, 4)
    assert word in capsys.readouterr().err
    assert not output.exists()


def test_a_missing_extra_gives_the_command(
    styles: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "coremltools", None)
    output = tmp_path / "n.mlpackage"
    arguments = ["--style", str(styles[0]), "--format", "coreml", "-o", str(output)]
    assert export_net(arguments) == 3
    assert "pip install '.[coreml]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_table_has_a_row_for_each_form() -> None:
    names = [name for name in FORMS if name in ("onnx", "onnx, 8 bits", "onnx, zero borders")]
    rows = measure_forms(random_net(), names, size=(64, 64), runs=1)
    assert [row.name for row in rows] == names
    first, eighth, zeros = rows
    assert first.ratio == 1.0
    assert first.change == 0.0 < zeros.change
    assert eighth.size_bytes < 0.4 * first.size_bytes
    assert "NNAPI" in zeros.whole
    assert "NNAPI" not in first.whole
    assert to_markdown(rows, 1).count("\n") == 2 + len(names)


def test_coreml_itself_is_asked_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for coremltools: no Mac has run this."""
    net, asked = random_net(), []
    path = tmp_path / "n.mlpackage"
    write_coreml(Graph.of(net), path, sizes=Sizes(((64, 64),)))

    class Model:
        def __init__(self, model: str, compute_units: str) -> None:
            assert model == str(path)
            asked.append(compute_units)

        def predict(self, given: dict[str, Image.Image]) -> dict[str, Image.Image]:
            rgb = np.asarray(given["image"])
            painted = to_uint8(reference.stylize(net, to_batch(rgb)))
            if asked[-1] == wrong:
                painted = 255 - painted
            return {"stylized": Image.fromarray(painted).convert("RGBA")}

    units = {unit: unit for unit in coreml_runtime.COMPUTE_UNITS}
    stand_in = SimpleNamespace(models=SimpleNamespace(MLModel=Model), ComputeUnit=units)
    monkeypatch.setattr(coreml_runtime, "coremltools", lambda: stand_in)
    verify = package_parity.verify_on_device
    precision = Precision.FP16
    wrong = ""
    assert verify(path, Graph.of(net), precision=precision) == {}
    monkeypatch.setattr(package_parity, "available", lambda: True)
    found = verify(path, Graph.of(net), precision=precision)
    assert list(found) == list(coreml_runtime.COMPUTE_UNITS)
    assert set(asked) == set(units)
    wrong = "CPU_AND_NE"
    with pytest.raises(ParityError, match="differ"):
        verify(path, Graph.of(net), precision=precision)


@pytest.mark.parametrize(
    ("form", "name"), [("onnx", "a.mlpackage"), ("onnx", "a.ort"), ("coreml", "a.onnx")]
)
def test_an_ending_of_another_format_is_refused(
    form: str,
    name: str,
    styles: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--style", str(styles[0]), "--format", form, "-o", str(tmp_path / name)]
    assert export_net(arguments) == 2
    assert "--format" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(styles: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "a.mlpackage"
    folder.mkdir()
    (folder / "precious.txt").write_text("mine")
    arguments = ["--style", str(styles[0]), "--format", "coreml", "--size", "64x64"]
    assert export_net([*arguments, "-o", str(folder)]) == 7
    assert (folder / "precious.txt").read_text() == "mine"
    (folder / "precious.txt").unlink()
    assert export_net([*arguments, "-o", str(folder)]) == 0
    assert export_net([*arguments, "-o", str(folder)]) == 0  # over a package


def test_a_package_is_checked_on_all_pictures_of_its_own_size(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", str(folder / "net.mlpackage"), "--full", "--json", "--reference"]
    assert tinystyle([*arguments, str(folder / "net.safetensors")]) == 0
    assert json.loads(capsys.readouterr().out)["parity"]["pictures"] == 4


def test_a_package_that_is_a_pipe_is_no_package(folder: Path, tmp_path: Path) -> None:
    package = tmp_path / "p.mlpackage"
    package.mkdir()
    os.mkfifo(package / "Manifest.json")
    weights = str(folder / "net.safetensors")
    assert tinystyle(["verify", str(package), "--reference", weights]) == 5


def test_golden_pictures_are_of_a_size_that_the_package_takes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", str(folder / "net.mlpackage"), "--golden", str(tmp_path / "golden")]
    arguments += ["--reference", str(folder / "net.safetensors"), "--golden-size"]
    assert tinystyle([*arguments, "64x80"]) == 2
    assert "64x80" in capsys.readouterr().err
    assert not (tmp_path / "golden").exists()
    assert tinystyle([*arguments, "65x79"]) == 0
    assert Image.open(tmp_path / "golden" / "scene.png").size == (79, 65)


def test_another_kind_of_file_is_named(
    folder: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out.png")
    assert tinystyle(["stylize", str(folder / "net.mlpackage"), str(photograph), "-o", output]) == 5
    assert "CoreML package" in capsys.readouterr().err
    ort = str(folder / "net.ort")
    assert tinystyle(["verify", str(folder / "net.onnx"), "--reference", ort]) == 5
    assert ".ort file" in capsys.readouterr().err
