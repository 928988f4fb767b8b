"""A batch shared among threads, each of which computes its part on its own cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

__all__ = ["Loss", "shared_gradients"]

Loss = Callable[[Tensor], tuple[Tensor, dict[str, Tensor]]]
"""The mean loss over pictures ``(N, 3, H, W)``, and means of its parts."""

_LARGEST = 4
"""Pictures in a part, at most, on a CPU: memory then does not grow with the batch."""


@contextmanager
def shared_gradients(
    loss: Loss, learned: Sequence[Tensor], batch: int
) -> Iterator[Callable[[Tensor], tuple[float, dict[str, float]]]]:
    """Gradients of a mean over a batch, as the mean of those of equal parts of it.

    torch lets its threads share each operation, and those of a tiny network are short: they wait
    for each other more than they compute. With a part of the batch each they meet once in a step.
    Not for losses that take statistics over the batch.

    A thread computes an equal share of ``batch``, a few pictures at a time; there are as many as
    torch has, or fewer. What it gives leaves the gradients in ``learned`` and returns the loss and
    its parts.
    """
    learned = list(learned)
    threads = torch.get_num_threads()
    shared = learned[0].device.type == "cpu"
    most = min(threads, batch) if shared else 1
    count = max(n for n in range(1, most + 1) if batch % n == 0)
    pieces = count
    if shared:
        pieces = next(
            n for n in range(count, batch + 1) if not batch % n and batch // n <= _LARGEST
        )

    def part(image: Tensor) -> tuple[float, dict[str, float], tuple[Tensor, ...]]:
        value, named = loss(image)
        gradients = torch.autograd.grad(value, learned)
        return value.item(), {name: v.item() for name, v in named.items()}, gradients

    with ExitStack() as stack:
        compute: Callable[..., Iterator[tuple[float, dict[str, float], tuple[Tensor, ...]]]] = map
        if count > 1:
            # The number that a worker sets is also that of threads begun later.
            stack.callback(torch.set_num_threads, threads)
            compute = stack.enter_context(
                ThreadPoolExecutor(
                    count,
                    "gradients",
                    initializer=torch.set_num_threads,
                    initargs=(threads // count,),
                )
            ).map

        def gradients_of(image: Tensor) -> tuple[float, dict[str, float]]:
            found = list(compute(part, image.chunk(pieces)))
            for index, parameter in enumerate(learned):
                parameter.grad = torch.stack([each[index] for _, _, each in found]).mean(0)
            share = 1.0 / len(found)
            named = {name: share * sum(row[name] for _, row, _ in found) for name in found[0][1]}
            return share * sum(value for value, _, _ in found), named

        yield gradients_of
