"""Data-parallel training: one process a device, started by torchrun."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from tinystyle.errors import OptionError

__all__ = ["Parallel", "started"]


@dataclass(frozen=True, slots=True)
class Parallel:
    """This process among those that train together."""

    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def share(self, model: nn.Module) -> None:
        """Give every process the first one's weights."""
        if self.world > 1:
            for value in model.state_dict().values():
                dist.broadcast(value, 0)

    def average(self, parameters: Sequence[nn.Parameter], stop: bool) -> bool:
        """Replace gradients by their mean over all processes.

        Returns whether any process wants to stop: they must all leave the loop at the same step.
        """
        if self.world == 1:
            return stop
        gradients = [p.grad for p in parameters if p.grad is not None]
        flag = torch.tensor([float(stop)], device=gradients[0].device)
        flat = torch.cat([*(g.flatten() for g in gradients), flag])
        dist.all_reduce(flat)
        flat /= self.world
        start = 0
        for gradient in gradients:
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()
        return bool(flat[-1] > 0)

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a tensor over all processes."""
        if self.world > 1:
            dist.all_reduce(value)
            value /= self.world
        return value


@contextmanager
def started(device: torch.device) -> Iterator[Parallel]:
    """Join the processes that torchrun started, if it did; leave them at the end.

    NCCL for CUDA, gloo otherwise. torchrun states RANK and WORLD_SIZE in the environment.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Parallel()
        return
    if not dist.is_available():
        raise OptionError("WORLD_SIZE is set but this torch has no torch.distributed")
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Parallel(dist.get_rank(), world)
    finally:
        dist.destroy_process_group()
