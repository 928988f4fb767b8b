"""Keeping the photograph's colours, and some of the photograph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.pictures.depth import Pixels, full

__all__ = ["LUMA", "softened", "transfer_luma"]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B in the luma of ITU-R BT.601."""

_ROWS = 128
"""Rows that are moved at a time."""


def transfer_luma(painted: Pixels, original: Pixels) -> Pixels:
    """The luma of ``painted`` with the chroma of ``original``; both ``(H, W, 3)``.

    Adding one number to R, G and B changes luma and leaves the colour differences Cb and Cr alone
    (Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 5.2).
    """
    result, white = np.empty_like(painted), full(painted.dtype)
    for top in range(0, len(painted), _ROWS):  # in floats the whole takes twelve times as much
        rows = slice(top, top + _ROWS)
        kept = original[rows].astype(np.float32)
        change = painted[rows].astype(np.float32) @ LUMA - kept @ LUMA
        result[rows] = np.clip(kept + change[..., None], 0.0, white) + 0.5
    return result


def softened(painted: NDArray[Any], original: NDArray[Any], strength: float) -> NDArray[Any]:
    """``strength`` 0..1 of the way from ``original`` to ``painted``, of one shape and type.

    Floats, or pixels of 8 or 16 bits, which are rounded to the nearest.
    """
    if strength == 1.0:
        return painted
    whole = painted.dtype.kind == "u"
    result = np.empty(painted.shape, painted.dtype if whole else np.float32)
    for top in range(0, len(painted), _ROWS):  # of a batch these are pictures: all at once
        rows = slice(top, top + _ROWS)
        start = original[rows].astype(np.float32)
        mixed = start + np.float32(strength) * (painted[rows].astype(np.float32) - start)
        result[rows] = mixed + 0.5 if whole else mixed
    return result
