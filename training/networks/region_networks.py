"""Networks of regions in torch: :mod:`tinystyle.network.methods.region_networks`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.methods.region_networks import LEAST_SHARE
from tinystyle.training.cpu.reductions import in_float32

__all__ = ["one_hot", "region_norm", "region_weights", "smooth"]


def one_hot(labels: Tensor, regions: int) -> Tensor:
    """Labels ``(N, 1, H, W)`` as ``(N, regions, H, W)``; those from ``regions`` on are the last."""
    each = torch.arange(regions, device=labels.device)[:, None, None]
    return (labels.long().clamp_max(regions - 1) == each).float()


def smooth(x: Tensor, radius: int, stride: int) -> Tensor:
    """Means of squares of ``2 radius + 1`` pixels, edges repeated."""
    return F.avg_pool2d(F.pad(x, (radius,) * 4, mode="replicate"), 2 * radius + 1, stride)


def region_weights(shares: Tensor, region: int) -> Tensor:
    """Those of one channel, ``(N, 1, H, W)``, of mean 1."""
    held = shares[:, region : region + 1] + LEAST_SHARE
    return held / held.mean(dim=(2, 3), keepdim=True)


def region_norm(x: Tensor, weighted: Tensor, epsilon: float) -> Tensor:
    """Mean 0 and variance 1, by weights ``(N, 1, H, W)`` of mean 1."""
    wide = in_float32(x)
    centred = wide - (wide * weighted).mean(dim=(2, 3), keepdim=True)
    variance = (centred.square() * weighted).mean(dim=(2, 3), keepdim=True)
    return (centred / (variance + epsilon).sqrt()).to(x.dtype)
