"""Rank correlation and its pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from tinystyle.benchmarks.ranking import compare_rankings, spearman
from tinystyle.training import perceptual


def test_spearman_sees_order_only() -> None:
    values = np.array([3.0, 1.0, 2.0, 10.0])
    assert spearman(values, np.exp(values)) == pytest.approx(1.0)
    assert spearman(values, -values) == pytest.approx(-1.0)
    assert spearman(values, np.array([3.0, 2.0, 1.0, 10.0])) == pytest.approx(0.8)


def test_a_network_ranks_as_itself(vgg_file: Path, styles: list[Path], photograph: Path) -> None:
    network = perceptual.load(str(vgg_file))
    found = compare_rankings(network, network, [photograph], styles[:2], size=64)
    assert found.first["loss"].shape == (2, 8)
    assert found.overall("style") == pytest.approx(1.0)
    assert found.within("loss") == pytest.approx([1.0, 1.0])
    painted = found.first["style"][:, 1:5]
    assert (painted[:, -1] < found.first["style"][:, 0]).all(), "painting lowers the style loss"
