"""Networks that are being fitted to styles by a perceptual network that is itself learning."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tinystyle.training.distillation.pictures import Painter
from tinystyle.training.networks.interpreter import run
from tinystyle.training.networks.trainable import TrainableNet
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import ARTWORK
from tinystyle.training.perceptual.compact import CompactPerceptual

__all__ = ["Fitting"]

_NETWORKS = 8
_STEPS = (10, 120)
"""Steps after which a network is given up for another one, at least and at most."""

_RATE = 1e-3

_DESCRIBED = 8
"""Steps after which the artwork is described anew by the student, who learns slowly."""


class Fitting:
    """Makes the pictures that a student is deceived by.

    A network fitted to the loss of an imperfect judge finds what the judge does not see. So while
    the judge learns, a few networks are fitted to its loss, one step at a time, and it is taught on
    what they paint.
    """

    def __init__(self, student: CompactPerceptual, painters: Sequence[Painter]) -> None:
        """``painters`` are starts with their styles, as in polishing, chosen at random."""
        self._student, self._painters = student, painters
        self._objective = Objective(student, ARTWORK)
        self._running: list[_Run] = []

    def __call__(self, photographs: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """One step of one network: its artwork, and what it paints of ``photographs`` before."""
        which, start, length = torch.rand(3, generator=random).tolist()
        index = int(which * _NETWORKS)
        if index >= len(self._running) or self._running[index].left == 0:
            painter = self._painters[int(start * len(self._painters))]
            steps = _STEPS[0] + int(length * (_STEPS[1] - _STEPS[0]))
            fresh = _Run(painter, steps)
            self._running[index : index + 1] = [fresh]
            index = min(index, len(self._running) - 1)
        self._student.eval()  # a judge's verdict on a picture does not depend on others
        try:
            running = self._running[index]
            return running.artwork, running.step(self._objective, photographs)
        finally:
            self._student.train()


class _Run:
    def __init__(self, painter: Painter, steps: int) -> None:
        self.left = steps
        self.artwork = painter.artwork
        self._model = TrainableNet(painter.net)
        self._learned = list(self._model.parameters())
        self._optimizer = torch.optim.Adam(self._learned, _RATE)
        self._target: StyleTarget | None = None

    def step(self, objective: Objective, photographs: Tensor) -> Tensor:
        if self._target is None or self.left % _DESCRIBED == 0:
            self._target = objective.describe(self.artwork)
        painted = run(self._model.spec.ops(bounded=False), self._model.weights(), photographs)
        loss, _ = objective(painted, photographs, self._target)
        # Not backward(): the student's own gradients must stay as they are.
        gradients = torch.autograd.grad(loss, self._learned)
        for parameter, gradient in zip(self._learned, gradients, strict=True):
            parameter.grad = gradient
        self._optimizer.step()
        self.left -= 1
        return painted.detach()
