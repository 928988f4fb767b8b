"""Artefacts: patterns of few pixels that upsampling leaves, values that become droplets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.ops import InstanceNorm, Op
from tinystyle.training.objective.colour import luma
from tinystyle.training.objective.losses import outlier_penalty

__all__ = ["ActivationOutliers", "GridEnergy", "grid_penalty", "grid_ratio"]


_FREQUENCIES = (1 / 2, 1 / 4)
"""In cycles a pixel: what two upsamplings by two leave behind."""

_BESIDE = (2, 6)
"""What lies beside a line: from the second bin, since the window spreads the line to the first."""


class GridEnergy(NamedTuple):
    """Energy of the luma of N pictures at the 2- and 4-pixel period, and just beside.

    A line of the spectrum is averaged over all frequencies of the other direction. The mean is
    removed and a Hann window laid over, so that the picture's edges do not leak into the lines.
    Texture of any kind has the same energy on a line and beside it; a checkerboard (Odena et al.
    2016, *Deconvolution and Checkerboard Artifacts*) is locked to the grid and stands out.
    """

    on: Tensor
    """``(N, 4)``: down at 1/2 and 1/4, across at 1/2 and 1/4 cycles a pixel."""
    beside: Tensor
    """``(N, 4)``, the same a few frequencies off."""
    pixels: int
    """Of a picture."""

    @classmethod
    def of(cls, image: Tensor) -> GridEnergy:
        """Of pictures ``(N, 3, H, W)``, 0..1."""
        grey = luma(image)
        height, width = grey.shape[1:]
        pixels = height * width
        down = torch.hann_window(height, periodic=False, device=image.device)
        across = torch.hann_window(width, periodic=False, device=image.device)
        flat = grey - grey.mean(dim=(1, 2), keepdim=True)
        spectrum = torch.fft.fft2(flat * down[:, None] * across[None])
        power = (spectrum.real.square() + spectrum.imag.square()) / pixels**2
        steps = torch.arange(_BESIDE[0], _BESIDE[1] + 1, device=image.device)
        near = torch.cat([-steps, steps])
        on, beside = [], []
        for energy in (power.mean(dim=2), power.mean(dim=1)):
            side = energy.shape[1]
            for frequency in _FREQUENCIES:
                line = round(frequency * side)
                on.append(energy[:, line])
                beside.append(energy[:, (line + near) % side].mean(dim=1))
        return cls(torch.stack(on, dim=1), torch.stack(beside, dim=1), pixels)

    def excess(self) -> Tensor:
        """Energy on the lines over that beside them: ``(N,)``, 1 without any pattern."""
        return (self.on / (self.beside + 1e-12)).mean(dim=1)

    def level(self) -> Tensor:
        """Sum of the energies on the lines, times the pixels: ``(N,)``.

        Pictures of different size, with the same texture, have the same.
        """
        return self.on.sum(dim=1) * self.pixels


def grid_penalty(painted: GridEnergy, photographs: GridEnergy, allowed: float = 1.0) -> Tensor:
    """How far the mean excess of the pictures is above ``allowed`` times that of the photographs,
    from 0: a scalar.

    Of single pictures the excess is noisy: the mean of a batch is compared.
    """
    return F.relu(painted.excess().mean() - allowed * photographs.excess().mean())


def grid_ratio(painted: GridEnergy, photographs: GridEnergy, artwork_level: Tensor) -> Tensor:
    """The level of pictures over that of photograph or artwork, whichever has more: ``(N,)``.

    ``artwork_level`` is ``(N,)``. Up to about 1 there is no weave of few pixels that neither of
    them has.
    """
    allowed = torch.maximum(photographs.level(), artwork_level)
    ratio: Tensor = painted.level() / allowed.clamp_min(1e-9)
    return ratio


class ActivationOutliers:
    """An observer of one run of a network, or of several side by side."""

    def __init__(self, ops: Iterable[Op]) -> None:
        self._norms = sum(isinstance(op, InstanceNorm) for op in ops)
        self._found: list[Tensor] = []

    def __call__(self, op: Op, source: Tensor) -> None:
        """Measure what an instance norm reads."""
        if isinstance(op, InstanceNorm):
            self._found.append(outlier_penalty(source))

    def penalty(self) -> Tensor:
        """``losses.outlier_penalty``: summed over norms, averaged over runs.

        A network without norms has none.
        """
        if not self._found:
            return torch.zeros(())
        return self._norms * torch.stack(self._found).mean()
