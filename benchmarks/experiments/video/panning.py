"""How steady a network paints what moves in a known way (Zhang et al. 2018, Figure 5b)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.pictures.images import UInt8Array, to_batch

__all__ = ["Steadiness", "measure_steadiness"]

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
