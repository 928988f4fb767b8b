"""The perceptual loss of a training step (Shen et al. 2018, eq. 7) with our additions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import Enum

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.training.losses import (
    grid_penalty,
    identification_loss,
    ssim,
    style_loss,
    total_variation,
)
from tinystyle.training.perceptual import (
    CONTENT_LAYER,
    STYLE_LAYERS,
    Perceptual,
    layer_width,
)

__all__ = ["ZHANG2018", "LossWeights", "Objective", "StyleMeasure"]


class StyleMeasure(str, Enum):
    """What of the activations is style."""

    MOMENTS = "moments"
    """Channels' means and deviations (Shen et al. 2018, section 4.1)."""
    GRAM = "gram"
    """Gram matrices (Zhang et al. 2018, eq. 2 and 3)."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """The balance of the losses, in units of VGG-19's activations (rms 9.7 at relu3_3)."""

    content: Mapping[str, float] = field(default_factory=lambda: {CONTENT_LAYER: 1.0})
    """Weight of the mean squared error at each layer."""
    style: float = 3.0
    style_layers: tuple[str, ...] = STYLE_LAYERS
    measure: StyleMeasure = StyleMeasure.MOMENTS
    identification: float = 0.0
    """Against styles that are like each other; see
    :func:`tinystyle.training.losses.identification_loss`."""
    tv: float = 10.0
    """Total variation (Shen et al. 2018, section 4.1)."""
    ssim: float = 0.0
    """1 - SSIM of the luma of picture and photograph."""
    grid: float = 0.0
    """Against checkerboards; see :func:`tinystyle.training.losses.grid_penalty`."""
    grid_allowed: float = 1.0
    """The share of a photograph's own excess that costs nothing. Below 1 it also counts in batches
    where there is none to be seen, and what is learned holds for other pictures."""
    noise: float = 0.0
    """Of :func:`tinystyle.training.losses.noise_response`: steady videos, room for rounding. A
    tenth more of a step's time."""
    spike: float = 300.0
    """Against droplets; see :func:`tinystyle.training.losses.spike_penalty`."""

    def __post_init__(self) -> None:
        if self.identification and self.measure is not StyleMeasure.MOMENTS:
            raise OptionError("identification compares moments; with Gram matrices it must be 0")

    @staticmethod
    def parse_content(text: str) -> dict[str, float]:
        """``relu3_3=1,relu4_1=0.1`` to weights by layer. Raises OptionError for anything else."""
        try:
            pairs = [part.partition("=") for part in text.split(",")]
            return {layer: float(weight) for layer, _, weight in pairs}
        except ValueError as error:
            raise OptionError(f"content is {text!r}; needed is LAYER=WEIGHT,…") from error

    def layers(self) -> tuple[str, ...]:
        """All layers that the losses need."""
        return tuple(sorted({*self.content, *self.style_layers}))


ZHANG2018 = LossWeights(
    content={"relu2_2": 1.0}, style=1e5, measure=StyleMeasure.GRAM, tv=0.0, spike=0.0
)
"""alpha = 1 and beta = 1e5 of Zhang et al. 2018, section 5.1."""


class Objective:
    """Loss of painted pictures against their photographs and styles."""

    def __init__(
        self, perceptual: Perceptual, weights: LossWeights, *, bfloat16: bool = False
    ) -> None:
        self._perceptual = perceptual
        self._weights = weights
        self._widths = tuple(layer_width(layer) for layer in weights.style_layers)
        self._bfloat16 = bfloat16

    @torch.no_grad()
    def describe(self, artworks: Tensor) -> Tensor:
        """The style of pictures ``(N, 3, H, W)``, 0..1, as a target: ``(N, F)``."""
        return self._style(self._see(artworks, self._weights.style_layers))

    @torch.no_grad()
    def see(self, photographs: Tensor) -> dict[str, Tensor]:
        """Activations of photographs ``(N, 3, H, W)``, 0..1, at the content layers."""
        return self._see(photographs, tuple(self._weights.content))

    def __call__(
        self,
        painted: Tensor,
        photographs: Tensor,
        target: Tensor,
        rivals: tuple[Tensor, Tensor] | None = None,
        *,
        seen: Mapping[str, Tensor] | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss and its parts, unweighted.

        ``painted`` and ``photographs`` are ``(N, 3, H, W)``, 0..1; ``target`` ``(N, F)`` the
        statistics of each picture's style at the weights' style layers; ``rivals`` those of all
        styles ``(M, F)`` and in which row of them each picture's own is, ``(N,)``; ``seen`` what
        :meth:`see` has made of the photographs, where it is known.
        """
        weights = self._weights
        layers = tuple(weights.content)
        wanted = self.see(photographs) if seen is None else seen
        found = self._see(painted, weights.layers())
        distances = {k: self._perceptual.distance(k, found[k], wanted[k]) for k in layers}
        content = torch.stack([weights.content[k] * d for k, d in distances.items()]).sum()
        statistics = self._style(found)
        parts = {
            "content": content,
            "style": self._style_loss(statistics, target),
            "tv": total_variation(painted),
        }
        loss = content + weights.style * parts["style"] + weights.tv * parts["tv"]
        if weights.identification and rivals is not None:
            parts["identification"] = identification_loss(statistics, target, *rivals, self._widths)
            loss = loss + weights.identification * parts["identification"]
        if weights.ssim:
            parts["ssim"] = ssim(painted, photographs).mean()
            loss = loss + weights.ssim * (1.0 - parts["ssim"])
        if weights.grid:
            parts["grid"] = grid_penalty(painted, photographs, weights.grid_allowed)
            loss = loss + weights.grid * parts["grid"]
        return loss, parts

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """What the perceptual network computes in: also for a network that is fitted to it."""
        if not self._bfloat16:
            return nullcontext()
        return torch.autocast(device.type, torch.bfloat16)

    def _see(self, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        with self.autocast(image.device):
            return self._perceptual(image, layers)

    def _style(self, found: Mapping[str, Tensor]) -> Tensor:
        gram = self._weights.measure is StyleMeasure.GRAM
        measure = self._perceptual.gram if gram else self._perceptual.moments
        return torch.cat([measure(k, found[k]) for k in self._weights.style_layers], dim=1)

    def _style_loss(self, statistics: Tensor, target: Tensor) -> Tensor:
        if self._weights.measure is StyleMeasure.GRAM:
            # Eq. 2 states a sum; beta = 1e5 belongs to the mean that the authors' program takes.
            layers = (statistics - target).square().split([w * w for w in self._widths], dim=1)
            return torch.stack([layer.mean() for layer in layers]).sum()
        return style_loss(statistics, target, self._widths).mean()
