"""Networks with weights: files, checks, mixtures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import random_net
from tinystyle.errors import ModelError, OptionError
from tinystyle.network import reference
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet, mix


def test_safetensors_round_trip(tmp_path: Path) -> None:
    net = random_net(Architecture.ZHANG2018, 8)
    net.save(tmp_path / "net.safetensors")
    back = StyleNet.load(tmp_path / "net.safetensors")
    assert back.spec == net.spec
    assert back.notes == {"style_name": "random"}
    assert all(np.array_equal(back.weights[k], net.weights[k]) for k in net.weights)


def test_flat_order_is_that_of_the_parameters() -> None:
    net = random_net()
    flat = np.concatenate([net.weights[p.name].ravel() for p in net.spec.parameters()])
    back = StyleNet.from_flat(net.spec, flat)
    assert all(np.array_equal(back.weights[k], net.weights[k]) for k in net.weights)
    with pytest.raises(ModelError, match="105675"):
        StyleNet.from_flat(net.spec, flat[:-1])


@pytest.mark.parametrize("fault", ["missing", "extra", "shape", "type", "nan"])
def test_weights_that_do_not_fit_are_refused(fault: str) -> None:
    net = random_net()
    weights: dict[str, Any] = dict(net.weights)
    if fault == "missing":
        del weights["out.bias"]
    elif fault == "extra":
        weights["c9.weight"] = weights["out.bias"]
    elif fault == "shape":
        weights["out.bias"] = np.zeros(4, np.float32)
    elif fault == "type":
        weights["out.bias"] = np.zeros(3)
    else:
        weights["out.bias"] = np.array([0, np.nan, 0], np.float32)
    with pytest.raises(ModelError):
        StyleNet(net.spec, weights)


def test_other_files_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3)}, tmp_path / "other.safetensors")
    (tmp_path / "noise.safetensors").write_bytes(b"\xff" * 100)
    (tmp_path / "empty.safetensors").write_bytes(b"")
    for name in ("other", "noise", "empty", "missing"):
        with pytest.raises(ModelError, match=name):
            StyleNet.load(tmp_path / f"{name}.safetensors")


def test_mix_is_the_weighted_sum() -> None:
    a, b = random_net(seed=1), random_net(seed=2)
    mixed = mix([(a, 0.25), (b, 0.75)])
    name = "r2a.weight"
    np.testing.assert_allclose(
        mixed.weights[name], 0.25 * a.weights[name] + 0.75 * b.weights[name], atol=1e-7
    )
    with pytest.raises(OptionError, match="add up to 1"):
        mix([(a, 0.5), (b, 0.6)])
    with pytest.raises(OptionError, match="architecture"):
        mix([(a, 0.5), (random_net(width=16), 0.5)])


def test_strength_goes_straight_from_the_photograph_to_the_full_style() -> None:
    style = random_net(seed=1)
    image = np.random.default_rng(0).random((1, 3, 64, 64), dtype=np.float32)
    full = reference.stylize(style, image)
    for strength in (0.0, 0.05, 0.6):
        found = reference.stylize(style.with_strength(strength), image)
        assert np.abs(found - (image + strength * (full - image))).max() <= 1e-6
        assert np.array_equal(found, image) or strength > 0.0
    assert style.with_strength(1.0) is style
    with pytest.raises(OptionError, match=r"1\.5"):
        style.with_strength(1.5)
