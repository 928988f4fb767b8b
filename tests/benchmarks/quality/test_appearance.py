"""Colours and texture against scikit-image, scipy and pictures whose measure is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tinystyle.benchmarks.quality import appearance
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.strokes import SMOOTH_SHARE


def _picture(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return (rgb.transpose(2, 0, 1) / 255).astype(np.float32)


def _noise(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape)


def _grey(luma: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.repeat(luma[None], 3, axis=0).astype(np.float32)


def test_lab_is_that_of_scikit_image() -> None:
    color = pytest.importorskip("skimage.color")
    levels = np.linspace(0.0, 1.0, 18)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij")).reshape(3, 18, -1)
    dark = cube * 0.05  # where both curves are straight
    for picture in (cube, dark):
        expected = color.rgb2lab(picture.transpose(1, 2, 0)).transpose(2, 0, 1)
        found = appearance.srgb_to_lab(picture.astype(np.float32))
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_lab_of_known_colours() -> None:
    white, red = np.ones((3, 1, 1), np.float32), np.array([1, 0, 0], np.float32).reshape(3, 1, 1)
    assert appearance.srgb_to_lab(white).ravel() == pytest.approx([100.0, 0.0, 0.0], abs=0.02)
    assert appearance.srgb_to_lab(red).ravel() == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


def test_the_palette_distance_is_scipys_in_every_direction() -> None:
    stats = pytest.importorskip("scipy.stats")
    color = pytest.importorskip("skimage.color")
    # As stated: numpy's generator of seed 0, unit length.
    vectors = np.random.default_rng(0).normal(size=(3, 64))
    vectors /= np.linalg.norm(vectors, axis=0)
    pictures = [landscape(48), ARTWORKS["mosaic"](48), ARTWORKS["swirls"](48)]
    shadows = [appearance.colour_shadows(_picture(rgb)) for rgb in pictures]
    colours = [color.rgb2lab(rgb).reshape(-1, 3) for rgb in pictures]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        expected = [
            stats.wasserstein_distance(colours[first] @ v, colours[second] @ v) for v in vectors.T
        ]
        by_direction = np.abs(shadows[first] - shadows[second]).mean(axis=1)
        np.testing.assert_allclose(by_direction, expected, rtol=1e-3)
        found = appearance.palette_distance(shadows[first], shadows[second])
        assert found == pytest.approx(np.mean(expected), rel=1e-3)


def test_the_directions_stay_the_same() -> None:
    """Figures of different versions of numpy are comparable."""
    grey = np.full((3, 1, 1), 0.5, np.float32)  # L* 53.39, a* and b* 0
    shadows = appearance.colour_shadows(grey)[:, 0] / 53.39
    assert shadows.shape == (appearance.DIRECTIONS,)
    assert shadows[:3] == pytest.approx([0.1879, -0.1235, 0.3199], abs=1e-3)


def test_the_palette_does_not_ask_where() -> None:
    picture = _picture(ARTWORKS["mosaic"](48))
    turned = np.ascontiguousarray(picture[:, ::-1, ::-1].transpose(0, 2, 1))
    first, second = appearance.colour_shadows(picture), appearance.colour_shadows(turned)
    assert appearance.palette_distance(first, second) == pytest.approx(0.0, abs=1e-5)
    # Lighter by 10 of L* everywhere: the mean over directions of 10 |L's share|, about a half.
    dark, light = (np.full((3, 8, 8), level, np.float32) for level in (0.4663, 0.5687))
    shadows = [appearance.colour_shadows(grey) for grey in (dark, light)]
    step = appearance.srgb_to_lab(light)[0, 0, 0] - appearance.srgb_to_lab(dark)[0, 0, 0]
    assert appearance.palette_distance(*shadows) == pytest.approx(0.5 * step, rel=0.15)


def test_texture_in_smooth_areas_has_the_ratio_that_was_drawn() -> None:
    side = 128
    ground = np.full((side, side), 0.5)
    texture = 0.2 * _noise((side, side))
    photograph = ground.copy()
    photograph[:, side // 2 :] += texture[:, side // 2 :]  # flat on the left
    area = appearance.smooth_area(_grey(photograph))
    assert area.mean() == pytest.approx(SMOOTH_SHARE, abs=0.01)
    assert not area[:, side // 2 + 12 :].any()
    artwork = appearance.stroke_band(_grey(ground + 0.2 * _noise((side, side), 1)))
    for strength in (0.0, 0.25, 0.7, 1.0):
        painted = ground.copy()
        painted[:, : side // 2 + 32] += (
            strength * 0.2 * _noise((side, side), 2)[:, : side // 2 + 32]
        )
        painted[:, side // 2 + 32 :] += 0.4 * _noise((side, side), 3)[:, side // 2 + 32 :]
        found = appearance.texture_ratio(appearance.stroke_band(_grey(painted)), area, artwork)
        assert found == pytest.approx(strength, rel=0.1, abs=1e-6)
    flat = appearance.stroke_band(_grey(ground))
    assert np.isnan(appearance.texture_ratio(artwork, area, flat)), "an artwork without texture"


@pytest.mark.parametrize(("period", "low", "high"), [(2, 0.0, 0.02), (8, 0.6, 1.0), (64, 0.0, 0.2)])
def test_the_band_passes_strokes_and_neither_grain_nor_things(
    period: int, low: float, high: float
) -> None:
    wave = np.cos(2 * np.pi * np.arange(256) / period)
    band = appearance.stroke_band(_grey(np.repeat(0.5 + 0.4 * wave[None], 256, axis=0)))
    share = band[32:-32, 32:-32].std() / (0.4 * wave.std())
    assert low <= share <= high


def test_the_band_is_that_of_scipys_gaussians() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    picture = _picture(landscape(96))
    luma = np.einsum("c,chw->hw", [0.299, 0.587, 0.114], picture.astype(np.float64))
    fine, coarse = (
        ndimage.gaussian_filter(luma, s, mode="mirror", radius=r) for s, r in ((1, 3), (6, 19))
    )
    np.testing.assert_allclose(appearance.stroke_band(picture), fine - coarse, atol=1e-6)


def test_whole_cells_lie_inside() -> None:
    where = np.zeros((8, 8), bool)
    where[:4, :4] = True
    where[4:6, :] = True
    where[4, 7] = False
    cells = appearance.whole_cells(where, 4, 4)
    expected = np.zeros((4, 4), bool)
    expected[:2, :2] = True
    expected[2, :3] = True
    np.testing.assert_array_equal(cells, expected)
    assert appearance.whole_cells(where, 2, 2).sum() == 1
