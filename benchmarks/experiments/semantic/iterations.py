"""Repetitions of eq. 5 beside its fixed point and beside back-propagation (Lu et al. 2017, Fig. 7).

Eq. 4 with a = λ / (2 N C²) of each region is, but for a constant,

    L = 1/2 Σ (F - F_c)²  +  1/2 Σ_k a N_k |m_k(F) - m_s,k|²

with the means m_k of the N_k features of a region; here it is told relative to 1/2 Σ F_c².
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.experiments.inversion import RATE, TV, Inverse, descend
from tinystyle.benchmarks.experiments.semantic.pairs import RegionPair, changed
from tinystyle.benchmarks.experiments.stopwatch import Stopwatch
from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.errors import OptionError
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.objective.losses import total_variation

__all__ = ["COUNTS", "Equation4", "Iterations", "compare_iterations"]

COUNTS = (0, 1, 5, 20, 100, 500)
"""After so many repetitions, and steps, pictures are shown."""


@dataclass(frozen=True, slots=True)
class Iterations:
    """What came of comparing. Losses are means over pairs."""

    sheet: UInt8Array
    """Three rows for each pair: the photograph and the inverse network's pictures of the features
    after ``counts`` repetitions, of the closed form, of that of λ without end, and of moments; the
    mask and these features, three directions of them as colours; the artwork and
    back-propagation after as many steps."""
    counts: tuple[int, ...]
    distances: tuple[float, ...]
    """Of the features to the closed form, relative, after ``counts`` repetitions; the worst."""
    losses: tuple[float, ...]
    """Of the features; last those of the closed form: no features have less."""
    painted: tuple[float, ...]
    """Of the inverse network's pictures of them."""
    optimised: tuple[float, ...]
    """Of back-propagation's pictures, after as many steps."""
    seconds: Mapping[str, float]
    """On this machine: a repetition of eq. 5, the closed form, the inverse network, and a step of
    back-propagation."""


@dataclass(frozen=True, slots=True)
class Equation4:
    """Eq. 4 of one pair."""

    features: Tensor
    """F_c, ``(1, C, h, w)``."""
    shares: Tensor
    """0 or 1 for each region, ``(1, K, h, w)``."""
    wanted: Tensor
    """m_s, ``(1, C, K)``."""
    weight: float
    """a."""

    @classmethod
    @torch.no_grad()
    def of(cls, pair: RegionPair, inverse: Inverse, weight: float) -> Equation4:
        """Of what the encoder sees."""
        features, art = (inverse.see(m.picture) for m in (pair.photograph, pair.artwork))
        own, theirs = (
            torch.from_numpy(m.shares(f, pair.regions))
            for m, f in ((pair.photograph, features), (pair.artwork, art))
        )
        return cls(features, own, cls(art, theirs, art, weight).means(art), weight)

    def means(self, features: Tensor) -> Tensor:
        """m_k of features like F_c: ``(1, C, K)``."""
        places = self.shares.flatten(2).transpose(1, 2)
        return features.flatten(2) @ places / places.sum(dim=1, keepdim=True).clamp_min(1e-6)

    def shifted(self, shift: Tensor) -> Tensor:
        """F_c and in each region the same, ``(1, C, K)``."""
        return self.features + (shift @ self.shares.flatten(2)).view_as(self.features)

    def repeated(self, features: Tensor) -> Tensor:
        """The right side of eq. 5."""
        return self.shifted(self.weight * (self.wanted - self.means(features)))

    def closed(self) -> Tensor:
        """Its fixed point: :mod:`tinystyle.network.methods.regions`."""
        share = self.weight / (1.0 + self.weight)
        return self.shifted(share * (self.wanted - self.means(self.features)))

    def loss(self, features: Tensor) -> Tensor:
        """L of features like F_c, relative: a scalar."""
        counts = self.shares.sum(dim=(2, 3))[:, None]
        style = self.weight * (counts * (self.means(features) - self.wanted).square()).sum()
        total: Tensor = (features - self.features).square().sum() + style
        return total / self.features.square().sum()


def compare_iterations(
    pairs: Sequence[RegionPair],
    inverse: Inverse,
    *,
    weight: float = 0.95,
    steps: int = 500,
) -> Iterations:
    """Eq. 5 with a = ``weight`` in each region, the closed form, and Adam on the pixels.

    ``steps`` is the most of them; fewer are shown on the way. From a = 1 on, repeating eq. 5 does
    not converge: raises OptionError.
    """
    require_whole("steps", steps, 1, 10_000)
    if not 0.0 < weight < 1.0:
        raise OptionError(
            f"weight is {weight:g}; allowed are numbers between 0 and 1: from 1 on eq. 5 leads "
            "nowhere when it is repeated"
        )
    counts = tuple(sorted({*(count for count in COUNTS if count < steps), steps}))
    watch, rows = Stopwatch(), []
    distances, losses, painted, optimised = [], [], [], []
    for pair in tqdm(pairs, desc="pairs", disable=bar_disabled()):
        problem = Equation4.of(pair, inverse, weight)
        side = pair.photograph.picture.shape[2]
        with torch.no_grad():
            repeated = _repetitions(problem, counts, watch)
            closed = watch.time("closed form", problem.closed)
            art = inverse.see(pair.artwork.picture)
            limits = [changed(problem.features, art, pair, k) for k in ("linear", "moments")]
            shown = [*repeated, closed, *limits]
            made = [watch.time("inverse network", partial(inverse.paint, f, side)) for f in shown]
            distances.append([float((f - closed).norm() / closed.norm()) for f in repeated])
        stepped = _optimise(pair, inverse, problem, counts, watch)
        rows += _rows(pair, shown, made, stepped)
        with torch.no_grad():
            few = len(counts) + 1
            losses.append([float(problem.loss(f)) for f in shown[:few]])
            painted.append([float(problem.loss(inverse.see(p))) for p in made[:few]])
            optimised.append([float(problem.loss(inverse.see(p))) for p in stepped])
    losses_of, painted_of, optimised_of = (
        tuple(np.mean(values, axis=0).tolist()) for values in (losses, painted, optimised)
    )
    worst = tuple(np.max(distances, axis=0).tolist())
    return Iterations(
        tiled(rows), counts, worst, losses_of, painted_of, optimised_of, watch.medians()
    )


def _repetitions(problem: Equation4, counts: Sequence[int], watch: Stopwatch) -> list[Tensor]:
    current, kept = problem.features, []
    for count in range(counts[-1] + 1):
        if count in counts:
            kept.append(current)
        current = watch.time("repetition of eq. 5", partial(problem.repeated, current))
    return kept


def _optimise(
    pair: RegionPair,
    inverse: Inverse,
    problem: Equation4,
    counts: Sequence[int],
    watch: Stopwatch,
) -> list[Tensor]:
    """From the photograph, a run for each number of steps: Adam's step falls to 0 in each."""

    def loss(picture: Tensor) -> Tensor:
        return problem.loss(inverse.see(picture)) + TV * total_variation(picture)

    start, made = pair.photograph.picture, []
    for count in counts:
        run = partial(descend, loss, start, count, RATE)
        # Without a step there is nothing to be timed.
        made.append(watch.time("step of back-propagation", run, count + 1)[1] if count else start)
    return made


def _rows(
    pair: RegionPair,
    shown: Sequence[Tensor],
    painted: Sequence[Tensor],
    optimised: Sequence[Tensor],
) -> list[Tensor]:
    side = pair.photograph.picture.shape[2]
    blank = torch.ones_like(pair.photograph.picture)
    regions = torch.from_numpy(pair.photograph.labels / max(1, pair.regions - 1)).float()
    mask = regions.expand(1, 3, side, side)
    middle = shown[0][:, :3].mean(dim=(2, 3), keepdim=True)
    spread = shown[0][:, :3].std(dim=(2, 3), keepdim=True)
    to_picture = partial(torch.nn.functional.interpolate, size=(side, side), mode="nearest")
    colours = [to_picture(0.5 + (f[:, :3] - middle) / (6.0 * spread)) for f in shown]
    last = [blank] * (len(shown) - len(optimised))
    return [
        torch.cat([pair.photograph.picture, *painted]),
        torch.cat([mask, *colours]),
        torch.cat([pair.artwork.picture, *optimised, *last]),
    ]
