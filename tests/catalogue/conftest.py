"""A folder of artworks, two of which cannot be used, and a catalogue of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.parts import Plan, catalogue_schema, part_path
from tinystyle.pictures.examples import ARTWORKS

pytest.importorskip("pyarrow")


def draw(folder: Path) -> Path:
    """Six artworks, one in a folder of its own, a text, and one whose end is missing."""
    (folder / "dutch").mkdir(parents=True)
    names = ["a.png", "b.png", "c.png", "dutch/d.png"]
    for name, formula in zip(names, ARTWORKS.values(), strict=True):
        Image.fromarray(formula(96)).save(folder / name)
    Image.fromarray(np.rot90(ARTWORKS["mosaic"](96))).save(folder / "e.png")
    Image.fromarray(ARTWORKS["swirls"](96)[:64]).save(folder / "f.png")
    (folder / "text.jpg").write_bytes(b"not a picture")
    whole = (folder / "a.png").read_bytes()
    (folder / "torn.png").write_bytes(whole[: len(whole) // 2])
    (folder / "metadata.csv").write_text("file_name,licence\na.png,CC0\ndutch/d.png,CC BY\n")
    return folder


def write_catalogue(
    folder: Path, codes: NDArray[np.float16], *, bad: frozenset[int] = frozenset(), part: int = 64
) -> Catalogue:
    """One with these codes, which no hypernetwork has made; rows of ``bad`` are errors."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plan = Plan(len(codes), part, "0" * 64, False, "0", "0" * 16, codes.shape[1])
    plan.begin(folder)
    (folder / "parts").mkdir()
    for k in range(plan.parts):
        rows = [
            {
                "id": str(row),
                "sha256": f"{row:064}",
                "code": None if row in bad else codes[row].tobytes(),
                "error": "bad" if row in bad else None,
            }
            for row in range(k * part, min(len(codes), (k + 1) * part))
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=catalogue_schema()), part_path(folder, k))
    return Catalogue(folder)


@pytest.fixture(scope="session")
def artworks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("catalogue") / "artworks")


@pytest.fixture(scope="session")
def folder(artworks: Path) -> Path:
    """A catalogue in parts of three rows, by one process."""
    made = artworks.parent / "built"
    build(artworks, made, BuildOptions(workers=1, rows_per_part=3))
    return made
