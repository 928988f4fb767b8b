"""A few steps of gradient descent that fit a network to one style."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tinystyle.errors import PictureError
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.cpu.threads import parts_of, shared_gradients
from tinystyle.training.data.crops import Crops, batches
from tinystyle.training.data.in_memory import PhotographSampler
from tinystyle.training.finetune.options import FinetuneOptions
from tinystyle.training.loop.average import WeightAverage
from tinystyle.training.loop.budget import Budget
from tinystyle.training.networks.interpreter import Observer, paint, run
from tinystyle.training.networks.trainable import Directions, TrainableNet
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget

__all__ = ["Finetuned", "Look", "finetune"]

Look = Callable[[int, StyleNet], None]
"""Sees the number of steps so far and the network as it would be returned."""

_FLAT = 1.0 / 255.0
"""Standard deviation of a style picture's pixels below which it shows one colour."""

_JUDGED = 4
"""Crops that are kept apart to tell which weights are best."""

_STEP = 4.0
"""Learning rate along a hypernetwork's directions, as a multiple of that of single weights. A unit
of its hidden state, about the deviation over artworks, is 0.02 of theirs."""


@dataclass(frozen=True, slots=True)
class Finetuned:
    """The best network that was seen."""

    net: StyleNet
    best_step: int
    """Steps after which it was measured; 0 for the network that finetuning began with."""
    curve: tuple[tuple[int, float], ...]
    """Steps so far, and the loss on photographs kept apart."""
    stopped: str | None
    """Why it ended before its time, or None."""
    interrupted: bool = False
    """Whether that was by Ctrl-C or SIGTERM."""


def finetune(
    start: StyleNet,
    style: Tensor,
    photographs: PhotographSampler,
    objective: Objective,
    options: FinetuneOptions,
    *,
    directions: Directions | None = None,
    visits: int = 1,
    look: Look | None = None,
    label: str = "finetuning",
) -> Finetuned:
    """Minimise the loss of ``start``'s pictures in one style (Johnson et al. 2016, eq. 5).

    ``style`` is ``(1, 3, H, W)``, 0..1, on the device to compute on. With the ``directions`` of the
    hypernetwork that made ``start`` its weights are moved along them, too. Adam on random crops,
    each seen in ``visits`` steps; weights are averaged over about 20 steps, and of the averages
    measured the one of the lowest loss is returned, so that the result is never worse than the
    start. Ctrl-C, or a loss that is not finite, ends it early.
    Raises PictureError where the style is one flat colour.
    """
    if style.std(dim=(2, 3)).max() < _FLAT:
        raise PictureError("the style picture is one flat colour: there is no style to learn")
    target = objective.describe(style)
    judged = photographs(_JUDGED)
    model = TrainableNet(start, directions).to(style.device)
    if options.only_norms:
        model.freeze_all_but_norms()
    average = WeightAverage(model, options.average_decay)
    groups = _groups(model, options)
    learned = [parameter for group in groups for parameter in group["params"]]
    optimizer = torch.optim.Adam(groups, fused=True)
    budget = Budget(label, steps=options.steps)
    course = _Course(start, target, judged, objective, look)
    course.measure(0, start)
    stopped = None

    def loss_of(crops: Crops) -> tuple[Tensor, dict[str, Tensor]]:
        return _loss(model, crops, target, objective)

    parts = parts_of(options.batch, style.device)
    drawn = batches(photographs, options.batch, parts, visits)
    with shared_gradients(loss_of, learned, options.batch) as gradients:
        for step, batch in zip(budget, drawn, strict=False):
            loss, named = gradients(batch)
            if not math.isfinite(loss):
                stopped = f"the loss is {loss} at step {step + 1}"
                break
            decay = min(1.0, (step + 1) / 10) if options.constant_rate else budget.cosine(10)
            for group in optimizer.param_groups:
                group["lr"] = group["highest"] * decay
            optimizer.step()
            average.update(model, step)
            budget.report(loss=loss, **named)
            if (step + 1) % options.look_steps == 0 or budget.last:
                with average.applied(model):
                    course.measure(step + 1, model.net(start.notes))
    if budget.interrupted and budget.step < options.steps:
        stopped = f"interrupted after {budget.step} steps"
    curve = tuple(course.curve)
    return Finetuned(course.best, course.best_step, curve, stopped, budget.interrupted)


def _groups(model: TrainableNet, options: FinetuneOptions) -> list[dict[str, Any]]:
    rates = ((model.values, options.learning_rate), (model.steps, _STEP * options.learning_rate))
    found = []
    for parameters, rate in rates:
        learned = [p for p in parameters.parameters() if p.requires_grad]
        if learned:
            found.append({"params": learned, "lr": rate, "highest": rate})
    return found


class _Course:
    """Measures networks on the way and keeps the best."""

    def __init__(
        self,
        start: StyleNet,
        target: StyleTarget,
        judged: Tensor,
        objective: Objective,
        look: Look | None,
    ) -> None:
        self.best, self.best_step = start, 0
        self.curve: list[tuple[int, float]] = []
        self._measured = target, judged, objective
        self._seen = objective.see(judged)
        self._look = look

    @torch.no_grad()
    def measure(self, step: int, net: StyleNet) -> None:
        target, judged, objective = self._measured
        loss = objective(paint(net, judged), judged, target, seen=self._seen)[0].item()
        if math.isfinite(loss) and all(loss < before for _, before in self.curve):
            self.best, self.best_step = net, step
        self.curve.append((step, loss))
        if self._look is not None:
            self._look(step, net)


def _loss(
    model: TrainableNet, crops: Crops, target: StyleTarget, objective: Objective
) -> tuple[Tensor, dict[str, Tensor]]:
    ops = model.spec.ops(bounded=False)
    weights = model.weights()  # in float32, as they will be measured

    def paint(image: Tensor, observer: Observer | None) -> Tensor:
        return run(ops, weights, image, observer)

    seen = crops.seen_by(objective.see)
    return objective.of_network(paint, ops, crops.image, target, seen=seen)
