"""How alike two pictures are to the eye."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["ssim"]

FloatArray = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114])
_TAPS = 11
_SIGMA = 1.5


def ssim(first: FloatArray, second: FloatArray) -> float:
    """Structural similarity of the luma of pictures ``(N, 3, H, W)``, 0..1: its mean.

    Wang et al. 2004, *Image Quality Assessment*, eq. 13 with K1 = 0.01, K2 = 0.03 and their 11-tap
    Gaussian window of 1.5 px, which is not padded. H and W from 11.
    """
    x, y = (np.einsum("nchw,c->nhw", picture, _LUMA) for picture in (first, second))
    mean_x, mean_y = _blur(x), _blur(y)
    spread = _blur(x * x) - mean_x**2 + _blur(y * y) - mean_y**2
    shared = _blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    level = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return float((level * (2 * shared + c2) / (spread + c2)).mean())


def _blur(x: NDArray[np.float64]) -> NDArray[np.float64]:
    offset = np.arange(_TAPS) - _TAPS // 2
    window = np.exp(-(offset**2) / (2 * _SIGMA**2))
    window /= window.sum()
    down = sliding_window_view(x, _TAPS, axis=1) @ window
    blurred: NDArray[np.float64] = sliding_window_view(down, _TAPS, axis=2) @ window
    return blurred
