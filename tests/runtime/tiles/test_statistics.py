"""Statistics of tiles against those of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from tinystyle.runtime.tiles.statistics import Gathered, Measure

AXES = (2, 3)


def _measures(values: np.ndarray) -> dict[Measure, np.ndarray]:
    return {
        Measure.MEAN: values.mean(AXES, keepdims=True),
        Measure.VARIANCE: values.var(AXES, keepdims=True),
        Measure.MOST: values.max(AXES, keepdims=True),
        Measure.LEAST: values.min(AXES, keepdims=True),
        Measure.CORNER: values[:, :, :1, :1],
    }


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_tiles_of_any_size_are_the_whole(offset: float) -> None:
    whole = np.random.default_rng(0).normal(offset, 1.0, (1, 3, 20, 31))
    gathered = Gathered()
    for rows in (slice(0, 7), slice(7, 8), slice(8, 20)):
        for columns in (slice(0, 30), slice(30, 31)):
            tile = whole[:, :, rows, columns]
            gathered.add(tile.shape[2] * tile.shape[3], _measures(tile))
    assert gathered.count == 620
    for measure, value in _measures(whole).items():
        assert gathered.values[measure] == pytest.approx(value, rel=1e-9), measure
