"""The figures of Lu et al. 2017: what is compared, and the commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from tests.network.region_nets import write_parts
from tinystyle.benchmarks.experiments import times
from tinystyle.benchmarks.experiments.inversion import Inverse
from tinystyle.benchmarks.experiments.semantic.iterations import Equation4, compare_iterations
from tinystyle.benchmarks.experiments.semantic.layers import compare_layers
from tinystyle.benchmarks.experiments.semantic.measures import measured
from tinystyle.benchmarks.experiments.semantic.pairs import (
    METHODS,
    Masked,
    RegionPair,
    changed,
    light_and_dark,
    masked,
    pair_of,
)
from tinystyle.benchmarks.experiments.semantic.single_layer import compare_styles, region_loss
from tinystyle.benchmarks.experiments.semantic.swap import compare_methods
from tinystyle.cli import main
from tinystyle.errors import OptionError, PictureError
from tinystyle.network.methods.regions import statistics
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture
from tinystyle.training.perceptual import vgg
from tinystyle.training.perceptual.loading import load_perceptual
from tinystyle.training.perceptual.source import COMPACT

PHOTOGRAPH, ARTWORK = Picture(landscape(96)), Picture(ARTWORKS["mosaic"](96))


@pytest.fixture(scope="module")
def pair() -> RegionPair:
    return pair_of(masked(PHOTOGRAPH, None, 64), masked(ARTWORK, None, 64))


@pytest.fixture(scope="module")
def inverse(tmp_path_factory: pytest.TempPathFactory) -> Inverse:
    return Inverse.load(write_parts(tmp_path_factory.mktemp("parts") / "parts.safetensors"))


def halves(side: int) -> np.ndarray:
    labels = np.zeros((side, side), np.uint8)
    labels[:, side // 2 :] = 1
    return labels


def test_a_picture_is_told_apart_by_its_lightness() -> None:
    picture = torch.zeros(1, 3, 64, 96)
    picture[..., 40:] = 0.8
    labels = light_and_dark(picture)
    assert labels.shape == (64, 96)
    assert not labels[:, :30].any() and labels[:, 56:].all()
    assert not light_and_dark(torch.full((1, 3, 64, 64), 0.3)).any()


def test_masks_are_cut_as_their_pictures() -> None:
    wide = Picture(np.concatenate([landscape(96), landscape(96)], axis=1))
    labels = np.repeat(halves(96), 2, axis=1)
    found = masked(wide, labels, 64).labels
    assert found.shape == (64, 64)
    assert not found[:, :32].any() and found[:, 32:].all()
    with pytest.raises(PictureError, match="each region of the photograph"):
        pair_of(masked(PHOTOGRAPH, halves(96), 64), masked(ARTWORK, 0 * halves(96), 64))


@pytest.mark.parametrize("side", [64, 16])
def test_moved_features_have_the_statistics_of_the_artworks_regions(side: int) -> None:
    """Of layers at whatever resolution."""
    pair = pair_of(masked(PHOTOGRAPH, halves(96), 64), masked(ARTWORK, halves(96), 64))
    random = torch.Generator().manual_seed(0)
    own, theirs = (torch.rand((1, 5, side, side), generator=random) for _ in range(2))
    wanted = statistics(theirs.numpy(), pair.artwork.shares(theirs, 2))
    before = statistics(own.numpy(), pair.photograph.shares(own, 2))
    for method, deviations in (("linear", before[1]), ("moments", wanted[1])):
        found = changed(own, theirs, pair, method)
        after = statistics(found.numpy(), pair.photograph.shares(own, 2))
        np.testing.assert_allclose(after[0], wanted[0], atol=1e-5)
        np.testing.assert_allclose(after[1], deviations, atol=1e-4)


def test_patches_come_from_their_own_region() -> None:
    """Of an artwork whose halves are of one feature each, each half of a photograph gets one."""
    pair = pair_of(masked(PHOTOGRAPH, halves(96), 64), masked(ARTWORK, halves(96), 64))
    art = torch.ones(1, 2, 16, 16)
    art[..., 8:] = 5.0
    even = torch.full((1, 2, 16, 16), 2.0)  # patches across the edge are less alike
    found = changed(even, art, pair, "swap")
    assert torch.equal(found[..., :6], torch.ones(1, 2, 16, 6))
    assert torch.equal(found[..., 10:], torch.full((1, 2, 16, 6), 5.0))
    turned = RegionPair(pair.photograph, Masked(pair.artwork.picture, 1 - pair.artwork.labels), 2)
    other = changed(even, art, turned, "swap")
    assert torch.equal(other[..., :6], torch.full((1, 2, 16, 6), 5.0))


def test_gram_matrices_are_compared_inside_regions(pair: RegionPair, vgg_file: Path) -> None:
    network = vgg.load(str(vgg_file))
    itself = RegionPair(pair.artwork, pair.artwork, pair.regions)
    errors = itself.gram_errors(network, ("relu2_1", "relu4_1"))
    found = network(pair.artwork.picture, ("relu2_1", "relu4_1"))
    assert float(errors(found)) < 1e-9
    turned = RegionPair(
        Masked(pair.artwork.picture, 1 - pair.artwork.labels), pair.artwork, pair.regions
    )
    assert float(turned.gram_errors(network, ("relu2_1",))(found)) > 0.01


def test_repetitions_come_to_the_closed_form(pair: RegionPair, inverse: Inverse) -> None:
    found = compare_iterations([pair, pair], inverse, weight=0.5, steps=40)
    assert found.counts == (0, 1, 5, 20, 40)
    assert found.distances[0] > 0.01 and found.distances[-1] < 1e-6
    assert found.losses[-1] == pytest.approx(found.losses[-2], rel=1e-5)
    assert min(found.losses) >= found.losses[-1] * (1.0 - 1e-6)
    assert len(found.optimised) == 5 and found.optimised[-1] < found.optimised[0]
    assert found.sheet.shape == (6 * 64, 9 * 64, 3)
    assert set(found.seconds) == {
        "repetition of eq. 5",
        "closed form",
        "inverse network",
        "step of back-propagation",
    }
    with pytest.raises(OptionError, match="weight is 1; allowed"):
        compare_iterations([pair], inverse, weight=1.0)


def test_no_features_have_less_of_equation_4(pair: RegionPair, inverse: Inverse) -> None:
    problem = Equation4.of(pair, inverse, 3.0)
    closed = problem.closed()
    random = torch.Generator().manual_seed(0)
    for _ in range(5):
        step = 0.1 * torch.randn(closed.shape, generator=random)
        assert problem.loss(closed) < min(problem.loss(closed + step), problem.loss(closed - step))


def test_layers_of_vgg_by_each_method(pair: RegionPair, vgg_file: Path) -> None:
    network = vgg.load(str(vgg_file))
    layers = ("relu2_1", "relu4_1")
    few, more = (compare_layers(network, [pair], layers=layers, steps=n) for n in (1, 8))
    assert list(more.distances) == list(METHODS[:3])
    for method, left in more.distances.items():
        assert all(a < b for a, b in zip(left, few.distances[method], strict=True)), method
        assert len(more.measures[method]) == 2
    assert more.sheet.shape == (3 * 64, 4 * 64, 3)
    with pytest.raises(OptionError, match="relu9_1"):
        compare_layers(network, [pair], layers=("relu9_1",))


def test_style_in_one_layer_and_in_several(
    pair: RegionPair, inverse: Inverse, vgg_file: Path
) -> None:
    network = vgg.load(str(vgg_file))
    found = compare_styles(network, [pair], inverse, steps=4)
    assert list(found.measures) == ["inverse network", "one layer", "several layers"]
    assert found.sheet.shape == (2 * 64, 5 * 64, 3)
    loss = region_loss(network, pair, ("relu1_1", "relu4_1"))
    picture = pair.photograph.picture.clone().requires_grad_()
    loss(picture).backward()
    assert picture.grad is not None and float(picture.grad.abs().max()) > 0.0


def test_measures_of_the_photograph_and_of_the_artwork(pair: RegionPair) -> None:
    judge = load_perceptual(COMPACT)
    unchanged = measured(judge, pair, pair.photograph.picture)
    assert unchanged.content == pytest.approx(0.0, abs=1e-9) and unchanged.gram > 0.05
    itself = RegionPair(pair.artwork, pair.artwork, pair.regions)
    found = measured(judge, itself, pair.artwork.picture)
    assert found.gram < 1e-6 and found.lightness == 0.0
    blank = measured(judge, pair, torch.ones_like(pair.photograph.picture))
    assert blank.smooth_texture < 1e-3 < unchanged.content + blank.content
    assert blank.lightness > 0.1


def test_patches_beside_reconstruction(pair: RegionPair, inverse: Inverse) -> None:
    found = compare_methods(load_perceptual(COMPACT), [pair], inverse, steps=2)
    assert set(found.measures) == set(found.optimised) == set(found.seconds) == set(METHODS)
    assert found.sheet.shape == (2 * 64, 5 * 64, 3)
    assert not np.array_equal(found.sheet[:64, 64:128], found.sheet[:64, 192:256])


@pytest.mark.parametrize(
    ("name", "options", "key"),
    [
        ("semantic-iterations", "--steps 2 --weight 0.5", "distance_to_closed_form"),
        ("semantic-layers", "--steps 1 --layers relu1_1", "linear"),
        ("semantic-single", "--steps 1", "several layers"),
        ("semantic-swap", "--steps 1", "inverse_network"),
    ],
)
def test_commands_write_a_sheet_and_figures(
    name: str, options: str, key: str, vgg_file: Path, tmp_path: Path
) -> None:
    given = ["--pairs", "1", "--size", "64", "--threads", "1", "-o", str(tmp_path)]
    if name in ("semantic-layers", "semantic-single"):
        given += ["--perceptual", str(vgg_file)]
    assert main(["experiment", name, *options.split(), *given]) == 0
    assert key in json.loads((tmp_path / f"{name}.json").read_text())
    assert np.asarray(Image.open(tmp_path / f"{name}.png")).shape[2] == 3


def _saved(path: Path, pixels: np.ndarray) -> str:
    Image.fromarray(pixels).save(path)
    return str(path)


def _options(tmp_path: Path) -> list[str]:
    return [
        *("--content", _saved(tmp_path / "photograph.png", landscape(96))),
        *("--style", _saved(tmp_path / "artwork.png", ARTWORKS["mosaic"](96))),
        *("--pairs", "1", "--size", "64", "--steps", "1", "--threads", "1", "-o", str(tmp_path)),
    ]


def test_masks_of_ones_own(tmp_path: Path) -> None:
    red_and_blue = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)[halves(96)]
    masks = [
        *("--mask", _saved(tmp_path / "mask.png", red_and_blue)),
        *("--style-mask", _saved(tmp_path / "style-mask.png", red_and_blue[:, ::-1])),
    ]
    assert main(["experiment", "semantic-iterations", *masks, *_options(tmp_path)]) == 0
    shown = np.asarray(Image.open(tmp_path / "semantic-iterations.png"))[64:128, :64, 0]
    # Blue comes first in the order of colours.
    assert (shown[:, :32] == 255).all() and (shown[:, 32:] == 0).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--size", "66"], "size is 66; it must be a multiple of 4"),
        (["--size", "32"], "size is 32; allowed are 64 to 512"),
        (["--pairs", "0"], "pairs is 0"),
        (["--mask", "MASK"], "--mask and --style-mask go together"),
        (["--mask", "MASK", "--mask", "MASK", "--style-mask", "MASK"], "--mask is given 2 times"),
    ],
)
def test_what_is_refused(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = _saved(tmp_path / "mask.png", np.repeat(halves(96)[..., None], 3, axis=2))
    given = [mask if word == "MASK" else word for word in options]
    assert main(["experiment", "semantic-swap", *_options(tmp_path), *given]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", ["semantic-times", "swap-times"])
def test_tables_of_times(
    name: str,
    vgg_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(times, "ARTWORK_SIDE", 64)
    given = ["--perceptual", str(vgg_file), "--num-runs", "1", "-o", str(tmp_path)]
    assert main(["experiment", name, *given, "--size", "64x72"]) == 0
    found = json.loads((tmp_path / f"{name}.json").read_text())
    assert found["size"] == "64x72"
    for method in found["methods"].values():
        assert method["seconds"] == pytest.approx(
            method["steps"] * method["seconds_a_step"], rel=0.05, abs=0.01
        )
    steps = {name: method["steps"] for name, method in found["methods"].items()}
    assert steps["Gatys et al." if name == "swap-times" else "Gatys et al., no masks"] == 500
    assert (tmp_path / f"{name}.png").stat().st_size > 0
    assert main(["experiment", name, *given, "--size", "32x64"]) == 2
    assert "size is 32x64; sides are 64 to 2048" in capsys.readouterr().err
