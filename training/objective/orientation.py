"""Which way strokes run: against hatching in two directions that the artwork does not have."""

from __future__ import annotations

import torch
from torch import Tensor

from tinystyle.pictures.strokes import SMOOTH_SHARE
from tinystyle.training.objective.colour import luma
from tinystyle.training.objective.smooth_areas import blur

__all__ = ["HARMONICS", "orientation_error", "orientations", "smooth_mask"]

HARMONICS = (2, 4, 6, 8)
"""Strokes have no front and back, so only even ones are not 0 by themselves."""

_DEVIATIONS = (1.0, 2.0)
"""Of the Gaussians, in px, before edges are measured: fine and coarse strokes."""

_FAINT = 1e-3
"""Edges much below a quarter of a level a pixel have no say."""


def orientations(image: Tensor, mask: Tensor | None = None) -> Tensor:
    """The distribution of edges' directions, as means of cos(k a) and sin(k a) over all pixels.

    ``image`` is ``(N, 3, H, W)``, 0..1, the result ``(N, 16)``: two scales times
    :data:`HARMONICS` times two. ``a`` is the angle of the luma's gradient; a pixel counts as much
    as the gradient is long, and only where ``mask`` ``(N, H, W)`` is 1. Strokes of all directions
    have zeros; a lattice of two diagonals has -1 at k = 4, one of upright and level lines 1.
    """
    grey = luma(image.float())
    inner = None if mask is None else mask[:, 1:-1, 1:-1]
    found = []
    for deviation in _DEVIATIONS:
        soft = blur(grey, deviation)
        across = 0.5 * (soft[:, 1:-1, 2:] - soft[:, 1:-1, :-2])
        down = 0.5 * (soft[:, 2:, 1:-1] - soft[:, :-2, 1:-1])
        square = across.square() + down.square() + _FAINT**2
        length = square.sqrt()
        weight = length if inner is None else length * inner
        total = weight.sum(dim=(1, 2)).clamp_min(1e-9)
        cosine, sine = (across.square() - down.square()) / square, 2.0 * across * down / square
        real, imaginary = cosine, sine
        for harmonic in HARMONICS:
            if harmonic != HARMONICS[0]:
                real, imaginary = (
                    real * cosine - imaginary * sine,
                    real * sine + imaginary * cosine,
                )
            found += [(weight * part).sum(dim=(1, 2)) / total for part in (real, imaginary)]
    return torch.stack(found, dim=1)


def smooth_mask(energy: Tensor) -> Tensor:
    """1 at the smoothest SMOOTH_SHARE of the pixels, by ``stroke_energy``: ``(N, H, W)``."""
    flat = energy.flatten(1)
    limit = flat.kthvalue(max(1, int(SMOOTH_SHARE * flat.shape[1])), dim=1).values
    return (energy <= limit[:, None, None]).to(energy.dtype)


def orientation_error(painted: Tensor, artwork: Tensor) -> Tensor:
    """Squared distance of two distributions ``(N, 16)``, summed over harmonics: ``(N,)``.

    The mean over the two scales; at most 16.
    """
    return (painted - artwork).square().sum(dim=1) / len(_DEVIATIONS)
