"""Steadiness of painters whose steadiness is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.runtime.video.clips import moving_square, write_clip
from tinystyle.benchmarks.experiments.video import (
    Batch,
    clip_frames,
    measure_clip,
    measure_steadiness,
    peer_frames,
    unsteadiness,
)
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array, resize

SCENE = landscape(160)


def test_what_moves_with_the_picture_does_not_flicker() -> None:
    found = measure_steadiness(lambda frame: 1.0 - frame, SCENE, size=128)
    assert found.flicker < 1e-6
    assert found.flicker_noisy == pytest.approx(found.noise, rel=1e-5)
    # Two normal numbers of deviation s differ by 2 s / sqrt(pi) on average.
    assert found.noise == pytest.approx(2.0 * (2.0 / 255.0) / np.sqrt(np.pi), rel=0.02)


def test_what_stays_in_place_flickers() -> None:
    grid = (np.indices((128, 128)).sum(axis=0) % 3).astype(np.float32) / 10.0

    def paint(frame: Batch) -> Batch:
        painted: Batch = frame + grid
        return painted

    assert measure_steadiness(paint, SCENE, size=128).flicker > 0.05


def test_frames_must_fit_the_photograph() -> None:
    for size, frames in ((128, 1), (160, 8)):
        with pytest.raises(OptionError, match="needed are"):
            measure_steadiness(lambda frame: frame, SCENE, size=size, frames=frames)


def _film() -> list[UInt8Array]:
    return [np.ascontiguousarray(SCENE[:96, 2 * step : 2 * step + 96]) for step in range(6)]


def test_a_painting_that_changes_as_the_film_does_is_steady() -> None:
    film = _film()
    assert unsteadiness([frame // 2 + 40 for frame in film], film) == pytest.approx(0.5, abs=0.03)
    assert unsteadiness(film, film) == 0.0
    # Twice the contrast adds the film's change once more; still frames do not count.
    assert unsteadiness([255 - frame for frame in film], film) == pytest.approx(2.0)
    assert np.isnan(unsteadiness(film[:1] * 3, film[:1] * 3))


def test_steadying_is_measured_beside_it() -> None:
    random = np.random.default_rng(0)

    def flicker(frame: UInt8Array) -> UInt8Array:
        noisy = frame + random.integers(-40, 41, frame.shape)
        return np.asarray(np.clip(noisy, 0, 255), np.uint8)

    still = [_film()[0] + np.uint8(step % 2) for step in range(6)]
    found = measure_clip(flicker, still)
    assert found.steady < 0.8 * found.plain
    assert found.cuts == 0


def test_peers_need_a_picture_a_frame(tmp_path: Path) -> None:
    film = _film()
    for index, frame in enumerate(film):
        Image.fromarray(resize(frame, 48, 48)).save(tmp_path / f"{index:03}.png")
    assert [frame.shape for frame in peer_frames(tmp_path, film)] == [(96, 96, 3)] * 6
    assert unsteadiness(peer_frames(tmp_path, film), film) < 0.7
    with pytest.raises(OptionError, match="6 pictures of 7 frames"):
        peer_frames(tmp_path, [*film, film[0]])


def test_frames_of_a_clip(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square(6))
    assert [f.shape for f in clip_frames(clip, 4, 40)] == [(32, 40, 3)] * 4
    with pytest.raises(OptionError, match="1 frames; needed are two"):
        clip_frames(write_clip(tmp_path / "one.mp4", moving_square(1)), 4)
