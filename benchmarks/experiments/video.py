"""How steady a network paints frame by frame (Zhang et al. 2018, Figure 5b), and whole films."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import UInt8Array, read_picture, resize, to_batch
from tinystyle.runtime.video.film import Frame
from tinystyle.runtime.video.reader import VideoReader
from tinystyle.runtime.video.steadiness import Steadying

__all__ = [
    "ClipSteadiness",
    "Steadiness",
    "clip_frames",
    "measure_clip",
    "measure_steadiness",
    "peer_frames",
    "unsteadiness",
]

Batch = NDArray[np.float32]

_BORDER = 32
"""Pixels from the edge that are not judged: there the frames differ by what lies outside."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Change of a moving picture's points from frame to frame, mean absolute, 0..1."""

    flicker: float
    """Of the painted frames, along the known motion."""
    flicker_noisy: float
    """The same with sensor noise on the frames."""
    noise: float
    """Of the noisy frames before painting."""
    frames: tuple[Batch, ...]
    """The painted frames without noise."""


_STILL = 0.255
"""Length of a film's change, in levels, below which a frame is the one before again."""


@dataclass(frozen=True, slots=True)
class ClipSteadiness:
    """:func:`unsteadiness` of a film painted frame by frame, and with ``--steady``."""

    plain: float
    steady: float
    cuts: int
    """As :class:`Steadying` found them."""


def clip_frames(clip: Path, count: int, size: int | None = None) -> list[UInt8Array]:
    """The first frames of a film, ``(H, W, 3)``, shrunk to ``size`` px on the longest side.

    Raises OptionError for less than two frames, else as :class:`VideoReader` does.
    """
    with VideoReader(clip, size) as reader:
        frames = [
            item.rgb for item in islice((i for i in reader.items() if isinstance(i, Frame)), count)
        ]
    if len(frames) < 2:
        raise OptionError(f"{clip}: {len(frames)} frames; needed are two, to see what changes")
    return frames


def peer_frames(folder: Path, film: Sequence[UInt8Array]) -> list[UInt8Array]:
    """What another program made of ``film``: pictures, one a frame by the order of their names,
    scaled to the film's size. Raises OptionError where there are fewer."""
    paths = find_pictures([folder])
    if len(paths) < len(film):
        raise OptionError(f"{folder}: {len(paths)} pictures of {len(film)} frames")
    height, width = film[0].shape[:2]
    return [resize(read_picture(path).rgb, height, width) for path in paths[: len(film)]]


def unsteadiness(painted: Sequence[UInt8Array], film: Sequence[UInt8Array]) -> float:
    """How much the painting changes beside what the film changes: ``|do - dx| / |dx|`` of the
    differences of successive frames, Euclidean lengths over all pixels, the median over frames.

    0 is a painting that changes as the film does. Frames that are the one before again are left
    out; NaN where no others are.
    """
    ratios = []
    for (seen, next_seen), (made, next_made) in zip(pairwise(film), pairwise(painted), strict=True):
        change = next_seen.astype(np.float32) - seen
        length = float(np.linalg.norm(change))
        if length > _STILL:
            other = next_made.astype(np.float32) - made - change
            ratios.append(float(np.linalg.norm(other)) / length)
    return float(np.median(ratios)) if ratios else float("nan")


def measure_clip(
    paint: Callable[[UInt8Array], UInt8Array], film: Sequence[UInt8Array]
) -> ClipSteadiness:
    """Paint frames ``(H, W, 3)``, once as they are, once steadied."""
    steadying = Steadying()
    painted = [paint(frame) for frame in film]
    steadied = [steadying.next(*pair) for pair in zip(film, painted, strict=True)]
    return ClipSteadiness(unsteadiness(painted, film), unsteadiness(steadied, film), steadying.cuts)


def measure_steadiness(
    paint: Callable[[Batch], Batch],
    photograph: UInt8Array,
    *,
    size: int = 256,
    frames: int = 8,
    move: tuple[int, int] = (1, 3),
    noise: float = 2.0 / 255.0,
    seed: int = 0,
) -> Steadiness:
    """Pan over a photograph by ``move`` px a frame, paint each frame, compare what is the same.

    The motion is known exactly, so a network that paints each point the same however the frame
    moves has a flicker of 0; the photograph's own is 0.
    """
    height, width = photograph.shape[:2]
    room = [size + (frames - 1) * step for step in move]
    if frames < 2 or height < room[0] or width < room[1]:
        raise OptionError(
            f"photograph is {height}x{width} and frames {frames}; needed are {room[0]}x{room[1]} "
            "and 2 frames"
        )
    random = np.random.default_rng(seed)
    clean, noisy, grain = [], [], []
    for index in range(frames):
        top, left = index * move[0], index * move[1]
        frame = to_batch(np.ascontiguousarray(photograph[top : top + size, left : left + size]))
        added = random.normal(0.0, noise, frame.shape).astype(np.float32)
        rough = np.clip(frame + added, 0.0, 1.0)  # as a sensor ends
        clean.append(paint(frame))
        noisy.append(paint(rough))
        grain.append(rough)
    return Steadiness(
        _flicker(clean, move), _flicker(noisy, move), _flicker(grain, move), tuple(clean)
    )


def _flicker(frames: list[Batch], move: tuple[int, int]) -> float:
    down, right = move
    inner = slice(_BORDER, -_BORDER)
    changes = []
    for before, after in pairwise(frames):
        same_before = before[..., down:, right:][..., inner, inner]
        same_after = after[..., : after.shape[2] - down, : after.shape[3] - right]
        changes.append(np.abs(same_before - same_after[..., inner, inner]).mean())
    return float(np.mean(changes))
