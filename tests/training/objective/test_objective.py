"""The objective: what each term is, that each weight is read, what the named ones are."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from skimage.color import rgb2lab
from torch import Tensor

from tinystyle.commands.training.options import add_losses
from tinystyle.errors import OptionError
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.cpu.reductions import channel_products
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.finetune.finetuner import load_perceptual
from tinystyle.training.networks.interpreter import Observer, run, tensors
from tinystyle.training.networks.trainable import random_net
from tinystyle.training.objective import colour, losses
from tinystyle.training.objective.artefacts import GridEnergy, grid_ratio
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import (
    ARTWORK,
    MOMENTS,
    OBJECTIVES,
    SHEN2018,
    ZHANG2018,
    LossWeights,
    objective_named,
)
from tinystyle.training.perceptual.source import COMPACT
from tinystyle.training.perceptual.vgg import Perceptual

NONE = LossWeights(
    gram_relative=0.0,
    gram_smooth=0.0,
    palette=0.0,
    tv=0.0,
    grid_ratio=0.0,
    orientation=0.0,
    content_weight=0.0,
)


@pytest.fixture(scope="module")
def judge() -> Perceptual:
    return load_perceptual(COMPACT)


@pytest.fixture(scope="module")
def artworks() -> Tensor:
    together: Tensor = torch.cat([to_tensor(ARTWORKS[name](96)) for name in ("mosaic", "swirls")])
    return together


@pytest.fixture(scope="module")
def photographs() -> Tensor:
    shifted = [np.roll(landscape(96), 30 * i, axis=1) for i in range(2)]
    together: Tensor = torch.cat([to_tensor(picture) for picture in shifted])
    return together


def _of_network(judge: Perceptual, weights: LossWeights, artwork: Tensor, image: Tensor) -> float:
    """With a network that has outliers and a woven output, so that no term is 0."""
    torch.manual_seed(0)
    net = random_net(NetSpec(Architecture.TINY, 4, residual_blocks=1))
    made = tensors(net)
    made["c2.weight"][0] = 0.0
    made["c2.weight"][0, :, 1, 1] = 1.0
    ops = net.spec.ops(bounded=False)
    board = (torch.arange(96)[:, None] + torch.arange(96)) % 2 * 0.5

    def paint(pictures: Tensor, observer: Observer | None) -> Tensor:
        spiked = pictures.clone()
        spiked[..., 40:42, 40:42] += 40.0
        woven: Tensor = run(ops, made, spiked, observer) * 0.5 + board
        return woven

    objective = Objective(judge, weights)
    loss, parts = objective.of_network(
        paint,
        ops,
        image,
        objective.describe(artwork),
        (torch.rand(5, 1920) * 3, torch.tensor([1])),
        noise=lambda x: 0.02 * torch.ones_like(x),
        frame=image.roll(1, dims=3),
    )
    assert all(value.ndim == 0 for value in parts.values())
    return float(loss)


_TERMS = [
    field.name
    for field in fields(LossWeights)
    if field.name not in ("content", "style_layers", "grid_allowed", "identification")
]


def _weight(name: str, value: float) -> dict[str, Any]:
    return {name: value}


@pytest.mark.parametrize("name", _TERMS)
def test_every_weight_is_read(
    name: str, judge: Perceptual, artworks: Tensor, photographs: Tensor
) -> None:
    found = [
        _of_network(judge, replace(NONE, **_weight(name, w)), artworks[:1], photographs[:1])
        for w in (1.0, 3.0)
    ]
    assert found[0] > 0.0
    assert found[1] == pytest.approx(3.0 * found[0], rel=1e-4)


def test_identification_and_the_grid_allowed_are_read(
    judge: Perceptual, artworks: Tensor, photographs: Tensor
) -> None:
    plain = replace(NONE, moments=1.0)
    other = replace(plain, identification=1.0)
    one, two = (_of_network(judge, w, artworks[:1], photographs[:1]) for w in (plain, other))
    assert two > one
    with pytest.raises(OptionError, match="identification compares moments"):
        replace(NONE, identification=1.0)
    strict, easy = (
        _of_network(
            judge, replace(NONE, grid=1.0, grid_allowed=allowed), artworks[:1], photographs[:1]
        )
        for allowed in (0.5, 1.0)
    )
    assert strict > easy > 0.0


def test_noise_needs_a_source(judge: Perceptual, photographs: Tensor) -> None:
    objective = Objective(judge, replace(NONE, noise=1.0))
    target = objective.describe(photographs)
    with pytest.raises(OptionError, match="noise has the weight 1, and no source"):
        objective.of_network(lambda x, _: x, (), photographs, target)


def test_motion_needs_frames(judge: Perceptual, photographs: Tensor) -> None:
    objective = Objective(judge, replace(NONE, motion=1.0))
    target = objective.describe(photographs)
    with pytest.raises(OptionError, match="motion has the weight 1, and no frames"):
        objective.of_network(lambda x, _: x, (), photographs, target)


def test_relative_errors_of_gram_matrices(judge: Perceptual, artworks: Tensor) -> None:
    weights = replace(NONE, gram_relative=1.0)
    objective = Objective(judge, weights)
    first, second = artworks[:1], artworks[1:]
    _, parts = objective(second, second, objective.describe(first))
    expected = []
    for layer in weights.style_layers:
        wanted, found = (judge.gram(layer, judge(x, (layer,))[layer])[0] for x in (first, second))
        error = ((found - wanted).square().sum() / wanted.square().sum()).item()
        expected.append(error if error < 1.0 else 1.0 + np.log(error))
    assert parts["gram_relative"].item() == pytest.approx(np.mean(expected), rel=1e-5)
    _, itself = objective(first, first, objective.describe(first))
    assert itself["gram_relative"].item() == pytest.approx(0.0, abs=1e-9)


def test_large_errors_count_as_their_logarithm() -> None:
    errors = torch.tensor([0.0, 0.4, 1.0, np.e, np.e**3], requires_grad=True)
    found = losses.limited(errors)
    assert found.tolist() == pytest.approx([0.0, 0.4, 1.0, 2.0, 4.0], rel=1e-6)
    found.sum().backward()
    assert errors.grad is not None
    assert errors.grad.tolist() == pytest.approx([1, 1, 1, 1 / np.e, 1 / np.e**3], rel=1e-5)


def test_one_target_serves_several_pictures(
    judge: Perceptual, artworks: Tensor, photographs: Tensor
) -> None:
    objective = Objective(judge, replace(ARTWORK, grid_ratio=1.0, moments=1.0, gram=1.0))
    target = objective.describe(artworks[:1])
    both, _ = objective(photographs, photographs, target)
    repeated, _ = objective(photographs, photographs, target.rows([0, 0]))
    assert both.item() == pytest.approx(repeated.item(), rel=1e-6)


def test_targets_are_taken_apart_and_put_together(judge: Perceptual, artworks: Tensor) -> None:
    objective = Objective(judge, replace(ARTWORK, grid_ratio=1.0, moments=1.0, orientation=1.0))
    whole = objective.describe(artworks)
    assert len(whole) == 2
    again = StyleTarget.together([whole.rows([0]), whole.rows(slice(1, 2))])
    for name in ("moments", "colours", "grid", "orientations"):
        assert torch.equal(getattr(again, name), getattr(whole, name)), name
    for layer, gram in whole.grams.items():
        assert torch.equal(again.grams[layer], gram)


def test_lab_is_that_of_scikit_image() -> None:
    rgb = torch.rand(400, 3, generator=torch.Generator().manual_seed(0))
    rgb[:4] = torch.tensor([[0.0] * 3, [1.0] * 3, [0.02, 0.0, 0.03], [1.0, 0.0, 0.0]])
    expected = rgb2lab(rgb.numpy())
    assert np.abs(colour.to_lab(rgb).numpy() - expected).max() < 1e-2  # its matrix has fewer digits
    black = torch.zeros(1, 3, requires_grad=True)
    colour.to_lab(black).sum().backward()
    assert black.grad is not None and torch.isfinite(black.grad).all()


def test_the_palette_distance_is_a_mean_of_wasserstein_distances() -> None:
    from scipy.stats import wasserstein_distance

    random = torch.Generator().manual_seed(0)
    one, two = (torch.randn(1, 300, 3, generator=random) * 20 for _ in range(2))
    two = two * 0.5 + 10.0
    along = colour.directions()
    assert torch.allclose(along.norm(dim=0), torch.ones(along.shape[1]))
    expected = np.mean(
        [
            wasserstein_distance((one[0] @ d).numpy(), (two[0] @ d).numpy())
            for d in along.unbind(dim=1)
        ]
    )
    first, second, flipped = map(colour.sorted_projections, (one, two, one.flip(1)))
    assert colour.palette_distance(first, second).item() == pytest.approx(expected, rel=1e-4)
    assert colour.palette_distance(first, flipped).item() == pytest.approx(0.0, abs=1e-5)


def test_the_same_photograph_has_the_same_pixels_sampled(photographs: Tensor) -> None:
    marked = torch.arange(96 * 96).view(1, 1, 96, 96).expand(1, 3, 96, 96) / (96 * 96)
    first, again, other = (
        colour.sample_colours(marked, place)
        for place in (photographs[:1], photographs[:1].clone(), photographs[1:])
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert len(first[0, :, 0].unique()) > 0.85 * colour.PIXELS  # drawn with replacement, of 9,216


def test_products_of_channels_and_their_gradients() -> None:
    torch.manual_seed(0)
    features = torch.rand(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    flat = features.flatten(2)
    assert torch.allclose(channel_products(features), flat @ flat.transpose(1, 2) / 16)
    assert torch.autograd.gradcheck(channel_products, (features,))
    assert torch.autograd.gradgradcheck(channel_products, (features,))
    rounded = channel_products(features.detach().bfloat16())
    assert rounded.dtype == torch.float32
    assert torch.allclose(rounded.double(), channel_products(features), rtol=2e-2)


def test_the_content_dial_weighs_content_alone(
    judge: Perceptual, artworks: Tensor, photographs: Tensor
) -> None:
    found = {}
    for dial in (0.0, 1.0, 4.0):
        objective = Objective(judge, objective_named("artwork", dial))
        loss, parts = objective(artworks, photographs, objective.describe(photographs))
        found[dial] = loss.item(), parts["content"].item()
    (none, content), (once, same), (four, _) = (found[dial] for dial in (0.0, 1.0, 4.0))
    assert content == same > 0.1
    assert once - none == pytest.approx(content, rel=1e-3)
    assert four - none == pytest.approx(4 * content, rel=1e-3)
    for wrong in (-0.1, 101.0, float("nan")):
        with pytest.raises(OptionError, match=r"content weight is .*; allowed are 0 to 100"):
            objective_named("artwork", wrong)


def test_the_named_objectives() -> None:
    assert set(OBJECTIVES) == {"artwork", "moments", "shen2018", "zhang2018"}
    assert LossWeights() == ARTWORK == objective_named("artwork")
    assert ARTWORK.ssim == 0.0
    # Shen et al. 2018, Algorithm 1 and section 4.1.
    assert replace(SHEN2018, moments=0.0) == replace(
        NONE, content={"relu3_3": 1.0}, content_weight=1.0, tv=10.0
    )
    assert SHEN2018.moments == 250.0
    # Zhang et al. 2018, section 5.1.
    assert replace(ZHANG2018, gram=0.0) == replace(
        NONE, content={"relu2_2": 1.0}, content_weight=1.0
    )
    assert ZHANG2018.gram == 1e5
    assert MOMENTS.moments == 3.0
    with pytest.raises(OptionError, match="objective is 'art'; allowed are artwork, moments"):
        objective_named("art")


def test_what_was_seen_before_gives_the_same(
    judge: Perceptual, artworks: Tensor, photographs: Tensor
) -> None:
    objective = Objective(judge, ARTWORK)
    target = objective.describe(artworks)
    painted = photographs.flip(3)
    fresh, _ = objective(painted, photographs, target)
    again, _ = objective(painted, photographs, target, seen=objective.see(photographs))
    assert again.item() == pytest.approx(fresh.item(), rel=1e-6)


def test_smooth_areas_alone_are_compared(judge: Perceptual, artworks: Tensor) -> None:
    """Painted where the photograph is smooth, and only there, is what the term asks for."""
    artwork = artworks[:1]
    noise = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(3))
    photograph = torch.full((1, 3, 96, 96), 0.5)
    photograph[:, :, 48:] = noise[:, :, 48:]  # smooth above
    above, below = photograph.clone(), photograph.clone()
    above[:, :, :48] = artwork[:, :, :48]
    below[:, :, 48:] = artwork[:, :, 48:]
    objective = Objective(judge, replace(NONE, gram_smooth=1.0))
    target = objective.describe(artwork)
    there, elsewhere = (
        objective(painted, photograph, target)[1]["gram_smooth"].item()
        for painted in (above, below)
    )
    assert there < 0.3 * elsewhere


def test_a_weave_of_few_pixels_is_seen(photographs: Tensor) -> None:
    board = (torch.arange(96)[:, None] + torch.arange(96)) % 2 * 0.2
    plain, woven = GridEnergy.of(photographs), GridEnergy.of(photographs + board)
    assert torch.allclose(grid_ratio(plain, plain, 0 * plain.level()), torch.ones(2))
    assert (grid_ratio(woven, plain, plain.level()) > 2.0).all()
    assert (grid_ratio(woven, plain, woven.level()) <= 1.0).all()
    noise = [torch.rand(1, 3, n, n, generator=torch.Generator().manual_seed(0)) for n in (64, 256)]
    small, large = (GridEnergy.of(n).level().item() for n in noise)
    assert small == pytest.approx(large, rel=0.3)  # of any size


@pytest.mark.parametrize("flag", ["--outlier-weight", "--spike-weight"])
def test_the_former_name_of_a_weight_is_read(flag: str) -> None:
    parser = argparse.ArgumentParser()
    add_losses(parser, "artwork")
    assert parser.parse_args([flag, "0.5"]).outlier_weight == 0.5
