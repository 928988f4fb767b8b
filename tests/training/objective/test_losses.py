"""Losses against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import to_batch
from tinystyle.training.objective import losses
from tinystyle.training.objective.artefacts import GridEnergy, grid_penalty


def test_channel_statistics_are_population_mean_and_deviation() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, (2, 4, 6, 5))
    mean, std = losses.channel_statistics(torch.from_numpy(values))
    np.testing.assert_allclose(mean.numpy(), values.mean(axis=(2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std.numpy(), np.sqrt(values.var(axis=(2, 3)) + 1e-5), rtol=1e-6)


def test_style_statistics_come_layer_by_layer() -> None:
    first, second = torch.zeros(1, 2, 4, 4), torch.ones(1, 3, 4, 4)
    statistics = losses.style_statistics([first, second])
    root = math.sqrt(1e-5)
    expected = [0, 0, root, root, 1, 1, 1, root, root, root]
    np.testing.assert_allclose(statistics[0].numpy(), expected, atol=1e-6)


def test_style_loss_weighs_layers_alike() -> None:
    a, b = torch.zeros(2, 10), torch.zeros(2, 10)
    a[0, :2] = 3.0  # means of a layer of width 2: mean square 9
    a[1, 4] = 3.0  # one mean of a layer of width 3: 9 / 3
    assert losses.style_loss(a, b, (2, 3)).tolist() == [9.0, 3.0]


def test_content_loss_is_the_mean_square() -> None:
    assert losses.content_loss(torch.full((1, 2, 2, 2), 3.0), torch.ones(1, 2, 2, 2)) == 4.0


def test_total_variation() -> None:
    flat = torch.full((1, 3, 4, 4), 0.7)
    assert losses.total_variation(flat) == 0.0
    stripes = torch.tensor([0.0, 1.0]).repeat(2)[None, None, None].expand(1, 3, 4, 4)
    assert losses.total_variation(stripes) == 1.0


def test_noise_response_is_a_gain() -> None:
    noise = torch.full((2, 3, 8, 8), 0.01)
    painted = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    noisy = painted + noise * torch.tensor([2.5, 0.0]).view(2, 1, 1, 1)
    found = losses.noise_response(painted, noisy, noise)
    assert found.tolist() == pytest.approx([2.5, 0.0], rel=1e-4)


def test_motion_is_measured_against_that_of_the_photograph() -> None:
    before, after = torch.rand(2, 4, 3, 16, 16)
    change = after - before
    same = losses.motion_response(change, change)
    assert torch.equal(same, torch.zeros(4))
    assert torch.allclose(losses.motion_response(torch.zeros_like(change), change), torch.ones(4))
    assert torch.allclose(losses.motion_response(3.0 * change, change), torch.full((4,), 2.0))


@pytest.mark.parametrize("change", ["noise", "another picture", "contrast"])
def test_ssim_is_scikit_images(change: str) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    random = np.random.default_rng(1)
    first = to_batch(landscape(72)[:60])
    changed = {
        "noise": np.clip(first + random.normal(0.0, 0.1, first.shape), 0.0, 1.0),
        "another picture": to_batch(ARTWORKS["swirls"](72)[:60]),
        "contrast": 0.3 + 0.4 * first,
    }
    second = np.asarray(changed[change], np.float32)
    luma = [np.einsum("chw,c->hw", p[0], [0.299, 0.587, 0.114]) for p in (first, second)]
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    _, expected = metrics.structural_similarity(*luma, data_range=1.0, full=True, **window)
    inside = expected[5:-5, 5:-5].mean()  # where all 11 taps lie in the picture
    pictures = (
        torch.from_numpy(np.concatenate([first, second])),
        torch.from_numpy(np.concatenate([second, second])),
    )
    found, same = losses.ssim(*pictures).tolist()
    assert found == pytest.approx(inside, abs=2e-5)
    assert same == pytest.approx(1.0, abs=1e-5)
    assert inside < 0.95


def test_outlier_penalty_sees_outliers_only() -> None:
    noise = torch.randn(1, 2, 64, 64, generator=torch.Generator().manual_seed(0))
    assert losses.outlier_penalty(noise) == 0.0
    noise[0, 0, 5, 5] = 40.0
    assert losses.outlier_penalty(noise) > 0.01
    scaled = losses.outlier_penalty(7.0 * noise + 3.0)  # what an instance norm cannot see
    assert scaled.item() == pytest.approx(losses.outlier_penalty(noise).item(), rel=1e-3)


def test_identification_is_the_likelihood_of_the_own_style() -> None:
    painted = torch.tensor([[0.0, 0.0], [0.0, 2.0]])
    styles = torch.tensor([[0.0, 3.0], [1.0, 0.0], [0.0, 2.0]])
    own = torch.tensor([1, 2])
    found = losses.identification_loss(painted, styles[own], styles, own, (1,))
    t = losses.IDENTIFICATION_TEMPERATURE
    first = -math.log(math.exp(-1 / t) / sum(math.exp(-d / t) for d in (9, 1, 4)))
    second = -math.log(1.0 / (1.0 + math.exp(-1 / t) + math.exp(-5 / t)))
    assert found.item() == pytest.approx((first + second) / 2, rel=1e-5)


def test_identification_pulls_away_from_a_rival() -> None:
    painted = torch.tensor([[1.0, 1.0]], requires_grad=True)  # as near to the one as to the other
    styles = torch.tensor([[2.0, 1.0], [1.0, 2.0]])
    losses.identification_loss(painted, styles[:1], styles, torch.tensor([0]), (1,)).backward()
    assert painted.grad is not None
    assert painted.grad[0, 0] < 0.0 < painted.grad[0, 1]


def test_checkerboards_are_penalised_beyond_what_is_allowed() -> None:
    photograph = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    board = (torch.arange(64)[:, None] + torch.arange(64)) % 2 * 0.5
    plain, checked = GridEnergy.of(photograph), GridEnergy.of(photograph + board)
    excess = plain.excess().mean()
    assert grid_penalty(plain, plain) == 0
    assert grid_penalty(plain, plain, 1.2) == 0
    assert grid_penalty(checked, plain) > 0.1
    less = grid_penalty(plain, plain, 0.7)
    assert less == pytest.approx(0.3 * excess.item(), rel=1e-4)
