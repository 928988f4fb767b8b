"""Networks of style swap with random weights."""

from __future__ import annotations

import numpy as np

from tinystyle.network.methods.specs import SwapSpec
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet

__all__ = ["swap_net"]


def swap_net(patches: int, width: int = 8, seed: int = 0, *, moments: bool = False) -> StyleNet:
    """He's start, patches of length 1 and lengths about those of real ones."""
    random = np.random.default_rng(seed)
    spec = NetSpec(Architecture.STYLE_SWAP, width, 0, method=SwapSpec(patches, moments))
    weights = {}
    for parameter in spec.parameters():
        values = random.standard_normal(parameter.shape)
        if values.ndim == 4:
            values *= (2.0 / values[0].size) ** 0.5
        else:
            values *= 0.1
        weights[parameter.name] = values.astype(np.float32)
    bank = weights["swap.weight"]
    bank /= np.sqrt(np.square(bank).sum(axis=(1, 2, 3), keepdims=True))
    weights["swap.length"] = random.uniform(5.0, 15.0, patches).astype(np.float32)
    return StyleNet(spec, weights)
