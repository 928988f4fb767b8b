"""Strokes larger than the network's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tinystyle.errors import OptionError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.examples import landscape, swirls
from tinystyle.pictures.images import Picture, resize, to_batch
from tinystyle.pictures.similarity import ssim
from tinystyle.runtime import enlargement
from tinystyle.runtime.color import transfer_luma
from tinystyle.runtime.enlargement import enlarged, painted_size, stroke_size_for
from tinystyle.runtime.stylizer import Stylizer


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    return Stylizer.from_bytes(to_onnx(random_net()).SerializeToString(), "random")


def test_pictures_up_to_two_megapixels_are_painted_as_they_are() -> None:
    assert stroke_size_for(1000, 2000) == 1.0
    assert painted_size(1000, 2000, 1.0) == (1000, 2000)
    height, width = painted_size(4000, 6000, stroke_size_for(4000, 6000))
    assert abs(height * width - 1e6) < 2e3
    assert abs(width / height - 1.5) < 2e-3


def test_no_side_becomes_too_short() -> None:
    assert painted_size(100, 30_000, 64.0) == (64, 19_200)
    assert painted_size(40, 50, 8.0) == (40, 50)


@pytest.mark.parametrize("asked", [0.0, 0.99, -3.0, 64.5, math.nan, math.inf])
def test_other_sizes_are_refused(painter: Stylizer, asked: float) -> None:
    with pytest.raises(OptionError, match="stroke size is"):
        painter.stylize(landscape(128), stroke_size=asked)


def test_at_the_small_size_the_painting_itself_comes_out() -> None:
    random = np.random.default_rng(1)
    small = random.integers(0, 256, (90, 120, 3), np.uint8)
    painted = random.integers(0, 256, (90, 120, 3), np.uint8)
    assert np.array_equal(enlarged(painted, small, small), painted)


def test_edges_are_those_of_the_large_photograph() -> None:
    """Dark left of column 200, which lies within a pixel of the small picture."""
    large = np.full((256, 400, 3), 200, np.uint8)
    large[:, :202] = 40
    small = resize(large, 64, 100)
    painted = 255 - small  # linear in luma, so the enlarged painting is known everywhere
    result = enlarged(painted, small, large)
    sharp = np.abs(result[:, 195:209].astype(int) - (255 - large[:, 195:209])).mean()
    blurred = np.abs(resize(painted, 256, 400)[:, 195:209].astype(int) - (255 - large[:, 195:209]))
    assert sharp < 0.35 * blurred.mean()


def _windows(plane: np.ndarray) -> np.ndarray:
    """Means of windows that are cut off at the edges."""
    for axis in (0, 1):
        length = plane.shape[axis]
        sums = np.insert(np.cumsum(plane, axis=axis), 0, 0.0, axis=axis)
        start = np.maximum(0, np.arange(length) - 3)
        end = np.minimum(length, np.arange(length) + 3 + 1)
        counts = np.expand_dims(end - start, 1 - axis)
        plane = (np.take(sums, end, axis) - np.take(sums, start, axis)) / counts
    return plane


def test_the_guided_filter_against_an_independent_computation() -> None:
    large = np.ascontiguousarray(landscape(300)[:211])
    small, painted = resize(large, 71, 100), resize(swirls(100), 71, 100)
    luma = np.array([0.299, 0.587, 0.114]) / 255
    guide, target = small @ luma, large @ luma
    mean = _windows(guide)
    variance = np.maximum(0, _windows(guide**2) - mean**2)
    expected = np.empty(large.shape)
    for channel, values in enumerate(np.moveaxis(painted / 255, -1, 0)):
        slope = (_windows(values * guide) - mean * _windows(values)) / (variance + 4e-4)
        slope = _windows(np.clip(slope, -1.5, 1.5))
        planes = [
            np.asarray(
                Image.fromarray(plane.astype(np.float32)).resize(
                    (300, 211), Image.Resampling.BICUBIC
                )
            )
            for plane in (slope, values - slope * guide)
        ]
        expected[..., channel] = planes[0] * target + planes[1]
    expected = np.clip(255 * expected, 0, 255)
    assert np.abs(enlarged(painted, small, large) - expected).max() <= 0.51


def test_strips_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    large = landscape(400)
    small = resize(large, 100, 100)
    painted = small[::-1].copy()
    whole = enlarged(painted, small, large)
    monkeypatch.setattr(enlargement, "_ROWS", 37)
    assert np.abs(enlarged(painted, small, large).astype(int) - whole).max() <= 1


def test_a_large_picture_looks_like_its_small_painting(painter: Stylizer) -> None:
    large = landscape(512)
    small = resize(large, 128, 128)
    painted = painter.stylize(large, stroke_size=4.0)
    assert painted.shape == large.shape
    shrunk, wanted = resize(painted, 128, 128), painter.stylize(small)
    assert ssim(to_batch(shrunk), to_batch(wanted)) > 0.9
    plain = resize(painter.stylize(large), 128, 128)
    assert ssim(to_batch(plain), to_batch(wanted)) < 0.9


def test_strength_colours_and_alpha_are_those_of_the_full_size(painter: Stylizer) -> None:
    rgb = landscape(300)
    painted = painter.stylize(rgb, stroke_size=2.0)
    half = painter.stylize(rgb, stroke_size=2.0, strength=0.5)
    assert np.abs(half - (painted / 2.0 + rgb / 2.0)).max() <= 1.0
    assert np.array_equal(painter.stylize(rgb, stroke_size=2.0, strength=0.0), rgb)
    kept = painter.stylize(rgb, stroke_size=2.0, keep_color=True)
    assert np.array_equal(kept, transfer_luma(painted, rgb))
    alpha = np.full((300, 300), 128, np.uint8)
    cut = painter.stylize_picture(Picture(rgb, alpha=alpha), stroke_size=2.0)
    assert cut.alpha is not None and np.array_equal(cut.alpha, alpha)


def test_a_network_of_fixed_size_paints_at_that_size() -> None:
    model = to_onnx(random_net(), size=(96, 128))
    painter = Stylizer.from_bytes(model.SerializeToString(), "fixed")
    assert painter.painted_size(500, 500) == (96, 128)
    with pytest.raises(OptionError, match="96 px high and 128 wide"):
        painter.stylize(landscape(300), stroke_size=2.0)
    large = landscape(384)
    small = resize(large, 96, 128)
    assert np.array_equal(painter.stylize(large), enlarged(painter.stylize(small), small, large))
