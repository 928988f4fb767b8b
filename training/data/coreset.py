"""Squares of a few photographs that together look like photographs at large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from tinystyle.errors import OptionError
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import UInt8Array, read_picture, resize
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import read_pictures
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.perceptual.vgg import Perceptual, layer_width

__all__ = ["Coreset", "choose", "choose_squares", "cut_squares", "look_at"]

_SIDE = 384
_LARGEST = 1600
"""Shortest side of a photograph, at most: of a larger one squares would show too little."""

_SMALLEST = 0.4
"""Side of a square, as a share of the photograph's shortest."""

_UNCHANGED = 3
"""Every third square keeps its colours."""

_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])

_CROP, _CROPS, _SHRINK = 256, 8, 1.5
"""As networks are fitted: see :mod:`tinystyle.training.finetune.finetuner`."""

_LEAST = 1e-6
"""Deviation of what is the same everywhere."""

_ROUNDS = 6
"""In which each chosen square may give way to a better one."""


_LOOKED_AT = 256
"""Photographs that are to be looked like, at most: the first ones."""


@dataclass(frozen=True, slots=True)
class Coreset:
    """The chosen squares by name, and how far they are from what they shall look like."""

    squares: Mapping[str, UInt8Array]
    off: float
    """Root mean square over statistics of the difference of means, in deviations."""


def choose_squares(
    perceptual: Perceptual,
    folder: Path,
    contents: Sequence[Path],
    *,
    count: int,
    each: int,
    candidates: int,
    seed: int,
) -> Coreset:
    """``count`` squares of a folder's photographs that look like ``contents`` together.

    A network that is fitted on a few photographs fits them, and not photographs at large: what they
    have in common that others have not is taken for what all have. See :func:`choose`.
    """
    random = np.random.default_rng(seed)
    squares: list[UInt8Array] = []
    owners: list[int] = []
    paths = find_pictures([folder])
    for index, path in enumerate(paths):
        squares += cut_squares(read_picture(path).rgb, candidates, random)
        owners += [index] * candidates
    wanted = look_at(perceptual, read_pictures(contents, _SIDE, _LOOKED_AT))
    seen = look_at(perceptual, squares)
    chosen = choose(seen, owners, wanted, count=count, each=each)
    deviation, mean = torch.std_mean(wanted, dim=0)
    off = (seen[chosen].mean(dim=0) - mean) / deviation.clamp_min(_LEAST)
    named: dict[str, UInt8Array] = {}
    for row in sorted(chosen):
        stem = paths[owners[row]].stem
        named[f"{stem}-{sum(owners[r] == owners[row] for r in chosen if r <= row)}"] = squares[row]
    return Coreset(named, off.square().mean().sqrt().item())


def cut_squares(
    photograph: UInt8Array, count: int, random: np.random.Generator
) -> list[UInt8Array]:
    """``count`` squares of 384 px, many of them mirrored and changed in hue, saturation and tone.

    ``photograph`` is ``(H, W, 3)``.
    """
    height, width = photograph.shape[:2]
    side = min(height, width)
    if side > _LARGEST:
        factor = _LARGEST / side
        photograph = resize(photograph, round(height * factor), round(width * factor))
        height, width = photograph.shape[:2]
        side = min(height, width)
    squares = []
    for index in range(count):
        cut = min(side, max(_SIDE, round(side * random.uniform(_SMALLEST, 1.0))))
        top, left = random.integers(0, (height - cut + 1, width - cut + 1))
        square = resize(photograph[top : top + cut, left : left + cut], _SIDE, _SIDE)
        if random.random() < 0.5:
            square = square[:, ::-1]
        squares.append(square.copy() if index % _UNCHANGED == 0 else _recoloured(square, random))
    return squares


def _recoloured(square: UInt8Array, random: np.random.Generator) -> UInt8Array:
    yiq = square / 255.0 @ _TO_YIQ.T
    angle, saturation = random.uniform(-0.35, 0.35), random.uniform(0.4, 1.15)
    sine, cosine = saturation * np.sin(angle), saturation * np.cos(angle)
    yiq[..., 1:] = yiq[..., 1:] @ np.array([[cosine, sine], [-sine, cosine]])
    rgb = np.clip(yiq @ np.linalg.inv(_TO_YIQ).T, 0.0, 1.0) ** random.uniform(0.6, 1.5)
    rgb = (rgb - 0.5) * random.uniform(0.75, 1.15) + 0.5 + random.uniform(-0.1, 0.1)
    recoloured: UInt8Array = np.rint(255.0 * np.clip(rgb, 0.0, 1.0)).astype(np.uint8)
    return recoloured


@torch.no_grad()
def look_at(perceptual: Perceptual, pictures: Sequence[UInt8Array]) -> Tensor:
    """Means and deviations of VGG's channels at all style layers, by picture: ``(N, F)``.

    Of each a few crops such as networks are fitted on.
    """
    rows = []
    for picture in tqdm(pictures, desc="looking", unit="", delay=2):
        crops = PhotographSampler(InMemoryPictures([picture]), _CROP, 0, shrink=_SHRINK)(_CROPS)
        seen = perceptual(crops, STYLE_LAYERS)
        moments = [perceptual.moments(layer, seen[layer]).mean(dim=0) for layer in STYLE_LAYERS]
        rows.append(torch.cat(moments))
    return torch.stack(rows)


def choose(
    seen: Tensor, owners: Sequence[int], wanted: Tensor, *, count: int, each: int
) -> list[int]:
    """Indices of ``count`` rows of ``seen`` whose mean is next to that of ``wanted``.

    ``seen`` ``(N, F)`` and ``wanted`` ``(M, F)`` are of :func:`look_at`; a difference counts in
    units of its deviation over ``wanted``, and every layer alike. No more than ``each`` rows have
    the same of the ``owners``. One row after the other is taken, whichever helps most (herding;
    Welling 2009, *Herding dynamical weights to learn*), then each may give way to a better one.
    Raises OptionError where there are not enough.
    """
    owner = torch.tensor(owners)
    most = int(torch.bincount(owner).clamp(max=each).sum())
    if not 1 <= count <= most:
        raise OptionError(f"count is {count}; {each} of each photograph are {most} squares at most")
    deviation, mean = torch.std_mean(wanted, dim=0)
    widths = torch.tensor([2 * layer_width(layer) for layer in STYLE_LAYERS])
    share = torch.repeat_interleave(widths.float().rsqrt(), widths)
    rows = (seen - mean) / deviation.clamp_min(_LEAST) * share
    chosen: list[int] = []
    for _ in range(count):
        chosen.append(_best(rows, owner, chosen, each))
    for _ in range(_ROUNDS):
        before = list(chosen)
        for place in range(count):
            others = chosen[:place] + chosen[place + 1 :]
            chosen[place] = _best(rows, owner, others, each)
        if chosen == before:
            break
    return chosen


def _best(rows: Tensor, owner: Tensor, chosen: list[int], each: int) -> int:
    """The row that brings the sum of the chosen ones closest to 0."""
    distance = (rows + rows[chosen].sum(dim=0)).square().sum(dim=1)
    taken = torch.bincount(owner[chosen], minlength=int(owner.max()) + 1)
    distance[taken[owner] >= each] = torch.inf
    distance[chosen] = torch.inf
    return int(distance.argmin())
