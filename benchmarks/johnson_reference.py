"""A network trained for one style from scratch, beside the generated one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.benchmarks.painters import Painter
from tinystyle.benchmarks.quality import square
from tinystyle.images import read_picture
from tinystyle.spec import NetSpec
from tinystyle.stylenet import StyleNet
from tinystyle.training.bank import PhotographSampler, PictureBank
from tinystyle.training.budget import Budget
from tinystyle.training.features import STYLE_SIZE, style_features, to_tensor
from tinystyle.training.johnson import fit_style
from tinystyle.training.network import run
from tinystyle.training.objective import LossWeights, Objective
from tinystyle.training.perceptual import PerceptualNetwork

__all__ = ["Reference", "compare_with_johnson"]

_LOOKS = 10
"""How often the loss on the photographs is measured on the way."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The trained network, and losses on the photographs that were *not* trained on."""

    net: StyleNet
    after: tuple[tuple[int, float], ...]
    """Steps so far, and loss."""
    generated_loss: float

    @property
    def losses(self) -> NDArray[np.float64]:
        """Loss after 0, 1, … steps, linear between the measurements."""
        steps, values = zip(*self.after, strict=True)
        return np.asarray(np.interp(np.arange(steps[-1] + 1), steps, values), dtype=np.float64)


def compare_with_johnson(
    painter: Painter,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    style: Path,
    *,
    steps: int,
    crop: int,
    seed: int = 0,
    spec: NetSpec | None = None,
) -> Reference:
    """Train on random crops of the first half of ``contents``, judge on the second half."""
    torch.manual_seed(seed)
    objective = Objective(perceptual, LossWeights())
    half = max(1, len(contents) // 2)
    bank = PictureBank([read_picture(path).rgb for path in contents[:half]])
    judged = contents[half:] or contents
    photographs = torch.cat([to_tensor(square(path, STYLE_SIZE)) for path in judged])
    target = style_features(perceptual, to_tensor(square(style, STYLE_SIZE)))
    sampler = PhotographSampler(bank, crop, seed, shrink=2.0)
    names = [path.stem for path in judged]
    painted = torch.from_numpy(painter.paint(photographs.numpy(), names, style))
    generated = _mean_loss(objective, painted, photographs, target)
    after: list[tuple[int, float]] = []

    def look(step: int, net: StyleNet) -> None:
        if step % max(1, steps // _LOOKS) == 0 or step == steps:
            after.append(
                (step, _mean_loss(objective, _paint(net, photographs), photographs, target))
            )

    budget = Budget(f"Johnson, {style.stem}", steps=steps)
    net = fit_style(spec or NetSpec(), objective, target, sampler, budget, look=look)
    return Reference(net, tuple(after), generated)


@torch.inference_mode()
def _paint(net: StyleNet, photographs: Tensor) -> Tensor:
    weights = {name: torch.from_numpy(value) for name, value in net.weights.items()}
    return run(net.spec.ops(), weights, photographs)


@torch.inference_mode()
def _mean_loss(objective: Objective, painted: Tensor, photographs: Tensor, style: Tensor) -> float:
    losses = [
        objective(p[None], c[None], style)[0].item()
        for p, c in zip(painted, photographs, strict=True)
    ]
    return float(np.mean(losses))
