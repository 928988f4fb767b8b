"""Networks that reproduce photographs: the stable start of training."""

from __future__ import annotations

import torch

from tinystyle.training.data.in_memory import PhotographSampler
from tinystyle.training.loop.budget import Budget
from tinystyle.training.networks.interpreter import run_per_style
from tinystyle.training.networks.meta import MetaNetwork

__all__ = ["reconstruct"]


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
