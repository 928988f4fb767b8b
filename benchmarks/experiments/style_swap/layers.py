"""Style swap of VGG's layers, by optimisation (Chen & Schmidt 2016, Figures 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.experiments.inversion import (
    invert_layer,
    require_layers,
    spread_of,
    square_of,
)
from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.pictures.images import Picture, UInt8Array
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.networks.patches import swap_patches, unfold_patches
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["LAYERS", "Layers", "compare_layers", "swapped"]

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

_MOST_VALUES = 1 << 25
"""Of a score map that is held at a time: 128 MB."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What came of comparing."""

    sheet: UInt8Array
    """Photograph, artwork, then the picture of each layer."""
    losses: tuple[float, ...]
    """Relative squared distance to the swapped features that is left, for each layer."""
    spread: tuple[float, ...]
    """Deviation between what noise and the photograph lead to, relative, for each layer."""


def compare_layers(
    network: PerceptualNetwork,
    photograph: Picture,
    artwork: Picture,
    *,
    layers: Sequence[str] = LAYERS,
    steps: int = 100,
    side: int = 192,
) -> Layers:
    """Patches swapped in one layer of VGG, and pictures that have such features (eq. 2).

    Each layer from the photograph and from noise. Raises OptionError for a layer that VGG lacks.
    """
    require_whole("steps", steps, 1, 10_000)
    require_whole("size", side, 64, 512)
    require_layers(network, layers)
    own, other = square_of(photograph, side), square_of(artwork, side)
    noise = torch.rand(own.shape, generator=torch.Generator().manual_seed(0))
    shown, losses, spreads = [own, other], [], []
    for layer in tqdm(layers, desc="layers", disable=bar_disabled()):
        with torch.no_grad():
            seen, bank = (network(p, (layer,))[layer] for p in (own, other))
            wanted = swapped(seen, unfold_patches(bank[0]))
        made = [invert_layer(network, layer, wanted, start, steps) for start in (own, noise)]
        shown.append(made[0][0])
        losses.append(made[0][1])
        with torch.no_grad():
            spreads.append(spread_of([network(p, (layer,))[layer] for p, _ in made]))
    return Layers(tiled([torch.cat(shown)]), tuple(losses), tuple(spreads))


def swapped(seen: Tensor, bank: Tensor) -> Tensor:
    """As :func:`swap_patches`; of large layers every second or fourth patch of the bank."""
    step = max(1, -(-len(bank) * seen[0, 0].numel() // _MOST_VALUES))
    return swap_patches(seen, bank[::step])
