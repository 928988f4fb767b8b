"""``tinystyle stylize``, ``info`` and ``demo``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tinystyle.cli import main
from tinystyle.commands import large_pictures
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.stylizer import Stylizer

RGB = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    return path


def _pictures(folder: Path) -> Path:
    folder.mkdir()
    Image.fromarray(RGB).save(folder / "a.jpg")
    Image.fromarray(np.dstack([RGB, RGB[..., :1]])).save(folder / "b.png")
    Image.fromarray(RGB).save(folder / "c.bmp")
    return folder


def test_folder_to_folder(model: Path, tmp_path: Path) -> None:
    folder = _pictures(tmp_path / "in")
    assert main(["stylize", str(model), str(folder), "-o", str(tmp_path / "out")]) == 0
    made = sorted((tmp_path / "out").iterdir())
    assert [p.name for p in made] == ["a.jpg", "b.png", "c.png"]
    modes = []
    for path in made:
        with Image.open(path) as image:
            modes.append(image.mode)
            assert image.size == (60, 40)
    assert modes == ["RGB", "RGBA", "RGB"]


def test_a_model_of_one_size_says_what_it_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "net.onnx"
    model.write_bytes(to_onnx(random_net(), size=(64, 80)).SerializeToString())
    Image.fromarray(RGB).save(tmp_path / "in.png")
    painted = ["stylize", str(model), str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png")]
    assert main(painted) == 0
    assert "made for pictures 64 px high and 80 wide" in capsys.readouterr().err


def test_max_size_orientation_and_color(model: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(tmp_path / "turned.jpg", exif=exif)
    arguments = ["stylize", str(model), str(tmp_path / "turned.jpg"), "-o"]
    assert main([*arguments, str(tmp_path / "a.png"), "--max-size", "30", "--keep-color"]) == 0
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (20, 30)  # upright, longest side 30


def test_one_bad_picture_among_many(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _pictures(tmp_path / "in")
    (folder / "bad.jpg").write_bytes(b"bad")
    assert main(["stylize", str(model), str(folder), "-o", str(tmp_path / "out")]) == 4
    assert len(list((tmp_path / "out").iterdir())) == 3
    error = capsys.readouterr().err
    assert "bad.jpg" in error
    assert "3 of 4 painted" in error


def test_alpha_into_jpeg_is_said(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _pictures(tmp_path / "in")
    output = str(tmp_path / "b.jpg")
    assert main(["stylize", str(model), str(folder / "b.png"), "-o", output]) == 0
    assert "no transparency" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["-o", "x.gif"], 2, "x.gif"),
        (["-o", "x.png", "--max-size", "0"], 2, "at least 1"),
        (["-o", "x.png", "--provider", "npu"], 2, "known are"),
        (["-o", "x.png", "--threads", "-2"], 2, "threads"),
    ],
)
def test_bad_options(
    options: list[str],
    code: int,
    word: str,
    model: Path,
    photograph: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["stylize", str(model), str(photograph), *options]) == code
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert word in error


def test_pictures_are_never_overwritten(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _pictures(tmp_path / "in")
    before = (folder / "a.jpg").read_bytes()
    assert main(["stylize", str(model), str(folder), "-o", str(folder)]) == 7
    assert (folder / "a.jpg").read_bytes() == before
    assert main(["stylize", str(model), str(folder / "a.jpg"), "-o", str(folder / "a.jpg")]) == 7
    assert (folder / "a.jpg").read_bytes() == before
    assert main(["stylize", str(model), str(folder), "-o", "one.png"]) == 2


def test_a_foreign_model_is_refused(
    photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.onnx").write_bytes(b"foreign")
    arguments = ["stylize", str(tmp_path / "m.onnx"), str(photograph), "-o", "x.png"]
    assert main(arguments) == 5
    assert capsys.readouterr().err.count("\n") == 1


def test_info(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(model)]) == 0
    assert "105675" in capsys.readouterr().out
    assert main(["info", str(model), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["output"] == "stylized"
    assert facts["input_shape"] == "batch x 3 x height x width"


def test_info_prints_no_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = random_net()
    named = StyleNet(net.spec, net.weights, {"style_name": "Zoë\x1b[2J\nkind  hypernetwork"})
    named.save(tmp_path / "m.safetensors")
    assert main(["info", str(tmp_path / "m.safetensors")]) == 0
    assert "Zoë\\x1b[2J\\nkind" in capsys.readouterr().out


def test_large_pictures_are_announced_before_the_work(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(large_pictures, "LARGE", 64 * 80)
    Image.new("RGB", (96, 80)).save(tmp_path / "large.png")
    Image.new("RGB", (80, 64)).save(tmp_path / "small.png")
    arguments = ["stylize", str(model), str(tmp_path), "-o", str(tmp_path / "out")]
    assert main(arguments) == 0
    said = capsys.readouterr().err
    assert "large.png: 0 megapixels are painted at once" in said
    assert "--max-size" in said
    assert "small.png" not in said
    assert main([*arguments, "-q", "--max-size", "80"]) == 0
    assert capsys.readouterr().err == ""


def test_one_large_picture_has_a_bar_on_a_terminal(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(large_pictures, "LARGE", 64 * 80)
    monkeypatch.setattr(large_pictures, "_PART", 64)
    monkeypatch.setattr(large_pictures, "_TICK", 0.01)
    Image.new("RGB", (1200, 800)).save(tmp_path / "large.png")
    arguments = ["stylize", str(model), str(tmp_path / "large.png"), "-o", str(tmp_path / "p.png")]
    assert main(arguments) == 0
    assert "left" not in capsys.readouterr().err  # in a log
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(arguments) == 0
    said = capsys.readouterr().err
    assert re.search(r"large\.png:\s+\d+ %\|.*about \d\d:\d\d left", said)
    assert "100 %" not in said.partition("large.png:")[2].split("\r")[0]


@pytest.mark.slow
def test_demo_finetunes_its_networks(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    assert main(["demo", "-o", str(tmp_path), "--steps", "1"]) == 0
    files = list(tmp_path.glob("*.onnx"))
    assert len(files) == 4
    assert all(Stylizer.load(file).manifest.notes["steps"] == "1" for file in files)


def test_demo_makes_networks_and_a_sheet(tmp_path: Path) -> None:
    assert main(["demo", "-o", str(tmp_path)]) == 0
    assert len(list(tmp_path.glob("*.onnx"))) == 4
    with Image.open(tmp_path / "sheet.png") as sheet:
        columns, rows = sheet.width // 384, sheet.height // 384
        assert rows == 5
        assert columns in (2, 5)
        pixels = np.asarray(sheet, float)
    cells = [pixels[384 * r : 384 * r + 384, 384:768].mean(axis=(0, 1)) for r in range(1, 5)]
    assert min(np.abs(a - b).max() for i, a in enumerate(cells) for b in cells[:i]) > 3.0


def test_tiles_by_hand(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (150, 170, 3), np.uint8)
    Image.fromarray(rgb).save(tmp_path / "in.png")
    for name, options in (("whole", []), ("tiled", ["--tile", "64", "--memory", "1GB"])):
        line = [
            "stylize",
            str(model),
            str(tmp_path / "in.png"),
            "-o",
            str(tmp_path / f"{name}.png"),
        ]
        assert main([*line, *options]) == 0
    whole, tiled = (np.asarray(Image.open(tmp_path / f"{n}.png"), int) for n in ("whole", "tiled"))
    assert np.abs(whole - tiled).max() <= 1
    line = ["stylize", str(model), str(tmp_path / "in.png"), "-o", str(tmp_path / "no.png")]
    capsys.readouterr()
    for options, message in (
        (["--tile", "5"], "allowed are 64 to 8192"),
        (["--memory", "lots"], "needed is a size such as"),
        (["--memory", "1MB"], "at least"),
    ):
        assert main([*line, *options]) == 2
        said = capsys.readouterr().err
        assert message in said
        assert len(said.splitlines()) == 1
    assert not (tmp_path / "no.png").exists()


def test_what_cannot_be_painted_in_tiles_is_refused_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "fixed.onnx"
    model.write_bytes(to_onnx(random_net(), size=(64, 64)).SerializeToString())
    Image.fromarray(RGB).save(tmp_path / "in.png")
    line = ["stylize", str(model), str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png")]
    assert main([*line, "--tile", "64"]) == 2
    assert "made for one size" in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()


def test_tiles_have_a_bar_of_what_is_done(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (400, 300)).save(tmp_path / "large.png")
    line = ["stylize", str(model), str(tmp_path / "large.png"), "-o", str(tmp_path / "p.png")]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([*line, "--tile", "64"]) == 0
    assert re.search(r"large\.png:\s+\d+ %\|.*left", capsys.readouterr().err)
    assert main([*line, "--tile", "64", "-q"]) == 0
    assert capsys.readouterr().err == ""
