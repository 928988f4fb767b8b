"""Experiments with style swap: optimisation beside the inverse network, and VGG's layers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tests.network.swap_nets import swap_net
from tinystyle.benchmarks.experiments.inversion import spread_of
from tinystyle.benchmarks.experiments.style_swap import optimisation
from tinystyle.benchmarks.experiments.style_swap.layers import compare_layers
from tinystyle.benchmarks.experiments.style_swap.optimisation import compare_with_optimisation
from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.network.methods.swap_parts import save_parts
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture
from tinystyle.training.perceptual import vgg

PHOTOGRAPH, ARTWORK = Picture(landscape(96)), Picture(ARTWORKS["mosaic"](96))


def test_optimisation_comes_nearer_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimisation, "SIDE", 64)
    parts = tmp_path / "parts.safetensors"
    save_parts(swap_net(1).weights, swap_net(1).spec.width, parts)
    few, more = (
        compare_with_optimisation([PHOTOGRAPH], [ARTWORK], pairs=2, steps=steps, parts=parts)
        for steps in (1, 12)
    )
    assert few.losses == more.losses and len(few.losses) == 2
    assert more.optimised[0] < few.optimised[0]
    assert few.losses[0] == few.losses[1]  # the same pair again
    assert more.equal_steps[0] is None or 0 <= more.equal_steps[0] <= 12
    assert set(more.seconds) == {"encode", "match", "invert", "step of optimisation"}
    assert more.sheet.shape == (2 * 64, 6 * 64, 3)
    assert more.spread > 0.0


def test_the_spread_is_relative() -> None:
    features = [torch.full((1, 2, 3, 3), value) for value in (9.0, 11.0)]
    assert spread_of(features) == pytest.approx(0.1)
    assert spread_of([3.0 * f for f in features]) == pytest.approx(0.1)
    assert spread_of(features[:1] * 2) == 0.0


def test_layers_of_vgg(vgg_file: Path) -> None:
    network = vgg.load(str(vgg_file))
    found = compare_layers(
        network, PHOTOGRAPH, ARTWORK, layers=("relu1_1", "relu2_1"), steps=8, side=64
    )
    start = compare_layers(
        network, PHOTOGRAPH, ARTWORK, layers=("relu1_1", "relu2_1"), steps=1, side=64
    )
    assert all(after < before for after, before in zip(found.losses, start.losses, strict=True))
    assert found.sheet.shape == (64, 4 * 64, 3)
    with pytest.raises(OptionError, match="relu9_1"):
        compare_layers(network, PHOTOGRAPH, ARTWORK, layers=("relu9_1",))


def test_the_command_writes_a_sheet_and_figures(
    vgg_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--steps", "1", "--size", "64", "--threads", "1", "-o", str(tmp_path)]
    network = ["--perceptual", str(vgg_file), "--layers", "relu1_1"]
    assert main(["experiment", "swap-layers", *network, *options]) == 0
    assert json.loads((tmp_path / "swap-layers.json").read_text())["relu1_1"]["distance"] > 0.0
    assert (tmp_path / "swap-layers.png").stat().st_size > 0
    assert main(["experiment", "swap-layers", *network, *options, "--size", "9"]) == 2
    assert "64" in capsys.readouterr().err
