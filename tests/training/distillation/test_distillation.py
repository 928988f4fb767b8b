"""What the compact perceptual network learns from: kinds of pictures, and pairs."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.distillation.distillation import difference_error
from tinystyle.training.distillation.pictures import DistillationData, Painter

_SIZE = 64


@pytest.fixture
def data() -> DistillationData:
    """One grey photograph, one white artwork, and a network for the package's mosaic."""
    grey = np.full((96, 96, 3), 128, np.uint8)
    white = np.full((96, 96, 3), 255, np.uint8)
    mosaic = ARTWORKS["mosaic"](96)
    net = Hypernetwork().generate(Picture(mosaic))
    return DistillationData(
        PhotographSampler(InMemoryPictures([grey]), _SIZE, 0),
        PhotographSampler(InMemoryPictures([white]), _SIZE, 1),
        [Painter(net, to_tensor(mosaic))],
    )


def test_of_four_pictures_each_is_of_another_kind(data: DistillationData) -> None:
    photograph, artwork, drawn, painted = data(4)
    assert torch.allclose(photograph, torch.tensor(128 / 255), atol=1e-6)
    assert torch.allclose(artwork, torch.tensor(1.0), atol=1e-6)
    assert drawn.shape == painted.shape == (3, _SIZE, _SIZE)
    assert drawn.std() > 0.01
    assert painted.std() > 0.001
    assert 0.0 <= drawn.min() <= drawn.max() <= 1.0
    again = data(4)
    assert not torch.equal(again[2], drawn)


def test_a_pair_is_an_artwork_and_what_its_network_paints(data: DistillationData) -> None:
    artwork, painted = data.pair()
    assert artwork.shape == painted.shape == (1, 3, _SIZE, _SIZE)
    whole = data.painters[0].artwork
    places = [
        (top, left)
        for top in range(97 - _SIZE)
        for left in range(97 - _SIZE)
        if torch.equal(whole[..., top : top + _SIZE, left : left + _SIZE], artwork)
    ]
    assert len(places) == 1
    assert data.crop(whole[..., :32, :32]).shape == (1, 3, _SIZE, _SIZE)


def test_pictures_for_measurements_stay_the_same(data: DistillationData) -> None:
    before = data.photographs.generator.get_state()
    first, second = (torch.cat(data.unchanging(2, 4)) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(data.photographs.generator.get_state(), before)


def test_errors_that_artwork_and_picture_share_are_none_of_the_difference() -> None:
    generator = torch.Generator().manual_seed(0)
    gram = torch.rand(4, 16, generator=generator)
    shared = torch.rand(2, 16, generator=generator).repeat_interleave(2, dim=0)
    assert difference_error(gram + shared, gram).item() == pytest.approx(0.0, abs=1e-10)
    estimate = gram.clone()
    estimate[1] += 0.5 * gram[0]  # a painted picture that seems other than it is
    assert difference_error(estimate, gram).item() == pytest.approx(0.25 / 2)


def test_photographs_of_the_package_are_drawn_over(data: DistillationData) -> None:
    shown = DistillationData(
        PhotographSampler(InMemoryPictures([landscape(96)]), _SIZE, 0), data.artworks, data.painters
    )
    assert shown(8).shape == (8, 3, _SIZE, _SIZE)
