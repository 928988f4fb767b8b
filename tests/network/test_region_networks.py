"""Networks of regions: norms inside them, blended pictures, in every interpreter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.network.painted_regions import joined, part
from tests.network.region_nets import bands
from tinystyle.errors import ModelError, OptionError
from tinystyle.network import reference
from tinystyle.network.methods.region_networks import REACH
from tinystyle.network.methods.specs import RegionsSpec, SemanticSpec
from tinystyle.network.ops import (
    BlendRegions,
    InstanceNorm,
    OneHot,
    Op,
    RegionNorm,
    RegionWeights,
    Smooth,
)
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import to_batch
from tinystyle.training.networks.interpreter import compute, paint

PHOTOGRAPH = to_batch(landscape(96)[:71])
HEIGHT, WIDTH = PHOTOGRAPH.shape[2:]


def test_of_one_region_alone_it_is_the_plain_network() -> None:
    net = joined(1, None, 2)
    for label, wanted in (
        (0, reference.stylize(part(1), PHOTOGRAPH)),
        (1, PHOTOGRAPH),
        (2, reference.stylize(part(2), PHOTOGRAPH)),
    ):
        mask = bands(HEIGHT, WIDTH, label)
        np.testing.assert_allclose(reference.stylize(net, PHOTOGRAPH, mask), wanted, atol=1e-6)


def test_a_kept_region_is_the_photograph_beyond_the_blur() -> None:
    net, mask = joined(1, None), bands(HEIGHT, WIDTH, 0, 1)
    painted = reference.stylize(net, PHOTOGRAPH, mask)
    edge = WIDTH // 2
    np.testing.assert_array_equal(painted[..., edge + REACH :], PHOTOGRAPH[..., edge + REACH :])
    there = np.abs(painted - PHOTOGRAPH)
    assert there[..., edge + REACH - 1].max() > 1e-4
    assert there[..., :edge].mean() > 0.05


def test_other_regions_matter_little_to_a_region() -> None:
    """Its norms are its own. What is near the edge is in them, by convolutions that read across."""
    first = to_batch(landscape(192)[:64])
    mask = bands(64, 384, 0, 1)
    wholes = [
        np.concatenate([first, second], axis=3)
        for second in (first[..., ::-1], np.ones_like(first))
    ]
    far = np.s_[..., :120]
    region = [reference.stylize(joined(1, None), whole, mask)[far] for whole in wholes]
    plain = [reference.stylize(part(1), whole)[far] for whole in wholes]
    change, usual = (np.abs(one - other).mean() for one, other in (region, plain))
    assert change < 0.25 * usual


def test_labels_beyond_the_last_are_of_the_last() -> None:
    net = joined(1, 2)
    found = reference.stylize(net, PHOTOGRAPH, bands(HEIGHT, WIDTH, 0, 255))
    wanted = reference.stylize(net, PHOTOGRAPH, bands(HEIGHT, WIDTH, 0, 1))
    np.testing.assert_array_equal(found, wanted)


def test_the_norm_of_even_weights_is_the_instance_norm() -> None:
    random = np.random.default_rng(0)
    x = (3.0 + 5.0 * random.standard_normal((2, 4, 16, 17))).astype(np.float32)
    weights = {"n.weight": random.random(4, np.float32), "n.bias": random.random(4, np.float32)}
    for affine in (True, False):
        plain = reference.compute(InstanceNorm("n", "x", 4, affine), weights, {"x": x})
        values = {"x": x, "w": np.full((2, 1, 16, 17), 7.0, np.float32)}
        found = reference.compute(RegionNorm("n", "x", "w", 4, affine), weights, values)
        np.testing.assert_allclose(found, plain, atol=1e-6)


def test_a_region_has_mean_0_and_variance_1_inside() -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal((1, 3, 12, 16)).astype(np.float32)
    x[..., 8:] += 40.0
    shares = np.zeros((1, 2, 12, 16), np.float32)
    shares[:, 0, :, :8] = shares[:, 1, :, 8:] = 1.0
    for region, inside in ((0, np.s_[..., :8]), (1, np.s_[..., 8:])):
        weights = reference.compute(RegionWeights("w", "s", region), {}, {"s": shares})
        assert weights.mean() == pytest.approx(1.0, abs=1e-6)
        op = RegionNorm("n", "x", "w", 3, affine=False)
        made = reference.compute(op, {}, {"x": x, "w": weights})[inside]
        np.testing.assert_allclose(made.mean(axis=(2, 3)), 0.0, atol=1e-3)
        np.testing.assert_allclose(made.std(axis=(2, 3)), 1.0, atol=5e-3)


def test_an_empty_region_has_the_statistics_of_all() -> None:
    nowhere = np.zeros((1, 1, 16, 16), np.float32)
    made = reference.compute(RegionWeights("w", "s", 0), {}, {"s": nowhere})
    np.testing.assert_allclose(made, 1.0, atol=1e-6)


@pytest.mark.parametrize(("radius", "stride"), [(2, 1), (2, 4), (1, 2)])
@pytest.mark.parametrize("size", [(64, 64), (65, 79), (66, 67)])
def test_smoothing(radius: int, stride: int, size: tuple[int, int]) -> None:
    x = np.random.default_rng(2).random((1, 2, *size), np.float32)
    made = reference.compute(Smooth("s", "x", 2, radius, stride), {}, {"x": x})
    assert made.shape[2:] == tuple(-(-side // stride) for side in size)
    for row, column in ((0, 0), (3, 5), (made.shape[2] - 1, made.shape[3] - 1)):
        rows = np.clip(stride * row + np.arange(-radius, radius + 1), 0, size[0] - 1)
        columns = np.clip(stride * column + np.arange(-radius, radius + 1), 0, size[1] - 1)
        mean = x[:, :, rows][..., columns].mean(axis=(2, 3))
        np.testing.assert_allclose(made[..., row, column], mean, atol=1e-6)


def test_shares_add_up_to_1() -> None:
    labels = bands(64, 79, 2, 0, 1, 9)
    made = reference.compute(OneHot("h", "m", 3), {}, {"m": labels})
    for stride in (1, 4):
        soft = reference.compute(Smooth("s", "h", 3, 2, stride), {}, {"h": made})
        np.testing.assert_allclose(soft.sum(axis=1), 1.0, atol=1e-6)


def test_torch_has_the_same_operations() -> None:
    random = np.random.default_rng(3)
    x = random.standard_normal((1, 4, 17, 20)).astype(np.float32)
    labels = bands(66, 79, 0, 1, 2)
    weights = {"n.weight": random.random(4, np.float32), "n.bias": random.random(4, np.float32)}
    ops: tuple[Op, ...] = (
        OneHot("hot", "mask", 3),
        Smooth("quarters", "hot", 3, 2, 4),
        RegionWeights("own", "quarters", 1),
        RegionNorm("n", "x", "own", 4, affine=True),
        RegionNorm("plain", "x", "own", 4, affine=False),
        BlendRegions("blend", "quarters", ("n", "x", "plain")),
    )
    wanted: dict[str, Any] = {"mask": labels, "x": x}
    found = {name: torch.from_numpy(value) for name, value in wanted.items()}
    held = {name: torch.from_numpy(value) for name, value in weights.items()}
    for op in ops:
        wanted[op.name] = reference.compute(op, weights, wanted)
        found[op.name] = compute(op, held, found)
        np.testing.assert_allclose(found[op.name].numpy(), wanted[op.name], atol=2e-5)


def test_torch_paints_regions() -> None:
    net, mask = joined(1, None, 2), bands(HEIGHT, WIDTH, 0, 2, 1)
    found = paint(net, torch.from_numpy(PHOTOGRAPH), torch.from_numpy(mask)).numpy()
    np.testing.assert_allclose(found, reference.stylize(net, PHOTOGRAPH, mask), atol=1e-3)


def test_the_description_tells_the_regions() -> None:
    spec = joined(1, None, 2).spec
    assert (spec.architecture, spec.method) == (Architecture.REGIONS, RegionsSpec(3, (1,)))
    assert NetSpec.from_json(spec.to_json()) == spec
    assert "kernel" in spec.to_json()  # of the outer convolutions alone
    assert '"kernel"' not in spec.to_json()
    assert spec.macs(256, 256) == 2 * part(1).spec.macs(256, 256)
    assert spec.parameter_count == 2 * part(1).spec.parameter_count
    assert {p.layer for p in spec.parameters()} == {"k0", "k2"}
    assert spec.shapes(65, 79)[spec.ops()[-1].name] == (3, 65, 79)


def test_other_descriptions_are_as_they_were() -> None:
    text = '{"form":"six-norm","width":8,"residual_blocks":5,"blend":1.0,"outer_kernel":5}'
    assert part(1).spec.to_json() == text
    semantic = NetSpec(Architecture.SEMANTIC, 8, 0, method=SemanticSpec(2)).to_json()
    assert semantic == (
        '{"form":"semantic","width":8,"residual_blocks":0,"blend":1.0,"outer_kernel":9,'
        '"regions":2,"kernel":"moments"}'
    )


@pytest.mark.parametrize(
    ("regions", "kept"), [(1, ()), (9, ()), (2, (0, 1)), (2, (2,)), (3, (1, 0)), (3, (1, 1))]
)
def test_impossible_descriptions(regions: int, kept: tuple[int, ...]) -> None:
    with pytest.raises(OptionError):
        RegionsSpec(regions, kept)
    bad = joined(1, None).spec.to_json().replace("[1]", "7")
    with pytest.raises(ModelError):
        NetSpec.from_json(bad)
