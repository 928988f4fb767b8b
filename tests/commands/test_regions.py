"""``export-net --region``, as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.network.region_nets import bands
from tinystyle.cli import main
from tinystyle.commands.export.command import main as export_net


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def _failing(capsys: pytest.CaptureFixture[str], command: list[str], code: int = 2) -> str:
    capsys.readouterr()
    assert export_net(command) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    return said


def _regions(*parts: object) -> list[str]:
    return [word for part in parts for word in ("--region", str(part))]


def test_from_artworks_to_picture(
    styles: list[Path], photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export_net(_regions(f"person={styles[0]}", "background=keep")) == 0
    assert "differs from the reference by" in capsys.readouterr().out
    model = "person-background.onnx"
    Image.fromarray(bands(120, 160, 0, 1)[0, 0]).save("mask.png")
    command = ["stylize", model, str(photograph), "--mask", "mask.png", "-o", "painted.png"]
    assert main(command) == 0
    with Image.open("painted.png") as painted, Image.open(photograph) as before:
        change = np.abs(np.asarray(painted).astype(int) - np.asarray(before.convert("RGB")))
    assert change[:, 84:].max() == 0
    assert change[:, :76].mean() > 5
    capsys.readouterr()
    assert main(["info", model, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["regions"], facts["kept"]) == (2, "1")
    assert facts["region_names"] == "person background"
    assert facts["region_styles"] == f"person={styles[0].stem}, background=keep"
    assert main(["verify", model, "--reference", model]) == 0


def test_a_coreml_package(styles: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("coremltools")
    parts = _regions(f"person={styles[0]}", "background=keep")
    assert export_net([*parts, "--format", "coreml", "--size", "64x64"]) == 0
    assert "64x64, differs from the reference by" in capsys.readouterr().out
    assert main(["info", "person-background-64x64.mlpackage", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["region_names"], facts["mask"]) == ("person background", "mask")
    assert export_net([*parts, "--format", "safetensors"]) == 0
    reference = "person-background.safetensors"
    model = "person-background-64x64.mlpackage"
    assert main(["verify", model, "--reference", reference]) == 0
    capsys.readouterr()
    assert main(["verify", model, "--reference", reference, "--golden", "golden"]) == 2
    assert "has no golden pictures" in capsys.readouterr().err


def test_files_of_other_options_stay(
    styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    parts = _regions(f"sky={styles[0]}", f"rest={styles[1]}")
    for more in ([], ["--precision", "fp16"], ["--precision", "int8"], ["--strength", "0.5"]):
        assert export_net([*parts, *more, "--json"]) == 0
        made = json.loads(capsys.readouterr().out)["networks"]
        assert [network["style"] for network in made] == [None]
    assert export_net([*parts, "--format", "safetensors", "-o", "nets"]) == 0
    assert {str(path) for path in Path().rglob("*.*") if path.is_file()} == {
        "sky-rest.onnx",
        "sky-rest-fp16.onnx",
        "sky-rest-int8.onnx",
        "sky-rest-strength0.5.onnx",
        "nets/sky-rest.safetensors",
    }


def test_options_that_could_have_no_effect(
    styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    art = str(styles[0])
    parts = _regions(f"sky={art}", "rest=keep")
    for more, word in (
        (["--style", art], "--style is not for --region"),
        (["--mix", f"{art}:0.3"], "--mix is not for --region"),
        (["--steps", "5"], "--steps is not for --region"),
        (["--norm", "frozen"], "--norm frozen is not for --region"),
        (["--content", "photos"], "--content is not for --region"),
        (["--method", "semantic"], "--method semantic is not for --region"),
        (["--style-mask", "m.png"], "--style-mask is not for --region"),
        (["--patches", "9"], "--patches is for --method style-swap"),
        (["--format", "coreml", "--size", "64x64,96x96"], "from iOS18 and macOS15 on"),
    ):
        if "coreml" in more:
            pytest.importorskip("coremltools")
        assert word in _failing(capsys, [*parts, *more])
    assert not list(Path().iterdir())


def test_regions_that_there_cannot_be(
    styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    art = styles[0]
    for parts, word, code in (
        ([], "give --style PICTURE, or --region NAME=PICTURE", 2),
        ([f"a={art}"], "the number of regions is 1", 2),
        ([f"r{at}={art}" for at in range(9)], "the number of regions is 9", 2),
        ([f"a={art}", "a=keep"], "--region a is given twice", 2),
        (["a=keep", "b=keep"], "one at least must have a picture", 2),
        (["../a=keep", f"b={art}"], "allowed are letters, digits, - and _", 2),
        (["a=missing.png", "b=keep"], "missing.png: no such file", 4),
    ):
        assert word in _failing(capsys, _regions(*parts), code)
    Image.new("RGB", (20, 20)).save("small.png")
    assert "small.png: the style picture is 20 px" in _failing(
        capsys, _regions("a=small.png", "b=keep"), 4
    )
    for text in ("a", "=x.png", "a="):
        with pytest.raises(SystemExit) as caught:
            export_net(_regions(text, "b=keep"))
        assert caught.value.code == 2
        assert "is not NAME=PICTURE or NAME=keep" in capsys.readouterr().err
