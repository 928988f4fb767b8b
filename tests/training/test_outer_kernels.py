"""Hypernetworks whose networks get smaller first and last kernels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import Tensor

from tests.conftest import MakeNet
from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.export.verify.parity import golden_picture
from tinystyle.network import reference
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig
from tinystyle.training.stages.convert_architecture import painted_difference
from tinystyle.training.stages.convert_kernels import narrowed, widened


def _network(
    form: Architecture = Architecture.TINY, shared: tuple[str, ...] = ("c1",)
) -> StyleHypernetwork:
    torch.manual_seed(0)
    encoder = StyleEncoder()
    spec = NetSpec(form, 4, residual_blocks=1)
    return StyleHypernetwork(MetaConfig(spec, shared, 8, encoder.features), encoder).eval()


def _pictures(count: int, seed: int) -> Tensor:
    """Smooth at random, as photographs are."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 16, 16, generator=random)
    fine: Tensor = torch.nn.functional.interpolate(coarse, 64, mode="bicubic")
    return fine.clamp(0, 1)


def _zero_beyond(network: StyleHypernetwork, margin: int) -> None:
    """Make all taps near the edge of the outer kernels zero."""
    inside = torch.zeros(9, 9)
    inside[margin:-margin, margin:-margin] = 1
    state = network.state_dict()
    for key in ("c1", "out"):
        if f"meta.shared.{key}_weight" in state:
            state[f"meta.shared.{key}_weight"] *= inside
            continue
        for part in ("weight", "bias"):
            rows = state[f"meta.generators.{key}.{part}"]
            taps = rows[: rows.shape[0] // 81 * 81]  # before biases and gains
            taps.view(-1, 81, rows[0].numel()).mul_(inside.flatten()[None, :, None])


@pytest.mark.parametrize("shared", [(), ("c1",), ("c1", "out")])
@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.ZHANG2018])
def test_kernels_that_were_small_already_stay_as_they_are(
    form: Architecture, shared: tuple[str, ...]
) -> None:
    network = _network(form, shared)
    _zero_beyond(network, 2)
    result = narrowed(network, 5, _pictures(3, 1), _pictures(8, 2))
    assert result.config.spec == NetSpec(form, 4, 1, outer_kernel=5)
    assert painted_difference(network, result, _pictures(2, 3), _pictures(1, 4)) < 1e-4
    cut = result.state_dict()
    for name, value in network.state_dict().items():
        if "c1" not in name and "out" not in name:
            assert torch.equal(cut[name], value), name


def test_what_is_fitted_is_nearer_than_what_is_cut_off() -> None:
    network, artworks, photograph = _network(), _pictures(3, 1), _pictures(1, 4)
    fitted = narrowed(network, 5, artworks, _pictures(8, 2))
    cut = narrowed(network, 5, artworks, _pictures(8, 2))
    state = network.state_dict()
    middle = state["meta.shared.c1_weight"][..., 2:-2, 2:-2]
    cut.state_dict()["meta.shared.c1_weight"].copy_(middle)
    cut.state_dict()["meta.shared.c1_bias"].copy_(state["meta.shared.c1_bias"])
    for part in ("weight", "bias"):
        rows = state[f"meta.generators.out.{part}"]
        taps = rows[:-3].view(3, 4, 9, 9, -1)[:, :, 2:-2, 2:-2].reshape(300, *rows.shape[1:])
        cut.state_dict()[f"meta.generators.out.{part}"].copy_(torch.cat([taps, rows[-3:]]))
    differences = [painted_difference(network, n, artworks, photograph) for n in (fitted, cut)]
    assert differences[0] < 0.7 * differences[1]


@pytest.mark.parametrize("side", [4, 9, 11])
def test_other_sides_are_refused(side: int) -> None:
    with pytest.raises(OptionError, match=str(side)):
        narrowed(_network(), side, _pictures(1, 1), _pictures(1, 2))


def test_generators_that_are_not_affine_are_refused() -> None:
    with pytest.raises(OptionError, match="not affine"):
        narrowed(_network(Architecture.PLAIN), 5, _pictures(1, 1), _pictures(1, 2))


def test_the_command_writes_a_hypernetwork(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "start.safetensors"
    _network().save(start)
    sources = ["--styles", str(shards / "style-*.tar"), "--contents", str(shards / "content-*.tar")]
    narrow = ["train", "narrow", "--folder", str(tmp_path), "--init", str(start), "--crop", "64"]
    assert main([*narrow, *sources]) == 0
    assert "difference" in capsys.readouterr().out
    found = StyleHypernetwork.load(tmp_path / "hypernetwork.safetensors")
    assert found.config.spec.outer_kernel == 5
    assert main([*narrow, *sources, "--outer-kernel", "4"]) == OptionError.exit_code
    assert "3, 5, 7" in capsys.readouterr().err
    assert main([*narrow, *sources, "--crop", "0"]) == OptionError.exit_code
    assert "crop is 0" in capsys.readouterr().err


def test_wider_kernels_paint_the_same(make_net: MakeNet) -> None:
    net = make_net(width=4, residual_blocks=1)
    wide = widened(net, 9)
    assert wide.spec == replace(net.spec, outer_kernel=9)
    assert net.spec.outer_kernel == 5
    picture = golden_picture("scene", 65, 71)
    np.testing.assert_allclose(
        reference.stylize(wide, picture), reference.stylize(net, picture), atol=1e-5
    )
    for side, named in ((5, "it is 9 now"), (10, "allowed are 3, 5, 7, 9")):
        with pytest.raises(OptionError, match=named):
            widened(wide, side)
