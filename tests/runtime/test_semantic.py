"""Networks of an artwork's regions, and painting with masks."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.network.region_nets import bands, region_net, write_parts
from tinystyle.errors import ModelError, OptionError, PictureError
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network import reference
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import GraphOp
from tinystyle.network.methods.style_swap import FEATURES
from tinystyle.network.ops import RegionKernel
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, read_picture, to_batch, to_uint8
from tinystyle.runtime.encoder_decoder import EncoderDecoder
from tinystyle.runtime.network_file import read_network
from tinystyle.runtime.patch_choice import patches_of
from tinystyle.runtime.semantic import SemanticTransfer
from tinystyle.runtime.stylizer import Stylizer

RGB = landscape(96)[:72]
ART = Picture(next(iter(ARTWORKS.values()))(256))


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    return write_parts(tmp_path / "parts.safetensors")


def _mask(path: Path, *labels: int, size: tuple[int, int] = (256, 256)) -> Path:
    Image.fromarray(bands(*size, *labels)[0, 0]).save(path)
    return path


def _painter(net: StyleNet, **options: object) -> Stylizer:
    model = to_onnx(net, **options)  # type: ignore[arg-type]
    return Stylizer.from_bytes(model.SerializeToString(), "regions")


def test_regions_have_the_statistics_of_the_artwork(parts: Path, tmp_path: Path) -> None:
    mask = _mask(tmp_path / "m.png", 0, 1)
    net = SemanticTransfer(mask, path=parts, balance=0.5).generate(ART, "art")
    features = EncoderDecoder(parts).encode(to_batch(ART.rgb))[0]
    for k, half in enumerate((features[..., :32], features[..., 32:], features)):
        np.testing.assert_allclose(net.weights["regions.mean"][k], half.mean((1, 2)), atol=1e-5)
        deviation = half.std(axis=(1, 2))
        np.testing.assert_allclose(net.weights["regions.deviation"][k], deviation, atol=1e-5)
    assert (net.weights["regions.balance"] == 0.5).all()
    assert net.notes["method"] == "semantic"
    assert net.notes["style_name"] == "art"


def test_the_artwork_paints_itself(parts: Path, tmp_path: Path) -> None:
    """Its own features, region by region, are what they were."""
    mask = _mask(tmp_path / "m.png", 0, 1)
    for kernel in (RegionKernel.LINEAR, RegionKernel.MOMENTS):
        net = SemanticTransfer(mask, kernel, path=parts).generate(ART)
        seen: dict[str, Any] = {}
        reference.run(
            Graph.of(net),
            to_batch(ART.rgb),
            mask=bands(256, 256, 0, 1),
            observe=partial(_note, seen),
        )
        np.testing.assert_allclose(seen["regions"], seen[FEATURES], atol=2e-3)


def test_the_artwork_takes_its_own_patches(parts: Path, tmp_path: Path) -> None:
    """Its features are what they were, but for the edge, where no patch lies in one region."""
    mask = _mask(tmp_path / "m.png", 0, 1)
    net = SemanticTransfer(mask, path=parts, patches=None).generate(ART)
    assert net.spec.patches == 2 * 62 * 30
    seen: dict[str, Any] = {}
    labels = bands(256, 256, 0, 1)
    reference.run(Graph.of(net), to_batch(ART.rgb), mask=labels, observe=partial(_note, seen))
    wanted = EncoderDecoder(parts).encode(to_batch(ART.rgb))
    off = np.sqrt(np.square(seen["regions"] - wanted).mean(axis=(0, 1)))[2:-2]
    assert np.median(off) <= 0.1 * wanted.std()


def test_patches_are_those_of_their_region(parts: Path, tmp_path: Path) -> None:
    """As many of each, none that lies across the edge; of a small region all that it has."""
    mask = _mask(tmp_path / "m.png", 0, 1)
    net = SemanticTransfer(mask, path=parts, patches=50).generate(ART)
    label = net.weights["regions.label"]
    assert np.bincount(label.astype(int)).tolist() == [25, 25]
    features = EncoderDecoder(parts).encode(to_batch(ART.rgb))[0]
    bank = net.weights["regions.weight"] * net.weights["regions.length"][:, None, None, None]
    halves = [patches_of(features[..., :32]), patches_of(features[..., 32:])]
    for patch, k in zip(bank, label, strict=True):
        assert np.abs(halves[int(k)] - patch).max(axis=(1, 2, 3)).min() <= 1e-4
    small = np.zeros((256, 256), np.uint8)
    small[:20, :20] = 1  # 5 x 5 features, 3 x 3 patches
    Image.fromarray(small).save(tmp_path / "small.png")
    net = SemanticTransfer(tmp_path / "small.png", path=parts, patches=50).generate(ART)
    assert np.bincount(net.weights["regions.label"].astype(int)).tolist() == [41, 9]
    thin = np.zeros((256, 256), np.uint8)
    thin[:, 100:104] = 1  # a column of features, in which no patch lies wholly
    Image.fromarray(thin).save(tmp_path / "thin.png")
    net = SemanticTransfer(tmp_path / "thin.png", path=parts, patches=50).generate(ART)
    assert np.bincount(net.weights["regions.label"].astype(int)).tolist() == [25, 25]


def test_numbers_of_patches_that_do_not_go(parts: Path, tmp_path: Path) -> None:
    mask = _mask(tmp_path / "m.png", 0, 1, 2)
    for patches in (0, 65537):
        with pytest.raises(OptionError, match=f"patches is {patches}; allowed are 1 to 65536"):
            SemanticTransfer(mask, path=parts, patches=patches)
    for patches in (2, 4000):
        transfer = SemanticTransfer(mask, path=parts, patches=patches, exact=True)
        with pytest.raises(OptionError, match=r"allowed are 3 to \d+, one a region at least"):
            transfer.generate(ART)
    few = SemanticTransfer(mask, path=parts, patches=2).generate(ART)
    assert few.spec.patches == 3


def test_a_region_that_the_artwork_has_not_is_the_whole(parts: Path, tmp_path: Path) -> None:
    small = np.zeros((256, 256), np.uint8)
    small[:, 128:] = 3
    small[0, 0] = 1  # less than one feature; of 2 there is none
    Image.fromarray(small).save(tmp_path / "m.png")
    transfer = SemanticTransfer(tmp_path / "m.png", path=parts)
    assert transfer.mask.absent == (2,)
    net = transfer.generate(ART)
    for key in ("mean", "deviation"):
        rows = net.weights[f"regions.{key}"]
        for k in (1, 2):
            np.testing.assert_array_equal(rows[k], rows[4])
        assert np.abs(rows[0] - rows[4]).max() > 1e-3
    assert set(net.weights["regions.label"].tolist()) == {0.0, 3.0}


def test_masks_of_the_artwork_that_do_not_do(parts: Path, tmp_path: Path) -> None:
    other = SemanticTransfer(_mask(tmp_path / "m.png", 0, 1, size=(200, 100)), path=parts)
    with pytest.raises(PictureError, match=r"m\.png: the mask is 200 px high and 100 wide"):
        other.generate(ART)
    flat = Picture(np.full((80, 80, 3), 90, np.uint8))
    right = SemanticTransfer(_mask(tmp_path / "m.png", 0, 1, size=(80, 80)), path=parts)
    with pytest.raises(PictureError, match="of one colour"):
        right.generate(flat)
    with pytest.raises(OptionError, match=r"balance is 1\.5"):
        SemanticTransfer(tmp_path / "m.png", balance=1.5, path=parts)
    with pytest.raises(ModelError, match="no encoder and decoder"):
        SemanticTransfer(tmp_path / "m.png", path=tmp_path / "m.png")


def test_a_mask_half_as_large_does(parts: Path, tmp_path: Path) -> None:
    nets = [
        SemanticTransfer(_mask(tmp_path / "m.png", 0, 1, size=size), path=parts).generate(ART)
        for size in ((256, 256), (128, 128))
    ]
    for name, value in nets[0].weights.items():
        np.testing.assert_array_equal(value, nets[1].weights[name])


def test_painting_with_labels() -> None:
    net = region_net(2)
    painter, labels = _painter(net), bands(72, 96, 0, 1)
    painted = painter.stylize(RGB, mask=labels[0, 0])
    expected = to_uint8(reference.stylize(net, to_batch(RGB), labels))
    assert np.abs(painted.astype(int) - expected.astype(int)).max() <= 1
    other = painter.stylize(RGB, mask=1 - labels[0, 0])
    assert np.abs(painted.astype(int) - other.astype(int)).max() > 5


def test_painting_with_a_mask_of_colours(tmp_path: Path) -> None:
    given = region_net(2)
    net = StyleNet(given.spec, given.weights, {"mask_colors": "#0000ff #ff0000"})
    painter, labels = _painter(net), bands(72, 96, 0, 1)[0, 0]
    assert painter.manifest.mask_colors == ("#0000ff", "#ff0000")
    colors = np.array([(0, 0, 255), (255, 0, 0)], np.uint8)
    large = Image.fromarray(np.kron(colors[labels], np.ones((2, 2, 1), np.uint8)))
    large.save(tmp_path / "m.png")
    wanted = painter.stylize(RGB, mask=labels)
    for mask in (tmp_path / "m.png", str(tmp_path / "m.png"), large):
        np.testing.assert_array_equal(painter.stylize(RGB, mask=mask), wanted)
    with pytest.raises(PictureError, match="#ffffff"):
        painter.stylize(RGB, mask=Image.new("RGB", (96, 72), "white"))


def test_colours_of_a_hostile_file_are_refused() -> None:
    given = region_net(2)
    for colors in ("#0000ff", "#0000ff #zz0000", "red green", "#0000ff #ff0000 #ffffff"):
        net = StyleNet(given.spec, given.weights, {"mask_colors": colors})
        with pytest.raises(ModelError, match=r"colours of its mask .* needed is #rrggbb for each"):
            _painter(net)


def test_regions_are_named() -> None:
    given = region_net(2)
    for notes, names in (
        ({}, ("0", "1")),
        ({"mask_colors": "#0000ff #ff0000"}, ("#0000ff", "#ff0000")),
        ({"region_names": "sky rest"}, ("sky", "rest")),
        ({"region_names": "sky"}, ("0", "1")),
        ({"region_names": "sky sky"}, ("0", "1")),
        ({"region_names": "sky \x1b[2J"}, ("0", "1")),
    ):
        painter = _painter(StyleNet(given.spec, given.weights, notes))
        assert painter.manifest.region_names == names


def test_small_and_fixed_sizes_take_the_mask_along() -> None:
    net = region_net(2)
    labels = bands(40, 50, 0, 1)[0, 0]
    small = np.ascontiguousarray(RGB[:40, :50])
    painted = _painter(net).stylize(small, mask=labels)
    padded = np.pad(small, ((0, 24), (0, 14), (0, 0)), mode="edge")
    mask = np.pad(labels, ((0, 24), (0, 14)), mode="edge")[None, None]
    expected = to_uint8(reference.stylize(net, to_batch(padded), mask))[:40, :50]
    assert np.abs(painted.astype(int) - expected.astype(int)).max() <= 1
    fixed = _painter(net, size=(64, 80), batch=2)
    sides = [fixed.stylize(small, mask=m).astype(int) for m in (labels, 1 - labels)]
    assert sides[0].shape == small.shape
    assert np.abs(sides[0] - sides[1]).max() > 5


def test_bytes_and_strength_with_a_mask() -> None:
    net, labels = region_net(2), bands(72, 96, 0, 1)
    full = reference.stylize(net, to_batch(RGB), labels)
    for options in (GraphOptions(io=PictureIO.UINT8), GraphOptions(strength_input=True)):
        model = to_onnx(prepare(net, options)).SerializeToString()
        painter = Stylizer.from_bytes(model, "regions")
        half = painter.run(to_batch(RGB), strength=0.5, mask=labels)
        wanted = 0.5 * (full + to_batch(RGB))
        assert np.abs(half - wanted).max() <= 1.1 / 255.0


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((72, 96), np.int64),
        np.zeros((72, 96, 1), np.uint8),
        np.zeros((0, 96), np.uint8),
    ],
)
def test_arrays_that_are_no_labels(mask: np.ndarray) -> None:
    with pytest.raises(OptionError, match="mask is"):
        _painter(region_net(2)).stylize(RGB, mask=mask)


def test_masks_where_they_belong() -> None:
    picture = to_batch(RGB)
    with pytest.raises(OptionError, match="has 2 regions and needs a mask"):
        _painter(region_net(2)).run(picture)
    with pytest.raises(OptionError, match="takes no mask"):
        _painter(random_net()).run(picture, mask=bands(72, 96, 0))
    with pytest.raises(OptionError, match=r"needed is uint8\(1, 1, 72, 96\)"):
        _painter(region_net(2)).run(picture, mask=bands(96, 72, 0))
    with pytest.raises(PictureError, match="another ratio"):
        _painter(region_net(2)).stylize(RGB, mask=bands(96, 72, 0)[0, 0])


def test_a_file_tells_its_network(parts: Path, tmp_path: Path) -> None:
    Image.fromarray(np.repeat(bands(256, 256, 0, 1)[0, 0][..., None] * 255, 3, axis=2)).save(
        tmp_path / "m.png"
    )
    net = SemanticTransfer(tmp_path / "m.png", path=parts).generate(read_picture(_art(tmp_path)))
    (tmp_path / "net.onnx").write_bytes(to_onnx(net).SerializeToString())
    found = read_network(tmp_path / "net.onnx")
    assert found.spec == net.spec
    assert found.notes == net.notes
    for name, value in net.weights.items():
        np.testing.assert_array_equal(found.weights[name], value)


def _note(seen: dict[str, Any], op: GraphOp, made: Any) -> None:
    seen[op.name] = made


def _art(folder: Path) -> Path:
    Image.fromarray(ART.rgb).save(folder / "art.png")
    return folder / "art.png"
