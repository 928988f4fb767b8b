"""Networks, neighbours, representatives, the map, and the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.overview import places, representatives
from tinystyle.catalogue.parts import part_path
from tinystyle.cli import main
from tinystyle.commands import catalogue as catalogue_command
from tinystyle.commands.export.command import main as export_net
from tinystyle.errors import ModelError, OptionError
from tinystyle.pictures.examples import landscape
from tinystyle.runtime.stylizer import Stylizer


def test_an_exported_network_is_that_of_export_net(
    artworks: Path, folder: Path, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.onnx", tmp_path / "other.onnx"
    words = ["catalogue", "export", str(folder), "--id", "dutch/d.png", "-o", str(one)]
    assert main(words) == 0
    assert export_net(["--style", str(artworks / "dutch/d.png"), "-o", str(other)]) == 0
    first, second = Stylizer.load(one), Stylizer.load(other)
    assert first.manifest == second.manifest
    difference = np.abs(first.stylize(landscape(160)).astype(int) - second.stylize(landscape(160)))
    assert np.median(difference) == 0 and difference.max() <= 2
    assert one.stat().st_size == other.stat().st_size


def test_near_misses_none(folder: Path) -> None:
    catalogue = Catalogue(folder)
    random = np.random.default_rng(0)
    codes = random.normal(size=(3000, catalogue.plan.code_length)).astype(np.float16)
    codes[7] = codes[2500]
    catalogue = catalogue.with_codes([str(k) for k in range(len(codes))], codes)
    wanted = codes[2500]
    found = catalogue.near(wanted, 20)
    scaled = codes.astype(np.float64) / codes.astype(np.float32).std(axis=0)
    distances = np.sqrt(((scaled - scaled[2500]) ** 2).mean(axis=1))
    assert [int(n.id) for n in found] == np.argsort(distances, kind="stable")[:20].tolist()
    assert found[0].id == "7" and found[1].distance == 0.0
    assert np.allclose([n.distance for n in found], np.sort(distances)[:20], atol=1e-5)


def test_representatives_stand_for_groups() -> None:
    random = np.random.default_rng(1)
    middles = random.normal(size=(3, 40)) * 5
    sizes = [50, 30, 10]
    codes = np.concatenate(
        [m + random.normal(size=(n, 40)) for m, n in zip(middles, sizes, strict=True)]
    ).astype(np.float16)
    groups = np.repeat([0, 1, 2], sizes)
    assert groups[representatives(codes, 3)].tolist() == [0, 1, 2]
    assert sorted(representatives(codes[:4], 9)) == [0, 1, 2, 3]
    assert representatives(codes[:0], 3) == []
    with pytest.raises(OptionError):
        representatives(codes, 0)


def test_on_the_map_like_lies_beside_like() -> None:
    random = np.random.default_rng(2)
    along = np.linspace(-3.0, 3.0, 50)
    codes = (along[:, None] * random.normal(size=(1, 40))).astype(np.float16)
    across = np.array([place.x for place in places([str(k) for k in range(50)], codes)])
    assert np.all(np.diff(across) > 0) or np.all(np.diff(across) < 0)
    assert across.min() > 0 and across.max() < 1


def test_the_map_is_one_page(folder: Path, tmp_path: Path) -> None:
    assert main(["catalogue", "map", str(folder), "-o", str(tmp_path / "map.html")]) == 0
    page = (tmp_path / "map.html").read_text()
    assert page.count("<li ") == 6 and "data:image/webp" in page and "://" not in page
    assert 'aria-label="dutch/d.png · licence: CC BY"' in page


def test_the_command(
    artworks: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalogue", "near", str(folder), "--style", str(artworks / "e.png")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "0.0000  e.png"
    assert main(["catalogue", "near", str(folder), "--id", "f.png", "--count", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["catalogue", "info", str(folder)]) == 0
    assert "styles: 6" in capsys.readouterr().out
    strip = tmp_path / "strip"
    words = ["catalogue", "export", str(folder), "--representatives", "2", "-o", str(strip)]
    assert main(words) == 0
    assert len([*strip.glob("*.onnx")]) == 2
    for bad in ("nothing.png", "text.jpg"):
        words = ["catalogue", "export", str(folder), "--id", bad, "-o", str(tmp_path / "x.onnx")]
        assert main(words) == 2
        assert bad in capsys.readouterr().err


def test_a_search_that_will_take_long_says_what_is_quicker(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["catalogue", "near", str(folder), "--id", "f.png"]
    assert main(words) == 0
    quiet = capsys.readouterr()
    assert quiet.err == ""
    monkeypatch.setattr(catalogue_command, "_MANY", 5)
    assert main(words) == 0
    told = capsys.readouterr()
    assert told.out == quiet.out and "catalogue index makes it quicker" in told.err


def test_what_is_not_whole_or_of_another_hypernetwork_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    (copy / "parts").mkdir(parents=True)
    facts = (folder / "catalogue.json").read_text()
    (copy / "catalogue.json").write_text(facts)
    with pytest.raises(ModelError, match="3 of 3 parts are missing"):
        Catalogue(copy)
    for part in range(3):
        part_path(copy, part).write_bytes(part_path(folder, part).read_bytes())
    version = Catalogue(copy).plan.hypernetwork
    (copy / "catalogue.json").write_text(facts.replace(version, "0" * 16))
    with pytest.raises(ModelError, match="its codes are of hypernetwork 0000"):
        Catalogue(copy).network("a.png")
    part_path(copy, 0).write_bytes(b"PAR1")
    with pytest.raises(ModelError, match="cannot be read"):
        len(Catalogue(copy))
