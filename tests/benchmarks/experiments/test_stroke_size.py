"""Large pictures beside their small painting: the command and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from tinystyle.cli import main
from tinystyle.pictures.examples import landscape
from tinystyle.runtime import enlargement


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "large.png"
    Image.fromarray(landscape(320)).save(path)
    return path


def _ask(photograph: Path, vgg_file: Path, styles: list[Path], output: Path) -> int:
    words = ["--perceptual", vgg_file, "--content", photograph, "--style", styles[0]]
    words += ["--threads", 1, "-o", output]
    return main(["experiment", "stroke-size", *map(str, words)])


def test_larger_strokes_look_like_the_small_painting(
    photograph: Path,
    vgg_file: Path,
    styles: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enlargement, "_MOST_AS_IT_IS", 50_000)
    monkeypatch.setattr(enlargement, "_PREVIEW", 25_000)
    assert _ask(photograph, vgg_file, styles, tmp_path / "out") == 0
    (row,) = json.loads((tmp_path / "out/stroke-size.json").read_text())["rows"]
    assert row["ssim"] > 0.9 and 0.0 < row["gram"] < 0.1
    assert row["megapixels"] == 0.1
    with Image.open(tmp_path / "out/stroke-size.png") as sheet:
        assert sheet.size == (3 * 256, 256)


def test_small_photographs_are_refused(
    photograph: Path,
    vgg_file: Path,
    styles: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _ask(photograph, vgg_file, styles, tmp_path / "out") == 2
    assert "320x320" in capsys.readouterr().err
