"""What a painted picture should be: every term of the losses, and its weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.network.ops import Op
from tinystyle.training.networks.interpreter import Observer
from tinystyle.training.objective.artefacts import (
    ActivationOutliers,
    GridEnergy,
    grid_penalty,
    grid_ratio,
)
from tinystyle.training.objective.colour import palette_distance, sample_colours, sorted_projections
from tinystyle.training.objective.losses import (
    identification_loss,
    limited,
    motion_response,
    noise_response,
    ssim,
    style_loss,
    total_variation,
)
from tinystyle.training.objective.orientation import (
    orientation_error,
    orientations,
    smooth_mask,
)
from tinystyle.training.objective.smooth_areas import at_positions, smooth_positions, stroke_energy
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import LossWeights
from tinystyle.training.perceptual.vgg import Perceptual, layer_width

__all__ = ["Objective", "Paint"]

Paint = Callable[[Tensor, Observer | None], Tensor]
"""A network: photographs ``(N, 3, H, W)``, 0..1, to pictures; an observer sees each operation."""

_ENERGY = "stroke energy"
"""Beside the content layers of a photograph: where it is smooth."""


class Objective:
    """Loss of painted pictures against their photographs and styles."""

    def __init__(
        self, perceptual: Perceptual, weights: LossWeights, *, bfloat16: bool = False
    ) -> None:
        self._perceptual = perceptual
        self.weights = weights
        self._widths = tuple(layer_width(layer) for layer in weights.style_layers)
        self._bfloat16 = bfloat16

    @torch.no_grad()
    def describe(self, artworks: Tensor) -> StyleTarget:
        """The style of pictures ``(N, 3, H, W)``, 0..1, as a target."""
        weights = self.weights
        found = self._see(artworks, weights.style_layers)
        empty = artworks.new_zeros(0)
        grams = self._grams(found) if weights.needs_grams else {}
        return StyleTarget(
            len(artworks),
            self._moments(found) if weights.moments else empty,
            grams,
            sorted_projections(sample_colours(artworks, artworks)) if weights.palette else empty,
            GridEnergy.of(artworks).level() if weights.grid_ratio else empty,
            orientations(artworks) if weights.orientation else empty,
        )

    @torch.no_grad()
    def see(self, photographs: Tensor) -> dict[str, Tensor]:
        """Of photographs ``(N, 3, H, W)``, 0..1: activations at the content layers, and where they
        are smooth if that counts."""
        seen = self._see(photographs, tuple(self.weights.content))
        if self.weights.gram_smooth or self.weights.orientation:
            seen[_ENERGY] = stroke_energy(photographs)
        return seen

    def __call__(
        self,
        painted: Tensor,
        photographs: Tensor,
        target: StyleTarget,
        rivals: tuple[Tensor, Tensor] | None = None,
        *,
        seen: Mapping[str, Tensor] | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of pictures and its parts, unweighted, under the names of their weights.

        ``painted`` and ``photographs`` are ``(N, 3, H, W)``, 0..1; ``target`` the style of each
        picture, or one for all; ``rivals`` the moments of all styles ``(M, F)`` and in which row of
        them each picture's own is, ``(N,)``; ``seen`` what :meth:`see` has made of the photographs,
        where it is known. Noise and outliers are of networks: see :meth:`of_network`.
        """
        weights = self.weights
        wanted = self.see(photographs) if seen is None else seen
        found = self._see(painted, weights.layers())
        parts = {"content": self._content(found, wanted), **self._style(found, target, rivals)}
        if weights.gram_smooth:
            parts["gram_smooth"] = self._gram_smooth(found, wanted[_ENERGY], target)
        if weights.orientation:
            found_there = orientations(painted, smooth_mask(wanted[_ENERGY]))
            parts["orientation"] = orientation_error(found_there, target.orientations).mean()
        if weights.palette:
            colours = sorted_projections(sample_colours(painted, photographs))
            parts["palette"] = palette_distance(colours, target.colours).mean()
        if weights.tv:
            parts["tv"] = total_variation(painted)
        if weights.grid_ratio or weights.grid:
            parts.update(self._grid(painted, photographs, target))
        if weights.ssim:
            parts["ssim"] = 1.0 - ssim(painted, photographs).mean()
        return self._sum(parts), parts

    def _sum(self, parts: Mapping[str, Tensor]) -> Tensor:
        weighted = {name: getattr(self.weights, name) for name in parts if name != "content"}
        weighted["content"] = self.weights.content_weight
        return torch.stack([weight * parts[name] for name, weight in weighted.items()]).sum()

    def of_network(
        self,
        paint: Paint,
        ops: Sequence[Op],
        photographs: Tensor,
        target: StyleTarget,
        rivals: tuple[Tensor, Tensor] | None = None,
        *,
        seen: Mapping[str, Tensor] | None = None,
        noise: Callable[[Tensor], Tensor] | None = None,
        frame: Tensor | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The same of what a network of ``ops`` paints, with noise, motion and outliers.

        ``noise`` makes noise for photographs, ``frame`` is the photographs a moment later: needed
        where the response has a weight.
        """
        weights = self.weights
        outliers = ActivationOutliers(ops) if weights.outlier else None
        painted = self._painted(paint, photographs, outliers)
        _, parts = self(painted, photographs, target, rivals, seen=seen)
        if weights.noise:
            if noise is None:
                raise OptionError(f"noise has the weight {weights.noise:g}, and no source")
            added = noise(photographs)
            noisy = self._painted(paint, photographs + added, None)
            parts["noise"] = noise_response(painted, noisy, added).mean()
        if weights.motion:
            if frame is None:
                raise OptionError(f"motion has the weight {weights.motion:g}, and no frames")
            change = self._painted(paint, frame, None) - painted
            parts["motion"] = motion_response(change, frame - photographs).mean()
        if outliers is not None:
            parts["outlier"] = outliers.penalty()
        return self._sum(parts), parts

    def _painted(self, paint: Paint, photographs: Tensor, observer: Observer | None) -> Tensor:
        with self.autocast(photographs.device):
            return paint(photographs, observer).to(photographs.dtype)

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """What the perceptual network computes in: also for a network that is finetuned by it."""
        if not self._bfloat16:
            return nullcontext()
        return torch.autocast(device.type, torch.bfloat16)

    def _see(self, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        with self.autocast(image.device):
            return self._perceptual(image, layers)

    def _content(self, found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Tensor:
        errors = [
            weight * self._perceptual.distance(layer, found[layer], wanted[layer])
            for layer, weight in self.weights.content.items()
        ]
        return torch.stack(errors).sum()

    def _gram_smooth(
        self, found: Mapping[str, Tensor], energy: Tensor, target: StyleTarget
    ) -> Tensor:
        errors = []
        for layer in self.weights.style_layers:
            positions = smooth_positions(energy, *found[layer].shape[-2:])
            smooth = at_positions(found[layer], positions)
            error = self._perceptual.gram_error(layer, smooth, target.grams[layer])
            errors.append(limited(error).mean())
        return torch.stack(errors).mean()

    def _grid(self, painted: Tensor, photographs: Tensor, target: StyleTarget) -> dict[str, Tensor]:
        weights = self.weights
        energies = GridEnergy.of(painted), GridEnergy.of(photographs)
        parts = {}
        if weights.grid_ratio:
            ratio = grid_ratio(*energies, target.grid)
            parts["grid_ratio"] = (ratio - 1.0).clamp_min(0.0).mean()
        if weights.grid:
            parts["grid"] = grid_penalty(*energies, weights.grid_allowed)
        return parts

    def _style(
        self,
        found: Mapping[str, Tensor],
        target: StyleTarget,
        rivals: tuple[Tensor, Tensor] | None,
    ) -> dict[str, Tensor]:
        weights = self.weights
        parts = {}
        if weights.gram_relative:
            errors = [
                limited(self._perceptual.gram_error(k, found[k], target.grams[k])).mean()
                for k in weights.style_layers
            ]
            parts["gram_relative"] = torch.stack(errors).mean()
        if weights.gram:
            grams = self._grams(found)
            squares = [(gram - target.grams[k]).square().mean() for k, gram in grams.items()]
            parts["gram"] = torch.stack(squares).sum()
        if weights.moments:
            moments = self._moments(found)
            parts["moments"] = style_loss(moments, target.moments, self._widths).mean()
            if weights.identification and rivals is not None:
                parts["identification"] = identification_loss(
                    moments, target.moments, *rivals, self._widths
                )
        return parts

    def _grams(self, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {k: self._perceptual.gram(k, found[k]) for k in self.weights.style_layers}

    def _moments(self, found: Mapping[str, Tensor]) -> Tensor:
        layers = self.weights.style_layers
        return torch.cat([self._perceptual.moments(k, found[k]) for k in layers], dim=1)
