"""Style swap as an operation: against its definition, in every interpreter."""

from __future__ import annotations

from itertools import product

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from tests.network.swap_nets import swap_net
from tinystyle.errors import ModelError, OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, PictureIO, Upsampling, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.passes.structure import Padding
from tinystyle.export.verify.parity import golden_picture
from tinystyle.network import reference
from tinystyle.network.methods.specs import SwapSpec
from tinystyle.network.methods.style_swap import FEATURES
from tinystyle.network.ops import SwapPatches
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.networks.interpreter import compute, paint

FloatArray = NDArray[np.float32]

SIZES = ((64, 64), (65, 79), (66, 71), (67, 80))


def by_definition(x: FloatArray, bank: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Chen & Schmidt 2016, section 3.1, patch by patch, in double precision."""
    channels, height, width = x.shape
    total, count = np.zeros((channels, height, width)), np.zeros((height, width))
    chosen = np.empty((height - 2, width - 2), np.int64)
    lengths = [np.linalg.norm(patch.astype(float)) for patch in bank]
    for row, column in product(range(height - 2), range(width - 2)):
        place = slice(row, row + 3), slice(column, column + 3)
        own = x[:, place[0], place[1]].astype(float)
        scores = [
            (own * patch).sum() / (np.linalg.norm(own) * length)
            for patch, length in zip(bank, lengths, strict=True)
        ]
        chosen[row, column] = int(np.argmax(scores))
        total[:, place[0], place[1]] += bank[chosen[row, column]]
        count[place] += 1.0
    return (total / count).astype(np.float32), chosen


@pytest.mark.parametrize("size", [(3, 3), (3, 7), (6, 5)])
def test_the_operation_is_its_definition(size: tuple[int, int]) -> None:
    random = np.random.default_rng(sum(size))
    x = random.standard_normal((2, 5, *size)).astype(np.float32)
    bank = (random.standard_normal((11, 5, 3, 3)) * random.uniform(0.1, 9.0, (11, 1, 1, 1))).astype(
        np.float32
    )
    lengths = np.sqrt(np.square(bank).sum(axis=(1, 2, 3)))
    unit = bank / lengths[:, None, None, None]
    op = SwapPatches("swap", "x", 5, 11)
    weights = {"swap.weight": unit, "swap.length": lengths}
    wanted = [by_definition(picture, bank) for picture in x]
    for picture, (_, chosen) in zip(x, wanted, strict=True):
        np.testing.assert_array_equal(reference.best_patches(picture[None], unit)[0], chosen)
    found = reference.compute(op, weights, {"x": x})
    np.testing.assert_allclose(found, [picture for picture, _ in wanted], atol=1e-5)
    tensors = {k: torch.from_numpy(v) for k, v in weights.items()}
    in_torch = compute(op, tensors, {"x": torch.from_numpy(x)}).numpy()
    np.testing.assert_allclose(in_torch, found, atol=1e-5)


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("moments", [True, False])
def test_files_are_the_network(layout: Layout, fixed: bool, moments: bool) -> None:
    net = swap_net(patches=40, moments=moments)
    for size in SIZES[1:2] if fixed else SIZES:
        graph = prepare(net, GraphOptions())
        model = to_onnx(graph, size=size if fixed else None, layout=layout)
        onnx.checker.check_model(model)
        picture = golden_picture("scene", *size)
        (found,) = InferenceSession(model.SerializeToString()).run(None, {"image": picture})
        assert found.shape == picture.shape
        wanted = reference.stylize(net, picture)
        assert wanted.std() > 0.02
        np.testing.assert_allclose(found, wanted, atol=1e-4)
        np.testing.assert_allclose(paint(net, torch.from_numpy(picture)), wanted, atol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        GraphOptions(padding=Padding.SLICE),
        GraphOptions(upsampling=Upsampling.NEAREST),
        GraphOptions(strength_input=True),
        GraphOptions(io=PictureIO.UINT8),
    ],
)
@pytest.mark.parametrize("opset", [13, 21])
def test_every_form_of_the_graph(options: GraphOptions, opset: int) -> None:
    net = swap_net(patches=24)
    picture = golden_picture("scene", 65, 79)
    model = to_onnx(prepare(net, options), opset=opset)
    given = {"image": picture}
    if options.io is PictureIO.UINT8:
        given = {"image": np.rint(255.0 * picture).astype(np.uint8).transpose(0, 2, 3, 1)}
    if options.strength_input:
        given["strength"] = np.ones(1, np.float32)
    (found,) = InferenceSession(model.SerializeToString()).run(None, given)
    if options.io is PictureIO.UINT8:
        found = found.transpose(0, 3, 1, 2).astype(np.float32) / 255.0
    off = np.abs(found - reference.stylize(net, picture)).max()
    assert off <= (0.51 / 255.0 if options.io is PictureIO.UINT8 else 1e-4)


def test_patches_are_stored_once() -> None:
    small, large = (
        to_onnx(swap_net(patches=count), layout=Layout.ANY).ByteSize() for count in (100, 200)
    )
    patch = 4 * (9 * swap_net(1).spec.width + 1)
    assert large - small == pytest.approx(100 * patch, rel=0.01)


@pytest.mark.parametrize("moments", [True, False])
@pytest.mark.parametrize("layout", list(Layout))
def test_one_colour_stays_one_colour(moments: bool, layout: Layout) -> None:
    net = swap_net(patches=16, moments=moments)
    model = to_onnx(net, layout=layout)
    for level in (0.0, 0.3, 1.0):
        flat = np.full((1, 3, 70, 64), level, np.float32)
        painted = reference.stylize(net, flat)
        assert np.ptp(painted, axis=(2, 3)).max() <= 1e-5
        (found,) = InferenceSession(model.SerializeToString()).run(None, {"image": flat})
        np.testing.assert_allclose(found, painted, atol=1e-5)


def test_the_description_tells_the_patches() -> None:
    spec = NetSpec(Architecture.STYLE_SWAP, 8, 0, method=SwapSpec(7))
    assert NetSpec.from_json(spec.to_json()) == spec
    assert "patches" not in NetSpec(Architecture.TINY).to_json()
    swap = [p.shape for p in spec.parameters() if p.layer == "swap"]
    assert swap == [(7, 8, 3, 3), (7,)]
    assert spec.shapes(66, 67)[FEATURES] == (8, 20, 21)
    assert spec.macs(256, 256) - NetSpec(Architecture.STYLE_SWAP, 8, 0, method=SwapSpec(6)).macs(
        256, 256
    ) == 8 * 9 * (66 * 66)


@pytest.mark.parametrize(
    ("architecture", "patches", "width"),
    [
        (Architecture.STYLE_SWAP, 0, 8),
        (Architecture.STYLE_SWAP, 65537, 8),
        (Architecture.STYLE_SWAP, 5, 6),
        (Architecture.TINY, 1, 8),
    ],
)
def test_impossible_descriptions(architecture: Architecture, patches: int, width: int) -> None:
    with pytest.raises(OptionError):
        NetSpec(architecture, width, 0, method=SwapSpec(patches))


def test_a_bank_of_another_size_is_refused() -> None:
    net = swap_net(patches=4)
    with pytest.raises(ModelError, match=r"swap\.weight"):
        StyleNet(
            NetSpec(Architecture.STYLE_SWAP, net.spec.width, 0, method=SwapSpec(5)), net.weights
        )
