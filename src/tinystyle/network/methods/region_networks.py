"""Regions of a photograph, each painted by a network of its own.

The networks compute the whole picture each. Their norms take mean and variance inside their region,
by shares at a quarter of the resolution, where all norms are: a network is not told by its region
how the others look. Last, the pictures are blended by shares that go from 1 to 0 within
:data:`REACH` pixels on either side of an edge between regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tinystyle.network.ops import (
    IMAGE,
    MASK,
    Add,
    BlendRegions,
    InstanceNorm,
    OneHot,
    Op,
    RegionNorm,
    RegionWeights,
    Smooth,
    Trim,
)

__all__ = [
    "LEAST_SHARE",
    "MIN_REGIONS",
    "REACH",
    "prefix",
    "region_layers",
]

MIN_REGIONS = 2
"""Fewest regions: one alone is what a network without regions paints."""

REACH = 4
"""Pixels on either side of an edge within which regions fade into each other."""

LEAST_SHARE = 1e-6
"""Added to shares: a region that is nowhere has the whole picture's mean and variance. Of one that
is a hundredth of a picture, all others count a ten-thousandth."""


def prefix(region: int) -> str:
    """What the names of a region's network begin with."""
    return f"k{region}."


def region_layers(network: Sequence[Op], regions: int, kept: Sequence[int]) -> list[Op]:
    """The layers of ``network`` for each region that is not ``kept``, and what blends them.

    ``network`` has all its norms at a quarter of the resolution: each side a fourth, rounded up.
    """
    hot, quarters, first, soft = "regions", "regions.quarters", "regions.first", "regions.soft"
    ops: list[Op] = [
        OneHot(hot, MASK, regions),
        # A feature's middle is each fourth pixel.
        Smooth(quarters, hot, regions, 2, 4),
        Smooth(first, hot, regions, REACH // 2),
        Smooth(soft, first, regions, REACH // 2),
    ]
    pictures = []
    for region in range(regions):
        if region in kept:
            pictures.append(IMAGE)
            continue
        own = prefix(region)
        weighted = RegionWeights(f"{own}weights", quarters, region)
        ops.append(weighted)
        ops += _of_region(network, own, weighted.name)
        ops.append(Trim(f"{own}trim", ops[-1].name, IMAGE))
        pictures.append(ops[-1].name)
    return [*ops, BlendRegions("regions.blend", soft, tuple(pictures))]


def _of_region(network: Iterable[Op], own: str, weighted: str) -> Iterable[Op]:
    """The layers with names of their own, and norms by the tensor ``weighted``."""

    def named(name: str) -> str:
        return name if name == IMAGE else f"{own}{name}"

    for op in network:
        name, source = named(op.name), named(op.source)
        match op:
            case InstanceNorm(_, _, channels, affine, epsilon):
                yield RegionNorm(name, source, weighted, channels, affine, epsilon)
            case Add(other=other):
                yield Add(name, source, named(other))
            case _:
                yield replace(op, name=name, source=source)
