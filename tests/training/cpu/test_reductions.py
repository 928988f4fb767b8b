"""Means over strips are those of the whole, and so are their gradients."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F
from torch import Tensor

from tinystyle.training.cpu import reductions
from tinystyle.training.cpu.reductions import (
    channel_moments,
    channel_products,
    channel_products_error,
    mean_square,
)


@pytest.fixture(autouse=True, params=[1, 64, 1 << 19])
def strips(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row, two rows, and all rows at once."""
    monkeypatch.setattr(reductions, "_ELEMENTS", request.param)


def _features(seed: int = 0) -> Tensor:
    torch.manual_seed(seed)
    features: Tensor = torch.randn(2, 3, 5, 5, dtype=torch.double)
    return features.contiguous(memory_format=torch.channels_last)


def test_moments_are_those_of_torch() -> None:
    features = _features()
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    found = channel_moments(features)
    assert torch.allclose(found[0], variance, atol=1e-12)
    assert torch.allclose(found[1], mean, atol=1e-12)


def test_gradients_of_moments_are_those_of_finite_differences() -> None:
    features = _features().requires_grad_(True)
    assert torch.autograd.gradcheck(channel_moments, features)
    assert torch.autograd.gradgradcheck(channel_moments, features)


def test_mean_square_is_that_of_torch() -> None:
    first, second = _features(), _features(seed=1)
    assert torch.allclose(mean_square(first, second), F.mse_loss(first, second), atol=1e-12)


def test_mean_square_of_a_matrix_is_that_of_torch() -> None:
    first, second = _features().flatten(2)[0], _features(seed=1).flatten(2)[0]
    assert torch.allclose(mean_square(first, second), F.mse_loss(first, second), atol=1e-12)


@pytest.mark.parametrize("wanted", [(True, False), (False, True), (True, True)])
def test_gradients_of_mean_square_are_those_of_finite_differences(
    wanted: tuple[bool, bool],
) -> None:
    pair = tuple(_features(seed=n).requires_grad_(wants) for n, wants in enumerate(wanted))
    assert torch.autograd.gradcheck(mean_square, pair)
    assert torch.autograd.gradgradcheck(mean_square, pair)


@pytest.mark.parametrize("pictures", [1, 2])
def test_errors_of_products_are_those_step_by_step(pictures: int) -> None:
    """``pictures`` targets for two pictures; in half precision as exact as products are."""
    features = _features().requires_grad_(True)
    wanted = channel_products(_features(seed=1)[:pictures]) / 3
    found = channel_products_error(features, wanted)
    plain = (channel_products(features) / 3 - wanted).square().sum(dim=(1, 2))
    assert torch.allclose(found, plain, atol=1e-12)
    assert torch.autograd.gradcheck(channel_products_error, (features, wanted))
    assert torch.autograd.gradgradcheck(channel_products_error, (features, wanted))
    rounded = features.detach().bfloat16().requires_grad_(True)
    error = channel_products_error(rounded, wanted.float())
    assert error.dtype is torch.float32
    assert torch.allclose(error.double(), plain, rtol=5e-2)
    (gradient,) = torch.autograd.grad(error.sum(), rounded)
    (exact,) = torch.autograd.grad(plain.sum(), features)
    assert torch.allclose(gradient.double(), exact, rtol=5e-2, atol=5e-2 * exact.abs().max())


def test_half_precisions_are_summed_in_float32() -> None:
    rounded = _features().bfloat16()
    exact = rounded.double()
    target = _features(seed=1).bfloat16()
    for found, wanted in (
        (channel_moments(rounded), channel_moments(exact)),
        ((mean_square(rounded, target),), (mean_square(exact, target.double()),)),
    ):
        for value, other in zip(found, wanted, strict=True):
            assert value.dtype is torch.float32
            assert torch.allclose(value.double(), other, rtol=1e-5, atol=1e-6)
    rounded.requires_grad_(True)
    loss = sum(moment.sum() for moment in channel_moments(rounded)) + mean_square(rounded, target)
    (gradient,) = torch.autograd.grad(loss, rounded)
    assert gradient.dtype is torch.bfloat16
    assert gradient.is_contiguous(memory_format=torch.channels_last)
