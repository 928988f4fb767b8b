"""Training networks that make networks: one step, and a contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from tinystyle.network.spec import NetSpec
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.cpu.threads import run_together, threads_of
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.style_features import STYLE_SIZE
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.networks.interpreter import Observer, run_per_style
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget

__all__ = ["SHEET", "StyleStep", "Styles", "contact_sheet", "shown_of"]

Generate = Callable[[Tensor], Mapping[str, Tensor]]
"""From indices of artworks ``(S,)`` to the weights of S networks, each ``(S, *shape)``."""

Rivals = tuple[Tensor, Tensor]
"""Moments of all styles ``(M, F)``, and in which row of them each picture's own is, ``(S,)``."""


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a step."""

    weights: Mapping[str, Tensor]
    """Of their networks, each ``(S, *shape)``, with gradients."""
    target: StyleTarget
    rivals: Rivals | None = None


@dataclass(slots=True)
class StyleStep:
    """One step: choose styles, paint photographs in them, measure (Shen et al. 2018, Alg. 1).

    On a CPU each of torch's threads paints and judges an equal part of the styles; the gradients of
    the networks' weights then go through the hypernetwork together. For losses over a batch
    (``grid``, ``identification``) the part is the batch.
    """

    spec: NetSpec
    styles: Callable[[int], Styles]
    """The next styles, so many."""
    photographs: PhotographSampler
    objective: Objective
    count: int = 4
    """Styles in a step, for each process."""
    contents: int = 1
    """Photographs for each style in a step (m = 8 in Algorithm 1)."""
    steps_per_photograph: int = 1
    """Steps before the photographs change. What the perceptual network sees in them is kept, which
    saves up to a third of a step's time. A resumed run begins with others."""
    _scene: Tensor | None = None
    _frame: Tensor | None = None
    """The same photographs a moment later, where motion counts."""
    _seen: dict[int, Mapping[str, Tensor]] = field(default_factory=dict)
    """What the perceptual network sees in a part of them, by the first style of the part."""

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of step number ``step`` and its parts."""
        if self._scene is None or step % self.steps_per_photograph == 0:
            self._scene = self.photographs(self.count * self.contents)
            if self.objective.weights.motion:
                self._frame = self.photographs.next_frame()
            self._seen.clear()
        styles = self.styles(self.count)
        leaves = {k: v.detach().requires_grad_() for k, v in styles.weights.items()}
        parts = threads_of(self.count, self._scene.device)
        each = self.count // parts
        rows = [slice(i * each, (i + 1) * each) for i in range(parts)]
        jobs = [self._job(self._scene, styles, leaves, part) for part in rows]
        found = run_together(jobs)
        share = 1.0 / parts
        # Value and gradient of the loss, as a function of the weights that were generated.
        loss = torch.stack([value for value, _, _ in found]).mean()
        for index, weight in enumerate(styles.weights.values()):
            if weight.requires_grad:
                slope = share * torch.stack([slopes[index] for _, _, slopes in found]).sum(0)
                product = (weight * slope).sum()
                loss = loss + product - product.detach()
        names = found[0][1]
        means = {k: torch.stack([part[k] for _, part, _ in found]).mean() for k in names}
        return loss, means

    def _job(
        self, scene: Tensor, styles: Styles, leaves: Mapping[str, Tensor], rows: slice
    ) -> Callable[[], tuple[Tensor, dict[str, Tensor], tuple[Tensor, ...]]]:
        pictures = slice(rows.start * self.contents, rows.stop * self.contents)
        image = scene[pictures]
        frame = None if self._frame is None else self._frame[pictures]
        noise = self.photographs.noise(image) if self.objective.weights.noise else None
        repeated = torch.arange(rows.start, rows.stop).repeat_interleave(self.contents)
        target = styles.target.rows(repeated)
        rivals = styles.rivals
        if rivals is not None:
            rivals = rivals[0], rivals[1][repeated.to(rivals[1].device)]
        ops = self.spec.ops(bounded=False)

        def paint(pictures: Tensor, observer: Observer | None) -> Tensor:
            own = {name: leaf[rows] for name, leaf in leaves.items()}
            each = pictures.view(-1, self.contents, *pictures.shape[1:])
            return run_per_style(ops, own, each, observer).flatten(0, 1)

        def job() -> tuple[Tensor, dict[str, Tensor], tuple[Tensor, ...]]:
            if rows.start not in self._seen:
                self._seen[rows.start] = self.objective.see(image)
            loss, parts = self.objective.of_network(
                paint,
                ops,
                image,
                target,
                rivals,
                seen=self._seen[rows.start],
                noise=None if noise is None else lambda _: noise,
                frame=frame,
            )
            slopes = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
            known = [
                torch.zeros_like(leaf) if slope is None else slope
                for leaf, slope in zip(leaves.values(), slopes, strict=True)
            ]
            return loss.detach(), {k: v.detach() for k, v in parts.items()}, tuple(known)

        return job


SHEET = 4
"""Artworks and photographs on a contact sheet."""


def shown_of(dataset: InMemoryPictures, most: int = SHEET) -> Tensor:
    """The middle squares of the first pictures of a dataset: ``(N, 3, S, S)``, 0..1."""
    return torch.stack([dataset.middle(i, STYLE_SIZE) for i in range(min(most, len(dataset)))])


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
