"""Whether a perceptual network ranks painted pictures as another one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.quality import square
from tinystyle.images import read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.stylenet import StyleNet
from tinystyle.training.features import STYLE_SIZE, to_tensor
from tinystyle.training.loss_weights import MOMENTS
from tinystyle.training.network import paint
from tinystyle.training.objective import Objective
from tinystyle.training.perceptual import Perceptual
from tinystyle.training.style_target import StyleTarget

__all__ = ["Ranking", "compare_rankings", "spearman"]

Values = NDArray[np.float64]

_STRENGTHS = (0.25, 0.5, 0.75, 1.0)
_ERRORS = (0.1, 0.2, 0.4)
"""Noise on the weights, relative to each weight's mean absolute value."""

PARTS = ("loss", "content", "style")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Losses of the same pictures by two networks: ``(styles, pictures)`` each, by part."""

    first: dict[str, Values]
    second: dict[str, Values]

    def overall(self, part: str) -> float:
        """Spearman's correlation over all pictures of all styles."""
        return spearman(self.first[part].ravel(), self.second[part].ravel())

    def within(self, part: str) -> list[float]:
        """The same among the pictures of each style."""
        pairs = zip(self.first[part], self.second[part], strict=True)
        return [spearman(one, other) for one, other in pairs]


@torch.no_grad()
def compare_rankings(
    first: Perceptual,
    second: Perceptual,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    size: int = STYLE_SIZE,
    seed: int = 0,
) -> Ranking:
    """Judge pictures of different quality by both networks.

    Each photograph in each style: unchanged, painted at several strengths, and by networks with
    errors in their weights.
    """
    objectives = [Objective(network, MOMENTS) for network in (first, second)]
    photographs = torch.cat([to_tensor(square(path, size)) for path in contents])
    hypernetwork = Hypernetwork()
    identity = hypernetwork.identity()
    random = np.random.default_rng(seed)
    rows: list[list[list[list[float]]]] = [[], []]
    for path in tqdm(styles, desc="styles", unit=""):
        artwork = to_tensor(square(path, size))
        net = hypernetwork.generate(read_picture(path))
        nets = [net.with_strength(identity, strength) for strength in _STRENGTHS]
        nets += [_with_errors(net, error, random) for error in _ERRORS]
        pictures = torch.cat([photographs, *(_paint(other, photographs) for other in nets)])
        originals = photographs.repeat(1 + len(nets), 1, 1, 1)
        for found, objective in zip(rows, objectives, strict=True):
            target = objective.describe(artwork)
            found.append(
                [
                    _losses(objective, picture[None], original[None], target)
                    for picture, original in zip(pictures, originals, strict=True)
                ]
            )
    both = [np.array(found) for found in rows]
    by_part = [{part: values[..., i] for i, part in enumerate(PARTS)} for values in both]
    return Ranking(by_part[0], by_part[1])


def spearman(first: Values, second: Values) -> float:
    """Correlation of the ranks of two series without ties."""
    ranks = [np.argsort(np.argsort(values)) for values in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _losses(
    objective: Objective, painted: Tensor, photograph: Tensor, target: StyleTarget
) -> list[float]:
    loss, parts = objective(painted, photograph, target)
    return [loss.item(), parts["content"].item(), parts["moments"].item()]


def _with_errors(net: StyleNet, error: float, random: np.random.Generator) -> StyleNet:
    weights = {}
    for name, value in net.weights.items():
        noise = random.standard_normal(value.shape) * np.abs(value).mean()
        weights[name] = (value + error * noise).astype(np.float32)
    return StyleNet(net.spec, weights)


def _paint(net: StyleNet, photographs: Tensor) -> Tensor:
    return torch.cat([paint(net, p[None]) for p in photographs])
