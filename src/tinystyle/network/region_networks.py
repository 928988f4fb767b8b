"""Regions of a photograph, each painted by a network of its own.

The networks compute the whole picture each. Their norms take mean and variance inside their region,
by shares at a quarter of the resolution, where all norms are: a network is not told by its region
how the others look. Last, the pictures are blended by shares that go from 1 to 0 within
:data:`REACH` pixels on either side of an edge between regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    "blended",
    "normed",
    "prefix",
    "region_layers",
    "shares",
]

MIN_REGIONS = 2
"""Fewest regions: one alone is what a network without regions paints."""

REACH = 4
"""Pixels on either side of an edge within which regions fade into each other."""

LEAST_SHARE = 1e-6
"""Added to shares: a region that is nowhere has the whole picture's mean and variance. Of one that
is a hundredth of a picture, all others count a ten-thousandth."""

FloatArray = NDArray[np.float32]


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


def shares(op: OneHot | Smooth | RegionWeights, x: NDArray[Any]) -> FloatArray:
    """Labels, or shares of regions, through one of these operations."""
    match op:
        case OneHot(regions=regions):
            found = np.arange(regions)[:, None, None] == np.minimum(x, regions - 1)
            hot: FloatArray = found.astype(np.float32)
            return hot
        case Smooth(radius=radius, stride=stride):
            return _smooth(x, radius, stride)
        case RegionWeights(region=region):
            return _of_mean_1(x[:, region : region + 1] + np.float64(LEAST_SHARE))


def _smooth(x: FloatArray, radius: int, stride: int) -> FloatArray:
    side = 2 * radius + 1
    edges = ((0, 0), (0, 0), (radius, radius), (radius, radius))
    padded = np.pad(x, edges, mode="edge").astype(np.float64)
    height, width = x.shape[2:]
    rows = np.stack([padded[:, :, at : at + height : stride] for at in range(side)]).mean(axis=0)
    both = np.stack([rows[..., at : at + width : stride] for at in range(side)]).mean(axis=0)
    smoothed: FloatArray = both.astype(np.float32)
    return smoothed


def _of_mean_1(values: NDArray[np.float64]) -> FloatArray:
    found: FloatArray = (values / values.mean(axis=(2, 3), keepdims=True)).astype(np.float32)
    return found


def normed(
    op: RegionNorm, x: FloatArray, weighted: FloatArray, weights: Mapping[str, FloatArray]
) -> FloatArray:
    """Each channel of ``(N, C, H, W)`` to mean 0 and variance 1, by ``weighted`` places
    ``(N, 1, H, W)``, then the gain and bias that ``weights`` hold, if it is affine."""
    exact = weighted / weighted.mean(axis=(2, 3), keepdims=True, dtype=np.float64)
    mean = (x * exact).mean(axis=(2, 3), keepdims=True)
    variance = (np.square(x - mean) * exact).mean(axis=(2, 3), keepdims=True)
    unit: FloatArray = ((x - mean) / np.sqrt(variance + op.epsilon)).astype(np.float32)
    if not op.affine:
        return unit
    gain, shift = (weights[f"{op.name}.{key}"][:, None, None] for key in ("weight", "bias"))
    return unit * gain + shift


def blended(soft: FloatArray, pictures: Sequence[FloatArray]) -> FloatArray:
    """The sum of pictures ``(N, C, H, W)``, each times its channel of the shares."""
    result = np.zeros_like(pictures[0])
    for region, picture in enumerate(pictures):
        result += soft[:, region : region + 1] * picture
    return result
