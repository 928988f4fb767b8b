"""Hypernetworks of networks in another form, in closed form from one that exists."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from tinystyle.checks import require_whole
from tinystyle.network.spec import Architecture
from tinystyle.training.data.in_memory import PictureBank
from tinystyle.training.data.shards import read_pictures
from tinystyle.training.data.style_features import STYLE_SIZE
from tinystyle.training.networks.hypernetwork import StyleHypernetwork
from tinystyle.training.networks.interpreter import run_per_style
from tinystyle.training.stages.convert_kernels import narrowed, require_smaller
from tinystyle.training.stages.convert_norms import one_normed, require_many_norms
from tinystyle.training.stages.style_run import CROPS, SHORT_SIDE

__all__ = ["Sources", "narrow_hypernetwork", "one_norm_hypernetwork", "painted_difference"]

Sources = tuple[list[Path], list[Path]]
"""Where artworks and photographs are."""

_OUTER = 40, 6
"""Artworks and photographs, enough of each to know what the outer layers read."""

_NORMS = 240, 8
"""To know what norms amount to: five times as many artworks as a group of 48 hidden units has."""


@torch.no_grad()
def narrow_hypernetwork(
    network: StyleHypernetwork, sources: Sources, crop: int, *, side: int
) -> tuple[StyleHypernetwork, float]:
    """As ``convert_kernels.narrowed``, fitted on a few of the pictures.

    Returned beside it: the mean absolute difference of what both paint, 0..1.
    """
    require_smaller(network.config, side)  # before seconds of reading
    artworks, photographs = _pictures(sources, _OUTER, crop)
    result = narrowed(network, side, artworks, photographs)
    return result, painted_difference(network, result, artworks, photographs[:1])


@torch.no_grad()
def one_norm_hypernetwork(
    network: StyleHypernetwork,
    sources: Sources,
    crop: int,
    *,
    architecture: Architecture = Architecture.ONE_NORM,
) -> tuple[StyleHypernetwork, float]:
    """As ``convert_norms.one_normed``, fitted on a few of the pictures.

    Returned beside it: the mean absolute difference of what both paint, 0..1.
    """
    require_many_norms(network.config)
    artworks, photographs = _pictures(sources, _NORMS, crop)
    result = one_normed(network, artworks, photographs, architecture)
    shown = artworks[: _OUTER[0]]
    return result, painted_difference(network, result, shown, photographs[:1])


@torch.no_grad()
def painted_difference(
    one: StyleHypernetwork, other: StyleHypernetwork, artworks: Tensor, photograph: Tensor
) -> float:
    """Mean absolute difference, 0..1, of what both make of a photograph ``(1, 3, H, W)``."""
    shown = photograph.expand(len(artworks), *photograph.shape)
    first, second = (
        run_per_style(network.config.spec.ops(), network(artworks), shown)
        for network in (one, other)
    )
    return (first - second).abs().mean().item()


def _pictures(sources: Sources, limits: tuple[int, int], crop: int) -> tuple[Tensor, Tensor]:
    require_whole("crop", crop, *CROPS)
    artworks, photographs = (
        torch.stack([bank.middle(i, size) for i in range(len(bank))])
        for bank, size in (
            (PictureBank(read_pictures(source, SHORT_SIDE, limit=limit)), size)
            for source, limit, size in zip(sources, limits, (STYLE_SIZE, crop), strict=True)
        )
    )
    return artworks, photographs
