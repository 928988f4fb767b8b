"""Networks of regions, of parts with random weights."""

from __future__ import annotations

from tests.conftest import random_net
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.region_networks import join_regions

__all__ = ["joined", "part"]


def part(seed: int) -> StyleNet:
    """A network of one region, as the hypernetwork makes them."""
    return random_net(Architecture.SIX_NORM, seed=seed)


def joined(*seeds: int | None) -> StyleNet:
    """A network of regions named after their seeds; None keeps the photograph."""
    parts = enumerate(seeds)
    return join_regions({f"r{at}": None if seed is None else part(seed) for at, seed in parts})
