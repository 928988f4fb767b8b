"""The identity network: the weights at which strength 0 lies."""

from __future__ import annotations

import torch
from torch import Tensor

from tinystyle.training.bank import PhotographSampler
from tinystyle.training.budget import Budget
from tinystyle.training.meta import MetaNetwork
from tinystyle.training.network import run

__all__ = ["fit_identity"]


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
