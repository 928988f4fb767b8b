"""Regions of features in torch (Lu et al. 2017): :mod:`tinystyle.network.regions`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.ops import RegionKernel
from tinystyle.network.regions import EPSILON, LEAST, MOST_GAIN

__all__ = ["move_regions", "soft_regions"]


def soft_regions(labels: Tensor, regions: int) -> Tensor:
    """Shares of labels ``(N, 1, H, W)`` in features: ``(N, regions + 1, (H + 1) // 4,
    (W + 1) // 4)``."""
    each = torch.arange(regions + 1, device=labels.device)[:, None, None]
    masks = (labels.long().clamp_max(regions) == each).float()
    return F.avg_pool2d(F.pad(masks, (0, 1, 0, 1), mode="replicate"), 4)


def move_regions(
    x: Tensor,
    labels: Tensor,
    kernel: RegionKernel,
    mean: Tensor,
    deviation: Tensor | None,
    balance: Tensor,
) -> Tensor:
    """Features ``(N, C, h, w)`` with the statistics of the artwork's regions, ``(K + 1, C)``."""
    shares = soft_regions(labels, len(balance) - 1).flatten(2)
    places = shares.transpose(1, 2)
    rows = x.flatten(2).float()
    counts = places.sum(dim=1, keepdim=True).clamp_min(LEAST)
    means = rows @ places / counts
    deviations = rows - means @ shares
    aims = means + balance * (mean.T - means)
    if kernel is RegionKernel.MOMENTS and deviation is not None:
        own = (deviations.square() @ places / counts + EPSILON).sqrt()
        ratio = (deviation.T / own).clamp_max(MOST_GAIN)
        deviations = deviations * ((1.0 + balance * (ratio - 1.0)) @ shares)
    return (deviations + aims @ shares).reshape(x.shape).to(x.dtype)
