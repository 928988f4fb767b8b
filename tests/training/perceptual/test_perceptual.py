"""The perceptual network and style features."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.errors import ModelError, OptionError
from tinystyle.training.data.style_features import (
    FEATURE_LAYERS,
    StyleFeatures,
    compute_features,
    style_features,
)
from tinystyle.training.perceptual import vgg as perceptual
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.perceptual.vgg import VGG16, VGG19, PerceptualNetwork


def test_layers_have_the_same_widths_and_scales_in_both_networks() -> None:
    for spec in (VGG16, VGG19):
        network = PerceptualNetwork(spec)
        found = network(torch.rand(1, 3, 64, 64), STYLE_LAYERS)
        shapes = [tuple(found[name].shape[1:]) for name in STYLE_LAYERS]
        assert shapes == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8)]
        assert not any(p.requires_grad for p in network.parameters())
    assert sum(VGG16.blocks[:4]) == 10
    assert sum(VGG19.blocks[:4]) == 12


def test_a_download_that_was_changed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "vgg16-397923af.pth").write_bytes(b"changed")
    with pytest.raises(ModelError, match="397923af"):
        perceptual.load("vgg16")


@pytest.mark.parametrize("error", [URLError("no network"), RuntimeError("invalid hash value")])
def test_a_download_that_fails_is_told(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    with pytest.raises(ModelError, match=r"'vgg16' cannot be downloaded .* or give a file"):
        perceptual.load("vgg16")


def test_activations_equal_a_plain_chain_of_layers(vgg_file: Path) -> None:
    network = perceptual.load(str(vgg_file))
    image = torch.rand(1, 3, 32, 32)
    mean = torch.tensor([0.4850196, 0.4579569, 0.4076039]).view(1, 3, 1, 1)
    x = (image - mean) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    with np.load(vgg_file) as arrays:
        for name in ("conv1_1", "conv1_2", "pool", "conv2_1"):
            if name == "pool":
                x = torch.nn.functional.max_pool2d(x, 2)
                continue
            if f"{name}.weight" in arrays:
                weight = arrays[f"{name}.weight"]
            else:
                scale, low = arrays[f"{name}.weight.scale_min"]
                weight = arrays[f"{name}.weight.q"] * scale + low
            weight = torch.from_numpy(weight.astype(np.float32))
            x = torch.nn.functional.conv2d(x, weight, padding=1).relu()
    torch.testing.assert_close(network(image, ("relu2_1",))["relu2_1"], x, rtol=1e-4, atol=1e-4)


def test_unknown_layers_and_files_are_refused(vgg_file: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="relu9_1"):
        perceptual.load(str(vgg_file))(torch.rand(1, 3, 32, 32), ("relu9_1",))
    with pytest.raises(OptionError, match="vgg16"):
        perceptual.load("missing.npz")
    for name, data in (("noise.npz", b"noise"), ("empty.npz", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelError, match=name):
            perceptual.load(str(tmp_path / name))
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ModelError, match="other"):
        perceptual.load(str(tmp_path / "other.npz"))
    pickled: Any = {"conv1_1.weight": np.array([print], dtype=object)}
    np.savez(tmp_path / "pickle.npz", **pickled)
    with pytest.raises(ModelError):
        perceptual.load(str(tmp_path / "pickle.npz"))


def test_features_are_kept_by_layer_and_continue_after_an_interruption(
    vgg_file: Path, shards: Path, tmp_path: Path
) -> None:
    network = perceptual.load(str(vgg_file))
    image = torch.rand(2, 3, 64, 64)
    assert style_features(network, image).shape == (2, 1920)
    whole, part = tmp_path / "whole.safetensors", tmp_path / "part.safetensors"
    sources = [shards / "style-0.tar"]
    compute_features(network, sources, whole)
    features = StyleFeatures.load(whole)
    assert features.values.shape == (8, 2 * (2 * 64 + 2 * 128 + 2 * 256 + 3 * 512))
    assert features.select(STYLE_LAYERS).shape == (8, 1920)
    expected = style_features(network, image, ("relu3_3", "relu1_1"))
    made = StyleFeatures(
        style_features(network, image, FEATURE_LAYERS).numpy(), FEATURE_LAYERS, ("a",)
    )
    assert torch.allclose(made.select(("relu3_3", "relu1_1")), expected, rtol=1e-4)
    StyleFeatures(features.values[:5], features.layers, features.sources).save(part)
    compute_features(network, sources, part)
    assert np.array_equal(StyleFeatures.load(part).values, features.values)
    with pytest.raises(OptionError, match="style-0"):
        compute_features(network, [shards / "content-0.tar"], part)
    with pytest.raises(OptionError, match="relu9_9"):
        features.select(("relu9_9",))
