"""Films that flicker less, without trails."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tinystyle.runtime.video.steadiness import Steadying

UInt8Array = NDArray[np.uint8]
RANDOM = np.random.default_rng(0)
SIDE = 96


def _strokes() -> UInt8Array:
    """Another painting each time."""
    blocks = RANDOM.integers(0, 256, (SIDE // 8, SIDE // 8, 3), np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8))


def _change(frames: list[UInt8Array]) -> float:
    return float(np.mean(np.abs(np.diff(np.stack(frames).astype(float), axis=0))))


def test_strokes_settle_where_the_film_stands_still() -> None:
    film = np.full((SIDE, SIDE, 3), 90, np.uint8)
    noisy = [film + RANDOM.integers(0, 3, film.shape, np.uint8) for _ in range(12)]
    painted = [_strokes() for _ in noisy]
    steadying = Steadying()
    shown = [steadying.next(*pair) for pair in zip(noisy, painted, strict=True)]
    assert _change(shown) < 0.5 * _change(painted)
    assert steadying.cuts == 0


def test_light_that_fades_fades_at_once() -> None:
    steadying = Steadying()
    for level in range(60, 120, 4):
        film = np.full((SIDE, SIDE, 3), level, np.uint8)
        shown = steadying.next(film, film)
        assert np.abs(shown.astype(int) - level).max() <= 1


def test_what_moves_is_as_painted_and_leaves_no_trail() -> None:
    steadying = Steadying()
    for step in range(8):
        film = np.full((SIDE, SIDE, 3), 40, np.uint8)
        film[32:64, 8 * step : 8 * step + 24] = 220
        painted = 255 - film
        shown = steadying.next(film, painted).astype(int)
        # Where the square is, and where it was, whose painting differs by 180 levels.
        trail = np.abs(shown - painted)[:, max(0, 8 * step - 8) : 8 * step + 24]
        assert trail.max() <= 6, step


def test_a_cut_is_shown_as_painted() -> None:
    steadying = Steadying()
    dark, bright = (np.full((SIDE, SIDE, 3), level, np.uint8) for level in (30, 200))
    bright[:, :32] = 30  # a part that the scenes have in common
    for _ in range(5):
        steadying.next(dark, _strokes())
    painted = _strokes()
    assert np.array_equal(steadying.next(bright, painted), painted)
    assert steadying.cuts == 1
    # The next frame of the new scene is no cut.
    steadying.next(bright, _strokes())
    assert steadying.cuts == 1


def _scene(seed: int, light: float = 1.0) -> UInt8Array:
    """Of soft blocks, wider than a frame."""
    blocks = np.random.default_rng(seed).integers(0, 256, (12, 60, 3), np.uint8)
    wide = np.asarray(Image.fromarray(blocks).resize((480, SIDE), Image.Resampling.BICUBIC))
    return (wide * light).astype(np.uint8)


@pytest.mark.parametrize("light", [1.0, 0.25, 0.1])
def test_no_stroke_of_a_scene_is_left_after_a_cut_however_dark(light: float) -> None:
    """In the dark all of a frame may change by less than what counts as still."""
    steadying = Steadying()
    for scene in (_scene(1, light), _scene(2, light), _scene(3, light)):
        for step in range(5):
            film = np.ascontiguousarray(scene[:, step : step + SIDE])
            painted = _strokes()
            shown = steadying.next(film, painted)
            assert np.array_equal(shown, painted) == (step == 0), step
    assert steadying.cuts == 2


def test_a_cut_out_of_a_fast_pan_is_found() -> None:
    steadying = Steadying()
    for step in range(8):
        steadying.next(np.ascontiguousarray(_scene(1)[:, 3 * step : 3 * step + SIDE]), _strokes())
    assert steadying.cuts == 0
    painted = _strokes()
    assert np.array_equal(steadying.next(_scene(2)[:, :SIDE], painted), painted)
    assert steadying.cuts == 1


def test_one_frame_of_another_scene_is_two_cuts() -> None:
    steadying = Steadying()
    for index in range(10):
        film = _scene(2 if index == 5 else 1)[:, :SIDE]
        painted = _strokes()
        shown = steadying.next(film, painted)
        assert np.array_equal(shown, painted) == (index in {0, 5, 6}), index


@pytest.mark.parametrize("level", [12, 200])
@pytest.mark.parametrize(("noise", "most"), [(0.0, 0), (3.0, 2)])
def test_noise_and_light_that_fades_are_no_cuts(level: int, noise: float, most: int) -> None:
    steadying = Steadying()
    for index in range(12):
        film = np.clip(level + 3 * index + RANDOM.normal(0, noise, (SIDE, SIDE, 3)), 0, 255)
        steadying.next(film.astype(np.uint8), _strokes())
    assert steadying.cuts <= most  # where it sets in


def test_a_fast_pan_is_no_cut() -> None:
    steadying = Steadying()
    scene = RANDOM.integers(0, 256, (SIDE // 8, 8 * SIDE, 3), np.uint8).repeat(8, axis=0)
    for step in range(10):
        film = scene[:, 16 * step : 16 * step + SIDE]
        steadying.next(np.ascontiguousarray(film), _strokes())
    assert steadying.cuts <= 2  # where it sets in


def test_frames_of_another_size_begin_anew() -> None:
    steadying = Steadying()
    for side in (64, 96, 70):
        film = RANDOM.integers(0, 256, (side, side, 3), np.uint8)
        assert np.array_equal(steadying.next(film, film), film)
