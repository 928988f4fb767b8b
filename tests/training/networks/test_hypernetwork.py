"""Encoder and generator as one network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import Tensor

from tinystyle.errors import ModelError, OptionError
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.loop.sharded_weights import load_parts, save_parts
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import BRANCH_SCALE, FILTER_NORM, MetaConfig, MetaNetwork
from tinystyle.training.objective.losses import channel_statistics
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.stages.encoder_swap import read_out
from tinystyle.weights import released

SPEC = NetSpec(Architecture.TINY, 4, residual_blocks=1)


def _teacher(
    form: Architecture = Architecture.TINY,
) -> tuple[MetaNetwork, StyleEncoder, Tensor, Tensor]:
    """A meta network whose hidden states follow linearly from what the encoder sees of artworks."""
    torch.manual_seed(0)
    encoder = StyleEncoder()
    teacher = MetaNetwork(MetaConfig(NetSpec(form, 4, residual_blocks=1), group_size=16))
    statistics = encoder(torch.rand(40, 3, 64, 64) * torch.rand(40, 3, 1, 1))
    scaled = (statistics - statistics.mean(dim=0)) / statistics.std(dim=0).clamp_min(1e-4)
    _, _, axes = torch.pca_lowrank(scaled, q=6)
    hidden = scaled @ axes @ torch.randn(6, teacher.config.hidden) * 0.1 + torch.rand(1)
    return teacher, encoder, statistics, hidden


def _spread(values: Tensor) -> float:
    return float((values - values.mean(dim=0)).norm())


@pytest.mark.parametrize(
    "form", [Architecture.TINY, Architecture.ONE_NORM, Architecture.SIX_NORM, Architecture.PLAIN]
)
def test_another_encoder_reads_what_the_teacher_knows(form: Architecture) -> None:
    teacher, encoder, statistics, hidden = _teacher(form)
    network, explained = read_out(teacher, hidden, encoder, statistics, 16)
    with torch.no_grad():
        weights = network.meta(network.meta.standardise(statistics)), teacher.generate(hidden)
        found, wanted = (torch.cat([w[k].flatten(1) for k in weights[0]], dim=1) for w in weights)
    assert (found - wanted).norm() < 0.1 * _spread(wanted)
    assert explained > 0.9
    unrelated = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(1))
    assert read_out(teacher, unrelated, encoder, statistics, 16)[1] < 0.2


def test_fewer_units_lose_little_and_more_units_lose_less() -> None:
    teacher, encoder, statistics, hidden = _teacher()

    def weights(size: int) -> Tensor:
        network, _ = read_out(teacher, hidden, encoder, statistics, size)
        with torch.no_grad():
            return network.meta.flat(network.meta.standardise(statistics))

    whole = weights(16)
    errors = [float((weights(size) - whole).norm()) for size in (1, 3, 6)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01 * _spread(whole)  # six directions are all that there are


def test_impossible_sizes_and_parts_are_refused() -> None:
    teacher, encoder, statistics, hidden = _teacher()
    for size in (0, 17):
        with pytest.raises(OptionError, match="1 to 16"):
            read_out(teacher, hidden, encoder, statistics, size)
    with pytest.raises(OptionError, match="2 or more"):
        read_out(teacher, hidden[:1], encoder, statistics[:1], 4)
    unstable = MetaNetwork(MetaConfig(SPEC, group_size=16, stable=False))
    with pytest.raises(OptionError, match="stable"):
        read_out(unstable, hidden, encoder, statistics, 4)
    with pytest.raises(ModelError, match="the encoder has 1856"):
        StyleHypernetwork(MetaConfig(SPEC, group_size=8))


def test_the_encoder_sees_with_the_perceptual_network_and_does_not_learn() -> None:
    judge = CompactPerceptual()
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=StyleEncoder().features))
    network.encoder.load_state_dict(StyleEncoder.of(judge).state_dict())
    picture = torch.rand(1, 3, 64, 64)
    found = judge(picture, judge.layers)
    expected = torch.cat([p for a in found.values() for p in channel_statistics(a)], dim=1)
    # Equal but for rounding: the judge's convolutions may be computed by another program.
    torch.testing.assert_close(network.encoder(picture), expected)
    sum(w.square().sum() for w in network(picture).values()).backward()
    assert all(p.grad is None for p in network.encoder.parameters())
    assert network.meta.fc.weight.grad is not None


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=StyleEncoder().features))
    artworks = torch.rand(2, 3, 64, 64)
    network.save(tmp_path / "a.safetensors")
    again = StyleHypernetwork.load(tmp_path / "a.safetensors")
    for name, value in network(artworks).items():
        assert torch.equal(value, again(artworks)[name])
    (tmp_path / "b.safetensors").write_bytes(b"no")
    with pytest.raises(ModelError, match="hypernetwork"):
        StyleHypernetwork.load(tmp_path / "b.safetensors")
    with pytest.raises(OptionError, match="no such file"):
        StyleHypernetwork.load(tmp_path / "c.safetensors")


def test_parts_are_small_and_whole(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=StyleEncoder().features))
    state = network.state_dict()
    parts = save_parts(state, {"a": "b"}, tmp_path / "net.safetensors", limit=400_000)
    assert len(parts) > 3
    assert all(part.stat().st_size < 400_000 for part in parts)
    found, metadata = load_parts(parts[1])
    assert metadata == {"a": "b"}
    assert found.keys() == state.keys()
    for name, value in state.items():
        assert torch.allclose(found[name].to(value.dtype), value, rtol=1e-3, atol=1e-6), name
    written = network.save_parts(tmp_path / "whole.safetensors")
    assert [p.name for p in written] == ["whole-1-of-1.safetensors"]
    again = StyleHypernetwork.load(written[0]).state_dict()
    matrix, bias = "meta.generators.c2.weight", "meta.generators.c2.bias"
    assert torch.equal(again[matrix], state[matrix].half().float())
    assert torch.equal(again[bias], state[bias])
    parts[2].unlink()
    with pytest.raises(ModelError, match="missing"):
        load_parts(parts[0])
    with pytest.raises(OptionError, match="too small"):
        save_parts(state, {}, tmp_path / "n.safetensors", limit=1)


def test_plain_filters_have_the_length_of_their_gain() -> None:
    torch.manual_seed(0)
    config = MetaConfig(
        NetSpec(Architecture.PLAIN, 4, residual_blocks=2), group_size=8, features=32
    )
    meta = MetaNetwork(config)
    weights = meta(torch.randn(3, 32))
    assert set(weights) == {p.name for p in config.spec.parameters()}
    for layer, scale in (("c2", 1.0), ("r1a", 1.0), ("r1b", BRANCH_SCALE)):
        gains = meta.generators[layer](config.scale * torch.zeros(8))
        start = config.generated()[layer][0].size
        gain = gains[start : start + config.generated()[layer][1].size]
        base = meta(torch.zeros(1, 32))[f"{layer}.weight"][0]
        assert torch.allclose(base.flatten(1).norm(dim=1), scale * FILTER_NORM * gain, rtol=1e-3)
    assert "out.gain" not in {p.name for layer in config.generated().values() for p in layer}


def test_the_released_file_is_made_of_the_weights_kept_for_training() -> None:
    """A run that goes on from training/weights begins where the package is."""
    weights = Path(__file__).parents[3] / "training" / "weights"
    path = released().hypernetwork
    stem = path.stem
    (part,) = weights.glob(f"{stem}-*.safetensors")
    network = StyleHypernetwork.load(part).eval()
    hypernetwork = Hypernetwork(path)
    for name in ("mosaic", "swirls", "woodcut"):
        rgb = ARTWORKS[name](256)
        with torch.inference_mode():
            expected = network.meta.flat(network.describe(torch.from_numpy(to_batch(rgb))))[0]
        found = hypernetwork.generate(Picture(rgb)).flat()
        assert np.corrcoef(found, expected.numpy())[0, 1] > 0.998
