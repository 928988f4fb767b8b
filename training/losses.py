"""The losses of Shen et al. 2018, each a pure function of activations or pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "channel_statistics",
    "content_loss",
    "spike_penalty",
    "style_loss",
    "style_statistics",
    "total_variation",
]

VARIANCE_EPSILON = 1e-5
"""Added to the variance, so that a dead channel has a finite gradient."""


def channel_statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel: ``(N, C, H, W)`` to two ``(N, C)``.

    The representation of style SP(I) of Shen et al. 2018, section 4.1 (after Li et al. 2017):
    population variance over positions, VARIANCE_EPSILON added under the root.
    """
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0)
    return mean, (variance + VARIANCE_EPSILON).sqrt()


def style_statistics(activations: Sequence[Tensor]) -> Tensor:
    """SP(I): for each layer in turn the channel means, then deviations; ``(N, 2 * sum C)``.

    1920 numbers for relu1_2, relu2_2, relu3_3, relu4_3.
    """
    return torch.cat([part for a in activations for part in channel_statistics(a)], dim=1)


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """||CP(I) - CP(Ic)||^2 (Shen et al. 2018, eq. 2), as the mean over elements."""
    return F.mse_loss(features, target)


def style_loss(statistics: Tensor, target: Tensor, widths: Sequence[int]) -> Tensor:
    """||SP(I) - SP(Is)||^2 (Shen et al. 2018, eq. 2): ``(N, 2 * sum widths)`` to ``(N,)``.

    Each layer contributes the mean squared difference of its means plus that of its deviations, so
    layers of different width weigh the same.
    """
    parts = (statistics - target).square().split([w for w in widths for _ in range(2)], dim=1)
    return torch.stack([part.mean(dim=1) for part in parts]).sum(dim=0)


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels (Shen et al. 2018, section 4.1)."""
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    right = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    return down + right


SPIKE_LIMIT = 8.0
"""Deviations from a channel's mean beyond which a value is a spike."""


def spike_penalty(features: Tensor) -> Tensor:
    """Mean squared excess of standardised activations ``(N, C, H, W)`` over SPIKE_LIMIT.

    Ours, not the paper's. Before an instance norm a network can grow one huge value to set the
    scale of all others; the picture then shows it as a black droplet (the artefact described by
    Karras et al. 2020, section 2). In the prototype values reached 30 deviations.
    """
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0, keepdim=True)
    scaled = (features - mean) / (variance + VARIANCE_EPSILON).sqrt()
    return F.relu(scaled.abs() - SPIKE_LIMIT).square().mean()
