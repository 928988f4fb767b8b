"""Style swap beside the optimisation that its inverse network stands for (Chen & Schmidt 2016)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.experiments.gatys import equal_steps
from tinystyle.benchmarks.experiments.inversion import RATE, Inverse, descend, spread_of, square_of
from tinystyle.benchmarks.experiments.stopwatch import Stopwatch
from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.pictures.images import Picture, UInt8Array, to_uint8
from tinystyle.runtime.style_swap import StyleSwap
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.networks.interpreter import paint
from tinystyle.training.networks.patches import swap_patches, unfold_patches

__all__ = ["Inversion", "compare_with_optimisation"]

SIDE = 256
"""Of photographs and artworks, in pixels."""


@dataclass(frozen=True, slots=True)
class Inversion:
    """What came of comparing."""

    sheet: UInt8Array
    """A row for each pair: photograph, artwork, the inverse network, then optimisation from the
    photograph and from noise, then the inverse network with the artwork's moments."""
    losses: tuple[float, ...]
    """Of the inverse network, for each pair (eq. 3, features relative to their squares)."""
    optimised: tuple[float, ...]
    """The least loss of optimisation from the photograph."""
    equal_steps: tuple[int | None, ...]
    """Steps that bring optimisation to the inverse network's loss; None where all stay above."""
    spread: float
    """Deviation of the features that optimisation ends with over its four starts, relative to
    themselves (Figure 2): swapped patches leave little choice. Mean over pairs."""
    seconds: Mapping[str, float]
    """Of one picture, on this machine: encode, match, invert; and of one step of optimisation."""


def compare_with_optimisation(
    photographs: Sequence[Picture],
    artworks: Sequence[Picture],
    *,
    pairs: int = 4,
    steps: int = 100,
    parts: Path | None = None,
) -> Inversion:
    """The inverse network and optimisation on the same swapped features of all patches.

    Pairs are the first photograph with the first artwork, and so on, from the start again where
    one list ends.
    """
    require_whole("pairs", pairs, 1, 64)
    require_whole("steps", steps, 1, 10_000)
    own, with_moments = Inverse.load(parts), StyleSwap(None, parts)
    generator = torch.Generator().manual_seed(0)
    rows, losses, curves, spreads = [], [], [], []
    watch = Stopwatch()
    bar = tqdm(range(pairs), desc="pairs", disable=bar_disabled())
    for index in bar:
        photograph = square_of(photographs[index % len(photographs)], SIDE)
        artwork = square_of(artworks[index % len(artworks)], SIDE)
        looked_at = Picture(to_uint8(artwork.numpy()))
        with torch.no_grad():
            features = watch.time("encode", partial(own.see, photograph))
            bank = unfold_patches(own.see(artwork)[0])
            wanted = watch.time("match", partial(swap_patches, features, bank))
            painted = watch.time("invert", partial(own.paint, wanted, SIDE))
        losses.append(own.loss(painted, wanted).item())
        starts = (photograph, torch.full_like(photograph, 0.5), *_noises(photograph, generator))
        runs = watch.time(
            "step of optimisation",
            partial(_descents, partial(own.loss, wanted=wanted), starts, steps),
            len(starts) * (steps + 1),
        )
        curves.append(np.minimum.accumulate(runs[0][2]))
        spreads.append(spread_of([own.see(best) for best, _, _ in runs]))
        strong = paint(with_moments.generate(looked_at, "", SIDE), photograph)
        shown = (photograph, artwork, painted, runs[0][0], runs[2][0], strong)
        rows.append(torch.cat(shown))
    return Inversion(
        tiled(rows),
        tuple(losses),
        tuple(float(curve[-1]) for curve in curves),
        tuple(equal_steps(curves, losses)),
        float(np.mean(spreads)),
        watch.medians(),
    )


def _descents(
    loss: Callable[[Tensor], Tensor], starts: Sequence[Tensor], steps: int
) -> list[tuple[Tensor, Tensor, NDArray[np.float64]]]:
    return [descend(loss, start, steps, RATE) for start in starts]


def _noises(like: Tensor, generator: torch.Generator) -> list[Tensor]:
    return [torch.rand(like.shape, generator=generator) for _ in range(2)]
