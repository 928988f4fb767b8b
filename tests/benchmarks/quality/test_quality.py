"""The evaluation: what it says of pictures whose quality is known."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.benchmarks.experiments.gatys import equal_steps, optimise_pixels
from tinystyle.benchmarks.quality.evaluation import Quality, evaluate, square
from tinystyle.benchmarks.quality.painters import Batch, GeneratedPainter, ReadyPictures
from tinystyle.benchmarks.quality.pair import Pair
from tinystyle.benchmarks.quality.report import write_reports, write_size_reports
from tinystyle.benchmarks.quality.table import COLUMNS, artwork_rows, reference_rows
from tinystyle.cli import main
from tinystyle.errors import OptionError, PictureError
from tinystyle.files import write_bytes
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import encode_png, to_batch
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import MOMENTS
from tinystyle.training.perceptual import vgg as perceptual


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    folder = tmp_path_factory.mktemp("pictures")
    contents = [folder / "content" / f"{name}.png" for name in ("near", "far")]
    styles = [folder / "style" / f"{name}.png" for name in ("mosaic", "swirls")]
    for index, path in enumerate(contents):
        write_bytes(path, encode_png(np.roll(landscape(80), 20 * index, axis=1)))
    for path in styles:
        write_bytes(path, encode_png(ARTWORKS[path.stem](90)))
    return contents, styles


class Unchanged:
    """Paints nothing."""

    live = True

    def paint(self, photographs: Batch, contents: Sequence[str], style: Path) -> Batch:
        return photographs


class Copyist:
    """Gives the style picture back."""

    live = False

    def paint(self, photographs: Batch, contents: Sequence[str], style: Path) -> Batch:
        return np.repeat(to_batch(square(style, photographs.shape[2])), len(photographs), axis=0)


def test_the_unchanged_photograph(vgg_file: Path, pictures: tuple[list[Path], list[Path]]) -> None:
    quality = evaluate(Unchanged(), perceptual.load(str(vgg_file)), *pictures, size=64)
    assert [(p.content, p.style) for p in quality.pairs] == [
        ("near", "mosaic"),
        ("near", "swirls"),
        ("far", "mosaic"),
        ("far", "swirls"),
    ]
    assert quality.style_ratio == pytest.approx(1.0, rel=1e-4)
    for pair in quality.pairs:
        assert pair.content_relu3_3 == pytest.approx(0.0, abs=1e-9)
        assert pair.content_relu4_1 == pytest.approx(0.0, abs=1e-9)
        assert pair.ssim == pytest.approx(1.0, abs=1e-5)
        assert pair.loss == pytest.approx(pair.loss_unchanged, rel=1e-5)
        assert pair.grid_energy == pytest.approx(1.0, rel=1e-4)
        assert pair.grid_excess == pytest.approx(1.0, rel=1e-4)
        assert pair.blob == 0.0
        assert pair.noise_response == pytest.approx(1.0, rel=1e-3)
        assert pair.grid_ratio <= 1.0 + 1e-6
        assert pair.palette > 1.0 and pair.gram_relative > 0.01
    assert quality.sheet.shape == (3 * 64, 3 * 64, 3)
    _same(quality.pairs, quality.unchanged)


def test_the_style_picture_itself(vgg_file: Path, pictures: tuple[list[Path], list[Path]]) -> None:
    quality = evaluate(Copyist(), perceptual.load(str(vgg_file)), *pictures, size=64)
    assert quality.style_ratio == pytest.approx(0.0, abs=1e-6)
    for pair in quality.pairs:
        assert pair.own_style_nearest == 1.0
        assert pair.gram == pytest.approx(0.0, abs=1e-6)
        assert pair.gram_relative == pytest.approx(0.0, abs=1e-6)
        assert pair.palette == pytest.approx(0.0, abs=1e-3)
        assert 0.5 < pair.smooth_texture < 1.5
        assert 0.0 < pair.smooth_gram < 0.3
        assert pair.grid_ratio <= 1.0 + 1e-6
        assert pair.content_relu3_3 > 0.1
        assert pair.ssim < 0.9
        assert np.isnan(pair.noise_response)
    _same(quality.pairs, quality.artwork)


def _same(found: Sequence[Pair], reference: Sequence[Pair]) -> None:
    """The reference rows are what painters of nothing and of copies get."""
    for one, other in zip(found, reference, strict=True):
        assert (one.content, one.style) == (other.content, other.style)
        for field in fields(Pair)[2:]:
            value = getattr(one, field.name)
            expected = pytest.approx(value, rel=1e-3, abs=1e-4, nan_ok=True)
            assert getattr(other, field.name) == expected, field.name


def _pair(style: str, **measures: float) -> Pair:
    values = {field.name: 1.0 for field in fields(Pair)[2:]}
    return Pair("photograph", style, **{**values, **measures})


def _quality(palettes: Sequence[float]) -> Quality:
    """Two artworks, some photographs; every other photograph is nearest to its own style."""
    pairs = [
        _pair(style, palette=palette * factor, own_style_nearest=float(i % 2 == 0), blob=0.1 * i)
        for i, palette in enumerate(palettes)
        for style, factor in (("plain", 1.0), ("a|b", 10.0))
    ]
    unchanged = tuple(_pair(pair.style, palette=99.0) for pair in pairs)
    artwork = tuple(_pair(pair.style, palette=0.0, noise_response=float("nan")) for pair in pairs)
    return Quality(tuple(pairs), np.zeros((4, 4, 3), np.uint8), unchanged, artwork)


def test_rows_are_medians_of_pairs_and_means_of_shares() -> None:
    quality = _quality([1.0, 2.0, 6.0])
    plain, other = artwork_rows(quality.pairs)
    assert (plain.name, other.name) == ("plain", "a|b")
    assert (plain.values["palette"], other.values["palette"]) == (2.0, 20.0)
    assert plain.values["own_style_nearest"] == pytest.approx(2 / 3)
    assert plain.values["blob"] == pytest.approx(0.1)
    unchanged, artwork = reference_rows(quality)
    assert (unchanged.values["palette"], artwork.values["palette"]) == (99.0, 0.0)
    assert np.isnan(artwork.values["noise_response"])


def test_all_reports_have_the_table_and_a_row_an_artwork(tmp_path: Path) -> None:
    qualities = {128: _quality([1.0, 2.0, 6.0]), 512: _quality([3.0, 4.0, 5.0])}
    write_size_reports(qualities, tmp_path / "sizes", "sizes", {"size": 256})
    write_reports(qualities[128], tmp_path / "one", "one", {"size": 256})
    names = {"evaluation.json", "evaluation.md", "summary.csv"}
    one, several = ({p.name for p in (tmp_path / f).iterdir()} for f in ("one", "sizes"))
    assert one == names | {"pairs.csv", "sheet.png"}
    sized = {"pairs-128.csv", "pairs-512.csv", "sheet-128.png", "sheet-512.png"}
    assert several == names | sized
    rows = list(csv.DictReader((tmp_path / "sizes" / "summary.csv").open()))
    found = [
        (r["style_size"], r["picture"], r["artwork"], float(r["palette"]))
        for r in rows
        if r["style_size"] == "512"
    ]
    assert found == [
        ("512", "painted", "", 17.5),
        ("512", "unchanged photograph", "", 99.0),
        ("512", "the artwork itself", "", 0.0),
        ("512", "painted", "plain", 4.0),
        ("512", "painted", "a|b", 40.0),
    ]
    assert len(rows) == 10
    both = json.loads((tmp_path / "sizes" / "evaluation.json").read_text())
    alone = json.loads((tmp_path / "one" / "evaluation.json").read_text())
    assert list(both["style_sizes"]) == ["128", "512"]
    assert alone.items() >= both["style_sizes"]["128"].items()
    assert alone["artworks"]["a|b"]["palette"] == 20.0
    assert alone["table"]["unchanged photograph"]["palette"] == 99.0
    assert alone["table"]["the artwork itself"]["noise_response"] is None
    text = (tmp_path / "sizes" / "evaluation.md").read_text()
    assert text.count("\n# ") == 0 and text.startswith("# sizes\n")
    table = text.split("## Style size")[0]
    heads = ["128 px", "512 px", "unchanged photograph", "the artwork itself"]
    assert [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[4:8]] == heads
    assert table.splitlines()[2].startswith("| style size | palette | smooth texture | smooth Gram")
    assert "| a\\|b | 40.0 |" in text.split("## Style size 512 px")[1]
    assert {line.count(" | ") for line in table.splitlines()[4:8]} == {len(COLUMNS)}
    assert "| painted | 8.00 |" in (tmp_path / "one" / "evaluation.md").read_text()


def test_several_style_sizes(
    vgg_file: Path,
    pictures: tuple[list[Path], list[Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    contents, styles = (str(paths[0].parent) for paths in pictures)
    given = ["evaluate", "--contents", contents, "--styles", styles, "--size", "64"]
    given += ["--perceptual", str(vgg_file), "--threads", "1"]
    both = tmp_path / "both"
    assert main([*given, "--style-size", "64,128", "-o", str(both)]) == 0
    assert "## Style size 128 px" in capsys.readouterr().out
    assert main([*given, "--style-size", "128", "-o", str(tmp_path / "one")]) == 0
    found, alone = (
        json.loads((folder / "evaluation.json").read_text()) for folder in (both, tmp_path / "one")
    )
    assert alone["style_size"] == 128
    assert alone["measures"] == found["style_sizes"]["128"]["measures"]
    assert alone["measures"] != found["style_sizes"]["64"]["measures"]
    assert alone["table"] == found["style_sizes"]["128"]["table"]
    for one, several in (("pairs.csv", "pairs-128.csv"), ("sheet.png", "sheet-128.png")):
        assert (tmp_path / "one" / one).read_bytes() == (both / several).read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--style-size", "64,128", "--networks", "."], "style sizes are 64,128, but what --net"),
        (["--style-size", "64,128", "--pictures", "."], "leave --style-size out"),
        (["--style-size", "64,9"], "style size is 9; allowed are 64 to 1024"),
        (["--style-size", "64,128,64"], "style size 64 is given twice"),
        (["--style-size", "64,"], "'64,' is no whole number"),
        (["--style-size", "large"], "'large' is no whole number"),
    ],
)
def test_wrong_style_sizes_are_told_first(
    options: list[str],
    told: str,
    pictures: tuple[list[Path], list[Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    contents, styles = (str(paths[0].parent) for paths in pictures)
    given = ["evaluate", "--contents", contents, "--styles", styles, "-o", str(tmp_path)]
    try:
        code = main([*given, *options])
    except SystemExit as end:  # argparse's own complaints
        code = int(end.code or 0)
    assert code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_reports_of_a_hypernetwork_and_of_ready_pictures_agree(
    vgg_file: Path, pictures: tuple[list[Path], list[Path]], tmp_path: Path
) -> None:
    contents, styles = pictures
    given = ["evaluate", "--contents", str(contents[0].parent), "--styles", str(styles[0].parent)]
    given += ["--perceptual", str(vgg_file), "--size", "64", "--threads", "1"]
    assert main([*given, "--style-size", "64", "-o", str(tmp_path / "a")]) == 0
    assert main([*given, "--style-size", "64", "-o", str(tmp_path / "again")]) == 0
    for name in ("evaluation.json", "evaluation.md", "pairs.csv", "sheet.png"):
        first, second = (tmp_path / run / name for run in ("a", "again"))
        assert first.read_bytes() == second.read_bytes(), name
    painter = GeneratedPainter(Hypernetwork(), style_size=64)
    for style in styles:
        for content in contents:
            batch = painter.paint(to_batch(square(content, 64)), [content.stem], style)
            pixels = (batch[0].transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)
            write_bytes(
                tmp_path / "theirs" / f"{content.stem}--{style.stem}.png", encode_png(pixels)
            )
    assert main([*given, "--pictures", str(tmp_path / "theirs"), "-o", str(tmp_path / "b")]) == 0
    live, ready = (
        json.loads((tmp_path / run / "evaluation.json").read_text()) for run in ("a", "b")
    )
    for name, figures in live["measures"].items():
        if name == "noise_response":
            assert ready["measures"][name]["median"] is None
        elif name != "blob":
            assert ready["measures"][name]["median"] == pytest.approx(figures["median"], rel=0.05)
    rows = list(csv.DictReader((tmp_path / "a" / "pairs.csv").open()))
    assert len(rows) == 4
    assert {row["content"] for row in rows} == {"near", "far"}
    assert "| SSIM to the photograph |" in (tmp_path / "a" / "evaluation.md").read_text()


def test_wrong_input_is_named(
    vgg_file: Path,
    pictures: tuple[list[Path], list[Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    contents, styles = pictures
    given = ["evaluate", "--contents", str(contents[0].parent), "--styles", str(styles[0].parent)]
    given += ["--perceptual", str(vgg_file), "-o", str(tmp_path)]
    assert main([*given, "--size", "100"]) == 2
    assert "multiples of 16" in capsys.readouterr().err
    network = perceptual.load(str(vgg_file))
    write_bytes(tmp_path / "some" / "near--mosaic.png", encode_png(landscape(64)))
    with pytest.raises(PictureError, match="far--mosaic"):
        evaluate(ReadyPictures(tmp_path / "some"), network, *pictures, size=64)
    with pytest.raises(PictureError, match="not 80x80"):
        evaluate(ReadyPictures(tmp_path / "some"), network, *pictures, size=80)
    twice = [contents[0], contents[0]]
    with pytest.raises(OptionError, match="same name"):
        evaluate(Unchanged(), network, twice, styles, size=64)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs", "gradient-descent"])
def test_the_optimisation_lowers_the_loss(
    optimizer: str, vgg_file: Path, pictures: tuple[list[Path], list[Path]]
) -> None:
    network = perceptual.load(str(vgg_file))
    layers = ("relu1_1", "relu2_1")
    weights = replace(MOMENTS, content={"relu2_1": 1.0}, moments=30.0, style_layers=layers, tv=0.0)
    photograph, artwork = (to_tensor(square(paths[0], 64)) for paths in pictures)
    objective = Objective(network, weights)
    style = objective.describe(artwork)
    curve = optimise_pixels(objective, photograph, style, 12, optimizer=optimizer)
    assert curve.losses.shape == (13,)
    assert curve.losses[0] == pytest.approx(objective(photograph, photograph, style)[0].item())
    assert curve.losses[-1] < 0.8 * curve.losses[0]
    assert curve.picture.min() >= 0.0 and curve.picture.max() <= 1.0
    with pytest.raises(OptionError, match="lbfgs"):
        optimise_pixels(objective, photograph, style, 1, optimizer="newton")


def test_equal_steps_counts_from_the_photograph() -> None:
    curve = np.array([10.0, 6.0, 4.0, 3.0])
    assert equal_steps([curve, curve, curve, curve], [11.0, 6.0, 3.5, 2.0]) == [0, 1, 3, None]
