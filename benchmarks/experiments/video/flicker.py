"""How much a painting changes beside what the film changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.pictures.images import UInt8Array
from tinystyle.runtime.video.steadiness import Steadying

__all__ = ["PIXELS", "ClipSteadiness", "JudgedFilm", "View"]

View = Callable[[UInt8Array], NDArray[Any]]
"""What is compared of a frame ``(H, W, 3)``: numbers of any shape."""

PIXELS = "pixels"
"""The name of the view that each film is judged by."""

_STILL = 0.255
"""Length of a film's change, in levels, below which a frame is the one before again."""


@dataclass(frozen=True, slots=True)
class ClipSteadiness:
    """A film painted frame by frame, and with ``--steady``; by names of views."""

    plain: dict[str, float]
    steady: dict[str, float]
    cuts: int
    """As :class:`Steadying` found them."""


class JudgedFilm:
    """A film, and what changes in it from frame to frame."""

    def __init__(self, frames: Sequence[UInt8Array], views: Mapping[str, View] | None = None):
        """``frames`` are ``(H, W, 3)``, ``views`` further ones than PIXELS."""
        self.frames = frames
        self._views: dict[str, View] = {PIXELS: _pixels, **(views or {})}
        self._changes = {name: _changes(frames, view) for name, view in self._views.items()}
        self._moves = [bool(np.linalg.norm(change) > _STILL) for change in self._changes[PIXELS]]

    def unsteadiness(self, painted: Sequence[UInt8Array]) -> dict[str, float]:
        """``|do - dx| / |dx|`` of the differences of successive frames of painting and film,
        Euclidean lengths over all numbers of a view, the median over frames.

        0 is a painting that changes as the film does. Frames that are the one before again are left
        out; NaN where no others are.
        """
        found = {}
        for name, view in self._views.items():
            ratios = []
            made = _changes(painted, view)
            for moves, change, other in zip(self._moves, self._changes[name], made, strict=True):
                length = float(np.linalg.norm(change))
                if moves and length > 0.0:
                    ratios.append(float(np.linalg.norm(other - change)) / length)
            found[name] = float(np.median(ratios)) if ratios else float("nan")
        return found

    def measure(self, paint: Callable[[UInt8Array], UInt8Array]) -> ClipSteadiness:
        """Paint the frames, once as they are, once steadied."""
        steadying = Steadying()
        painted = [paint(frame) for frame in self.frames]
        steadied = [steadying.next(*pair) for pair in zip(self.frames, painted, strict=True)]
        return ClipSteadiness(
            self.unsteadiness(painted), self.unsteadiness(steadied), steadying.cuts
        )


def _pixels(rgb: UInt8Array) -> NDArray[Any]:
    return rgb.astype(np.float32)


def _changes(frames: Sequence[UInt8Array], view: View) -> list[NDArray[np.float32]]:
    return [after - before for before, after in pairwise(map(view, frames))]
