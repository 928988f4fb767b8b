"""Whether a perceptual network ranks painted pictures as another one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.quality.evaluation import square
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.data.style_features import STYLE_SIZE, to_tensor
from tinystyle.training.finetune.descent import Look
from tinystyle.training.networks.interpreter import paint, run
from tinystyle.training.networks.trainable import TrainableNet
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import ARTWORK
from tinystyle.training.perceptual.vgg import Perceptual

__all__ = ["Ranking", "compare_rankings", "spearman"]

Values = NDArray[np.float64]

_STRENGTHS = (0.25, 0.5, 0.75, 1.0)
_ERRORS = (0.1, 0.2, 0.4)
"""Noise on the weights, relative to each weight's mean absolute value."""

PARTS = ("loss", "content", "gram_relative")

_FINETUNED = (0.2, 1.0)
"""Shares of the steps after which a network that is being finetuned is judged, too."""

Finetune = Callable[[Picture, str, Look], object]
"""Finetunes a network to an artwork of a name and shows it on its way."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Losses of the same pictures by two networks: ``(styles, pictures)`` each, by part."""

    first: dict[str, Values]
    second: dict[str, Values]
    painted: NDArray[np.bool_]
    """Which pictures a network painted at full strength and without errors, ``(pictures,)``."""
    cosines: Values
    """Of the gradients of ``gram_relative`` by both, over the weights of these networks."""

    def overall(self, part: str) -> float:
        """Spearman's correlation over all pictures of all styles."""
        return spearman(self.first[part].ravel(), self.second[part].ravel())

    def within(self, part: str) -> list[float]:
        """The same among the pictures of each style."""
        pairs = zip(self.first[part], self.second[part], strict=True)
        return [spearman(one, other) for one, other in pairs]

    def ratio(self, part: str) -> Values:
        """What the second says over what the first says, median over painted pictures, by style."""
        ratios = self.second[part][:, self.painted] / self.first[part][:, self.painted]
        return np.asarray(np.median(ratios, axis=1))


def compare_rankings(
    first: Perceptual,
    second: Perceptual,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    size: int = STYLE_SIZE,
    seed: int = 0,
    finetune: Finetune | None = None,
    steps: int = 100,
) -> Ranking:
    """Judge pictures of different quality by both networks.

    Each photograph in each style: unchanged, painted at several strengths, by networks with errors
    in their weights, and by networks that ``finetune`` fits to the artwork in ``steps`` steps: what
    an imperfect judge is deceived by.
    """
    objectives = [Objective(network, ARTWORK) for network in (first, second)]
    photographs = torch.cat([to_tensor(square(path, size)) for path in contents])
    hypernetwork = Hypernetwork()
    random = np.random.default_rng(seed)
    rows: list[list[list[list[float]]]] = [[], []]
    cosines: list[float] = []
    painted: list[bool] = []
    for path in tqdm(styles, desc="styles", unit=""):
        artwork = to_tensor(square(path, size))
        picture = read_picture(path)
        net = hypernetwork.generate(picture)
        nets = [net.with_strength(strength) for strength in _STRENGTHS]
        nets += [_with_errors(net, error, random) for error in _ERRORS]
        good = [net]
        if finetune is not None:
            good += _finetuned(finetune, picture, path.stem, steps)
        nets += good[1:]
        flags = [strength == 1.0 for strength in _STRENGTHS] + [False] * len(_ERRORS)
        kinds = [False, *flags, *[True] * len(good[1:])]
        painted = [kind for kind in kinds for _ in photographs]
        with torch.no_grad():
            pictures = torch.cat([photographs, *(_paint(other, photographs) for other in nets)])
        originals = photographs.repeat(1 + len(nets), 1, 1, 1)
        targets = [objective.describe(artwork) for objective in objectives]
        for found, objective, target in zip(rows, objectives, targets, strict=True):
            found.append(
                [
                    _losses(objective, one[None], original[None], target)
                    for one, original in zip(pictures, originals, strict=True)
                ]
            )
        for other in good:
            one, two = (
                _gradient(objective, other, photographs[:1], target)
                for objective, target in zip(objectives, targets, strict=True)
            )
            cosines.append(float(torch.nn.functional.cosine_similarity(one, two, dim=0)))
    both = [np.array(found) for found in rows]
    by_part = [{part: values[..., i] for i, part in enumerate(PARTS)} for values in both]
    return Ranking(by_part[0], by_part[1], np.array(painted), np.array(cosines))


def _finetuned(finetune: Finetune, picture: Picture, name: str, steps: int) -> list[StyleNet]:
    """The networks after some of the steps."""
    wanted = [max(1, round(share * steps)) for share in _FINETUNED]
    seen: dict[int, StyleNet] = {}
    finetune(picture, name, lambda step, net: seen.update({step: net}))
    steps_seen = np.array(sorted(seen))
    nearest = [int(steps_seen[np.abs(steps_seen - step).argmin()]) for step in wanted]
    return [seen[step] for step in nearest]


def _gradient(
    objective: Objective, net: StyleNet, photograph: Tensor, target: StyleTarget
) -> Tensor:
    model = TrainableNet(net)
    picture = run(net.spec.ops(bounded=False), model.weights(), photograph)
    _, parts = objective(picture, photograph, target)
    slopes = torch.autograd.grad(parts["gram_relative"], list(model.values.parameters()))
    together: Tensor = torch.cat([slope.flatten() for slope in slopes])
    return together


def spearman(first: Values, second: Values) -> float:
    """Correlation of the ranks of two series without ties."""
    ranks = [np.argsort(np.argsort(values)) for values in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _losses(
    objective: Objective, painted: Tensor, photograph: Tensor, target: StyleTarget
) -> list[float]:
    with torch.no_grad():
        loss, parts = objective(painted, photograph, target)
    return [loss.item(), parts["content"].item(), parts["gram_relative"].item()]


def _with_errors(net: StyleNet, error: float, random: np.random.Generator) -> StyleNet:
    weights = {}
    for name, value in net.weights.items():
        noise = random.standard_normal(value.shape) * np.abs(value).mean()
        weights[name] = (value + error * noise).astype(np.float32)
    return StyleNet(net.spec, weights)


def _paint(net: StyleNet, photographs: Tensor) -> Tensor:
    together: Tensor = torch.cat([paint(net, p[None]) for p in photographs])
    return together
