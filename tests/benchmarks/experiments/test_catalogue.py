"""The cost of rows, and the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pyarrow")

from tests.catalogue.conftest import write_catalogue
from tinystyle.benchmarks.experiments.catalogue import RowCost, grown, measure_index, to_markdown
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
    assert "| local | 1 | 4 |" in out and "near: 50 codes" in out and "duplicates: " in out
    assert "index" not in out
    assert main(["experiment", "catalogue", str(tmp_path), "--workers", "3"]) == 2
    assert "too few for 3 workers" in capsys.readouterr().err


def test_a_grown_catalogue_and_what_its_index_finds(tmp_path: Path) -> None:
    pytest.importorskip("usearch", reason="usearch is not installed (the extra [index])")
    random = np.random.default_rng(0)
    codes = random.normal(size=(30, 720)).astype(np.float16)
    large = grown(write_catalogue(tmp_path / "own", codes, part=16), 300, tmp_path / "grown")
    assert len(large) == 300 and large.plan.parts == 19 and len(set(large.ids)) == 300
    cost = measure_index(large, tmp_path / "index")
    assert cost.codes == 300 and 0.9 < cost.recall <= 1.0 and cost.worst <= cost.recall
