"""``tinystyle android-assets``: whole, true to its index, usable by onnxruntime, never mixed up."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.android.conftest import byte_model
from tests.network.painted_regions import joined
from tinystyle.catalogue.overview import representatives
from tinystyle.cli import main as tinystyle
from tinystyle.export import android_assets
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.network import reference
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import read_picture, to_batch, to_uint8
from tinystyle.runtime.given.statistics import GivenForm
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.weights import released


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Assets of the four artworks and of a picture with an awkward name."""
    root = tmp_path_factory.mktemp("app")
    own = root / "My Cät_& Dog (2).PNG"
    Image.fromarray(ARTWORKS["woodcut"](160)[:, :120]).save(own)
    arguments = ["android-assets", "--style", str(own), "--output", str(root / "assets")]
    assert tinystyle(arguments) == 0
    return root / "assets"


def _index(folder: Path) -> dict[str, Any]:
    index: dict[str, Any] = json.loads((folder / "index.json").read_text())
    return index


def test_the_index_tells_exactly_what_is_there(folder: Path) -> None:
    index = _index(folder)
    assert (index["format"], index["version"]) == ("tinystyle-android-assets", 1)
    tiles = index["tiles"]
    told = {"index.json"}
    licensed = (*index["styles"], index["hypernetwork"], index["template"], tiles)
    for entry in (*licensed, *tiles["measuring"]):
        data = (folder / entry["model"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert len(data) == entry["size_bytes"]
        told |= {entry["model"], *(entry[key] for key in ("picture", "places") if key in entry)}
    assert all(entry["licence"] == "Apache-2.0" for entry in licensed)
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == told
    copied = folder / index["hypernetwork"]["model"]
    assert copied.read_bytes() == released().hypernetwork.read_bytes()


def test_names_are_plain_and_titles_are_not(folder: Path) -> None:
    styles = _index(folder)["styles"]
    assert [style["name"] for style in styles] == [*ARTWORKS, "my-c-t_-dog-2"]
    assert styles[-1]["title"] == "My Cät & Dog (2)"
    assert "formula" in styles[0]["origin"] and "owner" in styles[-1]["origin"]


def test_the_networks_take_bytes_of_any_size(folder: Path) -> None:
    for style in _index(folder)["styles"]:
        painter = Stylizer.load(folder / style["model"])
        assert painter.manifest.bytes_io
        assert painter.fixed_size is None
    photograph = landscape(96)[None, :70]
    painted = painter.run_bytes(photograph)
    assert painted.shape == photograph.shape
    assert np.abs(painted.astype(int) - photograph).mean() > 5  # it does paint


def test_weights_put_into_the_template_make_the_style_of_the_weights(folder: Path) -> None:
    template = _index(folder)["template"]
    model = bytearray((folder / template["model"]).read_bytes())
    places = json.loads((folder / template["places"]).read_text())
    assert places["sha256"] == template["sha256"]
    net = Hypernetwork().generate(read_picture(folder / "pictures" / "mosaic.jpg"))
    values, start = net.flat(), 0
    for place in places["places"]:
        end = start + place["count"]
        part = values[start:end].astype("<f4").tobytes()
        model[place["offset"] : place["offset"] + len(part)] = part
        start = end
    assert start == len(values)
    painter = Stylizer.from_bytes(bytes(model), "made by hand")
    assert painter.manifest.notes["style_name"] == "made on a device"
    photograph = landscape(96)
    wanted = reference.stylize(net, to_batch(photograph))
    painted = painter.run_bytes(photograph[None])[0]
    assert np.abs(painted.astype(int) - to_uint8(wanted)).max() <= 1


def test_networks_for_tiles_weigh_nothing_and_measure_all_norms(folder: Path) -> None:
    tiles = _index(folder)["tiles"]
    models = [tiles, *tiles["measuring"]]
    packed = [len(zlib.compress((folder / entry["model"]).read_bytes())) for entry in models]
    assert len(packed) == 7 and max(packed) < 8000
    painter = Stylizer.load(folder / tiles["model"])
    form = GivenForm.of(painter.manifest, "tiles")
    assert painter.manifest.bytes_io and painter.fixed_size is None
    assert (tiles["channels"], tiles["margin"]) == (form.channels, form.margin)
    assert tiles["multiple"] == form.multiple
    assert len(tiles["measuring"]) == form.passes
    assert sum(entry["channels"] for entry in tiles["measuring"]) == form.channels
    for entry in models:
        places = json.loads((folder / entry["places"]).read_text())
        assert places["sha256"] == entry["sha256"]
        assert places["weights"] == Hypernetwork().spec.parameter_count


def test_thumbnails_show_the_middle_of_the_artwork(folder: Path) -> None:
    styles = {style["name"]: style for style in _index(folder)["styles"]}
    with Image.open(folder / styles["my-c-t_-dog-2"]["picture"]) as thumbnail:
        assert (thumbnail.size, thumbnail.mode) == ((192, 192), "RGB")
        shown = np.asarray(thumbnail.convert("L"), np.float32)
    middle = Image.fromarray(ARTWORKS["woodcut"](160)[20:140, :120]).convert("L")
    wanted = np.asarray(middle.resize((192, 192), Image.Resampling.BICUBIC), np.float32)
    assert np.abs(shown - wanted).mean() < 6


def test_a_second_run_replaces_the_first_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(android_assets, "ARTWORKS", {"rectangles": ARTWORKS["rectangles"]})
    first = android_assets.write_android_assets(tmp_path / "assets")
    before = {p: p.read_bytes() for p in first.folder.rglob("*") if p.is_file()}
    (first.folder / "models" / "stale.onnx").write_bytes(b"of yesterday")
    second = android_assets.write_android_assets(tmp_path / "assets")
    assert {p: p.read_bytes() for p in second.folder.rglob("*") if p.is_file()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["assets"]  # nothing temporary is left
    assert second.size_bytes == sum(map(len, before.values()))


def test_a_failure_leaves_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "index.json").write_text("{}")
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n")
    arguments = ["android-assets", "--output", str(folder), "--style", str(damaged)]
    assert tinystyle(arguments) == 4
    assert "damaged.png" in capsys.readouterr().err
    assert (folder / "index.json").read_text() == "{}"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["assets", "damaged.png"]


def test_a_folder_of_others_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    assert tinystyle(["android-assets", "--output", str(tmp_path)]) == 7
    assert "thesis.txt" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "irreplaceable"
    file = tmp_path / "thesis.txt"
    assert tinystyle(["android-assets", "--output", str(file)]) == 7
    assert "is a file" in capsys.readouterr().err


def test_networks_that_were_made_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(android_assets, "ARTWORKS", {"mosaic": ARTWORKS["mosaic"]})
    command = ["android-assets", "--output", str(tmp_path / "assets"), "--network"]
    given = {"Mosaic.onnx": byte_model(joined(1, None)), "plain net.onnx": byte_model()}
    for name, model in given.items():
        (tmp_path / name).write_bytes(model)
    assert tinystyle([*command, *(str(tmp_path / name) for name in given)]) == 0
    own, *networks = _index(tmp_path / "assets")["styles"]
    assert own["name"] == "mosaic"
    assert [(style["name"], style["title"]) for style in networks] == [
        ("mosaic-2", "Mosaic"),
        ("plain-net", "Plain net"),
    ]
    for style, model in zip(networks, given.values(), strict=True):
        copied = (tmp_path / "assets" / style["model"]).read_bytes()
        assert copied == model
        assert hashlib.sha256(copied).hexdigest() == style["sha256"]
        assert "network given" in style["origin"]
    painted = read_picture(tmp_path / "assets" / networks[0]["picture"]).rgb.astype(int)
    off = np.abs(painted - landscape(192)).mean(axis=(0, 2))
    assert off[100:].max() < 12 < off[:92].mean()  # the first region left, the kept one right

    options = ExportOptions(graph=GraphOptions())
    floats = onnx_bytes(prepare(joined(1, None), options.graph), options)
    fixed = ExportOptions(graph=GraphOptions(io=PictureIO.UINT8), size=(64, 64))
    small = onnx_bytes(prepare(joined(1, None), fixed.graph), fixed)
    capsys.readouterr()
    before = _index(tmp_path / "assets")
    for model, said, code in (
        (floats, "takes floats; for the app export it with --io uint8", 2),
        (small, "is for 64x64; for the app export it with no --size", 2),
        (byte_model(strength_input=True), "export it with no --strength input", 2),
        (b"no model", "net.onnx", 5),
    ):
        (tmp_path / "net.onnx").write_bytes(model)
        assert tinystyle([*command, str(tmp_path / "net.onnx")]) == code
        assert said in capsys.readouterr().err
    assert _index(tmp_path / "assets") == before


def test_styles_of_a_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    from tests.catalogue.conftest import draw
    from tinystyle.catalogue.build import BuildOptions, build
    from tinystyle.catalogue.catalogue import Catalogue

    monkeypatch.setattr(android_assets, "ARTWORKS", {"mosaic": ARTWORKS["mosaic"]})
    made = tmp_path / "catalogue"
    build(draw(tmp_path / "artworks"), made, BuildOptions(workers=1, preview=False))
    command = ["android-assets", "-o", str(tmp_path / "assets"), "--catalogue", str(made)]
    assert tinystyle([*command, "--id", "dutch/d.png", "e.png", "dutch/d.png"]) == 0
    own, first, second = _index(tmp_path / "assets")["styles"]
    assert own["name"] == "mosaic"
    assert (first["name"], first["title"], second["name"]) == ("d", "D", "e")
    assert first["origin"] == "the artwork dutch/d.png of a catalogue; licence: CC BY"
    assert "its rights are its owner's" in second["origin"]

    catalogue = Catalogue(made)
    photograph = landscape(192)
    painter = Stylizer.load(tmp_path / "assets" / first["model"])
    assert painter.manifest.bytes_io and painter.fixed_size is None
    wanted = to_uint8(reference.stylize(catalogue.network("dutch/d.png"), to_batch(photograph)))
    painted = painter.run_bytes(photograph[None])[0]
    assert np.abs(painted.astype(int) - wanted).max() <= 1
    shown = read_picture(tmp_path / "assets" / first["picture"]).rgb
    assert np.abs(shown.astype(int) - painted).mean() < 6  # JPEG

    assert tinystyle([*command, "--representatives", "3"]) == 0
    chosen = representatives(catalogue.codes, 3)
    styles = _index(tmp_path / "assets")["styles"][1:]
    assert [Path(catalogue.ids[k]).stem for k in chosen] == [style["name"] for style in styles]
    assert tinystyle(command) == 0  # twelve, of which there are six
    assert len(_index(tmp_path / "assets")["styles"]) == 7

    before = _index(tmp_path / "assets")
    capsys.readouterr()
    for more, said, code in (
        (["--id", "text.jpg"], "text.jpg is no style", 2),
        (["--id", "nothing"], "no style 'nothing'", 2),
        (["--representatives", "0"], "0", 2),
        (["--catalogue", str(tmp_path)], "catalogue.json is not there", 5),
    ):
        assert tinystyle([*command, *more]) == code
        assert said in capsys.readouterr().err
    assert tinystyle(["android-assets", "-o", str(tmp_path / "x"), "--id", "a.png"]) == 2
    assert "give --catalogue" in capsys.readouterr().err
    assert _index(tmp_path / "assets") == before and not (tmp_path / "x").exists()
