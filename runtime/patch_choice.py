"""A few patches that stand for all patches of an artwork."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["choose_patches", "patches_of"]

_ROUNDS = 8
"""Of moving the centres: later ones change little."""

FloatArray = NDArray[np.float32]


def patches_of(features: FloatArray) -> FloatArray:
    """All 3x3 patches of ``(C, H, W)``, row by row: ``((H - 2) * (W - 2), C, 3, 3)``."""
    windows = sliding_window_view(features, (3, 3), axis=(1, 2))
    channels, height, width = windows.shape[:3]
    rows = windows.transpose(1, 2, 0, 3, 4).reshape(height * width, channels, 3, 3)
    return np.ascontiguousarray(rows)


def choose_patches(patches: FloatArray, count: int) -> NDArray[np.int64]:
    """Indices ``(count,)``, rising, of patches ``(M, C, 3, 3)`` that stand for the others.

    Matching compares directions, and so does the choice: centres by k-means on the unit sphere
    (Dhillon & Modha 2001), the first of them far from each other, then the patch nearest to each.
    The same patches are chosen each time. M >= count.
    """
    rows = patches.reshape(len(patches), -1)
    unit = rows / np.maximum(np.sqrt(np.square(rows).sum(axis=1)), 1e-12)[:, None]
    centres = unit[_far_apart(unit, count)]
    for _ in range(_ROUNDS):
        nearest = (unit @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, unit)
        lengths = np.sqrt(np.square(sums).sum(axis=1))
        moved = lengths > 0.0  # a centre to which none is nearest stays
        centres[moved] = sums[moved] / lengths[moved, None]
    return _nearest_ones(unit @ centres.T)


def _far_apart(unit: FloatArray, count: int) -> NDArray[np.int64]:
    """Each as unlike as can be to those before (Gonzalez 1985); the first is nearest to all."""
    chosen = np.empty(count, np.int64)
    chosen[0] = (unit @ unit.mean(axis=0)).argmax()
    alike = unit @ unit[chosen[0]]
    for index in range(1, count):
        chosen[index] = alike.argmin()
        np.maximum(alike, unit @ unit[chosen[index]], out=alike)
    return chosen


def _nearest_ones(alike: FloatArray) -> NDArray[np.int64]:
    """For each centre (columns) a patch (rows) of its own, the most alike that is left."""
    chosen = np.empty(alike.shape[1], np.int64)
    taken = np.zeros(len(alike), bool)
    for centre in alike.max(axis=0).argsort()[::-1]:
        column = np.where(taken, -np.inf, alike[:, centre])
        chosen[centre] = column.argmax()
        taken[chosen[centre]] = True
    return np.sort(chosen)
