"""A batch shared among threads, each of which computes its part on its own cores."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import torch
from torch import Tensor

__all__ = ["Batch", "Loss", "SharedGradients"]

Batch = tuple[Tensor, Mapping[str, Tensor]]
"""Pictures ``(N, 3, H, W)``, and what is known of each of them, by name ``(N, ...)``."""

Loss = Callable[[Batch], tuple[Tensor, dict[str, Tensor]]]
"""The mean loss over a batch, and means of its parts."""


class SharedGradients:
    """Gradients of a mean over a batch, as the mean of those of equal parts of it.

    torch lets its threads share each operation, and those of a tiny network are short: they wait
    for each other more than they compute. With a part of the batch each they meet once in a step.
    Not for losses that take statistics over the batch.
    """

    def __init__(self, loss: Loss, learned: Sequence[Tensor], batch: int) -> None:
        """``batch`` is split into as many equal parts as torch has threads, or fewer."""
        self._loss, self._learned = loss, list(learned)
        self._threads = torch.get_num_threads()
        on_cpu = self._learned[0].device.type == "cpu"
        most = min(self._threads, batch) if on_cpu else 1
        self.parts = max(n for n in range(1, most + 1) if batch % n == 0)
        self._stack = contextlib.ExitStack()
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> SharedGradients:
        if self.parts > 1:
            each = self._threads // self.parts
            pool = ThreadPoolExecutor(
                self.parts, "gradients", initializer=torch.set_num_threads, initargs=(each,)
            )
            # The number that a worker sets is also that of threads begun later.
            self._stack.callback(torch.set_num_threads, self._threads)
            self._pool = self._stack.enter_context(pool)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool = None
        self._stack.close()

    def __call__(self, batch: Batch) -> tuple[float, dict[str, float]]:
        """Leave the gradients in the parameters. The loss and its parts."""
        if self._pool is None:
            found = [self._part(batch)]
        else:
            found = list(self._pool.map(self._part, _split(batch, self.parts)))
        for index, parameter in enumerate(self._learned):
            parameter.grad = torch.stack([gradients[index] for _, _, gradients in found]).mean(0)
        share = 1.0 / len(found)
        parts = {name: share * sum(part[name] for _, part, _ in found) for name in found[0][1]}
        return share * sum(loss for loss, _, _ in found), parts

    def _part(self, batch: Batch) -> tuple[float, dict[str, float], tuple[Tensor, ...]]:
        loss, parts = self._loss(batch)
        gradients = torch.autograd.grad(loss, self._learned)
        return loss.item(), {name: part.item() for name, part in parts.items()}, gradients


def _split(batch: Batch, parts: int) -> list[Batch]:
    image, known = batch
    pieces = {name: value.chunk(parts) for name, value in known.items()}
    return [
        (piece, {name: value[index] for name, value in pieces.items()})
        for index, piece in enumerate(image.chunk(parts))
    ]
