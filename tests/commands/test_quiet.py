"""``--quiet``: the names of files, and errors; no bar, no other word."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import random_net
from tinystyle import cli
from tinystyle.benchmarks.latency.case import PROFILES, Profile
from tinystyle.commands import bench
from tinystyle.commands.export import command as export_net
from tinystyle.console import bar_disabled, hushed, is_quiet, remark
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.stylizer import Stylizer

Main = Callable[[list[str]], int]


class Terminal(io.StringIO):
    """Says that it is one, so that bars would be drawn."""

    def isatty(self) -> bool:
        return True


def _said(
    monkeypatch: pytest.MonkeyPatch, main: Main, arguments: Sequence[object], code: int = 0
) -> tuple[list[str], str]:
    """The lines of stdout, and stderr, both on a terminal."""
    out, err = Terminal(), Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        assert main([str(argument) for argument in arguments]) == code
    return out.getvalue().splitlines(), err.getvalue()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(random_net(), size=(64, 80)).SerializeToString())
    return path


def test_it_ends_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with hushed():
        with hushed(False):
            remark("inner")
        assert is_quiet()
        assert bar_disabled() is True
        remark("outer")
    assert not is_quiet()
    assert bar_disabled() is None
    assert bar_disabled(shown=False) is True
    remark("after")
    assert capsys.readouterr().err == "after\n"


def test_stylize(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / "in").mkdir()
    cutout = Image.new("RGBA", (60, 40), (200, 30, 30, 90))
    frames = [Image.new("RGB", (60, 40), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save(folder / "a.webp", save_all=True, append_images=frames[1:], duration=50)
    cutout.save(folder / "b.png")
    (folder / "c.jpg").write_bytes(b"bad")
    command = ["stylize", model, folder, "-o", tmp_path / "out"]
    _, loud = _said(monkeypatch, cli.main, command, 4)
    for word in ("pictures:", "is animated", "is made for pictures", "2 of 3 painted"):
        assert word in loud
    out, err = _said(monkeypatch, cli.main, [*command, "--quiet"], 4)
    assert out == [str(tmp_path / "out" / name) for name in ("a.webp", "b.png")]
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    one = ["stylize", model, folder / "b.png", "-o", tmp_path / "b.jpg", "--quiet"]
    assert _said(monkeypatch, cli.main, one) == ([str(tmp_path / "b.jpg")], "")


def test_a_provider_that_is_not_there_is_amiss(
    model: Path, photograph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Stylizer,
        "requested_providers",
        property(lambda _: ("cuda",), lambda *_: None),
        raising=False,
    )
    command = ["stylize", model, photograph, "-o", tmp_path / "out.png", "-q"]
    assert "asked for cuda, got cpu" in _said(monkeypatch, cli.main, command)[1]


def test_export_net(styles: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["--style", *styles[:2], "-o", tmp_path, "-q"]
    names = [str(tmp_path / f"{style.stem}.onnx") for style in styles[:2]]
    assert _said(monkeypatch, export_net.main, command) == (names, "")


def test_adapt(styles: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    command = ["finetune", "--style", styles[0], "--crop", 64, "--steps", 1, "--finetune-batch", 1]
    made = tmp_path / "art.onnx"
    out, err = _said(monkeypatch, cli.main, [*command, "-o", made])
    assert out != [str(made)]
    assert "finetuning to" in err
    assert _said(monkeypatch, cli.main, [*command, "-o", made, "-q"]) == ([str(made)], "")


def test_bench(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, "rapid", Profile("short", 3, 0.001, 60.0, 1))
    monkeypatch.setattr(
        "tinystyle.benchmarks.latency.measurement.Record.warnings", property(lambda _: ["odd"])
    )
    out, err = _said(monkeypatch, bench.main, [model, "-q"])
    assert out[0].startswith("model ")
    assert err == ""
    report = tmp_path / "report"
    out, err = _said(monkeypatch, bench.main, [model, "-q", "-o", report])
    assert out == [str(report / f"bench.{kind}") for kind in ("json", "csv", "md", "html")]
    assert err == "net.onnx, cpu, 64x80, 1 thread: odd\n"


def test_evaluate(
    styles: list[Path], vgg_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    (contents := tmp_path / "contents").mkdir()
    Image.open(styles[2]).save(contents / "photo.png")
    (artworks := tmp_path / "artworks").mkdir()
    for style in styles[:2]:
        Image.open(style).save(artworks / style.name)
    command = ["evaluate", "--contents", contents, "--styles", artworks, "--size", 64]
    command += ["--perceptual", vgg_file, "-o", tmp_path / "out", "-q"]
    assert _said(monkeypatch, cli.main, command) == ([str(tmp_path / "out" / "sheet.png")], "")
