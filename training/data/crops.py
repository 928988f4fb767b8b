"""Crops of photographs that a network is fitted on, some of them more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from tinystyle.training.data.in_memory import PhotographSampler

__all__ = ["Crops", "batches"]

_KEPT = 40 * 256 * 256
"""Pixels of the crops that come again, together: about 170 MB with what a perceptual network sees
in them in bfloat16."""

Seen = dict[str, Tensor]


@dataclass(slots=True)
class Crops:
    """Some of the photographs of a batch."""

    image: Tensor
    """``(N, 3, H, W)``, 0..1."""
    again: bool
    """Whether they come again."""
    _seen: Seen | None = None

    def seen_by(self, see: Callable[[Tensor], Seen]) -> Seen:
        """What ``see`` makes of them; if they come again, it is asked once."""
        seen = see(self.image) if self._seen is None else self._seen
        if self.again:
            self._seen = seen
        return seen


def batches(
    photographs: PhotographSampler, count: int, parts: int, visits: int
) -> Iterator[list[Crops]]:
    """Batches of ``count`` crops in equal parts, without end.

    With more ``visits`` than one, a few batches are gone through so often before there are others:
    as many as the memory allows that is kept for them.
    """
    while True:
        together: list[list[Crops]] = []
        pixels = 0
        while pixels < _KEPT:
            image = photographs(count)
            batch = [Crops(part, again=visits > 1) for part in image.chunk(parts)]
            yield batch
            together.append(batch)
            pixels += image[:, 0].numel()
        for _ in range(visits - 1):
            yield from together
