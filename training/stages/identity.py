"""Networks that reproduce photographs: the stable start, and where strength 0 lies."""

from __future__ import annotations

import torch
from torch import Tensor

from tinystyle.training.data.in_memory import PhotographSampler
from tinystyle.training.loop.budget import Budget
from tinystyle.training.networks.interpreter import run, run_per_style
from tinystyle.training.networks.meta import MetaNetwork

__all__ = ["fit_identity", "reconstruct"]


def fit_identity(
    meta: MetaNetwork,
    photographs: PhotographSampler,
    budget: Budget,
    *,
    batch: int = 4,
    rate: float = 2e-3,
) -> Tensor:
    """Weights of a network that reproduces photographs, in the spec's order: ``(P,)``.

    Starts from the average style, so that the line from here to any style stays among sensible
    networks. Shen et al. 2018 (section 4.3) take the network generated from the photograph itself;
    a phone's next photograph is not known at export, and this one serves all. Layers that all
    styles share are left as they are. Minimises pixel MSE.
    """
    parameters = meta.config.spec.parameters()
    with torch.no_grad():
        average = meta(torch.zeros(1, meta.fc.in_features))
    weights = {name: value[0].clone() for name, value in average.items()}
    free = [
        weights[p.name].requires_grad_() for p in parameters if p.layer not in meta.config.shared
    ]
    optimizer = torch.optim.Adam(free, rate)
    ops = meta.config.spec.ops(bounded=False)
    for _ in budget:
        image = photographs(batch)
        loss = (run(ops, weights, image) - image).square().mean()
        for group in optimizer.param_groups:
            group["lr"] = rate * budget.cosine(20)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        budget.report(mse=loss.item())
    return torch.cat([weights[p.name].detach().flatten() for p in parameters])


def reconstruct(
    meta: MetaNetwork, photographs: PhotographSampler, budget: Budget, batch: int = 8
) -> float:
    """Fit the base weights (those of the average style) to photographs, by pixel MSE, in place.

    Returns the last running mean of the error.
    """
    base = [g.bias for g in meta.generators.values()] + list(meta.shared.values())
    optimizer = torch.optim.Adam(base, 3e-3)
    ops = meta.config.spec.ops(bounded=False)
    average = torch.zeros(1, meta.fc.in_features)
    for _ in budget:
        image = photographs(batch)[None]
        loss = (run_per_style(ops, meta(average), image) - image).square().mean()
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * budget.cosine(20)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        budget.report(mse=loss.item())
    return budget.losses["mse"]
