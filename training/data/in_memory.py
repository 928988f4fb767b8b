"""Pictures decoded once and kept on the training device; crops are cut and scaled there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.pictures.images import UInt8Array

__all__ = ["NOISE_DEVIATION", "InMemoryPictures", "PhotographSampler", "StyleSampler"]

NOISE_DEVIATION = 0.02
"""Of 0..1: five levels of a byte, a camera's noise indoors."""


class InMemoryPictures:
    """Pictures as uint8 tensors ``(3, H, W)`` on one device."""

    def __init__(self, pictures: Sequence[UInt8Array], device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self._pictures = [
            torch.from_numpy(rgb.copy()).permute(2, 0, 1).contiguous().to(self.device)
            for rgb in pictures
        ]

    def __len__(self) -> int:
        return len(self._pictures)

    def ticket(self, which: float) -> float:
        """What a picture is asked for by, again at any time; ``which`` is random, 0..1."""
        return which

    def place(self, ticket: float) -> int:
        """The index of the picture that a ticket is for."""
        return int(ticket * len(self))

    def _at(self, index: int) -> Tensor:
        return self._pictures[index]

    def shape(self, index: int) -> tuple[int, int]:
        """Height and width of a picture."""
        height, width = self._at(index).shape[1:]
        return height, width

    def middle(self, index: int, size: int) -> Tensor:
        """The middle square of up to ``size`` px, scaled to ``(3, size, size)``."""
        height, width = self.shape(index)
        side = min(height, width, size)
        return self.cut(index, (height - side) // 2, (width - side) // 2, side, size)

    def cut(self, index: int, top: int, left: int, side: int, size: int) -> Tensor:
        """A square of ``side`` px scaled to ``(3, size, size)``, float32, 0..1."""
        square = self._at(index)[:, top : top + side, left : left + side].float().div_(255.0)
        if side == size:
            return square
        scaled = F.interpolate(
            square[None], (size, size), mode="bilinear", antialias=True, align_corners=False
        )
        return scaled[0]


class _Sampler:
    """Random numbers of one stream, drawn for all ranks and used for the own one.

    Every rank draws the same numbers and takes every ``world``-th sample, so that a run on several
    devices sees what a run on one device with the whole batch sees.
    """

    def __init__(
        self, dataset: InMemoryPictures, size: int, seed: int, rank: int, world: int
    ) -> None:
        if not len(dataset):
            raise OptionError("no picture to train on")
        self.dataset = dataset
        self.size = size
        self.generator = torch.Generator().manual_seed(seed)
        self._rank, self._world = rank, world

    def draw(self, count: int, columns: int) -> Tensor:
        """Uniform numbers ``(count, columns)`` in 0..1: the own rows."""
        rows = torch.rand(count * self._world, columns, generator=self.generator)
        return rows[self._rank :: self._world]

    def noise(self, pictures: Tensor) -> Tensor:
        """Noise for the own pictures, of their shape: uniform, without mean, of NOISE_DEVIATION."""
        rows = self.draw(len(pictures), pictures[0].numel()) - 0.5
        noise: Tensor = rows.view(pictures.shape) * (NOISE_DEVIATION * 12.0**0.5)
        return noise.to(pictures.device)


_REACH = 4.0
"""Pixels that a camera moves from one frame to the next, at most."""


class PhotographSampler(_Sampler):
    """Endless random square crops, each scaled and mirrored at random."""

    def __init__(
        self,
        dataset: InMemoryPictures,
        size: int,
        seed: int,
        *,
        shrink: float = 2.0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        """``shrink`` is the largest ratio of a crop's side in the picture to ``size``."""
        if shrink < 1.0:
            raise OptionError(f"shrink is {shrink}; it starts at 1")
        super().__init__(dataset, size, seed, rank, world)
        self._shrink = shrink
        self._last: list[list[float]] = []

    def __call__(self, count: int) -> Tensor:
        """``(count, 3, size, size)``, 0..1, channels last in memory."""
        rows = self.draw(count, 5)
        self._last = [[self.dataset.ticket(which), *rest] for which, *rest in rows.tolist()]
        return _stacked([self._one(row) for row in self._last])

    def next_frame(self) -> Tensor:
        """The crops of the last call as a camera has them a moment later.

        In a quarter one thing moves, a rectangle; in the others the camera does, by up to
        ``_REACH`` px. A camera's noise lies over all, fine or coarse. None stands still: noise
        alone is so small a change that its share would rule a mean over frames.
        """
        moves = self.draw(len(self._last), 9).tolist()
        frames = _stacked([self._later(*pair) for pair in zip(self._last, moves, strict=True)])
        noise = self.noise(frames)
        for index, (*_, coarse, strength) in enumerate(moves):
            own = noise[index : index + 1] * (0.1 + 0.5 * strength**2)
            if coarse < 0.5:  # as compressed pictures have it, as strong as the fine one
                own = 4.0 * F.avg_pool2d(own, 5, 1, padding=2)
            frames[index : index + 1] += own
        return frames

    def _later(self, row: list[float], move: list[float]) -> Tensor:
        kind, down, right, top, left, height, width, *_ = move
        moved = self._one(row, (2.0 * down - 1.0, 2.0 * right - 1.0))
        if kind > 0.25:
            return moved
        frame = self._one(row)
        rows, columns = (_part(*pair, self.size) for pair in ((top, height), (left, width)))
        frame[:, rows, columns] = moved[:, rows, columns]
        return frame

    def _one(self, row: list[float], move: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """The crop that five numbers choose, moved by shares of ``_REACH`` within its picture."""
        ticket, scale, down, right, mirrored = row
        index = self.dataset.place(ticket)
        height, width = self.dataset.shape(index)
        shortest = min(height, width)
        low = min(self.size, shortest)
        high = max(low, min(shortest, round(self.size * self._shrink)))
        side = low + int(scale * (high - low + 1))
        top, left = int(down * (height - side + 1)), int(right * (width - side + 1))
        reach = _REACH * side / self.size
        top = min(max(top + round(move[0] * reach), 0), height - side)
        left = min(max(left + round(move[1] * reach), 0), width - side)
        crop = self.dataset.cut(index, top, left, side, self.size)
        return crop.flip(2) if mirrored < 0.5 else crop


def _stacked(crops: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(crops)).contiguous(memory_format=torch.channels_last)


def _part(start: float, length: float, size: int) -> slice:
    """A quarter to three quarters of ``size``, anywhere."""
    pixels = round(size * (0.25 + 0.5 * length))
    first = round(start * (size - pixels))
    return slice(first, first + pixels)


class StyleSampler(_Sampler):
    """Chosen artworks as squares near their middle, moved by a few pixels."""

    def __init__(
        self,
        dataset: InMemoryPictures,
        size: int,
        seed: int,
        *,
        jitter: int = 16,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        super().__init__(dataset, size, seed, rank, world)
        self._jitter = jitter

    def choose(self, count: int, among: int) -> Tensor:
        """Indices of random artworks: ``(count,)``."""
        return (self.draw(count, 1)[:, 0] * min(among, len(self.dataset))).long()

    def __call__(self, chosen: Tensor) -> Tensor:
        """``(S,)`` indices to ``(S, 3, size, size)``, 0..1."""
        moves = (self.draw(len(chosen), 2) * 2.0 - 1.0) * self._jitter
        crops = []
        for index, (down, right) in zip(chosen.tolist(), moves.tolist(), strict=True):
            height, width = self.dataset.shape(index)
            side = min(self.size, height, width)
            top = min(max(round((height - side) / 2 + down), 0), height - side)
            left = min(max(round((width - side) / 2 + right), 0), width - side)
            crops.append(self.dataset.cut(index, top, left, side, self.size))
        return torch.stack(crops)
