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


_CALIBRATING = 4
"""Photographs that frozen norms have their statistics of. An export has the package's seven."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """The photographs of some steps."""

    photographs: Tensor
    seen: Mapping[str, Tensor]
    """What the perceptual network sees in them."""
    others: Tensor | None
    """Photographs for the statistics of frozen norms."""


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
    frozen_styles: float = 0.0
    """Share of the styles that paint with frozen norms, their statistics of other photographs."""
    _chosen: Tensor | None = None
    _scene: _Scene | None = None

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of step number ``step`` and its parts."""
        if self._chosen is None or step % self.steps_per_style == 0:
            self._chosen = self.artworks.choose(self.styles, len(self.targets))
        chosen = self._chosen
        if self._scene is None or step % self.steps_per_photograph == 0:
            self._scene = self._choose_scene()
        image, seen = self._scene.photographs, self._scene.seen
        per_style = image.view(self.styles, self.contents, *image.shape[1:])
        noise = self.photographs.noise(image) if self.noise_weight else None
        if noise is not None:
            per_style = torch.cat([per_style, per_style + noise.view_as(per_style)], dim=1)
        spikes = Spikes(self.spec.ops(bounded=False))
        weights, target = self.look(chosen)
        made = self._paint(weights, per_style, spikes)
        painted = made[:, : self.contents].flatten(0, 1)
        own = chosen.to(self.targets.device).repeat_interleave(self.contents)
        target = target.repeat_interleave(self.contents, dim=0)
        loss, parts = self.objective(painted, image, target, (self.targets, own), seen=seen)
        if noise is not None:
            noisy = made[:, self.contents :].flatten(0, 1)
            parts["noise"] = noise_response(painted, noisy, noise).mean()
            loss = loss + self.noise_weight * parts["noise"]
        parts["spike"] = spikes.penalty()
        return loss + self.spike_weight * parts["spike"], parts

    def _choose_scene(self) -> _Scene:
        photographs = self.photographs(self.styles * self.contents)
        others = self.photographs(_CALIBRATING) if self.frozen_styles else None
        return _Scene(photographs, self.objective.see(photographs), others)

    def _paint(self, weights: Mapping[str, Tensor], per_style: Tensor, spikes: Spikes) -> Tensor:
        """What the networks make of their pictures, ``(S, B, 3, H, W)``; so is the result."""
        ops = self.spec.ops(bounded=False)
        share = self.frozen_styles
        frozen = [i for i in range(self.styles) if int((i + 1) * share) > int(i * share)]
        rest = [i for i in range(self.styles) if i not in frozen]
        made: list[Tensor] = []
        for rows in filter(None, (frozen, rest)):
            own = {name: value[rows] for name, value in weights.items()}
            pictures, calibrating = per_style[rows], 0
            if rows is frozen and self._scene is not None and self._scene.others is not None:
                others = self._scene.others
                calibrating = len(others)
                each = others[None].expand(len(rows), *others.shape)
                pictures = torch.cat([pictures, each], dim=1)
            painted = run_per_style(ops, own, pictures, spikes, calibrating=calibrating)
            made.append(painted[:, : per_style.shape[1]])
        return torch.cat(made)[torch.tensor(frozen + rest).argsort()]


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
