"""Measures of painted pictures, on pictures whose measure is known."""

from __future__ import annotations

import numpy as np
import pytest

from tinystyle.benchmarks.quality.metrics import blob_share


def test_blobs_are_what_neither_picture_explains() -> None:
    photograph = np.full((3, 100, 100), 0.5, np.float32)
    style = np.full((3, 100, 100), 0.6, np.float32)
    painted = photograph.copy()
    assert blob_share(painted, photograph, style) == 0.0
    painted[:, 10:20, 10:20] = 0.0  # 1 % black
    painted[:, 50:60, 50:70] = 1.0  # 2 % white
    assert blob_share(painted, photograph, style) == pytest.approx(0.03)
    dark = photograph.copy()
    dark[:, 8:22, 8:22] = 0.1  # the photograph is dark there
    assert blob_share(painted, dark, style) == pytest.approx(0.02)
    ink = style.copy()
    ink[:, :1] = 0.0  # the style has as much black of its own
    assert blob_share(painted, photograph, ink) == pytest.approx(0.02)
    coloured = photograph.copy()
    coloured[0, 10:20, 10:20] = 1.0  # strong colour is no blob
    assert blob_share(coloured, photograph, style) == 0.0
