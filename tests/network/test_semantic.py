"""Regions as an operation: against the paper's iteration, in every interpreter."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from tests.network.region_nets import bands, region_net
from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, PictureIO, Upsampling, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.parity import golden_picture
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.methods.regions import (
    MOST_GAIN,
    MOST_GAIN_OF_PATCHES,
    soft_regions,
    statistics,
)
from tinystyle.network.methods.semantic import REGIONS
from tinystyle.network.methods.specs import SemanticSpec
from tinystyle.network.methods.style_swap import FEATURES
from tinystyle.network.ops import FRAME, MoveRegions, RegionKernel, SwapRegions
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.networks.interpreter import compute, paint

FloatArray = NDArray[np.float64]

SIZES = ((64, 64), (65, 79), (66, 71), (67, 80))


def equation_5(photograph: FloatArray, artwork: FloatArray, pull: float, hold: float) -> FloatArray:
    """500 times eq. 5 of Lu et al. 2017 in one region, from ``(C, N)`` and ``(C, M)``: F_o = F_c +
    pull mean(F_s) - hold mean(F_o)."""
    current = photograph
    for _ in range(500):
        current = (
            photograph
            + pull * artwork.mean(axis=1, keepdims=True)
            - hold * current.mean(axis=1, keepdims=True)
        )
    return current


@pytest.mark.parametrize(("pull", "hold"), [(0.3, 0.3), (0.9, 0.9), (0.002, 0.95), (0.4, 0.7)])
def test_the_fixed_point_of_equation_5(pull: float, hold: float) -> None:
    """The closed form for any two coefficients, those that the paper prints among them."""
    random = np.random.default_rng(1)
    photograph, artwork = random.random((7, 50)), 3.0 * random.random((7, 31))
    found = equation_5(photograph, artwork, pull, hold)
    means = photograph.mean(axis=1, keepdims=True), artwork.mean(axis=1, keepdims=True)
    closed = photograph + (pull * means[1] - hold * means[0]) / (1.0 + hold)
    assert np.linalg.norm(closed - found) <= 1e-9 * np.linalg.norm(found)


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.95])
def test_the_linear_kernel_is_500_iterations(weight: float) -> None:
    """Of eq. 5 as it follows from eq. 4, region by region, by the operation itself."""
    random = np.random.default_rng(2)
    x = random.standard_normal((1, 6, 16, 20)).astype(np.float32) + 1.0
    art = [2.0 * random.standard_normal((6, 40 + 9 * k)) + k for k in range(3)]
    labels = bands(64, 80, 0, 1, 2, 1, 0)
    mean = np.stack([part.mean(axis=1) for part in art] + [np.zeros(6)]).astype(np.float32)
    weights = {"m.mean": mean, "m.balance": np.full(4, weight / (1.0 + weight), np.float32)}
    op = MoveRegions("m", "x", "mask", 6, 3, RegionKernel.LINEAR)
    found = reference.compute(op, weights, {"x": x, "mask": labels})
    wanted = x.astype(np.float64)
    at = labels[0, 0, ::4, ::4]
    for k in range(3):
        wanted[0][:, at == k] = equation_5(wanted[0][:, at == k], art[k], weight, weight)
    assert np.linalg.norm(found - wanted) <= 1e-5 * np.linalg.norm(wanted)


def test_the_closed_form_is_where_equation_4_is_least() -> None:
    """By its gradient, at a weight where repeating eq. 5 does not converge."""
    random = np.random.default_rng(3)
    photograph, artwork = random.random((4, 20)), 2.0 * random.random((4, 30))
    channels, count = photograph.shape
    pull = 5.0
    strength = pull * 2.0 * count * channels**2

    def loss(current: FloatArray) -> float:
        scale = strength / (4.0 * channels**2)
        own = (current.T @ current).sum() / count**2
        other = 2.0 * (current.T @ artwork).sum() / (count * artwork.shape[1])
        return float(0.5 * np.square(current - photograph).sum() + scale * (own - other))

    change = artwork.mean(axis=1, keepdims=True) - photograph.mean(axis=1, keepdims=True)
    closed = photograph + pull / (1.0 + pull) * change
    for _ in range(20):
        step = 1e-4 * random.standard_normal(photograph.shape)
        assert loss(closed) < min(loss(closed + step), loss(closed - step))


def test_moments_become_those_of_the_artwork() -> None:
    random = np.random.default_rng(4)
    x = (2.0 * random.standard_normal((2, 5, 16, 20)) + 3.0).astype(np.float32)
    labels = np.concatenate([bands(64, 80, 0, 1), bands(64, 80, 1, 1, 0, 2)])
    mean = random.standard_normal((3, 5)).astype(np.float32)
    deviation = random.uniform(0.5, 3.0, (3, 5)).astype(np.float32)
    for balance in (0.0, 0.4, 1.0):
        held = {"mean": mean, "deviation": deviation, "balance": np.full(3, balance, np.float32)}
        weights = {f"m.{key}": value for key, value in held.items()}
        op = MoveRegions("m", "x", "mask", 5, 2, RegionKernel.MOMENTS)
        found = reference.compute(op, weights, {"x": x, "mask": labels})
        soft = soft_regions(labels, 2)
        there = (soft.sum(axis=(2, 3)) > 0.0)[:, None]
        before, after = statistics(x, soft), statistics(found, soft)
        for own, now, theirs in zip(before, after, (mean, deviation), strict=True):
            wanted = own + balance * (theirs.T - own)
            np.testing.assert_allclose(np.where(there, now - wanted, 0.0), 0.0, atol=1e-4)


def by_definition(
    x: FloatArray, labels: NDArray[np.uint8], weights: dict[str, FloatArray], kept: float
) -> FloatArray:
    """Style swap inside each region, place by place, of ``(C, h, w)`` with labels of features."""

    def moved(values: FloatArray, at: NDArray[np.uint8], most: float) -> FloatArray:
        result = np.empty_like(values)
        for k in np.unique(at):
            own = values[:, at == k]
            mean, scale = own.mean(axis=1, keepdims=True), own.std(axis=1, keepdims=True)
            wanted = weights["m.deviation"][k][:, None]
            gain = np.minimum(wanted / np.sqrt(scale**2 + 1e-6), most)
            result[:, at == k] = (own - mean) * gain + weights["m.mean"][k][:, None]
        return result

    bank = weights["m.weight"] * weights["m.length"][:, None, None, None]
    matched = moved(x, labels, MOST_GAIN)
    total, covered = np.zeros_like(x), np.zeros(labels.shape)
    for row in range(x.shape[1] - 2):
        for column in range(x.shape[2] - 2):
            place = slice(row, row + 3), slice(column, column + 3)
            region = labels[row + 1, column + 1]
            theirs = np.flatnonzero(weights["m.label"] == region)
            candidates = theirs if len(theirs) else np.arange(len(bank))
            patch = matched[:, place[0], place[1]]
            scores = [(patch * weights["m.weight"][k]).sum() for k in candidates]
            total[:, place[0], place[1]] += bank[candidates[int(np.argmax(scores))]]
            covered[place] += 1.0
    inner = slice(FRAME, -FRAME)
    swapped = moved((total / covered)[:, inner, inner], labels[inner, inner], MOST_GAIN_OF_PATCHES)
    own = x[:, inner, inner]
    return own + (1.0 - kept) * (swapped - own)


@pytest.mark.parametrize("balance", [1.0, 0.4])
def test_patches_are_swapped_inside_their_region(balance: float) -> None:
    """By its definition. Region 1 has no patches of its own, label 3 no region: both take all."""
    random = np.random.default_rng(5)
    x = random.standard_normal((1, 5, 12 + 2 * FRAME, 16 + 2 * FRAME)).astype(np.float32)
    whole = bands(48, 64, 0, 1, 2, 3)
    features = np.pad(whole[0, 0, ::4, ::4], FRAME, mode="edge")
    weights = {
        "m.mean": random.standard_normal((4, 5)),
        "m.deviation": random.uniform(0.5, 1.5, (4, 5)),
        "m.balance": np.full(4, balance),
        "m.weight": random.standard_normal((30, 5, 3, 3)),
        "m.length": random.uniform(1.0, 9.0, 30),
        "m.label": np.arange(30) % 2 * 2.0,
    }
    weights["m.weight"] /= np.sqrt(np.square(weights["m.weight"]).sum((1, 2, 3), keepdims=True))
    weights = {key: value.astype(np.float32) for key, value in weights.items()}
    op = SwapRegions("m", "x", "mask", 5, 3, 30)
    found = reference.compute(op, weights, {"x": x, "mask": whole})
    wanted = by_definition(x[0].astype(np.float64), features, weights, 1.0 - balance)
    assert found.shape == (1, *wanted.shape)
    np.testing.assert_allclose(found[0], wanted, atol=1e-4)
    others = {key: torch.from_numpy(value) for key, value in weights.items()}
    in_torch = compute(op, others, {"x": torch.from_numpy(x), "mask": torch.from_numpy(whole)})
    np.testing.assert_allclose(in_torch.numpy(), found, atol=1e-5)


def test_no_patch_leaves_its_region() -> None:
    """With patches of two colours each side has but its own, up to the fade at the edge."""
    net = region_net(2, RegionKernel.PATCHES, patches=2)
    level = {0: 3.0, 1: -3.0}
    bank = np.stack([np.full((8, 3, 3), np.sign(level[k])) for k in (0, 1)]) / 72**0.5
    weights = dict(net.weights)
    weights["regions.weight"] = bank.astype(np.float32)
    weights["regions.length"] = np.full(2, 3.0 * 72**0.5, np.float32)
    weights["regions.mean"] = np.array([[level[0]] * 8, [level[1]] * 8, [0.0] * 8], np.float32)
    seen = {}
    reference.run(
        Graph.of(StyleNet(net.spec, weights)),
        golden_picture("scene", 96, 160),
        mask=bands(96, 160, 1, 0),
        observe=lambda op, made: seen.update({op.name: made}),
    )
    made = seen[REGIONS]
    for side, k in ((made[..., :18], 1), (made[..., 22:], 0)):
        assert np.ptp(side, axis=(2, 3)).max() <= 1e-3
        # The mean of a region is the artwork's, the fade at its edge included.
        assert np.abs(side - level[k]).max() < 0.5


def test_labels_are_pooled_where_the_features_are() -> None:
    """Of every size the shares have the features' height and width, and add up to 1."""
    net = region_net(2)
    for height in range(64, 68):
        for width in range(76, 80):
            soft = soft_regions(bands(height, width, 0, 1, 2), 2)
            assert soft.shape[2:] == net.spec.shapes(height, width)[FEATURES][1:]
            np.testing.assert_allclose(soft.sum(axis=1), 1.0, atol=1e-6)


def test_what_changes_on_one_side_stays_there() -> None:
    """A mask's edge lies in the picture where it lies in the mask, to a quarter of a feature."""
    given = region_net(2, RegionKernel.LINEAR)
    # Kernels that are their own mirror images draw nothing to one side.
    weights = {k: v + v[..., ::-1] if v.ndim == 4 else v for k, v in given.weights.items()}
    net = StyleNet(given.spec, {k: 0.5 * v for k, v in weights.items()})
    picture = np.full((1, 3, 96, 160), 0.5, np.float32)
    first, second = (reference.stylize(net, picture, bands(96, 160, k)) for k in (0, 1))
    assert np.abs(first - second).min() > 1e-3
    widths = []
    for order in ((0, 1), (1, 0)):
        both = reference.stylize(net, picture, bands(96, 160, *order))
        share = ((both - second) / (first - second))[0].mean(axis=(0, 1))
        share = share if order == (0, 1) else share[::-1]
        assert share[:66].min() > 0.99
        assert share[94:].max() < 0.01
        widths.append(share.sum())
    # One region wins over the other on the way from it: by as much on either side.
    assert abs(widths[0] - widths[1]) / 2.0 <= 1.0


@pytest.mark.parametrize("kernel", list(RegionKernel))
@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("fixed", [True, False])
def test_files_are_the_network(kernel: RegionKernel, layout: Layout, fixed: bool) -> None:
    net = region_net(3, kernel, balance=0.9)
    for size in SIZES[1:2] if fixed else SIZES:
        model = to_onnx(prepare(net, GraphOptions()), size=size if fixed else None, layout=layout)
        onnx.checker.check_model(model)
        picture, mask = golden_picture("scene", *size), bands(*size, 0, 2, 1, 200, 0)
        session = InferenceSession(model.SerializeToString())
        (found,) = session.run(None, {"image": picture, "mask": mask})
        assert found.shape == picture.shape
        wanted = reference.stylize(net, picture, mask)
        assert wanted.std() > 0.05
        np.testing.assert_allclose(found, wanted, atol=1e-4)
        tensors = torch.from_numpy(picture), torch.from_numpy(mask)
        np.testing.assert_allclose(paint(net, *tensors), wanted, atol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        GraphOptions(padding=Padding.SLICE),
        GraphOptions(upsampling=Upsampling.NEAREST),
        GraphOptions(strength_input=True),
        GraphOptions(io=PictureIO.UINT8),
    ],
)
@pytest.mark.parametrize("opset", [13, 18, 21])
@pytest.mark.parametrize("kernel", [RegionKernel.MOMENTS, RegionKernel.PATCHES])
def test_every_form_of_the_graph(options: GraphOptions, opset: int, kernel: RegionKernel) -> None:
    net = region_net(2, kernel)
    picture, mask = golden_picture("scene", 65, 79), bands(65, 79, 1, 0, 2)
    model = to_onnx(prepare(net, options), opset=opset)
    given = {"image": picture, "mask": mask}
    if options.io is PictureIO.UINT8:
        given["image"] = np.rint(255.0 * picture).astype(np.uint8).transpose(0, 2, 3, 1)
    if options.strength_input:
        given["strength"] = np.ones(1, np.float32)
    (found,) = InferenceSession(model.SerializeToString()).run(None, given)
    if options.io is PictureIO.UINT8:
        found = found.transpose(0, 3, 1, 2).astype(np.float32) / 255.0
    off = np.abs(found - reference.stylize(net, picture, mask)).max()
    assert off <= (0.51 / 255.0 if options.io is PictureIO.UINT8 else 1e-4)


@pytest.mark.parametrize("layout", list(Layout))
def test_one_colour_stays_one_colour(layout: Layout) -> None:
    net = region_net(2, RegionKernel.PATCHES)
    model = to_onnx(net, layout=layout)
    mask = np.zeros((1, 1, 70, 64), np.uint8)
    for level in (0.0, 0.3, 1.0):
        flat = np.full((1, 3, 70, 64), level, np.float32)
        painted = reference.stylize(net, flat, mask)
        assert np.ptp(painted, axis=(2, 3)).max() <= 1e-5
        session = InferenceSession(model.SerializeToString())
        (found,) = session.run(None, {"image": flat, "mask": mask})
        np.testing.assert_allclose(found, painted, atol=1e-5)


def test_patches_of_regions_are_stored_once() -> None:
    for layout in Layout:
        small, large = (
            to_onnx(region_net(2, RegionKernel.PATCHES, patches=n), layout=layout).ByteSize()
            for n in (100, 200)
        )
        assert large - small == pytest.approx(100 * 4 * (9 * 8 + 2), rel=0.01)


def test_half_precision_keeps_the_sums_of_large_pictures() -> None:
    """30,000 features of 10 are beyond half numbers."""
    net = region_net(2)
    graph = prepare(net, GraphOptions(precision=Precision.FP16))
    model = to_onnx(graph, precision=Precision.FP16)
    picture, mask = golden_picture("scene", 384, 512), bands(384, 512, 0, 1)
    session = InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {"image": picture, "mask": mask})
    assert np.abs(found - reference.stylize(net, picture, mask)).max() <= 6.0 / 255.0


def test_regions_that_the_photograph_has_not() -> None:
    """Cost nothing: no division by zero, and the others as ever."""
    net = region_net(8)
    picture = golden_picture("scene", 64, 96)
    with np.errstate(all="raise", under="ignore"):
        few = reference.stylize(net, picture, bands(64, 96, 5, 7))
    assert np.isfinite(few).all()
    model = to_onnx(net)
    session = InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {"image": picture, "mask": bands(64, 96, 5, 7)})
    np.testing.assert_allclose(found, few, atol=1e-4)


def test_labels_beyond_the_regions_are_one_more() -> None:
    net = region_net(2)
    picture = golden_picture("scene", 64, 96)
    found = [reference.stylize(net, picture, bands(64, 96, 0, label)) for label in (2, 3, 255)]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    weights = dict(net.weights)
    weights["regions.mean"] = weights["regions.mean"][[0, 2, 1]]
    weights["regions.deviation"] = weights["regions.deviation"][[0, 2, 1]]
    turned = StyleNet(net.spec, weights)
    other = reference.stylize(turned, picture, bands(64, 96, 0, 1))
    np.testing.assert_allclose(found[0], other, atol=1e-6)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_flat_region_stays_flat(level: float) -> None:
    """Its noise is rounding: no deviation of the artwork's is made of it."""
    net = region_net(2)
    flat = np.full((1, 3, 70, 64), level, np.float32)
    painted = reference.stylize(net, flat, bands(70, 64, 1))
    assert np.ptp(painted, axis=(2, 3)).max() <= 1e-5
    session = InferenceSession(to_onnx(net).SerializeToString())
    (found,) = session.run(None, {"image": flat, "mask": bands(70, 64, 1)})
    np.testing.assert_allclose(found, painted, atol=1e-4)
    assert np.ptp(found, axis=(2, 3)).max() <= 1e-4


def test_a_mask_is_needed_and_fits() -> None:
    net = region_net(2)
    picture = golden_picture("scene", 64, 80)
    for mask in (None, bands(64, 79, 0), bands(64, 80, 0)[0]):
        with pytest.raises(OptionError, match="mask is"):
            reference.stylize(net, picture, mask)


def test_the_description_tells_the_regions() -> None:
    spec = NetSpec(Architecture.SEMANTIC, 8, 0, method=SemanticSpec(3, RegionKernel.LINEAR))
    assert NetSpec.from_json(spec.to_json()) == spec
    assert "regions" not in NetSpec(Architecture.TINY).to_json()
    assert '"kernel"' not in NetSpec(Architecture.TINY).to_json()
    held = {p.name: p.shape for p in spec.parameters() if p.layer == REGIONS}
    assert held == {"regions.mean": (4, 8), "regions.balance": (4,)}
    more = NetSpec(Architecture.SEMANTIC, 8, 0, method=SemanticSpec(4, RegionKernel.LINEAR))
    assert more.macs(256, 256) - spec.macs(256, 256) == 3 * 8 * 64 * 64
    assert Graph.of(region_net(3)).takes_mask


@pytest.mark.parametrize(
    ("architecture", "regions", "width"),
    [
        (Architecture.SEMANTIC, 0, 8),
        (Architecture.SEMANTIC, 9, 8),
        (Architecture.SEMANTIC, 2, 6),
        (Architecture.TINY, 1, 8),
    ],
)
def test_impossible_descriptions(architecture: Architecture, regions: int, width: int) -> None:
    with pytest.raises(OptionError):
        NetSpec(architecture, width, 0, method=SemanticSpec(regions))


def test_torch_has_the_same_operation() -> None:
    random = np.random.default_rng(5)
    x = random.standard_normal((1, 4, 16, 16)).astype(np.float32)
    op = MoveRegions("m", "x", "mask", 4, 2, RegionKernel.MOMENTS)
    held = {"mean": random.random((3, 4)), "deviation": random.random((3, 4))}
    weights = {f"m.{k}": v.astype(np.float32) for k, v in held.items()}
    weights["m.balance"] = np.array([1.0, 0.5, 0.2], np.float32)
    labels = bands(64, 64, 0, 1, 2)
    wanted = reference.compute(op, weights, {"x": x, "mask": labels})
    values = {"x": torch.from_numpy(x), "mask": torch.from_numpy(labels)}
    found = compute(op, {k: torch.from_numpy(v) for k, v in weights.items()}, values)
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-5)
