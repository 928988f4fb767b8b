"""Groups of styles that are one: all of them, no others, in bounded time."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("pyarrow")

from tinystyle.catalogue import duplicates as module
from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.catalogue import Catalogue, scale_of
from tinystyle.catalogue.duplicates import close_pairs, duplicates
from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import ARTWORKS


def _every(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.ones(len(one), bool)


@pytest.mark.parametrize("distance", [0.0, 0.05, 0.3])
def test_all_near_pairs_are_found_and_no_others(
    distance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS", 64)  # many portions, and pairs across them
    monkeypatch.setattr(module, "_COLUMNS", 100)
    monkeypatch.setattr(module, "_PAIRS", 7)
    random = np.random.default_rng(0)
    middles = random.normal(size=(150, 90))
    noise = random.choice([0.0, 0.01, 0.05, 0.2], size=(600, 1)) * random.normal(size=(600, 90))
    codes = (middles[random.integers(150, size=600)] + noise).astype(np.float16)
    scale = scale_of([codes])
    scaled = codes.astype(np.float64) * scale
    apart = np.sqrt(((scaled[:, None] - scaled) ** 2).mean(axis=2))
    wanted = {(i, j) for i, j in zip(*np.nonzero(apart <= distance), strict=True) if i < j}
    assert wanted
    found = [
        (min(pair), max(pair))
        for one, other in close_pairs(codes, scale, distance, _every)
        for pair in zip(one.tolist(), other.tolist(), strict=True)
    ]
    assert len(found) == len(set(found)) and set(found) == wanted


def test_the_same_artwork_is_found_however_it_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "artworks"
    folder.mkdir()
    mosaic, woodcut = (Image.fromarray(ARTWORKS[name](300)) for name in ("mosaic", "woodcut"))
    mosaic.save(folder / "a.png")
    (folder / "copy.png").write_bytes((folder / "a.png").read_bytes())
    mosaic.save(folder / "b.jpg", quality=92)
    woodcut.save(folder / "c.png")
    woodcut.resize((280, 280), Image.Resampling.LANCZOS).save(folder / "d.png")
    stream = io.BytesIO()
    mosaic.rotate(90).save(stream, "PNG")
    (folder / "e.png").write_bytes(stream.getvalue())
    for name in ("swirls", "rectangles"):
        Image.fromarray(ARTWORKS[name](300)).save(folder / f"{name}.png")
    build(folder, tmp_path / "made", BuildOptions(workers=1, preview=False))
    first, second = duplicates(Catalogue(tmp_path / "made"), 0.2)
    assert [style.id for style in first] == ["a.png", "b.jpg", "copy.png"]
    assert [style.same_file for style in first] == [None, None, "a.png"]
    assert first[0].distance == first[2].distance == 0.0 < first[1].distance < 0.2
    assert [style.id for style in second] == ["c.png", "d.png"]

    words = ["catalogue", "duplicates", str(tmp_path / "made")]
    assert main([*words, "--distance", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "0.0000  a.png",
        "0.0000  copy.png  the same file as a.png",
        "",
        "1 groups, 1 styles more than artworks",
    ]
    assert main([*words, "--distance", "nan"]) == 2
    assert "distance" in capsys.readouterr().err


def test_a_chain_is_one_group(tmp_path: Path, folder: Path) -> None:
    codes = np.zeros((40, 720), np.float16)
    codes[:20] += np.arange(20, dtype=np.float16)[:, None] * np.float16(0.01)
    codes[20:] = np.random.default_rng(0).normal(size=(20, 720)).astype(np.float16) + 4
    catalogue = Catalogue(folder).with_codes([str(k) for k in range(40)], codes[::-1].copy())
    (group,) = duplicates(catalogue, 0.01)
    assert [style.id for style in group] == [str(k) for k in range(20, 40)]
    assert group[-1].distance > 0.05  # farther than one step


def test_many_that_are_all_alike_take_no_time_for_each_pair(folder: Path) -> None:
    """Their pairs would be 12.5 million."""
    random = np.random.default_rng(0)
    codes = (1.0 + 0.01 * random.normal(size=(5000, 720))).astype(np.float16)
    codes[2500:] += np.float16(8.0)
    codes[100] = codes[50]
    looked = 0

    def seen(done: int, rows: int) -> None:
        nonlocal looked
        looked = done

    catalogue = Catalogue(folder).with_codes([str(k) for k in range(5000)], codes)
    first, second = duplicates(catalogue, 0.1, seen=seen)
    assert (len(first), len(second), looked) == (2500, 2500, 4999)


def test_what_is_no_distance_is_refused(folder: Path) -> None:
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(OptionError, match="allowed are 0 to 1"):
            duplicates(Catalogue(folder), wrong)
