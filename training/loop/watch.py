"""The truth beside a training run: VGG judges pictures of artworks that are never trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from tinystyle.network.spec import NetSpec
from tinystyle.training.loop.run_log import RunLog
from tinystyle.training.networks.interpreter import run
from tinystyle.training.objective.objective import Objective

__all__ = ["Watch"]


class Watch:
    """Measures generated networks by two judges and writes a row a time.

    The judge that trains is much cheaper than VGG, and what is trained by it learns what it does
    not see. Where the two columns of one measure part, it must be taught on pictures of the present
    networks (``tinystyle train perceptual --init``).
    """

    def __init__(
        self,
        artworks: Tensor,
        photographs: Tensor,
        judge: Objective,
        truth: Objective,
        run_log: RunLog,
    ) -> None:
        """Pictures ``(N, 3, S, S)``, 0..1."""
        self._artworks, self._photographs = artworks, photographs
        self._judges = {"judge": judge, "vgg": truth}
        self._run_log = run_log

    @torch.no_grad()
    def __call__(
        self, step: int, spec: NetSpec, generate: Callable[[Tensor], Mapping[str, Tensor]]
    ) -> dict[str, float]:
        """Medians over artworks of the mean of each term, as ``<term>_<judge>``.

        ``generate`` makes the networks of artworks ``(1, 3, S, S)``: weights ``(1, *shape)``.
        """
        rows: dict[str, list[float]] = {}
        for artwork in self._artworks:
            weights = {k: v[0] for k, v in generate(artwork[None]).items()}
            painted = [run(spec.ops(), weights, p[None]) for p in self._photographs]
            for name, objective in self._judges.items():
                target = objective.describe(artwork[None])
                found = [
                    objective(picture, photograph[None], target)[1]
                    for picture, photograph in zip(painted, self._photographs, strict=True)
                ]
                for term in found[0]:
                    mean = torch.stack([parts[term] for parts in found]).mean().item()
                    rows.setdefault(f"{term}_{name}", []).append(mean)
        medians = {name: torch.tensor(values).median().item() for name, values in rows.items()}
        self._run_log.write(step, medians)
        return medians
