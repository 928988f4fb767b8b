"""The callable that engines are given."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pa = pytest.importorskip("pyarrow")

from tests.conftest import encode
from tinystyle import __version__
from tinystyle.catalogue.exporter import StyleExporter
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import ARTWORKS

RGB = ARTWORKS["mosaic"](96)
PNG = encode(Image.fromarray(RGB), "PNG")


@pytest.fixture(scope="module")
def exporter() -> StyleExporter:
    return StyleExporter()


def test_pictures_of_every_form_have_the_same_code(exporter: StyleExporter, tmp_path: Path) -> None:
    path = tmp_path / "art.png"
    path.write_bytes(PNG)
    forms: list[Any] = [
        *(PNG, {"bytes": PNG, "path": None}, {"bytes": None, "path": str(path)}),
        *(RGB, Image.fromarray(RGB)),
    ]
    made = exporter({"image": forms, "title": list("abcde")})
    assert made["error"] == [None] * 5
    assert len(set(made["code"])) == 1
    assert made["title"] == list("abcde") and "image" not in made
    assert made["width"] == [96] * 5
    assert made["tinystyle"] == [__version__] * 5
    assert made["palette"][0] and all(len(color) == 7 for color in made["palette"][0])
    assert made["preview"] == [None] * 5


def test_bad_pictures_are_rows_with_an_error(exporter: StyleExporter) -> None:
    bomb = encode(Image.new("1", (20_000, 20_000)), "PNG")
    small = encode(Image.fromarray(RGB[:1, :1]), "PNG")
    bad: list[Any] = [b"", b"text", PNG[:500], bomb, small, None, {}, 7, RGB.astype(float)]
    made = exporter({"image": [*bad, PNG]})
    assert all(isinstance(error, str) and "\n" not in error for error in made["error"][:-1])
    assert made["error"][-1] is None and made["code"][-1] is not None
    assert made["code"][:-1] == [None] * len(bad)
    assert "at most" in made["error"][3] and "32 px" in made["error"][4]
    assert len(made["sha256"][1]) == 64


def test_arrow_in_arrow_out(exporter: StyleExporter) -> None:
    table = pa.table({"image": [PNG, b"text"], "licence": ["CC0", "CC BY"]})
    made = exporter(table)
    assert isinstance(made, pa.Table)
    assert made["licence"].to_pylist() == ["CC0", "CC BY"]
    assert made["code"].to_pylist()[0] == exporter({"image": [PNG]})["code"][0]
    assert made.schema.field("palette").type == pa.list_(pa.string())


def test_it_can_be_pickled_and_names_what_is_missing(exporter: StyleExporter) -> None:
    exporter({"image": [PNG]})
    again = pickle.loads(pickle.dumps(exporter))
    assert again({"image": [PNG]})["code"] == exporter({"image": [PNG]})["code"]
    with pytest.raises(OptionError, match="no column 'image' of pictures; there are picture"):
        exporter({"picture": [PNG]})


def test_a_preview_is_a_small_painted_photograph() -> None:
    exporter = StyleExporter(image="art", preview=True)
    batch: dict[str, Any] = {"art": [PNG, ARTWORKS["swirls"](96)]}
    first, second = exporter(batch)["preview"]
    with Image.open(io.BytesIO(first)) as image:
        assert image.size == (64, 64) and image.format == "WEBP"
        shown = np.asarray(image.convert("RGB")).astype(int)
    with Image.open(io.BytesIO(second)) as image:
        assert np.abs(shown - np.asarray(image.convert("RGB"))).mean() > 10


def test_hugging_face_datasets_take_it(exporter: StyleExporter) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"image": [PNG, b"text"], "title": ["a", "b"]})
    made = data.map(exporter, batched=True, remove_columns=["image"], keep_in_memory=True)
    assert made["title"] == ["a", "b"]
    assert made[0]["code"] == exporter({"image": [PNG]})["code"][0]
    assert made[1]["error"] is not None
