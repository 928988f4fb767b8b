"""The experiments of the papers as commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinystyle.cli import main
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.files import write_bytes
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, encode_png
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.stylizer import Stylizer


def _figures(folder: Path, name: str) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = json.loads((folder / f"{name}.json").read_text())
    return figures


@pytest.mark.parametrize("name", ["interpolation", "strength", "random", "texture"])
def test_walks_make_a_strip_and_its_figures(name: str, tmp_path: Path) -> None:
    assert main(["experiment", name, "--steps", "3", "-o", str(tmp_path)]) == 0
    strip = np.asarray(Image.open(tmp_path / f"{name}.png"))
    framed = {"interpolation": 2, "strength": 2}.get(name, 0)
    assert strip.shape[1] == 256 * (3 + framed)
    assert strip.shape[0] == (512 if name == "texture" else 256)
    changes = _figures(tmp_path, name)["mean_absolute_change"]
    assert len(changes) == 2
    assert min(changes) > 0.005, "neighbours on the strip differ"


def test_strength_begins_at_the_photographs_own_style(tmp_path: Path) -> None:
    write_bytes(tmp_path / "p.png", encode_png(landscape(128)))
    content = ["--content", str(tmp_path / "p.png")]
    assert main(["experiment", "strength", *content, "--steps", "2", "-o", str(tmp_path)]) == 0
    strip = np.asarray(Image.open(tmp_path / "strength.png"))
    own = to_onnx(Hypernetwork().generate(Picture(landscape(128)))).SerializeToString()
    assert np.array_equal(strip[:, :128], landscape(128))
    assert np.array_equal(
        strip[:, 128:256], Stylizer.from_bytes(own, "own").stylize(landscape(128))
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("strength --steps 1", "steps is 1; allowed are 2 to 100"),
        ("strength --steps 99999999999", "steps is 99999999999; allowed are 2 to 100"),
        ("random --steps 0", "steps is 0; allowed are 2 to 100"),
        ("random --seed -1", "seed is -1; allowed are 0 to"),
        ("texture --steps 0", "steps is 0; it starts at 1"),
        ("texture --seed -1", "seed is -1; allowed are 0 to"),
        ("table1 --num-runs 0", "number of runs is 0; it starts at 1"),
        ("table1 --threads -1", "threads is -1; allowed are 0"),
        ("formats --num-runs 0", "number of runs is 0; it starts at 1"),
    ],
)
def test_bad_numbers_are_named(
    line: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["experiment", *line.split()]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--num-runs", "number of runs is 0"),
        ("--crop", "crop is 0; allowed are 64 to 272"),
        ("--batch-styles", "number of styles is 0"),
    ],
)
def test_bad_numbers_of_training_are_named(
    option: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="pip install '.[train]'")
    assert main(["experiment", "training", option, "0"]) == 2
    assert words in capsys.readouterr().err


def test_table1_has_a_row_for_each_architecture(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "table1", "--num-runs", "1", "--threads", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 6
    assert "1,677,635" in lines[-1]


def test_wrong_input_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "interpolation", "--steps", "1", "-o", str(tmp_path)]) == 2
    assert "steps is 1; allowed are 2 to 100" in capsys.readouterr().err
    write_bytes(tmp_path / "a.png", encode_png(ARTWORKS["mosaic"](64)))
    one = ["--style", str(tmp_path / "a.png"), "-o", str(tmp_path)]
    assert main(["experiment", "interpolation", *one]) == 2
    assert "two styles" in capsys.readouterr().err
    assert main(["experiment", "random", *one]) == 2
    assert "at least 2" in capsys.readouterr().err
