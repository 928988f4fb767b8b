"""The evaluation: what it says of pictures whose quality is known."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.atomic import write_bytes  # noqa: E402
from tinystyle.benchmarks.gatys import equal_steps, optimise_pixels  # noqa: E402
from tinystyle.benchmarks.painters import Batch, GeneratedPainter, ReadyPictures  # noqa: E402
from tinystyle.benchmarks.quality import evaluate, square  # noqa: E402
from tinystyle.cli import main  # noqa: E402
from tinystyle.errors import OptionError, PictureError  # noqa: E402
from tinystyle.examples import ARTWORKS, landscape  # noqa: E402
from tinystyle.images import encode_png, to_batch  # noqa: E402
from tinystyle.runtime.hypernetwork import Hypernetwork  # noqa: E402
from tinystyle.training import perceptual  # noqa: E402
from tinystyle.training.features import style_features, to_tensor  # noqa: E402
from tinystyle.training.objective import LossWeights, Objective  # noqa: E402


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
    assert quality.sheet.shape == (3 * 64, 3 * 64, 3)


def test_the_style_picture_itself(vgg_file: Path, pictures: tuple[list[Path], list[Path]]) -> None:
    quality = evaluate(Copyist(), perceptual.load(str(vgg_file)), *pictures, size=64)
    assert quality.style_ratio == pytest.approx(0.0, abs=1e-6)
    for pair in quality.pairs:
        assert pair.own_style_nearest == 1.0
        assert pair.gram == pytest.approx(0.0, abs=1e-6)
        assert pair.content_relu3_3 > 0.1
        assert pair.ssim < 0.9
        assert np.isnan(pair.noise_response)


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
    weights = LossWeights({"relu2_1": 1.0}, style=30.0, style_layers=layers, tv=0.0)
    photograph, artwork = (to_tensor(square(paths[0], 64)) for paths in pictures)
    style = style_features(network, artwork, layers)
    objective = Objective(network, weights)
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
