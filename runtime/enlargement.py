"""Strokes of a chosen size: a picture is painted small, and the painting carried to its own size.

By the fast guided filter (He and Sun 2015, "Fast Guided Filter"): near each pixel of the small
pictures the painting is taken as linear in the photograph's luma, painted = a luma + b. The slope a
comes from windows, twice averaged; b is what is left, so that at the small size the painting itself
comes out, strokes and all. Both are enlarged and applied to the large photograph, which has sharp
edges. Bicubic resampling leaves strokes sharper than the paper's bilinear one. The web page does
the same (assets/studio/guided-filter.mjs).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import OptionError
from tinystyle.network.spec import MIN_SIZE
from tinystyle.pictures.depth import Pixels, full
from tinystyle.runtime.color import LUMA

__all__ = ["LARGEST_STROKES", "Enlargement", "enlarged", "painted_size", "stroke_size_for"]

FloatArray = NDArray[np.float32]

LARGEST_STROKES = 64.0
"""Times as large as a network paints them."""

_MOST_AS_IT_IS = 2.1e6
"""Pixels of a picture up to which strokes are left as the network paints them: Full HD is."""

_PREVIEW = 1e6
"""Pixels at which larger ones are painted: as they look when they are shown whole on a screen."""

_RADIUS = 3
"""Of the windows, in pixels of the small pictures."""

_FLAT = 4e-4
"""Variance of luma, 0..1, below which an area counts as flat: there nothing is sharpened."""

_STEEPEST = 1.5
"""Slopes are cut off here: a painting of much contrast would enlarge the photograph's noise."""

_ROWS = 256
"""Of the large picture at a time: its planes as floats would take gigabytes."""


def stroke_size_for(height: int, width: int, asked: float | None = None) -> float:
    """How many times as large as the network's own the strokes of a picture are.

    ``asked`` 1..64, or None for the default: 1 up to 2 megapixels, beyond it what makes a picture
    look as it would with one megapixel. Raises OptionError for another number.
    """
    if asked is not None:
        if not 1.0 <= asked <= LARGEST_STROKES:  # not true of NaN
            raise OptionError(
                f"stroke size is {asked:g}; allowed are 1 (strokes as the network paints them) to "
                f"{LARGEST_STROKES:g} (so many times as large)"
            )
        return asked
    pixels = height * width
    return 1.0 if pixels <= _MOST_AS_IT_IS else math.sqrt(pixels / _PREVIEW)


def painted_size(height: int, width: int, stroke_size: float) -> tuple[int, int]:
    """Height and width at which a picture is painted; no side is shorter than networks take."""
    factor = 1.0 / stroke_size
    factor = min(1.0, max(factor, MIN_SIZE / min(height, width)))
    return round(height * factor), round(width * factor)


class Enlargement:
    """The painting ``(h, w, 3)`` of the photograph ``small`` at the size of a large one."""

    def __init__(self, painted: Pixels, small: Pixels, height: int, width: int) -> None:
        slopes: FloatArray
        rests: FloatArray
        slopes, rests = _coefficients(small, painted)
        self._planes = [Image.fromarray(plane) for plane in (*slopes, *rests)]
        self._width = width
        self._small = painted.shape[1]
        self._scale = painted.shape[0] / height

    def rows(self, top: int, large: Pixels) -> Pixels:
        """The painting of ``large``, rows of the photograph itself from ``top`` on."""
        result, white = np.empty_like(large), full(large.dtype)
        top_of_small, end = top * self._scale, (top + len(large)) * self._scale
        box = (0.0, top_of_small, float(self._small), end)
        fields = [
            np.asarray(plane.resize((self._width, len(large)), Image.Resampling.BICUBIC, box))
            for plane in self._planes
        ]
        luma = large.astype(np.float32) @ (LUMA / np.float32(white))
        for channel in range(3):
            values = fields[channel] * luma + fields[3 + channel]
            np.clip(values * white + 0.5, 0.0, white, out=values)
            result[..., channel] = values
        return result


def enlarged(painted: Pixels, small: Pixels, large: Pixels) -> Pixels:
    """The painting ``(h, w, 3)`` of the photograph ``small`` at the size of ``large``, (H, W, 3).

    ``large`` is the photograph itself, ``small`` the same shrunk to h x w.
    """
    carried = Enlargement(painted, small, *large.shape[:2])
    result = np.empty_like(large)
    for top in range(0, len(large), _ROWS):
        result[top : top + _ROWS] = carried.rows(top, large[top : top + _ROWS])
    return result


def _coefficients(small: Pixels, painted: Pixels) -> tuple[FloatArray, FloatArray]:
    """Slopes and rests, ``(3, h, w)`` each."""
    guide = small.astype(np.float64) @ (LUMA.astype(np.float64) / full(small.dtype))
    values = painted.transpose(2, 0, 1).astype(np.float64) / full(painted.dtype)
    mean = _averaged(guide)
    variance = np.maximum(_averaged(guide * guide) - mean * mean, 0.0)
    slopes = (_averaged(values * guide) - mean * _averaged(values)) / (variance + _FLAT)
    slopes = _averaged(np.clip(slopes, -_STEEPEST, _STEEPEST))
    rests = values - slopes * guide
    return slopes.astype(np.float32), rests.astype(np.float32)


def _averaged(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of windows ``(..., h, w)``, which are cut off at the edges."""
    for axis in (-1, -2):
        length = planes.shape[axis]
        sums = np.concatenate([np.zeros_like(planes.take([0], axis)), planes.cumsum(axis)], axis)
        places = np.arange(length)
        first, last = np.maximum(places - _RADIUS, 0), np.minimum(places + _RADIUS + 1, length)
        counts = (last - first).reshape(-1, 1) if axis == -2 else last - first
        planes = (sums.take(last, axis) - sums.take(first, axis)) / counts
    return planes
