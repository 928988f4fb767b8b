"""Where photographs are smooth, and what a layer of a perceptual network sees there."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.pictures.strokes import COARSE, FINE, NEIGHBOURHOOD, SMOOTH_SHARE, gaussian_window
from tinystyle.training.objective.colour import luma

__all__ = ["at_positions", "blur", "smooth_positions", "stroke_energy"]


def stroke_energy(photographs: Tensor) -> Tensor:
    """Energy of the luma at the scale of strokes: ``(N, 3, H, W)``, 0..1, to ``(N, H, W)``.

    The square of a difference of Gaussians, averaged around each pixel: little in skies, walls and
    water. As ``appearance.smooth_area`` measures it, which is why a test
    compares the two. H and W from 20.
    """
    flat = luma(photographs.float())
    band = blur(flat, FINE) - blur(flat, COARSE)
    return blur(band.square(), NEIGHBOURHOOD)


def smooth_positions(energy: Tensor, height: int, width: int) -> Tensor:
    """The smoothest SMOOTH_SHARE of a layer's positions: ``(N, H, W)`` to indices ``(N, K)``.

    The layer has ``height`` x ``width`` positions, row by row.
    """
    pooled = F.adaptive_avg_pool2d(energy[:, None], (height, width)).flatten(1)
    count = max(1, int(SMOOTH_SHARE * height * width))
    return pooled.topk(count, dim=1, largest=False, sorted=False).indices


def at_positions(features: Tensor, positions: Tensor) -> Tensor:
    """Features ``(N, C, H, W)`` at positions ``(N, K)`` alone: ``(N, C, K, 1)``."""
    rows = features.permute(0, 2, 3, 1).flatten(1, 2)  # a view where channels are last in memory
    chosen = [own.index_select(0, at) for own, at in zip(rows, positions, strict=True)]
    return torch.stack(chosen)[:, :, None].permute(0, 3, 1, 2)


def blur(values: Tensor, deviation: float) -> Tensor:
    """A Gaussian over ``(N, H, W)``, mirrored at the edges.

    As products of matrices: about half of the time of convolutions of one channel on a CPU.
    """
    down, across = (
        torch.from_numpy(_gaussian(side, deviation)).to(values.device) for side in values.shape[1:]
    )
    return down @ values @ across.T


@lru_cache(maxsize=32)
def _gaussian(side: int, deviation: float) -> NDArray[np.float32]:
    """The matrix ``(side, side)`` whose product with a column of pixels blurs it."""
    window = gaussian_window(deviation)
    read = np.pad(np.arange(side), len(window) // 2, mode="reflect")
    found = np.zeros((side, side))
    for row in range(side):
        np.add.at(found[row], read[row : row + len(window)], window)
    return found.astype(np.float32)
