"""Regions of features in torch (Lu et al. 2017): :mod:`tinystyle.network.methods.regions`."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.methods.regions import EPSILON, LEAST, MOST_GAIN, MOST_GAIN_OF_PATCHES
from tinystyle.network.ops import FRAME, RegionKernel
from tinystyle.training.networks.patches import best_patches, put_back

__all__ = ["move_regions", "soft_regions", "swap_regions"]


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
    soft = soft_regions(labels, len(balance) - 1)
    return _moved(x, soft, kernel, mean, deviation, balance)


def _moved(
    x: Tensor,
    soft: Tensor,
    kernel: RegionKernel,
    mean: Tensor,
    deviation: Tensor | None,
    balance: Tensor,
    most: float = MOST_GAIN,
) -> Tensor:
    shares = soft.flatten(2)
    places = shares.transpose(1, 2)
    rows = x.flatten(2).float()
    counts = places.sum(dim=1, keepdim=True).clamp_min(LEAST)
    means = rows @ places / counts
    deviations = rows - means @ shares
    aims = means + balance * (mean.T - means)
    if kernel is not RegionKernel.LINEAR and deviation is not None:
        own = (deviations.square() @ places / counts + EPSILON).sqrt()
        ratio = (deviation.T / own).clamp_max(most)
        deviations = deviations * ((1.0 + balance * (ratio - 1.0)) @ shares)
    return (deviations + aims @ shares).reshape(x.shape).to(x.dtype)


def swap_regions(x: Tensor, labels: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """:class:`tinystyle.network.ops.SwapRegions` with its ``weights`` by their last names."""
    balance = weights["balance"]
    aims = (RegionKernel.MOMENTS, weights["mean"], weights["deviation"], torch.ones_like(balance))
    edges = [4 * FRAME] * 4
    around = F.pad(labels.float(), edges, mode="reflect").to(labels.dtype)
    soft = soft_regions(around, len(balance) - 1)
    own = weights["label"] == torch.arange(len(balance), device=x.device)[:, None]
    own = own | ~own.any(dim=1, keepdim=True)
    allowed = own[soft[:, :, 1:-1, 1:-1].argmax(dim=1)].movedim(-1, 1)
    bank = weights["weight"]
    chosen = best_patches(_moved(x, soft, *aims), bank, allowed)
    swapped = put_back(chosen, bank * weights["length"][:, None, None, None])
    swapped, x, soft = (t[..., FRAME:-FRAME, FRAME:-FRAME] for t in (swapped, x, soft))
    share = torch.einsum("r,nrhw->nhw", balance, soft)[:, None]
    return x + share * (_moved(swapped, soft, *aims, MOST_GAIN_OF_PATCHES) - x)
