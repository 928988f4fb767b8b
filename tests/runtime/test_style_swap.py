"""From an artwork to a network of style swap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.network.swap_nets import swap_net
from tinystyle.errors import ModelError, OptionError, PictureError
from tinystyle.network import reference
from tinystyle.network.graph import Graph
from tinystyle.network.methods.specs import SwapSpec
from tinystyle.network.methods.style_swap import OF_THE_ARTWORK
from tinystyle.network.methods.swap_parts import load_parts, save_parts
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.runtime.patch_choice import patches_of
from tinystyle.runtime.style_swap import StyleSwap


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parts") / "parts.safetensors"
    net = swap_net(patches=2)
    save_parts(net.weights, net.spec.width, path)
    return path


def _artwork(side: int = 96) -> Picture:
    return Picture(ARTWORKS["mosaic"](side))


def test_the_parts_are_read_as_they_were_written(parts: Path) -> None:
    weights, width = load_parts(parts)
    net = swap_net(patches=2)
    assert width == net.spec.width
    own = {k for k in net.weights if k.partition(".")[0] not in OF_THE_ARTWORK}
    assert set(weights) == own
    for name in own:
        np.testing.assert_array_equal(weights[name], net.weights[name].astype("f2").astype("f4"))


def test_patches_are_the_artworks(parts: Path) -> None:
    source = StyleSwap(20, parts)
    net = source.generate(_artwork(), "mosaic", 96)
    assert net.spec.method == SwapSpec(20, moments=True)
    features = source.encode(to_batch(_artwork().rgb))
    assert features.shape == (1, net.spec.width, 24, 24)
    real = patches_of(features[0])
    bank = net.weights["swap.weight"] * net.weights["swap.length"][:, None, None, None]
    for patch in bank:
        assert np.abs(real - patch).max(axis=(1, 2, 3)).min() <= 1e-5
    np.testing.assert_allclose(np.square(net.weights["swap.weight"]).sum(axis=(1, 2, 3)), 1.0, 1e-5)
    for layer in OF_THE_ARTWORK:
        np.testing.assert_allclose(
            net.weights[f"{layer}.norm.bias"], features.mean(axis=(0, 2, 3)), atol=1e-5
        )
    assert net.notes["style_name"] == "mosaic" and net.notes["method"] == "style-swap"


def test_all_patches(parts: Path) -> None:
    net = StyleSwap(None, parts).generate(_artwork(), "", 96)
    assert net.spec.patches == 22 * 22


def test_an_artwork_swapped_for_itself_stays_what_it_is(parts: Path) -> None:
    """As published, each patch is most like itself: the features, and so the picture, are kept."""
    artwork = to_batch(_artwork().rgb)
    net = StyleSwap(None, parts, moments=False).generate(_artwork(), "", 96)
    seen = {}
    reference.run(Graph.of(net), artwork, observe=lambda op, t: seen.update({op.name: t}))
    inner = slice(6, -6)  # beyond the edge there is the mirror image
    np.testing.assert_allclose(
        seen["swap"][..., inner, inner], seen["features"][..., inner, inner], atol=1e-4
    )


def test_moments_make_the_features_the_artworks(parts: Path) -> None:
    net = StyleSwap(30, parts).generate(_artwork(), "", 96)
    seen = {}
    photograph = to_batch(landscape(96))
    reference.run(Graph.of(net), photograph, observe=lambda op, t: seen.update({op.name: t}))
    wanted = net.weights["swap.norm.weight"]
    np.testing.assert_allclose(seen["swap.norm"].std(axis=(0, 2, 3)), wanted, rtol=0.05, atol=1e-3)


@pytest.mark.parametrize("patches", [0, -1, 65537])
def test_impossible_numbers(parts: Path, patches: int) -> None:
    with pytest.raises(OptionError, match=f"patches is {patches}; allowed are 1 to 65536"):
        StyleSwap(patches, parts)


def test_more_patches_than_there_are(parts: Path) -> None:
    with pytest.raises(OptionError, match=r"patches is 485; .* has 484: allowed are 1 to 484"):
        StyleSwap(485, parts, exact=True).generate(_artwork(), "", 96)
    assert StyleSwap(485, parts).generate(_artwork(), "", 96).spec.patches == 484


def test_an_artwork_of_one_colour_is_refused(parts: Path) -> None:
    flat = Picture(np.full((96, 96, 3), 200, np.uint8))
    with pytest.raises(PictureError, match="of one colour"):
        StyleSwap(20, parts).generate(flat, "", 96)


def test_other_files_are_refused(parts: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no encoder and decoder"):
        StyleSwap(20, bad)
    weights, width = load_parts(parts)
    save_parts({k: v for k, v in weights.items() if not k.startswith("d1")}, width, bad)
    with pytest.raises(ModelError, match="other weights"):
        load_parts(bad)
    save_parts({k: np.full_like(v, np.nan) for k, v in weights.items()}, width, bad)
    with pytest.raises(ModelError, match="not finite"):
        load_parts(bad)
    save_parts(weights, 1 << 40, bad)
    with pytest.raises(ModelError, match="allowed are 4"):
        load_parts(bad)
