"""Painted films that flicker less, without smearing what moves."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from tinystyle.pictures.images import UInt8Array

__all__ = ["Steadying"]

_KEPT = 0.6
"""Share of the last painted frame where the film stands still: of a stroke that is gone a fifth
is left after three frames. More is steadier, and blurs strokes that slide over what has no edges
of its own (a wall, a road)."""

_STILL = 16.0
"""Levels of 255 that a place of the film may change from frame to frame and count as still; at
half of it four fifths are kept of what would be of one that stands, at twice of it 2 %."""

_BLOCK = 4
"""Side in px of the blocks whose change is looked at: noise of single pixels is no motion."""

_CUT = 0.9
"""Change at a cut, as a share of the film's own contrast: 1.1 to 1.8 between scenes of three films,
bright or dark, 0.7 in their fastest pan."""

_LEAST_CONTRAST = 5.0
"""Levels of 255: in frames that are flatter, noise and light that fades are no cuts."""

_CUT_ABOVE = 1.5
"""How many times the lesser of the two changes before: where all frames differ from each other, as
in a storm of noise, there are no scenes. Two, so that a flash of one frame has its two cuts."""

_SHARES = np.rint(255.0 * _KEPT * np.exp(-np.square(np.arange(256) / _STILL))).astype(np.uint8)


class Steadying:
    """Takes the frames of one film in their order.

    Where the film hardly changes, a frame is mostly the last one as it was shown, with the film's
    own change added: strokes that would jump stay, light that fades does fade. Where things move it
    is the frame as painted, so that nothing trails behind them. At a cut it begins anew.
    """

    def __init__(self) -> None:
        self.cuts = 0
        """Cuts found so far."""
        self._film: UInt8Array | None = None
        self._shown: UInt8Array | None = None
        self._last = (0.0, 0.0)
        """The film's changes at the last two frames."""
        self._contrast = 0.0
        """Of the last frame."""

    def next(self, film: UInt8Array, painted: UInt8Array) -> UInt8Array:
        """The frame to show; ``film`` and ``painted`` are ``(H, W, 3)``, all of one size."""
        before, shown = self._film, self._shown
        contrast, self._contrast = self._contrast, _contrast(film)
        self._film = film
        if before is None or shown is None or before.shape != film.shape:
            self._shown, self._last = painted, (0.0, 0.0)
            return painted
        brighter = np.maximum(film, before)
        darker = brighter - film
        brighter -= before
        changes = _changes(brighter, darker)
        change = float(np.asarray(changes).mean())
        contrast = max(_LEAST_CONTRAST, float(np.hypot(contrast, self._contrast)) / 2.0**0.5)
        is_cut = change > max(_CUT * contrast, _CUT_ABOVE * min(self._last))
        self._last = self._last[1], change
        if is_cut:
            self.cuts += 1
            self._shown = painted
            return painted
        still = changes.filter(ImageFilter.BoxBlur(1)).point(_SHARES.tolist())
        height, width = film.shape[:2]
        shares = still.resize((width, height), Image.Resampling.BILINEAR)
        # What was shown with the film's change added, of which one of the two is 0: in bytes.
        kept = np.minimum(shown, 255 - brighter)
        kept += brighter
        darker = np.minimum(kept, darker)
        kept -= darker
        planes = np.empty((3, height, width), np.uint8)
        for channel, plane in enumerate(planes):
            old, new = (Image.fromarray(frame[..., channel]) for frame in (kept, painted))
            plane[:] = np.asarray(Image.composite(old, new, shares))
        self._shown = planes.transpose(1, 2, 0)
        return self._shown


def _changes(brighter: UInt8Array, darker: UInt8Array) -> Image.Image:
    """How much each block changed, in that of R, G and B which changed most."""
    difference = brighter + darker  # one of them is 0
    red, green, blue = (difference[..., channel] for channel in range(3))
    largest = np.maximum(np.maximum(red, green), blue)
    return Image.fromarray(largest).reduce(_BLOCK)


def _contrast(film: UInt8Array) -> float:
    """Deviation of the pixels of that of R, G and B which has the largest, in levels of 255."""
    return float(film[::_BLOCK, ::_BLOCK].std(axis=(0, 1)).max())
