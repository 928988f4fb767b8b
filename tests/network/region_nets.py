"""Networks of semantic style transfer with random weights, and masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.network.methods.semantic import REGIONS
from tinystyle.network.methods.specs import SemanticSpec
from tinystyle.network.methods.swap_parts import save_parts
from tinystyle.network.ops import RegionKernel
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet

__all__ = ["bands", "region_net", "write_parts"]


def region_net(
    regions: int,
    kernel: RegionKernel = RegionKernel.MOMENTS,
    width: int = 8,
    seed: int = 0,
    balance: float = 1.0,
    patches: int = 40,
) -> StyleNet:
    """He's start, and statistics about those of real features. Of PATCHES, region 0 has half of
    the ``patches``, the last one the others: those between have none."""
    random = np.random.default_rng(seed)
    count = patches if kernel is RegionKernel.PATCHES else 0
    spec = NetSpec(Architecture.SEMANTIC, width, 0, method=SemanticSpec(regions, kernel, count))
    weights = {}
    for parameter in spec.parameters():
        values = random.standard_normal(parameter.shape)
        values *= (2.0 / values[0].size) ** 0.5 if values.ndim == 4 else 0.1
        weights[parameter.name] = values.astype(np.float32)
    weights["regions.mean"] *= 10.0
    if "regions.deviation" in weights:
        scale = random.uniform(0.2, 2.0, weights["regions.deviation"].shape)
        weights["regions.deviation"] = scale.astype(np.float32)
    if count:
        bank = weights["regions.weight"]
        bank /= np.sqrt(np.square(bank).sum(axis=(1, 2, 3), keepdims=True))
        weights["regions.length"] = random.uniform(5.0, 15.0, count).astype(np.float32)
        weights["regions.label"] = (np.arange(count) * 2 // count * (regions - 1)).astype("f4")
    weights["regions.balance"] = np.full(regions + 1, balance, np.float32)
    return StyleNet(spec, weights)


def bands(height: int, width: int, *labels: int) -> NDArray[np.uint8]:
    """Labels side by side: ``(1, 1, H, W)``."""
    columns = np.array(labels, np.uint8)[np.arange(width) * len(labels) // width]
    return np.broadcast_to(columns, (1, 1, height, width)).copy()


def write_parts(path: Path, width: int = 8) -> Path:
    """Encoder and inverse network with random weights, as a file."""
    net = region_net(1, width=width)
    weights = {k: v for k, v in net.weights.items() if k.partition(".")[0] != REGIONS}
    save_parts(weights, width, path)
    return path
