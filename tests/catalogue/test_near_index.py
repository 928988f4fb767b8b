"""The approximate index: what it finds is exact, what it misses is little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("pyarrow")
pytest.importorskip("usearch", reason="usearch is not installed (the extra [index])")

from tests.catalogue.conftest import write_catalogue
from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.near_index import NearIndex
from tinystyle.cli import main
from tinystyle.errors import ModelError, OptionError


def _clustered(rows: int, seed: int = 0) -> NDArray[np.float16]:
    random = np.random.default_rng(seed)
    middles = random.normal(size=(40, 720))
    codes = middles[random.integers(40, size=rows)] + 0.5 * random.normal(size=(rows, 720))
    return (codes * random.uniform(0.3, 3.0, size=720)).astype(np.float16)


def test_it_finds_what_looking_at_all_finds(tmp_path: Path) -> None:
    codes = _clustered(3000)
    catalogue = write_catalogue(tmp_path / "catalogue", codes, bad=frozenset({0, 70, 2999}))
    told: list[tuple[int, int]] = []
    index = NearIndex.build(
        catalogue, tmp_path / "index", seen=lambda *numbers: told.append(numbers)
    )
    assert len(index) == len(catalogue) == 2997
    assert told[0] == (0, 3000) and told[-1] == (3000, 3000)
    found = exact = themselves = 0
    for row in range(1, 200, 7):
        wanted = catalogue.near(codes[row], 10)
        near = index.near(codes[row], 10)
        themselves += near[0].id == str(row) and near[0].distance == 0.0
        known = {n.id: n.distance for n in wanted}
        for neighbour in near:  # what is found has its true distance
            if neighbour.id in known:
                assert neighbour.distance == pytest.approx(known[neighbour.id], rel=1e-6)
        found += len({n.id for n in near} & set(known))
        exact += len(wanted)
    assert found / exact > 0.95
    assert themselves >= 27  # of 29: threads put the graph together in another order every time
    assert len(index.near(codes[5], 5000)) > 2900
    again = NearIndex(Catalogue(tmp_path / "catalogue"), tmp_path / "index")
    assert again.near(codes[5]) == index.near(codes[5])


def test_the_command(
    artworks: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = tmp_path / "index"
    assert main(["catalogue", "index", str(folder), "-o", str(index)]) == 0
    assert capsys.readouterr().out == f"{index}: 6 styles\n"
    for query in (["--style", str(artworks / "e.png")], ["--id", "e.png"]):
        words = ["catalogue", "near", str(folder), *query, "--count", "3"]
        assert main(words) == 0
        exact = capsys.readouterr().out
        assert main([*words, "--index", str(index)]) == 0
        assert capsys.readouterr().out == exact
        assert exact.splitlines()[0] == "0.0000  e.png"
    assert main(["catalogue", "index", str(folder), "-o", str(index)]) == 0  # again
    assert main(["catalogue", "index", str(folder), "-o", str(artworks)]) == 2
    assert "is no index of codes" in capsys.readouterr().err
    assert (artworks / "a.png").exists()


def test_what_is_no_index_of_this_catalogue_is_refused(tmp_path: Path) -> None:
    codes = _clustered(300)
    catalogue = write_catalogue(tmp_path / "catalogue", codes)
    NearIndex.build(catalogue, tmp_path / "index")
    other = write_catalogue(tmp_path / "other", codes[::-1].copy())
    with pytest.raises(ModelError, match="of another catalogue"):
        NearIndex(other, tmp_path / "index")
    with pytest.raises(ModelError, match="no index of codes"):
        NearIndex(catalogue, tmp_path)
    index = NearIndex(catalogue, tmp_path / "index")
    with pytest.raises(OptionError, match="a code is"):
        index.near(codes[0][:5])
    graph = tmp_path / "index" / "codes.usearch"
    whole = graph.read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 2000):
        graph.write_bytes(whole[:length])
        with pytest.raises(ModelError):
            NearIndex(catalogue, tmp_path / "index")
