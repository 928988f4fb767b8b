"""The cost of rows, and the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("pyarrow")

from tinystyle.benchmarks.experiments.catalogue import RowCost, to_markdown
from tinystyle.cli import main
from tinystyle.pictures.examples import ARTWORKS


def test_the_table_says_which_share_is_the_floor() -> None:
    text = to_markdown(0.04, [RowCost("local", 2, 100, 0.025, 0.05, 1600.4)])
    assert "| local | 2 | 100 | 40.0 | 50.0 | 80% | 1,600 |" in text


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, draw in ARTWORKS.items():
        Image.fromarray(draw(64)).save(tmp_path / f"{name}.png")
    words = ["experiment", "catalogue", str(tmp_path), "--workers", "1", "--codes", "50"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "| local | 1 | 4 |" in out and "near: 50 codes" in out
    assert main(["experiment", "catalogue", str(tmp_path), "--workers", "3"]) == 2
    assert "too few for 3 workers" in capsys.readouterr().err
