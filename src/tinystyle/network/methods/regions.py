"""Regions of a picture's features, moved to those of an artwork (Lu et al. 2017, section 3.1).

Eq. 4 for one region, whose N features ``F_c`` of C channels become ``F_o``, and an artwork's region
of M features ``F_s``, with the linear kernel:

    L = 1/2 Σ (F_o - F_c)²  +  λ / (4 C²) [ 1/N² Σ Σ F_o·F_o  -  2/(M N) Σ Σ F_o·F_s ]

    dL/dF_o = F_o - F_c  +  a (m_o - m_s),      a = λ / (2 N C²)

with the means ``m`` of each channel inside the region. Where that is 0, F_o = F_c + a (m_s - m_o):
eq. 5, whose last term the paper prints with b = λ / (4 C²) in place of a, as if the mean were a sum
(there the artwork would vanish from large regions, a / b being 2 / N). All places get the same,
F_o = F_c + δ, so that m_o = m_c + δ, and for any a and b

    δ = a m_s - b (m_c + δ)    hence    δ = (a m_s - b m_c) / (1 + b)

With a = b that is δ = t (m_s - m_c), t = a / (1 + a), the ``balance``: 0 is the photograph, 1 the
limit of a large λ. It is the minimum also from a = 1 on, where repeating eq. 5 does not converge.

``moments`` does the same to the deviations: m_o = m_c + t (m_s - m_c), s_o = s_c + t (s_s - s_c).

Last come the operations of networks of regions, :mod:`tinystyle.network.methods.region_networks`:
shares of labels, norms by them, and the blend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.network.methods.region_networks import LEAST_SHARE
from tinystyle.network.ops import OneHot, RegionKernel, RegionNorm, RegionWeights, Smooth

__all__ = [
    "EPSILON",
    "LEAST",
    "MOST_GAIN",
    "MOST_GAIN_OF_PATCHES",
    "blended",
    "moved",
    "moved_by",
    "normed",
    "of_patches",
    "shares",
    "soft_regions",
    "statistics",
]

EPSILON = 1e-6
"""Added to variances. Deviations of features are 0.02 to 0.3."""

MOST_GAIN = 4.0
"""Of deviations: what is nearly flat in the photograph, a bright sky, has little but noise."""

MOST_GAIN_OF_PATCHES = 2.0
"""Of the deviations of swapped patches, which are the artwork's and only paler for being averaged.
More makes bright rims of what differs from the rest of its region, as its edge does."""

LEAST = 1e-6
"""Of the sum of a region's shares, by which is divided: of one that is nowhere it is 0."""

FloatArray = NDArray[np.float32]
Labels = NDArray[np.uint8]


def soft_regions(labels: Labels, regions: int) -> FloatArray:
    """The share that each region has in each feature, of labels ``(N, 1, H, W)``.

    ``(N, regions + 1, (H + 1) // 4, (W + 1) // 4)``, 0..1, adding up to 1. Last comes the share of
    labels from ``regions`` on. A feature stands for 4x4 pixels, of which a last column may be
    beyond the edge: there the edge pixel counts twice.
    """
    found = np.arange(regions + 1)[:, None, None] == np.minimum(labels, regions)
    whole = np.pad(found.astype(np.float32), ((0, 0), (0, 0), (0, 1), (0, 1)), mode="edge")
    height, width = (side // 4 for side in whole.shape[2:])
    blocks = whole[:, :, : 4 * height, : 4 * width]
    count, channels = blocks.shape[:2]
    pooled: FloatArray = blocks.reshape(count, channels, height, 4, width, 4).mean(axis=(3, 5))
    return pooled


def statistics(x: FloatArray, soft: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and deviations of the channels of ``(N, C, h, w)`` in each region: ``(N, C, K)`` each.

    ``soft`` ``(N, K, h, w)`` are the regions' shares. What is deviated from is the mean of the
    regions at each place, by their shares. A region that is nowhere has zeros.
    """
    deviations, means, places, counts = _deviations(x, soft)
    return means, np.sqrt(np.square(deviations) @ places / counts)


def _deviations(x: FloatArray, soft: FloatArray) -> tuple[NDArray[np.float64], ...]:
    """Of ``(N, C, P)`` from the local mean; means ``(N, C, K)``; shares ``(N, P, K)``; their sums
    ``(N, 1, K)``."""
    rows = x.reshape(*x.shape[:2], -1).astype(np.float64)
    places = soft.reshape(*soft.shape[:2], -1).transpose(0, 2, 1).astype(np.float64)
    counts = np.maximum(places.sum(axis=1, keepdims=True), LEAST)
    means = rows @ places / counts
    return rows - means @ places.transpose(0, 2, 1), means, places, counts


def moved(
    x: FloatArray,
    labels: Labels,
    kernel: RegionKernel,
    mean: FloatArray,
    deviation: FloatArray | None,
    balance: FloatArray,
) -> FloatArray:
    """Features ``(N, C, h, w)`` with the statistics of the artwork's regions.

    ``mean`` and ``deviation`` are ``(K + 1, C)``, ``balance`` is ``(K + 1,)``; of
    ``deviation`` the linear kernel has none.
    """
    return moved_by(x, soft_regions(labels, len(balance) - 1), kernel, mean, deviation, balance)


def moved_by(
    x: FloatArray,
    soft: FloatArray,
    kernel: RegionKernel,
    mean: FloatArray,
    deviation: FloatArray | None,
    balance: FloatArray,
    most: float = MOST_GAIN,
) -> FloatArray:
    """As :func:`moved`, by shares ``(N, K + 1, h, w)``; deviations grow ``most`` times at most."""
    deviations, means, places, counts = _deviations(x, soft)
    shares = places.transpose(0, 2, 1)
    aims = means + balance * (mean.T - means)
    if kernel is not RegionKernel.LINEAR and deviation is not None:
        variance = np.square(deviations) @ places / counts
        ratio = np.minimum(deviation.T / np.sqrt(variance + EPSILON), most)
        deviations = deviations * ((1.0 + balance * (ratio - 1.0)) @ shares)
    result = deviations + aims @ shares
    return result.astype(np.float32).reshape(x.shape)


def of_patches(soft: FloatArray, label: FloatArray) -> NDArray[np.bool_]:
    """Which patches each place may take, ``(N, K, h - 2, w - 2)``, by shares ``(N, R + 1, h, w)``.

    ``label`` ``(K,)`` is the region of each patch. A place is of the region that has the largest
    share in it, of equals the first; one without patches, such as the last, takes all.
    """
    own = label[None] == np.arange(soft.shape[1])[:, None]
    own |= ~own.any(axis=1, keepdims=True)
    return np.moveaxis(own[soft[:, :, 1:-1, 1:-1].argmax(axis=1)], -1, 1)


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
