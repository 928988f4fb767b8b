"""Pictures that have given features: by the inverse network, or by changing their pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.network.methods.style_swap import decoder_layers, encoder_layers
from tinystyle.network.ops import IMAGE
from tinystyle.pictures.images import Picture, middle_square, resize, to_batch
from tinystyle.runtime.encoder_decoder import EncoderDecoder
from tinystyle.training.networks.interpreter import run
from tinystyle.training.objective.losses import total_variation
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = [
    "RATE",
    "TV",
    "VGG_RATE",
    "VGG_TV",
    "Inverse",
    "descend",
    "invert_layer",
    "layer_distance",
    "require_layers",
    "spread_of",
    "square_of",
]

RATE = 0.05
"""Of Adam, on pixels of 0..1, where the encoder of the package looks."""

TV = 0.05
"""As in training (:data:`tinystyle.training.stages.style_swap.SWAP_LOSSES`)."""

VGG_RATE = 0.03
"""Of Adam, where VGG looks."""

VGG_TV = 1.0
"""Weight of total variation there, where the squares of the features have the weight 1."""


@dataclass(frozen=True, slots=True)
class Inverse:
    """Encoder and inverse network, for gradients."""

    weights: Mapping[str, Tensor]
    width: int

    @classmethod
    def load(cls, path: Path | None = None) -> Inverse:
        """From ``path``, by default the package's. Raises ModelError for another file."""
        pair = EncoderDecoder(path)
        return cls({k: torch.from_numpy(v) for k, v in pair.weights.items()}, pair.width)

    def see(self, picture: Tensor) -> Tensor:
        """The features of ``(N, 3, H, W)``, 0..1: ``(N, C, h, w)`` at a quarter of the size."""
        return run(encoder_layers(self.width), self.weights, picture)

    def paint(self, features: Tensor, side: int) -> Tensor:
        """A picture of such features, ``(N, 3, side, side)``."""
        painted = run(decoder_layers(self.width, IMAGE), self.weights, features)
        return painted[..., :side, :side]

    def loss(self, picture: Tensor, wanted: Tensor) -> Tensor:
        """Eq. 3 of Chen & Schmidt 2016: squared distance to the features, relative, and total
        variation."""
        distance = (self.see(picture) - wanted).square().sum() / wanted.square().sum()
        return distance + TV * total_variation(picture)


def descend(
    loss_of: Callable[[Tensor], Tensor], start: Tensor, steps: int, rate: float
) -> tuple[Tensor, Tensor, NDArray[np.float64]]:
    """Adam on the pixels of a picture (eq. 2), its step falling from ``rate`` to 0: the best
    picture, the last, and the loss after 0, 1, 2 … steps. Pixels are judged within 0..1.
    """
    picture = start.clone().contiguous().requires_grad_()
    method = torch.optim.Adam([picture], rate)
    found: list[float] = []
    best = inside = start
    for step in range(steps + 1):
        inside = picture.clamp(0.0, 1.0)
        loss = loss_of(inside)
        if not found or loss.item() < min(found):
            best = inside.detach()
        found.append(loss.item())
        if step < steps:
            method.zero_grad()
            (loss + (picture - inside).square().sum()).backward()
            for group in method.param_groups:
                group["lr"] = rate * (1.0 - step / steps)
            method.step()
    return best, inside.detach(), np.array(found)


def require_layers(network: PerceptualNetwork, layers: Sequence[str]) -> None:
    """Raise OptionError where VGG lacks one of the layers, or there are none."""
    if not layers or set(layers) - set(network.spec.layers):
        known = ", ".join(network.spec.layers)
        raise OptionError(f"layers are {', '.join(layers)}; known are {known}")


def layer_distance(
    network: PerceptualNetwork, layer: str, wanted: Tensor
) -> Callable[[Tensor], Tensor]:
    """Of a picture: the squared distance of what VGG sees in it in one layer to ``wanted``,
    relative to its squares."""
    squares = wanted.square().sum()

    def distance(picture: Tensor) -> Tensor:
        away: Tensor = (network(picture, (layer,))[layer] - wanted).square().sum()
        return away / squares

    return distance


def invert_layer(
    network: PerceptualNetwork, layer: str, wanted: Tensor, start: Tensor, steps: int
) -> tuple[Tensor, float]:
    """The picture that so many steps make of ``start`` so that VGG sees ``wanted`` in one layer,
    and the :func:`layer_distance` that is left."""
    distance = layer_distance(network, layer, wanted)

    def loss(picture: Tensor) -> Tensor:
        return distance(picture) + VGG_TV * total_variation(picture)

    _, last, _ = descend(loss, start, steps, VGG_RATE)
    with torch.no_grad():
        return last, float(distance(last))


def spread_of(features: Sequence[Tensor]) -> float:
    """Deviation of ``(N, C, H, W)`` between runs, relative to their mean."""
    stack = torch.stack(list(features))
    middle = stack.mean(dim=0)
    away = (stack - middle).square().mean(dim=0).sum()
    return float((away / middle.square().sum()).sqrt())


def square_of(picture: Picture, side: int) -> Tensor:
    """The middle of a picture, ``(1, 3, side, side)``, 0..1."""
    return torch.from_numpy(to_batch(resize(middle_square(picture.rgb), side, side)))
