"""A folder of artworks, two of which cannot be used, and a catalogue of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinystyle.catalogue.build import BuildOptions, build
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


@pytest.fixture(scope="session")
def artworks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("catalogue") / "artworks")


@pytest.fixture(scope="session")
def folder(artworks: Path) -> Path:
    """A catalogue in parts of three rows, by one process."""
    made = artworks.parent / "built"
    build(artworks, made, BuildOptions(workers=1, rows_per_part=3))
    return made
