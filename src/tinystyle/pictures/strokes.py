"""The scale of strokes: what is smooth in a photograph, for training and for evaluation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["COARSE", "FINE", "NEIGHBOURHOOD", "SMOOTH_SHARE", "gaussian_window"]

SMOOTH_SHARE = 0.4
"""Of a photograph: its smoothest positions, that is."""

FINE, COARSE = 1.0, 6.0
"""Deviations in pixels of the two Gaussians whose difference passes periods of about 3 to 16 px."""

NEIGHBOURHOOD = 4.0
"""Deviation in pixels of the Gaussian over which a photograph's energy is averaged."""

_TAIL = 3.2
"""Deviations at which a Gaussian is cut off."""


def gaussian_window(deviation: float) -> NDArray[np.float64]:
    """Taps of a Gaussian of so many pixels, ``(2 r + 1,)``; their sum is 1."""
    radius = round(_TAIL * deviation)
    offset = np.arange(-radius, radius + 1)
    window = np.exp(-(offset**2) / (2.0 * deviation**2))
    taps: NDArray[np.float64] = window / window.sum()
    return taps
