"""What people see of an artwork in a painted picture: its colours, and texture where the photograph
has none. From the pictures alone, without a perceptual network.

Pictures are ``(3, H, W)``, sRGB, 0..1.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tinystyle.benchmarks.quality.metrics import FloatPicture
from tinystyle.pictures.strokes import COARSE, FINE, NEIGHBOURHOOD, SMOOTH_SHARE, gaussian_window

__all__ = [
    "DIRECTIONS",
    "FloatArray",
    "Mask",
    "colour_shadows",
    "palette_distance",
    "smooth_area",
    "srgb_to_lab",
    "stroke_band",
    "texture_ratio",
    "whole_cells",
]

FloatArray = NDArray[np.float32]
Mask = NDArray[np.bool_]
"""``(H, W)``."""

_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
"""Linear sRGB to CIE XYZ (ITU-R BT.709 primaries, D65)."""
_WHITE = np.array([0.95047, 1.0, 1.08883])
"""XYZ of D65 for the observer of 2 degrees."""
_LUMA = np.array([0.299, 0.587, 0.114])

DIRECTIONS = 64
"""On which colours are projected: random ones, the same ones always."""

_NO_TEXTURE = 1e-4
"""RMS below which an artwork has no texture to compare with: a fortieth of a level of 255."""


def srgb_to_lab(picture: FloatPicture) -> NDArray[np.float64]:
    """CIELAB of an sRGB picture, D65, observer of 2 degrees: ``(3, H, W)``.

    L* 0..100, a* and b* about -128..128. IEC 61966-2-1 for sRGB, CIE 15 for Lab. A distance of 2.3
    is just noticeable.
    """
    values = picture.astype(np.float64)
    linear = np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
    xyz = np.einsum("xc,chw->xhw", _XYZ / _WHITE[:, None], linear)
    knee = 6.0 / 29.0
    root = np.where(xyz > knee**3, np.cbrt(xyz), xyz / (3.0 * knee**2) + 4.0 / 29.0)
    x, y, z = root
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


def colour_shadows(picture: FloatPicture) -> FloatArray:
    """The picture's Lab colours projected on each of DIRECTIONS, in order: ``(64, H W)``."""
    colours = srgb_to_lab(picture).reshape(3, -1)
    shadows = (_directions() @ colours).astype(np.float32)
    shadows.sort(axis=1)
    return shadows


def palette_distance(first: FloatArray, second: FloatArray) -> float:
    """Sliced Wasserstein distance of order 1 between the colours of two pictures of one size, whose
    :func:`colour_shadows` are given: 0 for the same palette, in units of Lab, up to about 100.

    Bonneel et al. 2015, *Sliced and Radon Wasserstein Barycenters of Measures*: the mean over
    directions of the distance of the two projected distributions, which on a line is that of the
    sorted values. Where in the picture a colour is does not matter.
    """
    return float(np.abs(first - second).mean(dtype=np.float64))


def stroke_band(picture: FloatPicture) -> FloatArray:
    """The picture's luma with periods of about 3 to 16 px alone: ``(H, W)``, -1..1.

    The scale of strokes: grain is finer, things are larger. A difference of Gaussians of 1 and 6 px
    (Marr and Hildreth 1980), the picture mirrored at its edges. H and W from 20.
    """
    luma = np.einsum("c,chw->hw", _LUMA, picture)
    return (_blur(luma, FINE) - _blur(luma, COARSE)).astype(np.float32)


def smooth_area(photograph: FloatPicture) -> Mask:
    """Where the photograph is smoothest: skies, walls, water. SMOOTH_SHARE of all positions.

    Those of the least energy in its :func:`stroke_band`, averaged around each.
    """
    energy = _blur(stroke_band(photograph).astype(np.float64) ** 2, NEIGHBOURHOOD)
    return np.asarray(energy <= float(np.quantile(energy, SMOOTH_SHARE)))


def texture_ratio(painted: FloatArray, where: Mask, artwork: FloatArray) -> float:
    """RMS of the painted picture's :func:`stroke_band` over ``where``, over that of the whole
    artwork's: 0 where it is flat, 1 where it carries as much texture as the artwork.

    NaN where the artwork has none.
    """
    wanted = _rms(artwork)
    return _rms(painted[where]) / wanted if wanted > _NO_TEXTURE else float("nan")


def whole_cells(where: Mask, height: int, width: int) -> Mask:
    """Cells of a grid of ``(height, width)`` that lie in ``where`` with all of their pixels."""
    rows, columns = where.shape[0] // height, where.shape[1] // width
    return np.asarray(where.reshape(height, rows, width, columns).all(axis=(1, 3)))


def _directions() -> NDArray[np.float64]:
    """Unit vectors, ``(64, 3)``."""
    vectors = np.random.default_rng(0).normal(size=(3, DIRECTIONS))
    units: NDArray[np.float64] = (vectors / np.linalg.norm(vectors, axis=0)).T
    return units


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))


def _blur(values: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    window = gaussian_window(deviation)
    padded = np.pad(values, len(window) // 2, mode="reflect")
    down = sliding_window_view(padded, len(window), axis=0) @ window
    blurred: NDArray[np.float64] = sliding_window_view(down, len(window), axis=1) @ window
    return blurred
