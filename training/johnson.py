"""One network for one style by gradient descent: the way before hypernetworks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from tinystyle.spec import NetSpec
from tinystyle.stylenet import StyleNet
from tinystyle.training.bank import PhotographSampler
from tinystyle.training.budget import Budget
from tinystyle.training.meta import initial_weight
from tinystyle.training.network import run
from tinystyle.training.objective import Objective

__all__ = ["fit_style"]


def fit_style(
    spec: NetSpec,
    objective: Objective,
    style: Tensor,
    photographs: PhotographSampler,
    budget: Budget,
    *,
    start: StyleNet | None = None,
    look: Callable[[int, StyleNet], None] | None = None,
    batch: int = 4,
    rate: float = 1e-3,
) -> StyleNet:
    """Train a network of ``spec`` for one style (Johnson et al. 2016, section 3), Adam.

    ``style`` is ``(1, F)``, the statistics that the objective asks for. Begins with random weights,
    or with those of ``start``. The rate is constant after 20 steps of warm-up, as in the paper, so
    that a curve against steps needs no end in sight.
    """
    weights = {
        p.name: initial_weight(p) if start is None else torch.from_numpy(start.weights[p.name])
        for p in spec.parameters()
    }
    weights = {name: value.clone().requires_grad_() for name, value in weights.items()}
    optimizer = torch.optim.Adam(list(weights.values()), rate)
    ops = spec.ops(bounded=False)

    def network() -> StyleNet:
        return StyleNet(spec, {k: v.detach().numpy() for k, v in weights.items()}, {})

    if look is not None:
        look(0, network())
    for step in budget:
        image = photographs(batch)
        loss, parts = objective(run(ops, weights, image), image, style.expand(batch, -1))
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 20)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        budget.report(loss=loss.item(), **{k: v.item() for k, v in parts.items()})
        if look is not None:
            look(step + 1, network())
    return network()
