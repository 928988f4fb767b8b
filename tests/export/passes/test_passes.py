"""Passes over a graph: their structure, and their numbers against the network as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import (
    CONVOLUTIONAL,
    random_net,
)
from tinystyle.errors import OptionError
from tinystyle.export.lowering import GraphOptions, Norm, Upsampling, calibration_pictures, prepare
from tinystyle.export.passes.norms import equalised, frozen, rescaled
from tinystyle.export.passes.structure import (
    Padding,
    blocked,
    subpixel,
    with_bytes,
    with_padding,
    without_corners,
)
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.graph_ops import FromBytes, FromCorner, GraphOp, SubpixelConv, ToBytes
from tinystyle.network.ops import Conv, InstanceNorm, Pad, PadMode, Upsample
from tinystyle.network.shapes import macs
from tinystyle.network.spec import Architecture
from tinystyle.pictures.images import to_batch, to_uint8

Pass = Callable[[Graph], Graph]
EXACT: dict[str, Pass] = {
    "blocked": blocked,
    "subpixel": subpixel,
    "both": lambda graph: subpixel(blocked(graph)),
    "slices": lambda graph: with_padding(graph, Padding.SLICE),
    "slices of subpixel": lambda graph: with_padding(subpixel(graph), Padding.SLICE),
    "rescaled": rescaled,
}


def _kinds(graph: Graph) -> list[type]:
    return [type(op) for op in graph.ops]


@pytest.mark.parametrize("form", CONVOLUTIONAL)
@pytest.mark.parametrize("name", EXACT)
def test_exact_passes_are_exact(name: str, form: Architecture) -> None:
    """Also on flat pictures, where a norm enlarges every ulp 300 times."""
    net = random_net(form)
    graph = EXACT[name](Graph.of(net))
    for picture in golden_pictures(65, 79).values():
        difference = np.abs(reference.run(graph, picture) - reference.stylize(net, picture)).max()
        assert difference <= 1e-5


def test_subpixel_resizes_nothing_and_computes_less() -> None:
    graph = Graph.of(random_net())
    less = subpixel(blocked(graph))
    assert _kinds(graph).count(Upsample) == 2
    assert Upsample not in _kinds(less)
    assert _kinds(less).count(SubpixelConv) == 3
    # 5/9 of two convolutions less, and a rim of one more pixel; the last has 36 taps, not 25.
    assert macs(less.ops, 256, 256) == 579_872_768
    assert macs(graph.ops, 256, 256) == 644_874_240
    assert macs(subpixel(graph).ops, 256, 256) < 0.9 * macs(graph.ops, 256, 256)


def test_slices_leave_no_padding() -> None:
    graph = with_padding(Graph.of(random_net()), Padding.SLICE)
    assert Pad not in _kinds(graph)


def test_zeros_become_part_of_the_convolutions() -> None:
    graph = with_padding(Graph.of(random_net()), Padding.ZERO)
    assert Pad not in _kinds(graph)
    assert {op.padding for op in graph.ops if isinstance(op, Conv)} == {1, 2}
    picture = golden_pictures(65, 79)["scene"]
    painted = reference.run(graph, picture)
    less = subpixel(blocked(graph))
    assert np.abs(reference.run(less, picture) - painted).max() <= 1e-5
    assert np.abs(reference.stylize(random_net(), picture) - painted).max() > 0.01


def test_zeros_where_edges_were_repeated() -> None:
    """Before an upsampling the border stays an operation of its own."""
    net = random_net(Architecture.SIX_NORM)
    graph = with_padding(Graph.of(net), Padding.ZERO)
    assert [(op.name, op.mode) for op in graph.ops if isinstance(op, Pad)] == [
        ("u1.pad", PadMode.ZERO)
    ]
    picture = golden_pictures(65, 79)["scene"]
    painted = reference.run(graph, picture)
    by_pads = [
        replace(op, mode=PadMode.ZERO) if isinstance(op, Pad) else op for op in Graph.of(net).ops
    ]
    expected = reference.run(replace(graph, ops=tuple(by_pads)), picture)
    assert np.abs(painted - expected).max() <= 1e-6
    assert np.abs(reference.stylize(net, picture) - painted).max() > 0.01


@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.SIX_NORM])
def test_slices_are_exact_and_none_is_cut_twice(form: Architecture) -> None:
    net = random_net(form)
    graph = with_padding(subpixel(Graph.of(net)), Padding.SLICE)
    assert Pad not in _kinds(graph)
    names = [op.name for op in graph.ops]
    assert len(set(names)) == len(names)
    picture = golden_pictures(65, 79)["scene"]
    assert np.abs(reference.run(graph, picture) - reference.stylize(net, picture)).max() <= 1e-5


def test_replicated_borders() -> None:
    graph = with_padding(Graph.of(random_net()), Padding.REPLICATE)
    assert {op.mode for op in graph.ops if isinstance(op, Pad)} == {PadMode.REPLICATE}
    assert graph.notes["padding"] == "replicate"
    picture = golden_pictures(65, 79)["scene"]
    assert np.isfinite(reference.run(graph, picture)).all()


def test_bytes_are_the_floats_rounded() -> None:
    net = random_net()
    graph = with_bytes(Graph.of(net))
    assert isinstance(graph.ops[0], FromBytes)
    assert isinstance(graph.ops[-1], ToBytes)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 65, 79, 3), np.uint8)
    floats = reference.stylize(net, np.concatenate([to_batch(p) for p in pixels]))
    painted = reference.run(graph, pixels)
    assert painted.dtype == np.uint8
    assert np.array_equal(painted[0], to_uint8(floats))


def test_rescaled_weights_are_about_one_and_half_precision_holds() -> None:
    """Weights thirty thousand times too large overflow half precision; norms do not mind them."""
    net = random_net()
    huge = {
        name: value * np.float32(30_000.0) if name.startswith(("c2.w", "r1a.w", "u1.w")) else value
        for name, value in net.weights.items()
    }
    graph = Graph(net.spec.ops(), huge, net.spec)
    picture = golden_pictures(64, 64)["high contrast"]
    wanted = reference.run(graph, picture)
    with np.errstate(invalid="ignore"):
        plain = reference.run(graph, picture, precision=Precision.FP16)
    assert np.isnan(plain).any()  # infinity less infinity
    scaled = reference.run(rescaled(graph), picture, precision=Precision.FP16)
    assert np.abs(scaled - wanted).max() <= 0.01
    for name in ("c2.weight", "u1.weight"):
        filters = np.sqrt(np.square(rescaled(graph).weights[name]).sum(axis=(1, 2, 3)))
        assert 0.3 < np.sqrt(np.square(filters).mean()) < 1.5


@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.ZHANG2018])
def test_frozen_norms_are_convolutions_alone(form: Architecture) -> None:
    net = random_net(form)
    picture = golden_pictures(96, 96)["scene"]
    graph = frozen(Graph.of(net), [picture])
    assert InstanceNorm not in _kinds(graph)
    assert all(op.bias for op in graph.ops if isinstance(op, Conv))
    # Frozen to the statistics of this very picture: nothing changes for it.
    painted = reference.stylize(net, picture)
    assert np.abs(reference.run(graph, picture) - painted).max() <= 1e-4
    other = golden_pictures(96, 96)["high contrast"]
    assert np.abs(reference.run(graph, other) - reference.stylize(net, other)).max() > 0.01


def test_frozen_pixels_depend_on_near_ones_only() -> None:
    graph = frozen(Graph.of(random_net()), calibration_pictures(None)[:2])
    picture = golden_pictures(192, 64)["scene"]
    changed = picture.copy()
    changed[:, :, -8:] = 1.0
    first, second = reference.run(graph, picture), reference.run(graph, changed)
    assert np.array_equal(first[:, :, :40], second[:, :, :40])
    assert not np.array_equal(first[:, :, -8:], second[:, :, -8:])


@pytest.mark.parametrize("takes_bytes", [False, True])
@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.ZHANG2018, Architecture.SHEN2018])
def test_equalised_channels_vary_alike_and_the_picture_stays(
    form: Architecture, takes_bytes: bool
) -> None:
    net = random_net(form)
    graph = subpixel(Graph.of(net))
    graph = with_bytes(graph) if takes_bytes else graph
    pictures = calibration_pictures(None)[:2]
    alike = equalised(graph, pictures)
    assert {op.epsilon for op in alike.ops if isinstance(op, InstanceNorm)} != {1e-5}
    before_norms = {op.source for op in graph.ops if isinstance(op, InstanceNorm)}
    variances = []

    def observe(op: GraphOp, made: NDArray[np.float32]) -> None:
        if op.name in before_norms:
            variances.append(made.var(axis=(2, 3))[0])

    seen = [to_uint8(picture)[None] if takes_bytes else picture for picture in pictures]
    reference.run(graph, seen[0], observe=observe)
    assert max(v.max() / v.min() for v in variances) > 10.0
    variances.clear()
    painted = [reference.run(alike, picture, observe=observe) for picture in seen]
    each = np.mean(np.split(np.concatenate(variances), 2), axis=0)
    np.testing.assert_allclose(each, 1.0, atol=0.05)
    grey_level = 1.0 if takes_bytes else 1 / 255
    for picture, got in zip(seen, painted, strict=True):
        difference = reference.run(graph, picture).astype(float) - got
        assert np.abs(difference).mean() <= 0.5 * grey_level


def test_equalising_leaves_graphs_without_norms_as_they_are() -> None:
    graph = Graph.of(random_net(Architecture.PLAIN))
    assert equalised(graph, calibration_pictures(None)[:1]) is graph


def test_without_corners_nothing_depends_on_the_corner_but_the_picture_stays() -> None:
    graph = subpixel(Graph.of(random_net()))
    free = without_corners(graph)
    assert FromCorner in _kinds(graph)
    assert FromCorner not in _kinds(free)
    picture = golden_pictures(65, 79)["scene"]
    difference = np.abs(reference.run(graph, picture) - reference.run(free, picture)).max()
    assert difference <= 1e-5


def test_frozen_needs_pictures_and_norms() -> None:
    with pytest.raises(OptionError, match="pictures"):
        frozen(Graph.of(random_net()), [])
    picture = golden_pictures(64, 64)["scene"]
    with pytest.raises(OptionError, match="no norms"):
        frozen(Graph.of(random_net(Architecture.PLAIN)), [picture])
    with pytest.raises(OptionError, match="transposed"):
        frozen(Graph.of(random_net(Architecture.SHEN2018)), [picture])


def test_all_passes_together() -> None:
    net = random_net(blend=0.7)
    options = GraphOptions(Precision.FP16, Padding.ZERO, Norm.FROZEN, Upsampling.NEAREST)
    graph = prepare(net, options, calibration_pictures(None)[:2])
    assert not options.exact
    assert graph.notes["padding"] == "zero"
    assert graph.notes["norm"] == "frozen"
    assert graph.notes["style_name"] == "random"
    picture = golden_pictures(65, 79)["scene"]
    exact = reference.run(graph, picture)
    half = reference.run(graph, picture, precision=Precision.FP16)
    assert 0.0 < np.abs(exact - half).max() <= 2 / 255


def test_calibration_pictures_are_squares_of_the_package() -> None:
    pictures = calibration_pictures(None)
    assert len(pictures) == 7
    assert {p.shape for p in pictures} == {(1, 3, 192, 192)}
    assert all(0.0 <= p.min() < p.max() <= 1.0 for p in pictures)
