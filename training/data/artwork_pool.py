"""Artworks in endless variation, each described once and painted in a few times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.training.data.in_memory import InMemoryPictures
from tinystyle.training.data.streamed import StreamedPictures
from tinystyle.training.formulas.artworks import formula_artwork
from tinystyle.training.objective.style_target import StyleTarget

__all__ = ["ArtworkPool", "PoolOptions", "Seen", "drawn_over"]

Seen = tuple[Tensor, StyleTarget]
"""What is known of an artwork: its code ``(1, F)``, as the hypernetwork reads it, and its style."""

_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))

_NUMBERS = 9
"""Uniform random numbers of which a picture is made."""

_SMALLEST = 0.6
"""The smallest part of an artwork that is cut out, of its shortest side: larger strokes."""


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """What artworks are made of. Raises OptionError for values outside the allowed ones."""

    size: int = 256
    """Side of the square that is looked at, in pixels."""
    held: int = 32
    """Artworks in the pool."""
    uses: int = 3
    """Steps that an artwork is painted in before another takes its place. To describe one costs
    half as much as to paint and judge one picture."""
    recoloured: float = 0.3
    """Share of artworks with their colour channels in another order."""
    formulas: float = 0.15
    """Share of artworks drawn by formulas."""

    def __post_init__(self) -> None:
        require_whole("size", self.size, 64, 1024)
        require_whole("held", self.held)
        require_whole("uses", self.uses)
        for name in ("recoloured", "formulas"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0:
                raise OptionError(f"the share {name} is {share:g}; allowed are 0 to 1")


class ArtworkPool:
    """Draws artworks for training steps; can be saved and continued exactly.

    An artwork is a row of random numbers from which its picture is made again at any time: which
    picture, which part of it, mirrored or not, in which order its colours, or drawn by which
    formula. Several processes keep the same numbers, and each takes its own of what is chosen, so
    that together they see what one process with the whole batch sees. (Of streams, each has shards
    of its own.)
    """

    def __init__(
        self,
        artworks: InMemoryPictures,
        photographs: InMemoryPictures,
        describe: Callable[[Tensor], Seen],
        options: PoolOptions,
        seed: int,
        *,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        """``describe`` sees one picture ``(1, 3, S, S)``, 0..1. Formulas need ``photographs``."""
        if not len(artworks):
            raise OptionError("no artwork to train on")
        self.generator = torch.Generator().manual_seed(seed)
        self._artworks, self._photographs = artworks, photographs
        self._describe, self._options = describe, options
        self._rank, self._world = rank, world
        self._rows = torch.zeros(options.held, _NUMBERS, dtype=torch.float64)
        self._left = torch.zeros(options.held, dtype=torch.int64)
        self._seen: dict[int, Seen] = {}

    def draw(self, count: int) -> tuple[Tensor, StyleTarget]:
        """Codes ``(count, F)`` and styles of different artworks."""
        together = count * self._world
        held = self._options.held
        if not 1 <= together <= held:
            raise OptionError(f"{together} artworks a step; a pool of {held} allows 1 to {held}")
        self._refill()
        chosen = torch.randperm(held, generator=self.generator)[:together]
        self._left[chosen] -= 1
        found = [self._look(place) for place in chosen[self._rank :: self._world].tolist()]
        codes, targets = zip(*found, strict=True)
        return torch.cat(codes), StyleTarget.together(targets)

    def state(self) -> dict[str, Tensor]:
        """All that the next draw depends on, beside the generator, and where streams of pictures
        are."""
        streams = {
            f"{kind}.{name}": value
            for kind, dataset in self._streams.items()
            for name, value in dataset.state().items()
        }
        return {"rows": self._rows.clone(), "left": self._left.clone(), **streams}

    @property
    def _streams(self) -> dict[str, StreamedPictures]:
        datasets = {"artworks": self._artworks, "photographs": self._photographs}
        return {
            kind: dataset
            for kind, dataset in datasets.items()
            if isinstance(dataset, StreamedPictures)
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from :meth:`state`. Raises ValueError where it is of other options, KeyError where
        something is missing."""
        if sum(name.endswith(".next") for name in state) != len(self._streams):
            raise ValueError("pictures are streamed in one of them, in memory in the other")
        for kind, dataset in self._streams.items():
            dataset.restore({"next": state[f"{kind}.next"]})
        for name, own in (("rows", self._rows), ("left", self._left)):
            if state[name].shape != own.shape:
                raise ValueError(f"{name} of the pool are {tuple(state[name].shape)}")
            own.copy_(state[name])
        self._seen.clear()

    def _refill(self) -> None:
        for place in (self._left <= 0).nonzero()[:, 0].tolist():
            row = torch.rand(_NUMBERS, generator=self.generator, dtype=torch.float64)
            dataset = self._photographs if row[0] < self._options.formulas else self._artworks
            row[1] = dataset.ticket(row[1].item())
            self._rows[place] = row
            self._left[place] = self._options.uses
            self._seen.pop(place, None)

    def _look(self, place: int) -> Seen:
        if place not in self._seen:
            self._seen[place] = self._describe(self._picture(self._rows[place])[None])
        return self._seen[place]

    def _picture(self, row: Tensor) -> Tensor:
        """``(3, S, S)``, 0..1, from a row of numbers."""
        kind, which, scale, down, right, mirrored, recoloured, order, drawn = row.tolist()
        if kind < self._options.formulas:
            picture = self._formula(which, drawn)
        else:
            picture = self._cut(which, scale, down, right)
        if mirrored < 0.5:
            picture = picture.flip(2)
        if recoloured < self._options.recoloured:
            picture = picture[list(_ORDERS[int(order * len(_ORDERS))])]
        return picture.contiguous()

    def _cut(self, which: float, scale: float, down: float, right: float) -> Tensor:
        index = self._artworks.place(which)
        height, width = self._artworks.shape(index)
        longest = min(height, width)
        side = max(1, round(longest * (_SMALLEST + (1.0 - _SMALLEST) * scale)))
        top, left = int(down * (height - side + 1)), int(right * (width - side + 1))
        return self._artworks.cut(index, top, left, side, self._options.size).clamp(0.0, 1.0)

    def _formula(self, which: float, drawn: float) -> Tensor:
        size = self._options.size
        photograph = self._photographs.middle(self._photographs.place(which), size)
        random = np.random.default_rng(int(drawn * 2**53))
        return drawn_over(photograph, random).to(self._artworks.device)


def drawn_over(photograph: Tensor, random: np.random.Generator) -> Tensor:
    """An artwork by a formula, of a photograph ``(3, S, S)`` where the formula asks for one.

    ``(3, S, S)``, 0..1, on the CPU.
    """
    shown = (photograph.clamp(0, 1) * 255.0 + 0.5).byte().permute(1, 2, 0).cpu().numpy()
    rgb = formula_artwork(random, len(shown), np.ascontiguousarray(shown))
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1).float() / 255.0
