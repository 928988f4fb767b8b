"""Regions reconstructed in layers of VGG (Lu et al. 2017, Figures 8, 11 and 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.experiments.inversion import invert_layer, require_layers
from tinystyle.benchmarks.experiments.semantic.measures import Measures, mean_measures, measured
from tinystyle.benchmarks.experiments.semantic.pairs import METHODS, RegionPair, changed
from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["Layers", "compare_layers"]


@dataclass(frozen=True, slots=True)
class Layers:
    """What came of comparing."""

    sheet: UInt8Array
    """For each pair a row for each method: photograph, artwork, then the picture of each layer."""
    distances: dict[str, tuple[float, ...]]
    """By method, for each layer: squared distance to the features wanted that optimisation leaves,
    relative. Means over pairs."""
    measures: dict[str, tuple[Measures, ...]]
    """By method, of the picture of each layer. Means over pairs."""


def compare_layers(
    network: PerceptualNetwork,
    pairs: Sequence[RegionPair],
    *,
    layers: Sequence[str],
    methods: Sequence[str] = METHODS[:3],
    steps: int = 100,
) -> Layers:
    """Features of one layer changed inside each region by each of the methods, and pictures with
    such features, by back-propagation from the photograph.

    Raises OptionError for a layer that VGG lacks.
    """
    require_whole("steps", steps, 1, 10_000)
    require_layers(network, layers)
    rows: list[Tensor] = []
    left: dict[str, list[list[float]]] = {method: [] for method in methods}
    found: dict[str, list[list[Measures]]] = {method: [] for method in methods}
    cases = [(pair, method) for pair in pairs for method in methods]
    for pair, method in tqdm(cases, desc="methods", disable=bar_disabled()):
        photograph, artwork = pair.photograph.picture, pair.artwork.picture
        pictures = []
        for layer in layers:
            with torch.no_grad():
                own, theirs = (network(p, (layer,))[layer] for p in (photograph, artwork))
                wanted = changed(own, theirs, pair, method)
            pictures.append(invert_layer(network, layer, wanted, photograph, steps))
        rows.append(torch.cat([photograph, artwork, *(picture for picture, _ in pictures)]))
        left[method].append([distance for _, distance in pictures])
        found[method].append([measured(network, pair, picture) for picture, _ in pictures])
    return Layers(
        tiled(rows),
        {method: tuple(np.mean(each, axis=0).tolist()) for method, each in left.items()},
        {
            method: tuple(mean_measures(of_layer) for of_layer in zip(*each, strict=True))
            for method, each in found.items()
        },
    )
