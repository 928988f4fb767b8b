"""Encoder and generator as one network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.errors import ModelError, OptionError  # noqa: E402
from tinystyle.examples import ARTWORKS  # noqa: E402
from tinystyle.images import Picture, to_batch  # noqa: E402
from tinystyle.runtime.hypernetwork import Hypernetwork  # noqa: E402
from tinystyle.spec import Form, NetSpec  # noqa: E402
from tinystyle.stylenet import StyleNet  # noqa: E402
from tinystyle.training.encoder import StyleEncoder  # noqa: E402
from tinystyle.training.hypernetwork import StyleHypernetwork, compact  # noqa: E402
from tinystyle.training.meta import BRANCH_SCALE, FILTER_NORM, MetaConfig, MetaNetwork  # noqa: E402
from tinystyle.training.parts import load_parts, save_parts  # noqa: E402

SPEC = NetSpec(Form.TINY, 4, residual_blocks=1)


def _parts(form: Form = Form.TINY) -> tuple[StyleEncoder, MetaNetwork]:
    torch.manual_seed(0)
    encoder = StyleEncoder(code=24).eval()
    meta = MetaNetwork(MetaConfig(NetSpec(form, 4, residual_blocks=1), group_size=16))
    torch.nn.init.normal_(encoder.fc2.bias)
    torch.nn.init.normal_(meta.fc.bias)
    return encoder, meta


@pytest.mark.parametrize("form", [Form.TINY, Form.PLAIN])
def test_compact_is_exact_at_full_size(form: Form) -> None:
    encoder, meta = _parts(form)
    artworks = torch.rand(40, 3, 64, 64)
    whole = compact(encoder, meta, artworks, 16)
    with torch.no_grad():
        features = encoder(artworks)
        assert features.abs().max() < 5.0, "the old standardisation would clip"
        expected = meta.flat(features)
        found = whole.meta.flat(whole.describe(artworks))
    spread = (expected - expected.mean(dim=0)).norm()
    assert (found - expected).norm() < 0.01 * spread


def test_fewer_units_lose_little_and_more_units_lose_less() -> None:
    encoder, meta = _parts()
    artworks = torch.rand(40, 3, 64, 64)
    with torch.no_grad():
        expected = meta.flat(encoder(artworks))
        errors = []
        for size in (2, 6, 12):
            network = compact(encoder, meta, artworks, size)
            errors.append((network.meta.flat(network.describe(artworks)) - expected).norm().item())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.3 * (expected - expected.mean(dim=0)).norm()


def test_impossible_sizes_and_parts_are_refused() -> None:
    encoder, meta = _parts()
    artworks = torch.rand(4, 3, 64, 64)
    for size in (0, 17):
        with pytest.raises(OptionError, match="1 to 16"):
            compact(encoder, meta, artworks, size)
    with pytest.raises(OptionError, match="trained"):
        compact(StyleEncoder(None), meta, artworks, 4)


def test_it_is_saved_and_read_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=32))
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
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=32))
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
    assert torch.equal(again["encoder.fc1.bias"], state["encoder.fc1.bias"])
    parts[2].unlink()
    with pytest.raises(ModelError, match="missing"):
        load_parts(parts[0])
    with pytest.raises(OptionError, match="too small"):
        save_parts(state, {}, tmp_path / "n.safetensors", limit=1)


def test_the_encoder_keeps_its_statistics_in_training() -> None:
    network = StyleHypernetwork(MetaConfig(SPEC, group_size=8, features=32)).train()
    before = network.encoder.norm.get_buffer("running_mean").clone()
    network(torch.rand(2, 3, 64, 64))
    assert torch.equal(network.encoder.norm.get_buffer("running_mean"), before)


def test_plain_filters_have_the_length_of_their_gain() -> None:
    torch.manual_seed(0)
    config = MetaConfig(NetSpec(Form.PLAIN, 4, residual_blocks=2), group_size=8, features=32)
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
    weights = Path(__file__).parents[2] / "training" / "weights"
    (part,) = weights.glob("hypernetwork-dim8-*.safetensors")
    network = StyleHypernetwork.load(part).eval()
    released = Hypernetwork()
    for name in ("mosaic", "swirls", "woodcut"):
        rgb = ARTWORKS[name](256)
        with torch.inference_mode():
            expected = network.meta.flat(network.describe(torch.from_numpy(to_batch(rgb))))[0]
        found = released.generate(Picture(rgb)).flat()
        assert np.corrcoef(found, expected.numpy())[0, 1] > 0.999
    identity = StyleNet.load(weights / "identity-dim8.safetensors")
    assert np.corrcoef(released.identity().flat(), identity.flat())[0, 1] > 0.999
