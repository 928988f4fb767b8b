"""The perceptual loss of a training step (Shen et al. 2018, eq. 7) with our additions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.training.losses import (
    content_loss,
    grid_penalty,
    identification_loss,
    ssim,
    style_loss,
    style_statistics,
    total_variation,
)
from tinystyle.training.perceptual import (
    CONTENT_LAYER,
    STYLE_LAYERS,
    PerceptualNetwork,
    layer_width,
)

__all__ = ["LossWeights", "Objective"]


@dataclass(frozen=True, slots=True)
class LossWeights:
    """The balance of the losses, in units of VGG-19's activations (rms 9.7 at relu3_3)."""

    content: Mapping[str, float] = field(default_factory=lambda: {CONTENT_LAYER: 1.0})
    """Weight of the mean squared error at each layer."""
    style: float = 3.0
    style_layers: tuple[str, ...] = STYLE_LAYERS
    identification: float = 0.0
    """Against styles that are like each other; see
    :func:`tinystyle.training.losses.identification_loss`."""
    tv: float = 10.0
    """Total variation (Shen et al. 2018, section 4.1)."""
    ssim: float = 0.0
    """1 - SSIM of the luma of picture and photograph."""
    grid: float = 0.0
    """Against checkerboards; see :func:`tinystyle.training.losses.grid_penalty`."""
    spike: float = 300.0
    """Against droplets; see :func:`tinystyle.training.losses.spike_penalty`."""

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


class Objective:
    """Loss of painted pictures against their photographs and styles."""

    def __init__(
        self, perceptual: PerceptualNetwork, weights: LossWeights, *, bfloat16: bool = False
    ) -> None:
        self._perceptual = perceptual
        self._weights = weights
        self._widths = tuple(layer_width(layer) for layer in weights.style_layers)
        self._bfloat16 = bfloat16

    def __call__(
        self, painted: Tensor, photographs: Tensor, styles: Tensor, own: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss and its parts, unweighted.

        ``painted`` and ``photographs`` are ``(N, 3, H, W)``, 0..1; ``styles`` the statistics of
        styles at the weights' style layers: ``(M, F)`` with each picture's own in row ``own``
        ``(N,)``, or ``(N, F)``, one for each picture.
        """
        weights = self._weights
        with torch.no_grad(), self._precision(photographs):
            wanted = self._perceptual(photographs, tuple(weights.content))
        with self._precision(painted):
            found = self._perceptual(painted, weights.layers())
        found = {layer: value.float() for layer, value in found.items()}
        content = torch.stack(
            [w * content_loss(found[k], wanted[k].float()) for k, w in weights.content.items()]
        ).sum()
        statistics = style_statistics([found[layer] for layer in weights.style_layers])
        target = styles if own is None else styles[own]
        parts = {
            "content": content,
            "style": style_loss(statistics, target, self._widths).mean(),
            "tv": total_variation(painted),
        }
        loss = content + weights.style * parts["style"] + weights.tv * parts["tv"]
        if weights.identification and own is not None:
            parts["identification"] = identification_loss(statistics, styles, own, self._widths)
            loss = loss + weights.identification * parts["identification"]
        if weights.ssim:
            parts["ssim"] = ssim(painted, photographs).mean()
            loss = loss + weights.ssim * (1.0 - parts["ssim"])
        if weights.grid:
            parts["grid"] = grid_penalty(painted, photographs)
            loss = loss + weights.grid * parts["grid"]
        return loss, parts

    def _precision(self, image: Tensor) -> AbstractContextManager[object]:
        if not self._bfloat16:
            return nullcontext()
        return torch.autocast(image.device.type, torch.bfloat16)
