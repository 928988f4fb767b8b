"""The released hypernetwork and what it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinystyle.errors import OptionError, PictureError
from tinystyle.network import reference
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import Picture, read_picture, to_batch
from tinystyle.runtime.hypernetwork import Hypernetwork, prepare_style
from tinystyle.weights import released


@pytest.fixture(scope="module")
def hypernetwork() -> Hypernetwork:
    return Hypernetwork()


def test_the_released_file_is_small_and_carries_no_paths() -> None:
    path = released().hypernetwork
    data = path.read_bytes()
    assert len(data) <= 40_000_000
    for trace in (b"/home/", b"/tmp/", b"/root/", b"site-packages"):
        assert trace not in data


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((300, 300), (256, 256)),
        ((512, 1024), (256, 512)),
        ((100, 5000), (256, 512)),  # at most 2:1, cut before it is enlarged
        ((5000, 100), (512, 256)),
        ((32, 32), (256, 256)),
    ],
)
def test_styles_of_any_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert prepare_style(np.zeros((*size, 3), np.uint8)).shape == (*expected, 3)


def test_long_styles_are_cut_to_their_middle() -> None:
    rgb = np.zeros((64, 640, 3), np.uint8)
    rgb[:, 256:384] = 255
    assert prepare_style(rgb, 64).min() == 255


def test_too_small_and_bad_sizes_are_refused() -> None:
    with pytest.raises(PictureError, match="at least 32"):
        prepare_style(np.zeros((1, 1, 3), np.uint8))
    for size in (63, 1025):
        with pytest.raises(OptionError, match=str(size)):
            prepare_style(np.zeros((64, 64, 3), np.uint8), size)


def test_generation_is_deterministic_and_depends_on_the_style(
    hypernetwork: Hypernetwork, styles: list[Path]
) -> None:
    nets = [hypernetwork.generate(read_picture(path), path.stem) for path in styles]
    again = hypernetwork.generate(read_picture(styles[0]), "again")
    name = "r2a.weight"
    assert np.array_equal(nets[0].weights[name], again.weights[name])
    for other in nets[1:]:
        difference = np.abs(nets[0].weights[name] - other.weights[name]).mean()
        assert difference > 0.05 * np.abs(nets[0].weights[name]).mean()


def test_palettes_follow_the_style(hypernetwork: Hypernetwork) -> None:
    """A red artwork paints redder than a blue one: independent of any VGG."""
    noise = np.random.default_rng(0).normal(0, 25, (256, 256, 1))
    image = to_batch(landscape(128))
    redness = []
    for color in ((190, 60, 40), (40, 70, 190)):
        rgb = np.clip(np.array(color) + noise, 0, 255).astype(np.uint8)
        painted = reference.stylize(hypernetwork.generate(Picture(rgb)), image)
        redness.append(float(painted[0, 0].mean() - painted[0, 2].mean()))
    assert redness[0] > redness[1] + 0.1
