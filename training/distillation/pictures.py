"""The pictures that the compact perceptual network learns from, some of them again.

Half of the artworks are drawn by formulas: hard edges and small pieces, of which artworks of
museums have too few (EXPERIMENTS.md, 41).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, UInt8Array
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.data.artwork_pool import drawn_over
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import expand_shards, read_pictures
from tinystyle.training.formulas.artworks import formula_artwork
from tinystyle.training.networks.interpreter import run, tensors
from tinystyle.training.stages.style_run import SHORT_SIDE, StyleRun

__all__ = ["DistillationData", "Painter", "ReplayBuffer", "mixture"]


_NETWORKS = 200
"""Generated networks that paint a part of the pictures: for as many artworks, half of them drawn by
formulas."""

_LARGEST_ERROR = 0.6
"""Relative error put on the weights of such a network, at most: bad pictures are seen, too."""


_STYLE_SIZE = 256
"""Side of the square of an artwork that a network is fitted to, in pixels."""


@dataclass(frozen=True, slots=True)
class Painter:
    """A generated network, and what it was generated for."""

    net: StyleNet
    artwork: Tensor
    """``(1, 3, S, S)``, 0..1."""


@dataclass(frozen=True, slots=True)
class DistillationData:
    """Photographs, artworks, artworks drawn by formulas, and photographs painted by networks with
    errors."""

    photographs: PhotographSampler
    artworks: PhotographSampler
    painters: Sequence[Painter]

    @torch.no_grad()
    def __call__(self, count: int) -> Tensor:
        """``(count, 3, size, size)``, 0..1: of four a photograph, an artwork, a drawn one, and a
        painted photograph."""
        rows = []
        for index in range(count):
            if index % 4 == 1:
                rows.append(self.artworks(1))
                continue
            photograph = self.photographs(1)
            if index % 4 == 2:
                rows.append(self._draw(photograph))
            else:
                rows.append(self._paint(photograph, self._painter()) if index % 4 else photograph)
        return torch.cat(rows)

    @torch.no_grad()
    def pair(self) -> tuple[Tensor, Tensor]:
        """A crop of an artwork, and a photograph painted by a network for it: ``(1, 3, S, S)``."""
        painter, photograph = self._painter(), self.photographs(1)
        return self.crop(painter.artwork), self._paint(photograph, painter)

    def crop(self, artwork: Tensor) -> Tensor:
        """A crop anywhere of an artwork's square ``(1, 3, H, W)``, as large as all pictures; the
        whole square, enlarged, where it is smaller."""
        size = self.photographs.size
        if (side := artwork.shape[2]) < size:
            return F.interpolate(artwork, (size, size), mode="bilinear", align_corners=False)
        place = torch.rand(2, generator=self.photographs.generator) * (side - size + 1)
        top, left = place.int().tolist()
        return artwork[..., top : top + size, left : left + size]

    def _painter(self) -> Painter:
        which = torch.rand(1, generator=self.photographs.generator).item()
        return self.painters[int(which * len(self.painters))]

    def _draw(self, photograph: Tensor) -> Tensor:
        seed = int(torch.randint(2**31, (1,), generator=self.photographs.generator))
        return drawn_over(photograph[0], np.random.default_rng(seed))[None]

    def _paint(self, photograph: Tensor, painter: Painter) -> Tensor:
        random = self.photographs.generator
        strength, error = torch.rand(2, generator=random).tolist()
        net = painter.net
        weights = {}
        for name, weight in tensors(net).items():
            noise = torch.randn(weight.shape, generator=random) * weight.abs().mean()
            weights[name] = weight + _LARGEST_ERROR * error**2 * noise
        painted = run(net.spec.ops(), weights, photograph)
        mixed: Tensor = photograph + strength**0.3 * (painted - photograph)
        return mixed

    def unchanging(self, batches: int, count: int) -> list[Tensor]:
        """Pictures that are the same at every call, and leave the run's random numbers alone."""
        samplers = (self.photographs, self.artworks)
        states = [sampler.generator.get_state() for sampler in samplers]
        for sampler in samplers:
            sampler.generator.manual_seed(0)
        pictures = [self(count) for _ in range(batches)]
        for sampler, state in zip(samplers, states, strict=True):
            sampler.generator.set_state(state)
        return pictures


def mixture(run: StyleRun) -> DistillationData:
    """That of a run's pictures, painted by networks of the released hypernetwork."""
    artworks = read_pictures(expand_shards(run.styles), SHORT_SIDE)
    photographs = InMemoryPictures(read_pictures(expand_shards(run.contents), SHORT_SIDE))
    return DistillationData(
        PhotographSampler(photographs, run.crop, run.seed, shrink=run.shrink),
        PhotographSampler(InMemoryPictures(artworks), run.crop, run.seed + 1, shrink=run.shrink),
        _painters([*_some(artworks, _NETWORKS - _NETWORKS // 2), *_drawn(run.seed)]),
    )


def _some(artworks: Sequence[UInt8Array], count: int) -> Sequence[UInt8Array]:
    return artworks[:: max(1, len(artworks) // count)][:count]


def _drawn(seed: int) -> list[UInt8Array]:
    random = np.random.default_rng(seed)
    return [formula_artwork(random, _STYLE_SIZE) for _ in range(_NETWORKS // 2)]


def _painters(pictures: Sequence[UInt8Array]) -> list[Painter]:
    hypernetwork, squares = Hypernetwork(), InMemoryPictures(pictures)
    return [
        Painter(hypernetwork.generate(Picture(rgb)), squares.middle(index, _STYLE_SIZE)[None])
        for index, rgb in enumerate(pictures)
    ]


_KEPT = 2400
"""Pictures."""


class ReplayBuffer:
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
