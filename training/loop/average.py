"""The exponential moving average of a network's weights: what is released."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

__all__ = ["WeightAverage"]


class WeightAverage:
    """Average over about the last 1 / (1 - decay) steps, fewer at the start of a run."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        self.values: dict[str, Tensor] = {
            name: value.detach().clone() for name, value in model.named_parameters()
        }

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after ``step`` (counted from 0)."""
        # A young run must not drag its random start along (Tan and Le 2019 use the same ramp).
        decay = min(self._decay, (1.0 + step) / (10.0 + step))
        current = [value.detach() for value in model.parameters()]
        torch._foreach_lerp_(list(self.values.values()), current, 1.0 - decay)

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """The model holds the averaged weights inside the block."""
        with torch.no_grad():
            before = {name: value.detach().clone() for name, value in model.named_parameters()}
            self._put(model, self.values)
            try:
                yield
            finally:
                self._put(model, before)

    @staticmethod
    def _put(model: nn.Module, values: dict[str, Tensor]) -> None:
        for name, parameter in model.named_parameters():
            parameter.data.copy_(values[name])
