"""A few patches that stand for all patches of an artwork."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.network.methods.specs import MAX_PATCHES

__all__ = [
    "DEFAULT_PATCHES",
    "choose_in_regions",
    "choose_patches",
    "patch_count",
    "patches_of",
    "require_patches",
    "unit_patches",
]

DEFAULT_PATCHES = 512
"""Of an artwork; docs/style-swap.md shows what fewer and more bring."""


FloatArray = NDArray[np.float32]

_ROUNDS = 8
"""Of moving the centres: later ones change little."""


def patches_of(features: FloatArray) -> FloatArray:
    """All 3x3 patches of ``(C, H, W)``, row by row: ``((H - 2) * (W - 2), C, 3, 3)``."""
    windows = sliding_window_view(features, (3, 3), axis=(1, 2))
    channels, height, width = windows.shape[:3]
    rows = windows.transpose(1, 2, 0, 3, 4).reshape(height * width, channels, 3, 3)
    return np.ascontiguousarray(rows)


def require_patches(patches: int | None) -> None:
    """Raise OptionError for an impossible number of patches; None stands for all."""
    if patches is not None and not 1 <= patches <= MAX_PATCHES:
        raise OptionError(f"patches is {patches}; allowed are 1 to {MAX_PATCHES}, or all")


def patch_count(
    patches: int | None, there: int, style_size: int, *, exact: bool, least: int = 1
) -> int:
    """How many of the patches that are ``there``: ``patches``, or all where it is None.

    Unless the number shall be ``exact``, it is brought between ``least`` and what is there. Raises
    OptionError where it cannot be had.
    """
    wanted = there if patches is None else patches
    if patches is not None and not exact:
        wanted = min(max(patches, least), there)
    if least <= wanted <= min(there, MAX_PATCHES):
        return wanted
    asked = "all" if patches is None else patches
    raise OptionError(
        f"patches is {asked}; at --style-size {style_size} the artwork has {there}: allowed are "
        f"{least} to {min(there, MAX_PATCHES)}" + (", one a region at least" if least > 1 else "")
    )


def unit_patches(patches: FloatArray) -> dict[str, FloatArray]:
    """Patches ``(K, C, 3, 3)`` as networks hold them: each of length 1, and their lengths."""
    lengths = np.sqrt(np.square(patches).sum(axis=(1, 2, 3)))
    unit = patches / np.maximum(lengths, 1e-6)[:, None, None, None]
    return {
        "weight": np.ascontiguousarray(unit, np.float32),
        "length": np.ascontiguousarray(lengths, np.float32),
    }


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


def choose_in_regions(
    patches: FloatArray, inside: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of ``count`` patches ``(M, C, 3, 3)``, and the region of each.

    ``inside`` ``(R, M)`` tells which patches are of which region; those of none are not chosen.
    Each region that has any gets as many as the others, as far as it has them. ``count`` is at
    least the number of such regions, and at most that of their patches.
    """
    shares = _shared(inside.sum(axis=1), count)
    chosen, regions = [], []
    for region in np.flatnonzero(shares):
        own, share = np.flatnonzero(inside[region]), int(shares[region])
        chosen.append(own if share == len(own) else own[choose_patches(patches[own], share)])
        regions.append(np.full(share, region))
    return np.concatenate(chosen), np.concatenate(regions)


def _shared(there: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """``count`` in as equal shares as may be, none larger than what is ``there``."""
    shares, left = np.zeros_like(there), count
    for done, region in enumerate(there.argsort(kind="stable")):
        shares[region] = min(there[region], left // (len(there) - done))
        left -= shares[region]
    return shares


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
