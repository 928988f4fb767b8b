"""Constants in the place of norms, by regression."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.network.ops import IMAGE, InstanceNorm
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.interpreter import run
from tinystyle.training.networks.meta import MetaConfig
from tinystyle.training.stages.convert_norms import one_normed, require_many_norms


def _network(form: Architecture = Architecture.TINY) -> StyleHypernetwork:
    torch.manual_seed(0)
    spec = NetSpec(form, 4, residual_blocks=1)
    encoder = StyleEncoder()
    network = StyleHypernetwork(
        MetaConfig(spec, group_size=8, features=encoder.features), encoder
    ).eval()
    network.meta.set_feature_scale(encoder(_pictures(12, 1)).detach())
    return network


def _pictures(count: int, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(count, 3, 9, 9, generator=random)
    large: Tensor = torch.nn.functional.interpolate(small, (64, 64), mode="bicubic")
    return large.clamp(0, 1)


@pytest.mark.parametrize(
    "form, kept",
    [(Architecture.ONE_NORM, ["c3.norm"]), (Architecture.SIX_NORM, ["c3.norm", "r0b.norm"])],
)
def test_constants_are_what_norms_amount_to(form: Architecture, kept: list[str]) -> None:
    many, artworks, photograph = _network(), _pictures(5, 2), _pictures(1, 3)
    one = one_normed(many, artworks, photograph, form)
    assert one.config == dataclasses.replace(
        many.config, spec=dataclasses.replace(many.config.spec, architecture=form)
    )
    ops = one.config.spec.ops()
    assert [o.name for o in ops if isinstance(o, InstanceNorm)] == kept
    with torch.no_grad():
        wanted, weights = many(artworks), one(artworks)
    made: dict[str, Tensor] = {}
    for style in range(5):
        own = {name: value[style] for name, value in weights.items()}
        run(ops, own, photograph, lambda op, source: made.update({op.source: source}))
        for layer in ("c2", "r0a", "r0b", "u1", "u2"):
            if f"{layer}.norm" in kept:
                continue
            read = made.get(layer, made.get(f"{layer}.crop", made[IMAGE]))
            deviation, mean = torch.std_mean(read, dim=(0, 2, 3), correction=0)
            gain, shift = (wanted[f"{layer}.norm.{k}"][style] for k in ("weight", "bias"))
            assert torch.allclose(deviation, gain.abs(), atol=0.05), layer
            assert torch.allclose(mean, shift, atol=0.05), layer


def test_other_forms_are_refused() -> None:
    with pytest.raises(OptionError, match="architecture is plain; networks of few norms"):
        one_normed(_network(Architecture.PLAIN), _pictures(2, 1), _pictures(1, 2))
    with pytest.raises(OptionError, match="1 artworks; needed are 2"):
        one_normed(_network(), _pictures(1, 1), _pictures(1, 2))
    with pytest.raises(OptionError, match="shared layers are"):
        require_many_norms(dataclasses.replace(_network().config, shared=("c1", "c2")))


def test_the_command_writes_a_hypernetwork(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "start.safetensors"
    _network().save(start)
    command = ["train", "one-norm", "--folder", str(tmp_path), "--init", str(start), "--crop", "64"]
    command += ["--styles", str(shards / "style-*.tar")]
    command += ["--contents", str(shards / "content-*.tar")]
    assert main(command) == 0
    assert "difference" in capsys.readouterr().out
    written = tmp_path / "hypernetwork.safetensors"
    assert StyleHypernetwork.load(written).config.spec.architecture is Architecture.ONE_NORM
    start.write_bytes(written.read_bytes())
    assert main(command) == OptionError.exit_code
    assert "architecture is one-norm" in capsys.readouterr().err
