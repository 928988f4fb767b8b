"""Gram matrices of a picture, and of a part of it, against direct computations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.benchmarks.quality.appearance import smooth_area
from tinystyle.benchmarks.quality.judge import Judge, gram, relative_error
from tinystyle.benchmarks.quality.pair import Pair
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import to_batch
from tinystyle.training.objective.artefacts import GridEnergy
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.orientation import orientation_error, orientations
from tinystyle.training.objective.weights import ARTWORK
from tinystyle.training.perceptual import vgg as perceptual


def test_gram_is_the_mean_of_products_over_the_positions_that_count() -> None:
    features = np.random.default_rng(0).normal(size=(1, 5, 4, 6)).astype(np.float32)
    where = np.random.default_rng(1).random((4, 6)) < 0.4
    total, part = np.zeros((5, 5)), np.zeros((5, 5))
    for y in range(4):
        for x in range(6):
            product = np.outer(features[0, :, y, x], features[0, :, y, x])
            total += product
            part += product * where[y, x]
    tensor, mask = torch.from_numpy(features), torch.from_numpy(where.ravel())
    np.testing.assert_allclose(gram(tensor).numpy(), total / 24, rtol=1e-5)
    np.testing.assert_allclose(gram(tensor, mask).numpy(), part / where.sum(), rtol=1e-5)


def test_relative_error() -> None:
    wanted = torch.tensor([[3.0, 0.0], [0.0, 4.0]])
    assert relative_error(wanted, wanted) == 0.0
    assert relative_error(torch.zeros(2, 2), wanted) == pytest.approx(1.0)
    assert relative_error(wanted * 1.5, wanted) == pytest.approx(0.25)


@pytest.fixture(scope="module")
def judged(vgg_file: Path) -> tuple[perceptual.PerceptualNetwork, list[Tensor], Pair]:
    """A picture between photograph and artwork, and what is said of it."""
    network = perceptual.load(str(vgg_file))
    photograph, artwork = (to_batch(rgb) for rgb in (landscape(64), ARTWORKS["mosaic"](64)))
    painted = 0.4 * photograph + 0.6 * artwork
    pictures = [torch.from_numpy(picture) for picture in (painted, photograph, artwork)]
    with torch.inference_mode():
        judge = Judge(network, pictures[1], pictures[2])
        return network, pictures, judge.pair(("a", "b"), (0, 0), judge.look(pictures[0]), 1.0)


def _products(features: Tensor, keep: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    flat = features[0].numpy().astype(np.float64)
    columns = [
        flat[:, y, x]
        for y in range(flat.shape[1])
        for x in range(flat.shape[2])
        if keep is None or keep[y, x]
    ]
    return np.asarray(np.mean([np.outer(column, column) for column in columns], axis=0))


def _error(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(found - wanted) ** 2 / np.linalg.norm(wanted) ** 2)


def test_gram_errors_of_a_picture_and_of_its_smooth_part(
    judged: tuple[perceptual.PerceptualNetwork, list[Tensor], Pair],
) -> None:
    network, (painted, photograph, artwork), pair = judged
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    found, wanted = network(painted, layers), network(artwork, layers)
    errors = [_error(_products(found[k]), _products(wanted[k])) for k in layers]
    assert pair.gram_relative == pytest.approx(np.mean(errors[:4]), rel=1e-3)
    assert pair.gram == pytest.approx(np.mean(errors), rel=1e-3)
    area = smooth_area(photograph[0].numpy())
    there = []
    for layer, cell in (("relu2_1", 2), ("relu3_1", 4)):
        side = 64 // cell
        keep = np.array(
            [
                [area[y : y + cell, x : x + cell].all() for x in range(0, 64, cell)]
                for y in range(0, 64, cell)
            ]
        )
        assert 0.1 < keep.mean() < 0.4 and keep.shape == (side, side)
        there.append(_error(_products(found[layer], keep), _products(wanted[layer])))
    assert pair.smooth_gram == pytest.approx(np.mean(there), rel=1e-3)
    assert pair.smooth_gram != pytest.approx(np.mean(errors[1:3]), rel=0.05)


def test_the_loss_is_that_of_training(
    judged: tuple[perceptual.PerceptualNetwork, list[Tensor], Pair],
) -> None:
    network, (painted, photograph, artwork), pair = judged
    objective = Objective(network, ARTWORK)
    target = objective.describe(artwork)
    assert pair.loss == pytest.approx(objective(painted, photograph, target)[0].item(), rel=1e-5)
    before = objective(photograph, photograph, target)[0].item()
    assert pair.loss_unchanged == pytest.approx(before, rel=1e-5)


def test_directions_are_compared_where_the_photograph_is_smooth(
    judged: tuple[perceptual.PerceptualNetwork, list[Tensor], Pair],
) -> None:
    _, (painted, photograph, artwork), pair = judged
    area = torch.from_numpy(smooth_area(photograph[0].numpy()))[None].float()
    wanted = orientations(artwork)
    expected = orientation_error(orientations(painted, area), wanted).item()
    assert pair.orientation == pytest.approx(expected, rel=1e-4)
    everywhere = orientation_error(orientations(painted), wanted).item()
    assert pair.orientation != pytest.approx(everywhere, rel=0.05)


def test_the_grid_is_compared_with_both_pictures(
    vgg_file: Path, judged: tuple[perceptual.PerceptualNetwork, list[Tensor], Pair]
) -> None:
    network, (painted, photograph, artwork), pair = judged
    energies = [GridEnergy.of(p).on.sum().item() for p in (painted, photograph, artwork)]
    assert pair.grid_ratio == pytest.approx(energies[0] / max(energies[1:]), rel=1e-4)
    checks = 0.05 * (torch.arange(64) % 2 * 2 - 1)
    checked = (painted * 0.8 + 0.1 + checks).contiguous()
    with torch.inference_mode():
        for first, second in ((photograph, artwork), (artwork, photograph)):
            judge = Judge(network, first, second)
            found = judge.pair(("a", "b"), (0, 0), judge.look(checked), 1.0)
            assert found.grid_ratio > 2.0 * pair.grid_ratio
            own = judge.pair(("a", "b"), (0, 0), judge.look(second), 1.0)
            assert own.grid_ratio <= 1.0
