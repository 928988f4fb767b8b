"""Structural similarity against scikit-image's."""

from __future__ import annotations

import numpy as np
import pytest

from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import to_batch
from tinystyle.pictures.similarity import ssim


@pytest.mark.parametrize("change", ["noise", "another picture", "contrast", "nothing"])
def test_ssim_is_scikit_images(change: str) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    first = to_batch(landscape(72)[:60])  # 60 high, 72 wide
    noise = np.random.default_rng(0).normal(0.0, 0.1, first.shape).astype(np.float32)
    second = {
        "noise": np.clip(first + noise, 0.0, 1.0),
        "another picture": to_batch(ARTWORKS["mosaic"](72)[:60]),
        "contrast": 0.3 + 0.4 * first,
        "nothing": first,
    }[change]
    luma = [np.einsum("chw,c->hw", p[0], [0.299, 0.587, 0.114]) for p in (first, second)]
    # Wang et al. 2004: Gaussian window of 1.5 px, 11 taps, moments of the population.
    _, expected = metrics.structural_similarity(
        *luma,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    inside = expected[5:-5, 5:-5].mean()  # where the window lies in the picture
    assert ssim(first, second) == pytest.approx(inside, abs=1e-6)
    assert (inside > 0.999) == (change == "nothing")
