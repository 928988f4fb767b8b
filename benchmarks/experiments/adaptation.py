"""Loss against steps of networks that are fitted to a style (Zhang et al. 2018, Figure 6)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.benchmarks.quality.evaluation import square
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import read_picture
from tinystyle.training.data.style_features import STYLE_SIZE, to_tensor
from tinystyle.training.finetune.finetuner import Finetuner
from tinystyle.training.finetune.options import Method
from tinystyle.training.networks.interpreter import paint
from tinystyle.training.objective.losses import ssim
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import MOMENTS
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["Course", "compare_methods"]


@dataclass(frozen=True, slots=True)
class Course:
    """One network on its way to one style, judged by VGG on photographs never fitted on."""

    method: str
    style: str
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    """Mean over the photographs, for each of ``steps``: as ``loss`` of the evaluation."""
    contents: tuple[float, ...]
    """Its content part."""
    styles: tuple[float, ...]
    """Its style part, unweighted."""
    ssims: tuple[float, ...]
    seconds: float
    """The whole adaptation, without the judging."""
    fitted: tuple[tuple[int, float], ...]
    """Loss by the perceptual network that was fitted with."""

    def curve(self) -> NDArray[np.float64]:
        """Loss after 0, 1, … steps, linear between the measurements."""
        every = np.arange(self.steps[-1] + 1)
        return np.asarray(np.interp(every, self.steps, self.losses), dtype=np.float64)


def compare_methods(
    adapters: Mapping[Method, Finetuner],
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    size: int = STYLE_SIZE,
) -> list[Course]:
    """Adapt by every method to every style. Ctrl-C ends it with the styles done so far."""
    objective = Objective(perceptual, MOMENTS)
    photographs = torch.cat([to_tensor(square(path, size)) for path in contents])
    found: list[Course] = []
    for path in styles:
        target = objective.describe(to_tensor(square(path, size)))
        picture = read_picture(path)
        for method, finetuner in adapters.items():
            judge = _Judge(objective, photographs, target)
            start = time.monotonic()
            made = finetuner.finetune(picture, path.stem, look=judge)
            if made.interrupted:
                return found
            seconds = time.monotonic() - start - judge.seconds
            losses, content, style, likeness = zip(*judge.values, strict=True)
            found.append(
                Course(
                    method.value,
                    path.stem,
                    tuple(judge.steps),
                    losses,
                    content,
                    style,
                    likeness,
                    seconds,
                    made.curve,
                )
            )
    return found


class _Judge:
    def __init__(self, objective: Objective, photographs: Tensor, target: StyleTarget) -> None:
        self._objective, self._photographs, self._target = objective, photographs, target
        self.steps: list[int] = []
        self.values: list[tuple[float, float, float, float]] = []
        self.seconds = 0.0

    @torch.no_grad()
    def __call__(self, step: int, net: StyleNet) -> None:
        start = time.monotonic()
        rows = []
        for photograph in self._photographs:
            painted = paint(net, photograph[None])
            loss, parts = self._objective(painted, photograph[None], self._target)
            likeness = ssim(painted, photograph[None])
            rows.append([v.item() for v in (loss, parts["content"], parts["moments"], likeness)])
        loss, content, style, likeness = np.mean(rows, axis=0).tolist()
        self.steps.append(step)
        self.values.append((loss, content, style, likeness))
        self.seconds += time.monotonic() - start
