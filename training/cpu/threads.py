"""A batch shared among threads, each of which computes its part on its own cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import torch
from torch import Tensor

__all__ = ["Loss", "parts_of", "run_together", "shared_gradients", "threads_of"]

_Part = TypeVar("_Part")

Loss = Callable[[_Part], tuple[Tensor, dict[str, Tensor]]]
"""The mean loss over a part of a batch, and means of its parts."""

_LARGEST = 4
"""Pictures in a part, at most, on a CPU: memory then does not grow with the batch."""


def parts_of(batch: int, device: torch.device) -> int:
    """Equal parts of a batch: one for each of torch's threads, or fewer; a few if it is large."""
    threads = threads_of(batch, device)
    if device.type != "cpu":
        return threads
    whole = (n for n in range(threads, batch + 1, threads) if not batch % n)
    return next(n for n in whole if batch // n <= _LARGEST)


def threads_of(batch: int, device: torch.device) -> int:
    """Threads that a batch can be shared among in equal parts: those of torch, or fewer."""
    most = min(torch.get_num_threads(), batch) if device.type == "cpu" else 1
    return max(n for n in range(1, most + 1) if batch % n == 0)


def run_together(jobs: Sequence[Callable[[], _Part]]) -> list[_Part]:
    """Results of several jobs, each in a thread of its own with an equal share of torch's."""
    if len(jobs) == 1:
        return [jobs[0]()]
    with _workers(len(jobs)) as workers:
        return list(workers.map(lambda job: job(), jobs))


@contextmanager
def _workers(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads with an equal share of torch's each."""
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(
            count,
            "gradients",
            initializer=torch.set_num_threads,
            initargs=(max(1, threads // count),),
        ) as workers:
            yield workers
    finally:
        # The number that a worker sets is also that of threads begun later.
        torch.set_num_threads(threads)


@contextmanager
def shared_gradients(
    loss: Loss[_Part], learned: Sequence[Tensor], batch: int
) -> Iterator[Callable[[Sequence[_Part]], tuple[float, dict[str, float]]]]:
    """Gradients of a mean over a batch, as the mean of those of its :func:`parts_of`.

    torch lets its threads share each operation, and those of a tiny network are short: they wait
    for each other more than they compute. With a part of the batch each they meet once in a step.
    Not for losses that take statistics over the batch.

    A thread computes an equal share of ``batch``, a part at a time; there are as many as torch has,
    or fewer. What it gives leaves the gradients in ``learned`` and returns the loss and its parts.
    """
    learned = list(learned)
    count = threads_of(batch, learned[0].device)

    def compute_part(part: _Part) -> tuple[float, dict[str, float], tuple[Tensor, ...]]:
        value, named = loss(part)
        gradients = torch.autograd.grad(value, learned)
        return value.item(), {name: v.item() for name, v in named.items()}, gradients

    with ExitStack() as stack:
        compute: Callable[..., Iterator[tuple[float, dict[str, float], tuple[Tensor, ...]]]] = map
        if count > 1:
            compute = stack.enter_context(_workers(count)).map

        def gradients_of(parts: Sequence[_Part]) -> tuple[float, dict[str, float]]:
            found = list(compute(compute_part, parts))
            for index, parameter in enumerate(learned):
                parameter.grad = torch.stack([each[index] for _, _, each in found]).mean(0)
            share = 1.0 / len(found)
            named = {name: share * sum(row[name] for _, row, _ in found) for name in found[0][1]}
            return share * sum(value for value, _, _ in found), named

        yield gradients_of
