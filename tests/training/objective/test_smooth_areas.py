from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.assets import asset
from tinystyle.benchmarks.quality.appearance import smooth_area
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import middle_square, read_picture, resize
from tinystyle.pictures.strokes import SMOOTH_SHARE
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.objective.smooth_areas import (
    at_positions,
    smooth_positions,
    stroke_energy,
)


@pytest.fixture(scope="module")
def photographs() -> Tensor:
    squares = [
        resize(middle_square(read_picture(path).rgb), 128, 128)
        for path in find_pictures([asset("photographs")])
    ]
    together: Tensor = torch.cat([to_tensor(square) for square in squares])
    return together


def test_the_areas_are_those_that_evaluation_measures(photographs: Tensor) -> None:
    positions = smooth_positions(stroke_energy(photographs), 128, 128)
    for picture, found in zip(photographs, positions, strict=True):
        where = smooth_area(picture.numpy())
        mine = np.zeros(128 * 128, bool)
        mine[found.numpy()] = True
        assert mine.sum() == int(SMOOTH_SHARE * 128 * 128)
        assert (mine.reshape(128, 128) == where).mean() > 0.995


def test_a_sky_over_a_pattern_is_smooth() -> None:
    picture = torch.full((2, 3, 64, 96), 0.5)
    picture[0, :, 32:] = torch.rand(3, 32, 96, generator=torch.Generator().manual_seed(1))
    picture[1, :, :32] = torch.rand(3, 32, 96, generator=torch.Generator().manual_seed(2))
    rows = smooth_positions(stroke_energy(picture), 16, 24) // 24
    assert rows.shape == (2, int(SMOOTH_SHARE * 16 * 24))
    assert rows[0].max() < 8
    assert rows[1].min() >= 8


@pytest.mark.parametrize("last", [False, True])
def test_features_at_positions(last: bool) -> None:
    layout = torch.channels_last if last else torch.contiguous_format
    features = torch.arange(2.0 * 3 * 4 * 5).reshape(2, 3, 4, 5).contiguous(memory_format=layout)
    features.requires_grad_()
    positions = torch.tensor([[0, 7], [19, 3]])
    found = at_positions(features, positions)
    assert found.shape == (2, 3, 2, 1)
    for n, row in enumerate(positions):
        for k, at in enumerate(row):
            assert torch.equal(found[n, :, k, 0], features[n, :, at // 5, at % 5])
    found.sum().backward()
    assert features.grad is not None
    assert features.grad.sum() == 12.0
