"""The optimisation that style networks approximate, and how many of its steps a network is worth.

Gatys et al. 2016 change the pixels themselves until the perceptual loss is low. Shen et al. 2018,
Figure 3c, state the quality of generated networks as the number of such steps with the same loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget

__all__ = ["OPTIMIZERS", "Curve", "equal_steps", "optimise_pixels"]

OPTIMIZERS = ("adam", "lbfgs", "gradient-descent")
"""How pixels are moved. A step is one evaluation of loss and gradient in each."""

RATES = {"adam": 0.01, "lbfgs": 1.0, "gradient-descent": 0.3}
"""Default step sizes, for pixels in 0..1. Gradient descent: of the gradient's largest entry, 0.9
momentum."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Loss after 0, 1, 2, … steps from the photograph, and the last picture."""

    losses: NDArray[np.float64]
    picture: Tensor
    """``(1, 3, H, W)``, 0..1."""


def optimise_pixels(
    objective: Objective,
    photograph: Tensor,
    style: StyleTarget,
    steps: int,
    *,
    optimizer: str = "adam",
    rate: float | None = None,
    start: Tensor | None = None,
) -> Curve:
    """Minimise the loss over the pixels of a picture that starts as the photograph, or ``start``.

    ``photograph`` is ``(1, 3, H, W)``, 0..1, ``style`` what the objective made of
    the artwork. Pixels stay in 0..1. Losses are running minima: a step that overshoots counts as
    the best before.
    """
    if optimizer not in OPTIMIZERS:
        raise OptionError(f"optimizer is {optimizer!r}; allowed are {', '.join(OPTIMIZERS)}")
    require_whole("steps", steps)
    # L-BFGS looks at the gradient as one vector, which needs the plain layout.
    first = photograph if start is None else start
    picture = first.clone(memory_format=torch.contiguous_format).requires_grad_()
    losses: list[float] = []
    progress = tqdm(total=steps, desc=f"Gatys, {optimizer}", unit=" steps", leave=False)

    def loss_and_gradient() -> Tensor:
        picture.grad = None
        inside = picture.clamp(0.0, 1.0)
        loss, _ = objective(inside, photograph, style)
        # The penalty leads pixels back that left the range, where the loss has no gradient.
        (loss + (picture - inside).square().sum()).backward()
        losses.append(loss.item())
        progress.update()
        return loss.detach()

    step_size = RATES[optimizer] if rate is None else rate
    if optimizer == "lbfgs":
        method = torch.optim.LBFGS(
            [picture],
            step_size,
            max_iter=steps,
            max_eval=steps + 1,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            history_size=20,
            line_search_fn="strong_wolfe",
        )
        method.step(loss_and_gradient)
    else:
        _first_order(picture, loss_and_gradient, optimizer, step_size, steps)
    progress.close()
    best = np.minimum.accumulate(np.array(losses[: steps + 1], dtype=np.float64))
    return Curve(best, picture.detach().clamp(0.0, 1.0))


def _first_order(
    picture: Tensor, evaluate: Callable[[], Tensor], name: str, rate: float, steps: int
) -> None:
    method: torch.optim.Optimizer
    if name == "adam":
        method = torch.optim.Adam([picture], rate)
    else:
        method = torch.optim.SGD([picture], rate, momentum=0.9)
    for step in range(steps + 1):
        evaluate()
        if name != "adam" and picture.grad is not None:
            picture.grad.div_(picture.grad.abs().max().clamp_min(1e-12))
        if step < steps:
            method.step()


def equal_steps(curves: Sequence[NDArray[np.float64]], losses: Sequence[float]) -> list[int | None]:
    """For each pair the first number of steps that brings the loss to ``losses`` or below.

    None where all steps of the curve stay above: the network is worth more than were computed.
    """
    found: list[int | None] = []
    for curve, loss in zip(curves, losses, strict=True):
        reached = np.flatnonzero(curve <= loss)
        found.append(int(reached[0]) if len(reached) else None)
    return found
