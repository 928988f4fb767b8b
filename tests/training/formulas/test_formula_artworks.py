"""Artworks drawn by formulas: repeatable, varied, hard-edged, true to their photographs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import OptionError
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas import artworks as formula_artworks
from tinystyle.training.formulas.artworks import KINDS, Kind, formula_artwork
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.palettes import LUMA, PaletteScheme, random_palette
from tinystyle.training.formulas.pixels import HASHES, filled, hashed, painted, seams, wrapped

OF_PHOTOGRAPH = [name for name, kind in KINDS.items() if kind.of_photograph]
SIZE = 96
PHOTOGRAPH = landscape(128)


def _art(
    seed: int,
    kind: str | None = None,
    photograph: UInt8Array | None = None,
    element: float | None = None,
    size: int = SIZE,
) -> UInt8Array:
    return formula_artwork(np.random.default_rng(seed), size, photograph, kind, element)


def _luma(picture: UInt8Array) -> NDArray[np.float32]:
    grey: NDArray[np.float32] = picture.astype(np.float32) @ LUMA
    return grey


def _structure(picture: UInt8Array) -> NDArray[np.float64]:
    """Lightness in 8 x 8 squares."""
    grey = Image.fromarray(picture).convert("L").resize((8, 8), Image.Resampling.BOX)
    return np.asarray(grey, np.float64).ravel()


def _colors_apart(picture: UInt8Array) -> float:
    """The largest distance of two colours that have one of fifty pixels each."""
    coarse, times = np.unique(picture.reshape(-1, 3) // 32, axis=0, return_counts=True)
    colors = coarse[times >= 0.02 * SIZE * SIZE].astype(np.float64) * 32.0
    return float(np.linalg.norm(colors[:, None] - colors[None], axis=-1).max(initial=0.0))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_pictures_of_several_colors(kind: str) -> None:
    pictures = [_art(seed, kind, PHOTOGRAPH if seed % 2 else None) for seed in range(4)]
    for picture in pictures:
        assert picture.shape == (SIZE, SIZE, 3)
        assert picture.dtype == np.uint8
        assert picture.std(axis=(0, 1)).max() > 12.0
        assert _colors_apart(picture) >= 60.0
    assert not np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_bytes(kind: str) -> None:
    photograph = PHOTOGRAPH.copy()
    first, again = (_art(5, kind, photograph) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.array_equal(photograph, PHOTOGRAPH)
    assert not np.array_equal(first, _art(6, kind, photograph))


def test_what_is_drawn_first_has_no_say_in_what_comes_next() -> None:
    random = np.random.default_rng(8)
    formula_artwork(random, SIZE)
    state = random.bit_generator.state
    second = formula_artwork(random, SIZE)
    other = np.random.default_rng(0)
    other.bit_generator.state = state
    assert np.array_equal(second, formula_artwork(other, SIZE))


def test_without_a_kind_all_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def noted(name: str) -> Kind:
        def draw(canvas: Canvas) -> UInt8Array:
            drawn.append(name)
            return KINDS[name].draw(canvas)

        return Kind(draw)

    monkeypatch.setattr(formula_artworks, "KINDS", {name: noted(name) for name in KINDS})
    random = np.random.default_rng(0)
    for _ in range(140):
        formula_artworks.formula_artwork(random, 64)
    assert set(drawn) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_larger_elements_have_fewer_edges(kind: str) -> None:
    def edges(element: float) -> float:
        photograph = PHOTOGRAPH if KINDS[kind].of_photograph else None
        pictures = [_art(seed, kind, photograph, element, 128) for seed in range(5)]
        steps = [np.abs(np.diff(_luma(picture), axis=1)) > 25.0 for picture in pictures]
        return float(np.mean(steps))

    assert edges(6.0) > 1.4 * edges(48.0)


def test_elements_keep_their_share_of_the_picture() -> None:
    small, large = (_art(2, "glass", element=30.0, size=size) for size in (128, 256))
    halved = np.asarray(Image.fromarray(large).reduce(2))
    assert np.corrcoef(_luma(small).ravel(), _luma(halved).ravel())[0, 1] > 0.8


@pytest.mark.parametrize("kind", OF_PHOTOGRAPH)
def test_photographs_are_recognised(kind: str) -> None:
    own, other = [], []
    for seed in range(5):
        picture = _structure(_art(seed, kind, PHOTOGRAPH, element=10.0))
        own.append(np.corrcoef(picture, _structure(PHOTOGRAPH))[0, 1])
        other.append(np.corrcoef(picture, _structure(PHOTOGRAPH[:, ::-1].transpose(1, 0, 2)))[0, 1])
    assert np.median(own) > 0.75
    assert np.median(own) > np.median(other) + 0.3


def test_a_kaleidoscope_is_its_own_mirror_image() -> None:
    exact = 0
    for seed in range(6):
        grey = _luma(_art(seed, "kaleidoscope"))
        mirrored = np.abs(grey - grey[:, ::-1]).mean()
        exact += bool(mirrored == 0.0)
        assert mirrored < 6.0  # paper's grain at most
        assert np.abs(grey - np.roll(grey, 7, axis=1)[:, ::-1]).mean() > 2.0 * mirrored
    assert exact >= 2


def test_hatching_is_of_two_tones() -> None:
    for seed in range(5):
        grey = _luma(_art(seed, "hatching", PHOTOGRAPH, element=24.0, size=256))
        low, high = np.quantile(grey, (0.03, 0.97))
        assert high - low > 60.0
        between = (grey > low + 0.3 * (high - low)) & (grey < high - 0.3 * (high - low))
        assert between.mean() < 0.15


def test_edges_are_hard() -> None:
    for seed in range(4):
        grey = _luma(_art(seed, "rectangles", element=40.0, size=128))
        steps = np.abs(np.diff(grey, axis=1))
        assert np.median(steps) < 12.0  # grain
        # Where colours meet, one pixel between them at most: two steps make the whole.
        row, column = np.unravel_index(int(steps[:, 2:-2].argmax()), steps[:, 2:-2].shape)
        around = grey[row, column : column + 6]
        assert steps.max() > 0.45 * (around.max() - around.min())


def test_palettes_vary() -> None:
    means = np.array([_art(seed, size=64).mean(axis=(0, 1)) for seed in range(60)])
    away = np.linalg.norm(means[:, None] - means[None], axis=-1)
    assert np.median(away) > 50.0
    tints = means - means.mean(axis=1, keepdims=True)
    assert {int(tint.argmax()) for tint in tints} == {0, 1, 2}
    assert np.quantile(np.linalg.norm(tints, axis=1), 0.75) > 25.0


@pytest.mark.parametrize("scheme", PaletteScheme)
def test_palettes_have_contrast(scheme: PaletteScheme) -> None:
    for seed in range(20):
        colors = random_palette(np.random.default_rng(seed), PHOTOGRAPH, scheme)
        assert 2 <= len(colors) <= 9
        assert colors.shape[1] == 3 and colors.dtype == np.float32
        assert colors.min() >= 0.0 and colors.max() <= 255.0
        assert np.ptp(colors @ LUMA) > 70.0
    grey = np.full((8, 8, 3), 90, np.uint8)
    assert np.ptp(random_palette(np.random.default_rng(0), grey, scheme) @ LUMA) > 70.0


def test_schemes_do_what_they_are_called() -> None:
    def hues(scheme: PaletteScheme) -> float:
        """How far the tints of a palette lie from their mean, by their length."""
        spread = []
        for seed in range(40):
            colors = random_palette(np.random.default_rng(seed), None, scheme)
            tints = colors - colors.mean(axis=1, keepdims=True)
            spread.append(np.linalg.norm(tints.mean(axis=0)) / np.linalg.norm(tints, axis=1).mean())
        return float(np.median(spread))

    one, near, two, three = (
        hues(scheme)
        for scheme in (
            PaletteScheme.MONOCHROME,
            PaletteScheme.ANALOGOUS,
            PaletteScheme.COMPLEMENTARY,
            PaletteScheme.TRIAD,
        )
    )
    assert one > near > max(two, three)
    assert two < 0.6 and three < 0.6


def test_a_photographs_palette_is_of_its_colors() -> None:
    photograph = np.zeros((32, 32, 3), np.uint8)
    photograph[:, :16] = (250, 190, 20)
    photograph[:, 16:] = (10, 20, 90)
    for seed in range(5):
        colors = random_palette(np.random.default_rng(seed), photograph, PaletteScheme.PHOTOGRAPH)
        dark, light = sorted(colors.tolist(), key=sum)
        assert light[0] > light[1] > 120.0 and light[2] < 25.0
        assert dark[2] >= 90.0 and dark[1] < 25.0


def test_scattered_points_own_what_is_nearest() -> None:
    random = np.random.default_rng(3)
    canvas = Canvas(random, 32, 8.0, random_palette(random), None)
    owner, away = canvas.voronoi(16.0, 0.0)  # points in the middles of squares
    assert owner.shape == away.shape == (64, 64)
    assert len(np.unique(owner)) in range(16, 26)
    assert away.max() <= 0.5**0.5 + 1e-3
    sizes = np.bincount(owner.ravel())
    assert sizes.max() == 16 * 16
    for number in np.flatnonzero(sizes == 256):
        rows, columns = np.nonzero(owner == number)
        assert np.ptp(rows) == np.ptp(columns) == 15


def test_cells_and_colors() -> None:
    cells = np.repeat(np.array([[0, 1]], np.int32), 4, axis=1).repeat(6, axis=0)
    colors = np.array([[1, 2, 3], [40, 50, 60]], np.uint8)
    picture = painted(colors, cells)
    assert np.array_equal(picture[..., :3], colors[cells])
    line = seams(cells, 2.0)
    assert np.array_equal(np.flatnonzero(line.any(axis=0)), [3, 4])
    filled(picture, line, np.array([9, 9, 9], np.uint8))
    assert (picture[line][:, :3] == 9).all()
    assert np.array_equal(picture[~line][:, :3], colors[cells][~line])
    numbers = np.arange(-3000, 3000, dtype=np.int32)
    mixed = hashed(numbers, np.zeros_like(numbers))
    assert mixed.min() >= 0 and mixed.max() < HASHES
    assert len(np.unique(mixed)) > 0.7 * HASHES
    assert wrapped(np.array([-0.25, 2.5], np.float32), 2.0).tolist() == [0.875, 0.25]


@pytest.mark.parametrize("size", [64, 250])
def test_any_size_and_photograph(size: int) -> None:
    for kind in OF_PHOTOGRAPH:
        for photograph in (PHOTOGRAPH[:40], PHOTOGRAPH[:, :3], np.zeros((9, 9, 3), np.uint8)):
            assert _art(1, kind, photograph, size=size).shape == (size, size, 3)


def test_what_cannot_be_drawn_is_refused() -> None:
    for size in (63, 1025, 0, -5):
        with pytest.raises(OptionError, match="64 to 1024"):
            _art(0, size=size)
    with pytest.raises(OptionError, match="cubism"):
        _art(0, "cubism")
    for element in (3.9, 61.0, float("nan")):
        with pytest.raises(OptionError, match="4 to 60"):
            _art(0, element=element)
    with pytest.raises(OptionError, match="float64"):
        _art(0, photograph=np.zeros((8, 8, 3)))  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"\(8, 8\)"):
        _art(0, photograph=np.zeros((8, 8), np.uint8))
    with pytest.raises(OptionError, match="empty"):
        _art(0, photograph=np.zeros((0, 8, 3), np.uint8))
