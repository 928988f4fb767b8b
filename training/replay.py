"""Pictures of earlier steps that are learned from again: no teacher has to look at them twice."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["Replay"]

_KEPT = 2400
"""Pictures."""


class Replay:
    """Keeps the last pictures with what the teacher saw in them, in half precision."""

    def __init__(self, count: int, seed: int) -> None:
        """``count`` pictures of before join each step."""
        self._count = count
        self._random = torch.Generator().manual_seed(seed)
        self._pictures: list[tuple[Tensor, dict[str, Tensor]]] = []
        self._next = 0

    def __call__(
        self, image: Tensor, seen: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Pictures ``(N, 3, H, W)`` and activations by layer: these, and up to ``count`` others."""
        chosen: list[tuple[Tensor, dict[str, Tensor]]] = []
        if self._pictures:
            rows = torch.randint(len(self._pictures), (self._count,), generator=self._random)
            chosen = [self._pictures[row] for row in rows.tolist()]
        together = torch.cat([image, *(picture.float() for picture, _ in chosen)])
        known = {
            layer: torch.cat([value, *(before[layer].float() for _, before in chosen)])
            for layer, value in seen.items()
        }
        for index in range(len(image)):
            row = slice(index, index + 1)
            self._keep((image[row].half(), {k: v[row].half() for k, v in seen.items()}))
        return together, known

    def _keep(self, picture: tuple[Tensor, dict[str, Tensor]]) -> None:
        if len(self._pictures) < _KEPT:
            self._pictures.append(picture)
        else:
            self._pictures[self._next] = picture
            self._next = (self._next + 1) % _KEPT
