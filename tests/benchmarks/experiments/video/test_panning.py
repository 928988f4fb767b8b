"""Steadiness of painters whose steadiness is known."""

from __future__ import annotations

import numpy as np
import pytest

from tinystyle.benchmarks.experiments.video.panning import Batch, measure_steadiness
from tinystyle.errors import OptionError
from tinystyle.pictures.examples import landscape

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
