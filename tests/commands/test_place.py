"""``export-net --for``: what a preset stands for, what wins, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest

from tinystyle.commands.export.command import main
from tinystyle.commands.export.options import export_parser
from tinystyle.commands.export.place import PLACES
from tinystyle.export.layout import Layout
from tinystyle.export.presets import PRESETS


def test_a_preset_says_what_it_stands_for_and_what_was_verified(
    styles: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--style", str(styles[0]), "--for", "unity"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("--for unity: ")
    assert captured.err.count("\n") == 1
    for words in ("--size 512x512", "--opset 15", "verified: run by onnxruntime", "not in Unity"):
        assert words in captured.err
    assert "512x512, opset 15" in captured.out
    assert [path.name for path in tmp_path.iterdir()] == [f"{styles[0].stem}-unity.onnx"]


def test_what_is_given_wins(
    styles: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["--size", "64x96", "--opset", "13", "--pad", "zero"]
    assert main(["--style", str(styles[0]), "--for", "unity", *given]) == 0
    model = onnx.load(tmp_path / f"{styles[0].stem}-unity-64x96.onnx")
    assert model.opset_import[0].version == 13
    assert [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [1, 3, 64, 96]
    properties = {p.key: p.value for p in model.metadata_props}
    assert properties["tinystyle.padding"] == "zero"
    told = capsys.readouterr().err
    assert "--size as given, --opset as given, --pad as given" in told
    assert "--size 512x512" not in told


def test_in_json_the_preset_is_fields(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--output", str(tmp_path / "net.onnx"), "--json"]
    arguments = ["--style", str(styles[0]), *output]
    assert main([*arguments, "--for", "rpi", "--size", "64x64"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    preset = json.loads(captured.out)["preset"]
    assert preset["name"] == "rpi"
    assert preset["given"] == ["size"]
    assert preset["options"]["io"] == "uint8"
    assert preset["layout"] == "onnxruntime-cpu"
    assert preset["verified"] == PRESETS["rpi"].verified
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["preset"] is None


@pytest.mark.parametrize(
    ("place", "options", "words"),
    [
        ("coreml", ["--format", "onnx"], "--format onnx contradicts --for coreml"),
        ("web", ["--format", "coreml"], "--format coreml contradicts --for web"),
        ("coreml", ["--io", "uint8"], "onnx, ort"),
        ("coreml", ["--opset", "17"], "--opset is for onnx, ort"),
        ("lens-studio", ["--norm", "instance"], "takes norm frozen"),
        ("lens-studio", ["--strength", "input"], "--strength input contradicts --for lens-studio"),
        ("unity", ["--opset", "17"], "takes opset 13, 14, 15"),
        ("unity", ["--io", "uint8"], "takes io float"),
        ("tensorrt", ["--precision", "int8"], "takes precision fp32"),
        ("tensorrt", ["--opset", "21"], "--opset 21 contradicts --for tensorrt"),
        ("playstation", [], "web, android, coreml, lens-studio, unity, tensorrt, rpi, any"),
    ],
)
def test_what_contradicts_the_place_is_refused_by_name(
    place: str,
    options: list[str],
    words: str,
    styles: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = str(tmp_path / "nets")
    assert main(["--style", str(styles[0]), "--output", output, "--for", place, *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "nets").exists()


@pytest.mark.parametrize("layout", Layout)
def test_a_layout_alone_stays(
    layout: Layout, styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "net.onnx"
    arguments = ["--style", str(styles[0]), "--output", str(output), "--for", layout.value]
    assert main(arguments) == 0
    assert capsys.readouterr().err == ""
    assert (output.stat().st_size < 450_000) == (layout is Layout.ONNXRUNTIME_CPU)


def test_the_help_names_every_place() -> None:
    (action,) = (a for a in export_parser()._actions if a.dest == "place")
    for place in PLACES:
        assert place in str(action.help)
