"""Constants in the place of norms, by regression."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from tinystyle.cli import main  # noqa: E402
from tinystyle.errors import OptionError  # noqa: E402
from tinystyle.ops import InstanceNorm  # noqa: E402
from tinystyle.spec import Form, NetSpec  # noqa: E402
from tinystyle.training.encoder import StyleEncoder  # noqa: E402
from tinystyle.training.hypernetwork import StyleHypernetwork  # noqa: E402
from tinystyle.training.meta import MetaConfig  # noqa: E402
from tinystyle.training.one_norm import one_normed  # noqa: E402
from tinystyle.training.other_forms import painted_difference  # noqa: E402


def _network(form: Form = Form.TINY) -> StyleHypernetwork:
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


def test_on_the_photograph_that_it_is_fitted_to_the_picture_stays() -> None:
    many, artworks, photograph = _network(), _pictures(5, 2), _pictures(1, 3)
    one = one_normed(many, artworks, photograph)
    assert one.config == dataclasses.replace(
        many.config, spec=dataclasses.replace(many.config.spec, form=Form.ONE_NORM)
    )
    assert [o.name for o in one.config.spec.ops() if isinstance(o, InstanceNorm)] == ["c3.norm"]
    assert painted_difference(many, one, artworks, photograph) < 0.01
    assert painted_difference(many, one, artworks, 0.2 * photograph) > 0.02


def test_other_forms_are_refused() -> None:
    with pytest.raises(OptionError, match="form is plain; networks of one norm are made of tiny"):
        one_normed(_network(Form.PLAIN), _pictures(2, 1), _pictures(1, 2))


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
    assert StyleHypernetwork.load(written).config.spec.form is Form.ONE_NORM
    start.write_bytes(written.read_bytes())
    assert main(command) == OptionError.exit_code
    assert "form is one-norm" in capsys.readouterr().err
