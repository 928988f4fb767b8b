"""Style swap of activations in torch (Chen & Schmidt 2016, section 3)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["best_patches", "put_back", "swap_patches", "unfold_patches", "with_moments"]


def unfold_patches(activation: Tensor) -> Tensor:
    """All 3x3 patches of one activation ``(C, H, W)``: ``((H - 2) * (W - 2), C, 3, 3)``."""
    windows = activation.unfold(1, 3, 1).unfold(2, 3, 1)
    return windows.permute(1, 2, 0, 3, 4).flatten(0, 1)


def best_patches(activation: Tensor, bank: Tensor, allowed: Tensor | None = None) -> Tensor:
    """Which of the patches of length 1 ``(K, C, 3, 3)`` has the highest cross-correlation (eq. 1)
    at each place of ``(N, C, H, W)``: ``(N, H - 2, W - 2)``, among those ``allowed`` there,
    ``(N, K, H - 2, W - 2)``."""
    scores = F.conv2d(activation, bank)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    return scores.argmax(dim=1)


def put_back(chosen: Tensor, bank: Tensor) -> Tensor:
    """Patches at their places, overlaps averaged: ``(N, H - 2, W - 2)`` to ``(N, C, H, W)``."""
    count, height, width = chosen.shape
    patches = bank[chosen].permute(0, 3, 4, 5, 1, 2)  # (N, C, 3, 3, H - 2, W - 2)
    columns = patches.reshape(count, -1, height * width)
    size = (height + 2, width + 2)
    total = F.fold(columns, size, 3)
    overlaps = F.fold(torch.ones_like(columns[:1, :9]), size, 3)
    averaged: Tensor = total / overlaps
    return averaged


def with_moments(activation: Tensor, style: Tensor) -> Tensor:
    """``(N, C, H, W)`` with means and deviations of the channels of ``style``, of that shape."""
    mean, deviation = activation.mean((2, 3), keepdim=True), activation.std((2, 3), keepdim=True)
    wanted_mean, wanted = style.mean((2, 3), keepdim=True), style.std((2, 3), keepdim=True)
    return (activation - mean) / deviation.clamp_min(1e-3) * wanted + wanted_mean


def swap_patches(activation: Tensor, bank: Tensor) -> Tensor:
    """Each patch of ``(N, C, H, W)`` replaced by that of ``bank`` ``(K, C, 3, 3)`` most like it."""
    lengths = bank.flatten(1).norm(dim=1).clamp_min(1e-12)
    return put_back(best_patches(activation, bank / lengths[:, None, None, None]), bank)
