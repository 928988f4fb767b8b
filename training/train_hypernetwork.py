"""Training networks that make networks: with VGG's features, or end to end from the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tinystyle.images import UInt8Array
from tinystyle.spec import NetSpec
from tinystyle.training.bank import PhotographSampler, StyleSampler
from tinystyle.training.journal import tiled
from tinystyle.training.losses import noise_response
from tinystyle.training.network import run_per_style
from tinystyle.training.objective import Objective
from tinystyle.training.spikes import Spikes

__all__ = ["StyleStep", "contact_sheet"]

Generate = Callable[[Tensor], Mapping[str, Tensor]]
"""From indices of artworks ``(S,)`` to the weights of S networks, each ``(S, *shape)``."""

Look = Callable[[Tensor], tuple[Mapping[str, Tensor], Tensor]]
"""From indices of artworks to the weights of their networks, and the statistics ``(S, F)`` that the
pictures shall have."""


@dataclass(slots=True)
class StyleStep:
    """One step: choose styles, paint photographs in them, measure (Shen et al. 2018, Alg. 1)."""

    spec: NetSpec
    look: Look
    photographs: PhotographSampler
    artworks: StyleSampler
    targets: Tensor
    """Statistics of every artwork at the objective's style layers: ``(M, F)``."""
    objective: Objective
    styles: int = 4
    """Styles in a step, for each process."""
    contents: int = 1
    """Photographs for each style in a step (m = 8 in Algorithm 1)."""
    steps_per_style: int = 1
    """Steps before the styles change (k = 20 in Algorithm 1)."""
    steps_per_photograph: int = 1
    """Steps before the photographs change. What the perceptual network sees in them is kept, which
    saves up to a third of a step's time. A resumed run begins with others."""
    spike_weight: float = 300.0
    noise_weight: float = 0.0
    _chosen: Tensor | None = None
    _scene: tuple[Tensor, Mapping[str, Tensor]] | None = None

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of step number ``step`` and its parts."""
        if self._chosen is None or step % self.steps_per_style == 0:
            self._chosen = self.artworks.choose(self.styles, len(self.targets))
        chosen = self._chosen
        if self._scene is None or step % self.steps_per_photograph == 0:
            photographs = self.photographs(self.styles * self.contents)
            self._scene = photographs, self.objective.see(photographs)
        image, seen = self._scene
        per_style = image.view(self.styles, self.contents, *image.shape[1:])
        ops = self.spec.ops(bounded=False)
        spikes = Spikes(ops)
        weights, target = self.look(chosen)
        painted = run_per_style(ops, weights, per_style, spikes).flatten(0, 1)
        own = chosen.to(self.targets.device).repeat_interleave(self.contents)
        target = target.repeat_interleave(self.contents, dim=0)
        loss, parts = self.objective(painted, image, target, (self.targets, own), seen=seen)
        if self.noise_weight:
            noise = self.photographs.noise(image)
            noisy = run_per_style(ops, weights, per_style + noise.view_as(per_style)).flatten(0, 1)
            parts["noise"] = noise_response(painted, noisy, noise).mean()
            loss = loss + self.noise_weight * parts["noise"]
        parts["spike"] = spikes.penalty()
        return loss + self.spike_weight * parts["spike"], parts


@torch.inference_mode()
def contact_sheet(
    spec: NetSpec, generate: Generate, artworks: Tensor, photographs: Tensor
) -> UInt8Array:
    """Artworks ``(S, 3, h, w)`` in the first column, photographs ``(C, 3, h, w)`` in the first row.

    ``generate`` is given the indices 0 … S - 1.
    """
    ops = spec.ops()
    weights = generate(torch.arange(len(artworks)))
    rows = [torch.cat([torch.ones_like(artworks[:1]), photographs])]
    for index, artwork in enumerate(artworks):
        painted = run_per_style(
            ops, {k: v[index : index + 1] for k, v in weights.items()}, photographs[None]
        )
        rows.append(torch.cat([artwork[None], painted[0]]))
    return tiled(rows)
