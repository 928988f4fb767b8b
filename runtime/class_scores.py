"""What segmentation networks make, as one score for each region and place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError, PictureError
from tinystyle.runtime.region_classes import Assignment

__all__ = ["MADE", "region_scores"]

MADE = "(1, K, h, w) or (1, h, w, K) scores, (1, 1, h, w) or (1, h, w) labels or probabilities"
"""What is understood."""

_LARGEST = 4096
"""Sides of what a network makes, and how many classes."""

FloatArray = NDArray[np.float32]
Assign = Callable[[int | None], Assignment]
"""The region of each of so many classes; None where that is not known."""


def region_scores(
    made: NDArray[Any],
    size: tuple[int, int],
    assign: Assign,
    regions: Sequence[str],
    *,
    channels_last: bool,
    label: str,
) -> FloatArray:
    """``(R, h, w)``; the highest is the region.

    ``made`` is an array of numbers, of a picture of ``size`` (height, width) pixels. Of scores a
    region has the highest of its classes. One value a pixel is a label where all are whole, else
    the probability of class 1; class 0 has what is left to 1. Which side is that of classes is told
    by the picture's ratio, and by ``channels_last`` where both could be. ``label`` names the model
    in errors. Raises ModelError for arrays of another shape, for values that are no numbers and for
    single ones beyond 0 to 1, PictureError for a label that has no region.
    """
    refused = ModelError(
        f"{label}: makes {made.shape} of {size[0]} x {size[1]} px; needed is {MADE}"
    )
    if made.ndim not in (3, 4) or made.shape[0] != 1:
        raise refused
    if not all(1 <= side <= _LARGEST for side in made.shape):
        raise refused
    if made.dtype.kind == "f":
        with np.errstate(over="ignore"):
            made = made.astype(np.float32)
        if not np.isfinite(made).all():
            raise ModelError(f"{label}: makes values that are not numbers; it is damaged")
    planes = made
    if made.ndim == 4:
        first, last = _alike(made.shape[2:], size), _alike(made.shape[1:3], size)
        turned = last and (channels_last or not first)
        planes = made[0].transpose(2, 0, 1) if turned else made[0]
    if not _alike(planes.shape[1:], size):
        raise refused
    if len(planes) > 1:
        return _of_scores(planes, assign(len(planes)), len(regions))
    if made.dtype.kind == "f" and (planes != np.rint(planes)).any():
        low, high = float(planes.min()), float(planes.max())
        if low < 0.0 or high > 1.0:
            raise ModelError(
                f"{label}: makes one value a pixel, {low:.4g} to {high:.4g}; needed are labels, "
                "or probabilities from 0 to 1"
            )
        return _of_scores(np.concatenate([1.0 - planes, planes]), assign(2), len(regions))
    return _of_labels(planes[0], assign(None), regions, label)


def _of_scores(scores: NDArray[Any], found: Assignment, regions: int) -> FloatArray:
    result = np.full((regions, *scores.shape[1:]), -np.inf, np.float32)
    for number, plane in enumerate(scores):
        region = found.region(number)
        if region is not None:
            np.maximum(result[region], plane.astype(np.float32), out=result[region])
    return result


def _of_labels(
    labels: NDArray[Any], found: Assignment, regions: Sequence[str], label: str
) -> FloatArray:
    """1 in the region of each label, 0 in others."""
    numbers, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    places = []
    for number, count in zip(numbers, counts, strict=True):
        place = found.region(int(number))
        if place is None:
            raise PictureError(
                f"{label}: finds class {int(number)} in {count / labels.size:.1%} of the picture, "
                f"which is of no region ({', '.join(regions)}); --segment-classes gives it one"
            )
        places.append(place)
    each = np.array(places)[inverse.reshape(labels.shape)]
    return np.stack([each == region for region in range(len(regions))]).astype(np.float32)


def _alike(sides: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Whether they have the picture's ratio, to a pixel."""
    (height, width), (tall, wide) = sides, size
    return abs(height - tall * width / wide) <= 1.0 or abs(width - wide * height / tall) <= 1.0
