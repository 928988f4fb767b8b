"""The meta network: sizes of the paper, scale, linearity, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.conftest import CONVOLUTIONAL
from tinystyle.errors import ModelError, OptionError
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.training.networks.interpreter import run, run_grouped, run_per_style
from tinystyle.training.networks.meta import (
    CONFIGS,
    MetaConfig,
    MetaNetwork,
    load_meta,
    save_meta,
)

SMALL = MetaConfig(NetSpec(Architecture.TINY, 2, residual_blocks=1), group_size=4)


def test_paper_configuration() -> None:
    config = CONFIGS["paper-dim8"]
    assert config.hidden == 1792  # Table 2: FC, 1792 x 1920
    assert len(config.generated()) == 14  # Table 2: group FC, 14 groups
    assert config.spec.architecture is Architecture.SHEN2018
    assert not config.stable
    generated = sum(p.size for ps in config.generated().values() for p in ps)
    assert generated == pytest.approx(1.1e5, rel=0.06)
    shared = [p.size for p in config.spec.parameters() if p.layer in config.shared]
    assert shared == [1944, 1944]


def test_released_configuration_generates_all_but_the_first_layer() -> None:
    config = CONFIGS["tiny-dim8"]
    assert config.hidden == 15 * 128
    assert set(config.generated()) == {p.layer for p in config.spec.parameters()} - {"c1"}


def test_a_style_moves_weights_by_a_small_step_at_the_start() -> None:
    """DESIGN.md, finding 1: the parameterisation must not move W dozens of times too far."""
    torch.manual_seed(0)
    meta = MetaNetwork(CONFIGS["tiny-dim8"])
    features = torch.randn(2, 1920)
    hidden = meta.hidden(features)
    assert 0.8 < hidden.std() < 1.2
    weights = meta(features)["r0a.weight"]
    change = (weights[0] - weights[1]).std() / weights[0].std()
    assert 0.02 < change < 0.5


def test_weights_are_affine_in_the_hidden_state() -> None:
    meta = MetaNetwork(SMALL)
    a, b = torch.randn(1, SMALL.hidden), torch.randn(1, SMALL.hidden)
    mixed = meta.generate(0.3 * a + 0.7 * b)
    for name, value in mixed.items():
        expected = 0.3 * meta.generate(a)[name] + 0.7 * meta.generate(b)[name]
        torch.testing.assert_close(value, expected, atol=1e-5, rtol=1e-4)


def test_each_group_reaches_its_own_layer_only() -> None:
    meta = MetaNetwork(SMALL)
    base = meta.generate(torch.zeros(1, SMALL.hidden))
    for index, layer in enumerate(SMALL.generated()):
        hidden = torch.zeros(1, SMALL.hidden)
        hidden[0, SMALL.group_size * index] = 100.0
        changed = {
            name.partition(".")[0]
            for name, value in meta.generate(hidden).items()
            if not torch.equal(value, base[name])
        }
        assert changed == {layer}


def test_flat_rows_cut_back_into_the_same_weights() -> None:
    meta = MetaNetwork(SMALL)
    features = torch.randn(2, 1920)
    flat, weights = meta.flat(features), meta(features)
    assert flat.shape == (2, SMALL.spec.parameter_count)
    start = 0
    for parameter in SMALL.spec.parameters():
        part = flat[:, start : start + parameter.size].view(2, *parameter.shape)
        assert torch.equal(part, weights[parameter.name])
        start += parameter.size


def test_many_networks_at_once_equal_one_by_one() -> None:
    meta = MetaNetwork(SMALL)
    weights = meta(torch.randn(3, 1920))
    images = torch.rand(3, 2, 3, 64, 68)
    together = run_per_style(SMALL.spec.ops(), weights, images)
    for s in range(3):
        one = run(SMALL.spec.ops(), {k: v[s] for k, v in weights.items()}, images[s])
        torch.testing.assert_close(together[s], one)


def test_features_are_standardised_and_clipped() -> None:
    meta = MetaNetwork(SMALL)
    features = 5.0 + 3.0 * torch.randn(500, 1920)
    meta.set_feature_scale(features)
    standard = meta.standardise(features)
    assert abs(standard.mean()) < 0.01
    assert abs(standard.std() - 1.0) < 0.01
    assert meta.standardise(torch.full((1, 1920), 1e6)).max() == 5.0


def test_file_round_trip(tmp_path: Path) -> None:
    meta = MetaNetwork(SMALL)
    meta.set_feature_scale(torch.randn(10, 1920))
    save_meta(meta, tmp_path / "meta.safetensors")
    back = load_meta(tmp_path / "meta.safetensors")
    assert back.config == SMALL
    for name, value in meta.state_dict().items():
        assert torch.equal(back.state_dict()[name], value), name


def test_other_files_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3)}, tmp_path / "a.safetensors")
    with pytest.raises(ModelError):
        load_meta(tmp_path / "a.safetensors")
    with pytest.raises(OptionError, match="no such file"):
        load_meta(tmp_path / "b.safetensors")


@pytest.mark.parametrize("form", CONVOLUTIONAL)
def test_networks_side_by_side_compute_the_same(form: Architecture) -> None:
    torch.manual_seed(0)
    spec = NetSpec(form, 4, residual_blocks=1)
    weights = {
        p.name: torch.randn(3, *p.shape) / max(1, p.size // p.shape[0]) ** 0.5
        for p in spec.parameters()
    }
    images = torch.rand(3, 2, 3, 64, 72)
    ops = spec.ops(bounded=False)
    one_by_one, at_once = (f(ops, weights, images, None) for f in (run_per_style, run_grouped))
    assert at_once.shape == images.shape
    assert torch.allclose(one_by_one, at_once, atol=1e-4)
