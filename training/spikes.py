"""Watching a network for the huge values that become droplets."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from tinystyle.ops import InstanceNorm, Op
from tinystyle.training.losses import spike_penalty

__all__ = ["Spikes"]


class Spikes:
    """An observer of one run of a network, or of several side by side."""

    def __init__(self, ops: Iterable[Op]) -> None:
        self._norms = sum(isinstance(op, InstanceNorm) for op in ops)
        self._found: list[Tensor] = []

    def __call__(self, op: Op, source: Tensor) -> None:
        """Measure what an instance norm reads."""
        if isinstance(op, InstanceNorm):
            self._found.append(spike_penalty(source))

    def penalty(self) -> Tensor:
        """:func:`tinystyle.training.losses.spike_penalty`: summed over norms, averaged over runs.

        A network without norms has none.
        """
        if not self._found:
            return torch.zeros(())
        return self._norms * torch.stack(self._found).mean()
