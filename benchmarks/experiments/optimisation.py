"""How much optimisation a generated network stands for (Shen et al. 2018, Figures 3b and 3c)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.benchmarks.experiments.gatys import equal_steps, optimise_pixels
from tinystyle.benchmarks.quality.evaluation import square
from tinystyle.benchmarks.quality.painters import Painter
from tinystyle.checks import require_whole
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.data.style_features import STYLE_SIZE, to_tensor
from tinystyle.training.networks.interpreter import paint
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import MOMENTS
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["Equivalence", "compare_starts", "compare_with_gatys", "loss_distribution"]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Loss of generated networks beside the curve of Gatys' optimisation, pair by pair."""

    optimizer: str
    pairs: tuple[tuple[str, str], ...]
    curves: NDArray[np.float64]
    """Loss after 0, 1, … steps: ``(P, steps + 1)``."""
    losses: tuple[float, ...]
    """Of the network's pictures."""
    sheet: tuple[Tensor, ...]
    """For each pair style, photograph, network, Gatys: ``(4, 3, H, W)``."""

    @property
    def steps(self) -> list[int | None]:
        """Steps that each picture is worth; None above all that were computed."""
        return equal_steps(list(self.curves), self.losses)

    @property
    def median_steps(self) -> float:
        """Median over pairs, infinite where most are above the end of the curve."""
        return float(np.median([np.inf if s is None else s for s in self.steps]))

    @property
    def mean_curve_steps(self) -> int | None:
        """Steps after which the mean of the curves is at the mean of the losses, as in Fig. 3c."""
        return equal_steps([self.curves.mean(axis=0)], [float(np.mean(self.losses))])[0]


def compare_with_gatys(
    painter: Painter,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    pairs: int,
    steps: int,
    optimizer: str = "adam",
    rate: float | None = None,
    size: int = STYLE_SIZE,
) -> Equivalence:
    """Paint and optimise ``pairs`` pairs, each photograph with another style; one loss for both."""
    require_whole("pairs", pairs)
    objective = Objective(perceptual, MOMENTS)
    names, curves, losses, sheet = [], [], [], []
    for index in range(pairs):
        content, style = contents[index % len(contents)], styles[index % len(styles)]
        photograph = to_tensor(square(content, size))
        artwork = to_tensor(square(style, size))
        target = objective.describe(artwork)
        painted = torch.from_numpy(painter.paint(photograph.numpy(), [content.stem], style))
        with torch.inference_mode():
            losses.append(objective(painted, photograph, target)[0].item())
        curve = optimise_pixels(
            objective, photograph, target, steps, optimizer=optimizer, rate=rate
        )
        curves.append(curve.losses)
        names.append((content.stem, style.stem))
        sheet.append(torch.cat([artwork, photograph, painted, curve.picture]))
    return Equivalence(optimizer, tuple(names), np.stack(curves), tuple(losses), tuple(sheet))


def compare_starts(
    net: StyleNet,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    pairs: int,
    steps: int,
    size: int = STYLE_SIZE,
) -> dict[str, NDArray[np.float64]]:
    """Mean curves of Gatys' optimisation from the photograph and from what ``net`` makes of it.

    Zhang et al. 2018, Figure 7, with style-neutral weights. Adam.
    """
    require_whole("pairs", pairs)
    objective = Objective(perceptual, MOMENTS)
    found: dict[str, list[NDArray[np.float64]]] = {"the photograph": [], "style-neutral": []}
    for index in range(pairs):
        photograph = to_tensor(square(contents[index % len(contents)], size))
        artwork = to_tensor(square(styles[index % len(styles)], size))
        for name, start in zip(found, (photograph, paint(net, photograph)), strict=True):
            curve = optimise_pixels(
                objective, photograph, objective.describe(artwork), steps, start=start
            )
            found[name].append(curve.losses)
    return {name: np.mean(rows, axis=0) for name, rows in found.items()}


@torch.inference_mode()
def loss_distribution(
    painter: Painter,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    size: int = STYLE_SIZE,
) -> dict[str, list[float]]:
    """Mean loss over photographs for each style: unchanged, and painted (Figure 3b)."""
    objective = Objective(perceptual, MOMENTS)
    photographs = torch.cat([to_tensor(square(path, size)) for path in contents])
    names = [path.stem for path in contents]
    found: dict[str, list[float]] = {"unchanged photographs": [], "painted": []}
    for style in styles:
        target = objective.describe(to_tensor(square(style, size)))
        painted = torch.from_numpy(painter.paint(photographs.numpy(), names, style))
        for name, pictures in (("unchanged photographs", photographs), ("painted", painted)):
            losses = [
                objective(p[None], c[None], target)[0].item()
                for p, c in zip(pictures, photographs, strict=True)
            ]
            found[name].append(float(np.mean(losses)))
    return found
