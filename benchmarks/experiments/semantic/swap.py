"""Patches swapped inside regions beside reconstruction (Lu et al. 2017, Figure 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.experiments.inversion import RATE, Inverse, descend
from tinystyle.benchmarks.experiments.semantic.measures import Measures, mean_measures, measured
from tinystyle.benchmarks.experiments.semantic.pairs import METHODS, RegionPair, changed
from tinystyle.benchmarks.experiments.stopwatch import Stopwatch
from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.perceptual.vgg import Perceptual

__all__ = ["Reconstructions", "compare_methods"]


@dataclass(frozen=True, slots=True)
class Reconstructions:
    """What came of comparing."""

    sheet: UInt8Array
    """Two rows for each pair: the photograph and the inverse network's picture of each of
    :data:`METHODS`; the artwork and back-propagation's pictures of the same features."""
    measures: Mapping[str, Measures]
    """Means over pairs, of the inverse network's pictures."""
    optimised: Mapping[str, Measures]
    """Of back-propagation's."""
    seconds: Mapping[str, float]
    """What changing the features takes on this machine."""


def compare_methods(
    judge: Perceptual, pairs: Sequence[RegionPair], inverse: Inverse, *, steps: int = 100
) -> Reconstructions:
    """The same encoder and inverse network for all."""
    require_whole("steps", steps, 1, 10_000)
    watch, rows = Stopwatch(), []
    networks: dict[str, list[Measures]] = {method: [] for method in METHODS}
    descents: dict[str, list[Measures]] = {method: [] for method in METHODS}
    for pair in tqdm(pairs, desc="pairs", disable=bar_disabled()):
        photograph, artwork = pair.photograph.picture, pair.artwork.picture
        first, second = [photograph], [artwork]
        with torch.no_grad():
            own, theirs = inverse.see(photograph), inverse.see(artwork)
        for method in METHODS:
            wanted = _wanted(watch, method, own, theirs, pair)
            with torch.no_grad():
                first.append(inverse.paint(wanted, photograph.shape[2]))
            loss = partial(inverse.loss, wanted=wanted)
            second.append(descend(loss, photograph, steps, RATE)[1])
            networks[method].append(measured(judge, pair, first[-1]))
            descents[method].append(measured(judge, pair, second[-1]))
        rows += [torch.cat(first), torch.cat(second)]
    return Reconstructions(
        tiled(rows),
        {method: mean_measures(each) for method, each in networks.items()},
        {method: mean_measures(each) for method, each in descents.items()},
        watch.medians(),
    )


@torch.no_grad()
def _wanted(watch: Stopwatch, method: str, own: Tensor, theirs: Tensor, pair: RegionPair) -> Tensor:
    return watch.time(method, partial(changed, own, theirs, pair, method))
