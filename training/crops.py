"""Crops of photographs that a network is fitted on, some of them more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from tinystyle.training.bank import PhotographSampler

__all__ = ["Crops", "batches"]

_TOGETHER = 10
"""Batches between two visits of one."""


@dataclass(slots=True)
class Crops:
    """A few photographs of a batch."""

    image: Tensor
    """``(N, 3, H, W)``, 0..1."""
    seen: dict[str, Tensor] | None = None
    """What :meth:`tinystyle.training.objective.Objective.see` made of them, once it was asked."""


def batches(
    photographs: PhotographSampler, count: int, parts: int, visits: int
) -> Iterator[list[Crops]]:
    """Batches of ``count`` crops in equal parts, without end.

    With more ``visits`` than one, a few batches are gone through so often before there are others:
    what the perceptual network sees in a photograph is computed at the first visit only.
    """
    while True:
        together: list[list[Crops]] = []
        for _ in range(_TOGETHER if visits > 1 else 1):
            batch = [Crops(image) for image in photographs(count).chunk(parts)]
            yield batch
            together.append(batch)
        for _ in range(visits - 1):
            yield from together
