"""What is measured on a painted picture without a perceptual network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatPicture", "blob_share"]

FloatPicture = NDArray[np.float32]
"""``(3, H, W)``, RGB, 0..1."""

NEAR_BLACK = 10 / 255
"""A pixel is near-black if its brightest channel is at most this."""

NEAR_WHITE = 245 / 255
"""A pixel is clipped if its darkest channel is at least this."""

_NEAR = 3
"""A photograph explains extreme pixels up to this many pixels around its own."""

_TOLERANCE = 30 / 255
"""What counts as dark or bright in the photograph: painting may deepen it by this much."""


def blob_share(painted: FloatPicture, photograph: FloatPicture, style: FloatPicture) -> float:
    """Share of near-black or clipped pixels that neither photograph nor style explains, 0..1.

    The photograph explains a near-black pixel if it is itself dark within three pixels of it, a
    clipped one if it is bright there. Of what remains, each tone is forgiven the share that it has
    in the style picture.
    """
    share = 0.0
    for sign, limit in ((1.0, NEAR_BLACK), (-1.0, 1.0 - NEAR_WHITE)):
        extreme = _extreme(painted, sign, limit)
        explained = _grown(_extreme(photograph, sign, limit + _TOLERANCE))
        unexplained = float((extreme & ~explained).mean())
        share += max(0.0, unexplained - float(_extreme(style, sign, limit).mean()))
    return share


def _extreme(picture: FloatPicture, sign: float, limit: float) -> NDArray[np.bool_]:
    levels = picture if sign > 0 else 1.0 - picture
    result: NDArray[np.bool_] = levels.max(axis=0) <= limit
    return result


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.pad(mask, _NEAR)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * _NEAR + 1, 2 * _NEAR + 1))
    return np.asarray(windows.any(axis=(2, 3)))
