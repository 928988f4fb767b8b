"""Which way strokes run: known patterns, an independent computation, gradients."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy.ndimage import gaussian_filter
from torch import Tensor

from tinystyle.training.objective.orientation import (
    HARMONICS,
    orientation_error,
    orientations,
    smooth_mask,
)
from tinystyle.training.objective.smooth_areas import stroke_energy


def _grey(values: Tensor) -> Tensor:
    return values.float().expand(1, 3, *values.shape).contiguous()


def _waves(*degrees: float, side: int = 192, period: float = 16.0) -> Tensor:
    """Stripes whose brightness changes in these directions, one beside the other."""
    down, across = torch.meshgrid(*(torch.arange(side),) * 2, indexing="ij")
    angles = [np.deg2rad(d) for d in degrees]
    parts = [
        0.5 + 0.3 * torch.sin(2 * np.pi / period * (across * np.cos(a) + down * np.sin(a)))
        for a in angles
    ]
    return _grey(torch.cat(parts, dim=1))


def _of(found: Tensor, harmonic: int) -> list[float]:
    place = 2 * HARMONICS.index(harmonic)
    fine, coarse = found[0, place : place + 2], found[0, 8 + place : 8 + place + 2]
    assert torch.allclose(fine, coarse, atol=0.08)
    return [float(value) for value in fine]


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 135.0])
def test_stripes_of_one_direction(degrees: float) -> None:
    found = orientations(_waves(degrees))
    for harmonic in HARMONICS:
        angle = np.deg2rad(harmonic * degrees)
        assert _of(found, harmonic) == pytest.approx([np.cos(angle), np.sin(angle)], abs=0.12)


def test_a_lattice_of_two_diagonals_is_told_from_strokes_of_all_directions() -> None:
    lattice = orientations(_waves(45.0, 135.0))
    assert _of(lattice, 2) == pytest.approx([0.0, 0.0], abs=0.05)
    assert _of(lattice, 4) == pytest.approx([-1.0, 0.0], abs=0.1)
    assert _of(lattice, 8) == pytest.approx([1.0, 0.0], abs=0.2)
    everywhere = orientations(_waves(*np.arange(0.0, 180.0, 11.25)))
    for harmonic in HARMONICS:
        assert _of(everywhere, harmonic) == pytest.approx([0.0, 0.0], abs=0.06)
    assert orientation_error(lattice, everywhere).item() > 1.5
    assert orientation_error(lattice, lattice).item() == 0.0


def test_against_an_independent_computation() -> None:
    picture = torch.rand(1, 3, 40, 52, generator=torch.Generator().manual_seed(3))
    mask = (torch.rand(1, 40, 52, generator=torch.Generator().manual_seed(4)) < 0.4).float()
    grey = np.einsum("c,chw->hw", [0.299, 0.587, 0.114], picture[0].numpy().astype(np.float64))
    expected = []
    for deviation in (1.0, 2.0):
        soft = gaussian_filter(grey, deviation, mode="mirror", truncate=3.2)
        down, across = np.gradient(soft)
        angle = np.arctan2(down, across)[1:-1, 1:-1]
        weight = (np.hypot(down, across) * mask[0].numpy())[1:-1, 1:-1]
        for harmonic in HARMONICS:
            mean = (weight * np.exp(1j * harmonic * angle)).sum() / weight.sum()
            expected += [mean.real, mean.imag]
    np.testing.assert_allclose(orientations(picture, mask)[0].numpy(), expected, atol=5e-3)


def test_only_what_the_mask_holds_counts() -> None:
    halves = torch.cat([_waves(0.0), _waves(45.0)], dim=2)
    mask = torch.zeros(1, *halves.shape[2:])
    mask[:, :180] = 1.0
    assert torch.allclose(orientations(halves, mask), orientations(_waves(0.0)), atol=0.03)


def test_a_flat_picture_has_no_direction_and_a_finite_gradient() -> None:
    flat = torch.full((2, 3, 32, 32), 0.5, requires_grad=True)
    found = orientations(flat, smooth_mask(stroke_energy(flat.detach())))
    assert torch.allclose(found, torch.zeros_like(found), atol=1e-3)
    orientation_error(found, orientations(_waves(45.0)).expand(2, -1)).sum().backward()
    assert flat.grad is not None and torch.isfinite(flat.grad).all()


def test_descent_turns_hatching_towards_the_artwork() -> None:
    """Noise on a lattice, the artwork's stripes upright: the error falls by steps on pixels."""
    wanted = orientations(_waves(0.0, side=48))
    noise = torch.rand(1, 3, 48, 96, generator=torch.Generator().manual_seed(5))
    picture = (0.7 * _waves(45.0, 135.0, side=48) + 0.3 * noise).requires_grad_()
    before = orientation_error(orientations(picture.detach()), wanted).item()
    optimizer = torch.optim.Adam([picture], 0.01)
    for _ in range(80):
        optimizer.zero_grad()
        error = orientation_error(orientations(picture), wanted).sum()
        error.backward()
        optimizer.step()
    assert error.item() < 0.5 * before


def test_the_mask_holds_the_smoothest_share() -> None:
    energy = torch.rand(3, 50, 40, generator=torch.Generator().manual_seed(6))
    mask = smooth_mask(energy)
    assert mask.sum(dim=(1, 2)).tolist() == [800.0] * 3
    for own, held in zip(energy, mask.bool(), strict=True):
        assert own[held].max() < own[~held].min()
