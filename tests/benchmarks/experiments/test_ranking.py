"""Rank correlation and its pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from tinystyle.benchmarks.experiments.ranking import compare_rankings, spearman
from tinystyle.pictures.images import Picture, read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.finetune.descent import Look
from tinystyle.training.perceptual import vgg as perceptual


def test_spearman_sees_order_only() -> None:
    values = np.array([3.0, 1.0, 2.0, 10.0])
    assert spearman(values, np.exp(values)) == pytest.approx(1.0)
    assert spearman(values, -values) == pytest.approx(-1.0)
    assert spearman(values, np.array([3.0, 2.0, 1.0, 10.0])) == pytest.approx(0.8)


def test_a_network_ranks_as_itself(vgg_file: Path, styles: list[Path], photograph: Path) -> None:
    network = perceptual.load(str(vgg_file))
    fitted: list[str] = []

    def finetune(picture: Picture, name: str, look: Look) -> None:
        """Ends with a network that paints like the other artwork's."""
        fitted.append(name)
        other = read_picture(styles[1 - fitted.index(name)])
        for step, shown in ((0, picture), (4, picture), (20, other)):
            look(step, Hypernetwork().generate(shown))

    found = compare_rankings(
        network, network, [photograph], styles[:2], size=64, finetune=finetune, steps=20
    )
    assert fitted == [path.stem for path in styles[:2]]
    assert found.first["loss"].shape == (2, 10)
    assert found.painted.tolist() == [False] * 4 + [True] + [False] * 3 + [True] * 2
    assert found.overall("gram_relative") == pytest.approx(1.0)
    assert found.within("loss") == pytest.approx([1.0, 1.0])
    assert found.ratio("gram_relative") == pytest.approx([1.0, 1.0])
    assert found.cosines == pytest.approx(np.ones(6), abs=1e-5)
    grams = found.first["gram_relative"]
    assert (grams[:, 4] < grams[:, 0]).all(), "painting lowers the error"
    assert grams[:, 8] == pytest.approx(grams[:, 4]), "step 4 shows the generated network"
    assert (grams[:, 9] > grams[:, 8]).all(), "and step 20 another artwork's"
