"""A widened hypernetwork paints the same, and every part that is new learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import encode_png
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig
from tinystyle.training.objective.colour import colour_histogram
from tinystyle.training.stages.release import release
from tinystyle.training.stages.widen import widen_hypernetwork

WIDER = {"group_size": 7, "residual_units": 12, "colour_bins": 3}


@pytest.fixture(scope="module")
def artworks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artworks")
    for name in ARTWORKS:
        (folder / f"{name}.png").write_bytes(encode_png(ARTWORKS[name](80)))
    return folder


@pytest.fixture(scope="module")
def narrow() -> StyleHypernetwork:
    torch.manual_seed(3)
    encoder = StyleEncoder()
    spec = NetSpec(Architecture.SIX_NORM, 4, outer_kernel=5, residual_blocks=1)
    network = StyleHypernetwork(MetaConfig(spec, (), 5, encoder.features), encoder)
    network.meta.set_feature_scale(torch.randn(20, encoder.features))
    return network


@pytest.fixture(scope="module")
def wide(narrow: StyleHypernetwork, artworks: Path) -> StyleHypernetwork:
    return widen_hypernetwork(narrow, [artworks], **WIDER)


def _batch() -> Tensor:
    batch: Tensor = torch.cat([to_tensor(ARTWORKS[name](64)) for name in ("mosaic", "swirls")])
    return batch


def test_it_paints_the_same_at_first(narrow: StyleHypernetwork, wide: StyleHypernetwork) -> None:
    assert wide.config.features == narrow.config.features + 27
    assert wide.config.hidden == 7 * len(wide.config.generated())
    with torch.no_grad():
        before, after = narrow(_batch()), wide(_batch())
    for name, value in before.items():
        assert torch.allclose(after[name], value, atol=2e-6), name


def test_widened_twice_is_the_same(wide: StyleHypernetwork, artworks: Path) -> None:
    with torch.no_grad():
        for parameter in wide.meta.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
        again = widen_hypernetwork(wide, [artworks], group_size=9, residual_units=20, colour_bins=3)
        before, after = wide(_batch()), again(_batch())
    for name, value in before.items():
        assert torch.allclose(after[name], value, atol=1e-5), name


def test_what_is_new_learns(narrow: StyleHypernetwork, artworks: Path) -> None:
    wide = widen_hypernetwork(narrow, [artworks], **WIDER)
    start = {name: value.clone() for name, value in wide.meta.named_parameters()}
    wanted = torch.randn(2, sum(p.size for p in wide.config.spec.parameters()))
    optimizer = torch.optim.Adam(wide.meta.parameters(), lr=1e-2)
    for _ in range(3):  # what lies behind weights of 0 moves from the second step on
        loss = (wide.meta.flat(wide.describe(_batch())) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    moved = {name: (value - start[name]).abs() for name, value in wide.meta.named_parameters()}
    assert moved["residual.0.weight"].max() > 1e-3
    assert moved["residual.2.weight"].min() >= 0.0 and moved["residual.2.weight"].max() > 1e-3
    assert moved["fc.weight"][:, -27:].max() > 1e-3  # colours
    assert moved["generators.c2.weight"][:, 5:].min() > 1e-4  # larger groups


def test_it_is_saved_released_and_read(
    wide: StyleHypernetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinystyle.pictures.images import read_picture
    from tinystyle.runtime.hypernetwork import Hypernetwork

    wide.save(tmp_path / "wide.safetensors")
    read = StyleHypernetwork.load(tmp_path / "wide.safetensors")
    assert read.config == wide.config
    assert wide.save_parts(tmp_path / "parts.safetensors")
    onnx = tmp_path / "wide.onnx"
    worst = release(wide, onnx, {})
    assert worst < 0.2
    (tmp_path / "a.png").write_bytes(encode_png(ARTWORKS["mosaic"](256)))
    picture = read_picture(tmp_path / "a.png")
    found = Hypernetwork(onnx).generate(picture).flat()
    with torch.no_grad():
        known = read.meta.flat(read.describe(to_tensor(picture.rgb)))[0].numpy()
    assert np.abs(found - known).max() < 0.2 * known.std()


def test_less_is_refused(wide: StyleHypernetwork, artworks: Path) -> None:
    for name, value, words in (
        ("group_size", 6, "group_size is 6; allowed are 7 to"),
        ("residual_units", 11, "residual_units is 11; allowed are 12 to"),
        ("colour_bins", 4, "the histogram has 3 bins; it cannot have 4"),
    ):
        with pytest.raises(OptionError, match=words):
            widen_hypernetwork(wide, [artworks], **{**WIDER, name: value})


def test_the_command(narrow: StyleHypernetwork, artworks: Path, tmp_path: Path) -> None:
    narrow.save(tmp_path / "narrow.safetensors")
    arguments = ["train", "widen", "--folder", str(tmp_path / "run"), "--styles", str(artworks)]
    arguments += ["--init", str(tmp_path / "narrow.safetensors")]
    assert main([*arguments, "--residual-units", "8", "--colour-bins", "2"]) == 0
    made = StyleHypernetwork.load(tmp_path / "run" / "hypernetwork.safetensors")
    assert (made.config.residual_units, made.config.colour_bins) == (8, 2)
    assert main([*arguments, "--colour-bins", "1"]) == 2


def test_a_histogram_counts_every_pixel_once() -> None:
    pictures = torch.rand(2, 3, 20, 30)
    shares = colour_histogram(pictures, 4).square() - 1e-3
    assert shares.shape == (2, 64)
    assert torch.allclose(shares.sum(dim=1), torch.ones(2), atol=1e-5)
    # White lies on lightness 1 and in the middle of the other axes, which 3 bins have and 4 not.
    white = colour_histogram(torch.ones(1, 3, 8, 8), 3).square()[0] - 1e-3
    assert white[2 * 9 + 1 * 3 + 1].item() == pytest.approx(1.0, abs=1e-5)
    rolled = pictures.roll((3, 7), dims=(2, 3))
    assert torch.allclose(colour_histogram(rolled, 4), colour_histogram(pictures, 4), atol=1e-6)
