"""Training the inverse network of style swap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import ModuleList

from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.network.methods.style_swap import encoder_layers
from tinystyle.network.methods.swap_parts import load_parts
from tinystyle.network.ops import IMAGE
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import encode_png
from tinystyle.training.networks.interpreter import run
from tinystyle.training.networks.patches import put_back, swap_patches, unfold_patches, with_moments
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.perceptual.trunk import THIRD_PLAN
from tinystyle.training.stages.style_swap import encoder_weights, judges_layers, packages_layers


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for name in ARTWORKS:
        (folder / f"{name}.png").write_bytes(encode_png(ARTWORKS[name](96)))
    (folder / "scene.png").write_bytes(encode_png(landscape(96)))
    return folder


def _train(folder: Path, pictures: Path, *more: str) -> list[str]:
    sources = ["--styles", str(pictures), "--contents", str(pictures)]
    return ["train", "style-swap", "--folder", str(folder), *sources, "--crop", "64", *more]


def test_features_are_the_judges_relu3_1_in_few_directions() -> None:
    torch.manual_seed(0)
    judge = CompactPerceptual(THIRD_PLAN).requires_grad_(False)
    layers = judges_layers(judge)
    picture = torch.from_numpy(landscape(96).copy()).permute(2, 0, 1)[None].float() / 255.0
    whole, held = encoder_weights(layers, [picture], 256)
    assert held == pytest.approx(1.0)
    few, share = encoder_weights(layers, [picture], 16)
    assert 0.3 < share < 1.0
    # Of all 256 directions none is left out: patches are as like as among VGG's channels.
    turned = run(encoder_layers(256), whole, picture)[0].flatten(1)
    plain = run(encoder_layers(256)[:-1], whole, picture)[0].flatten(1)
    cosines = [torch.nn.functional.normalize(f, dim=0) for f in (turned, plain)]
    torch.testing.assert_close(
        cosines[0].T @ cosines[0], cosines[1].T @ cosines[1], atol=1e-3, rtol=0.0
    )
    assert run(encoder_layers(16), few, picture).square().mean() == pytest.approx(1.0, rel=0.05)
    # Inside the picture they are what the judge sees, whose borders are zeros.
    seen = picture - judge.get_buffer("mean")
    seen = seen / judge.get_buffer("std")
    for name, step in (("relu1_2", None), ("relu2_2", None), ("relu3_3", 3)):
        stages = [*cast(ModuleList, judge.stages[name])][:step]
        for part, conv in zip(judge.plan[name][:step], stages, strict=True):
            seen = torch.nn.functional.max_pool2d(seen, 2) if part.pooled else seen
            seen = conv(seen) if part.linear else conv(seen).relu()
    own = run(encoder_layers(256)[:-1], whole, picture)
    inner = (slice(None), slice(None), slice(4, -4), slice(4, -4))
    torch.testing.assert_close(own[inner], seen[inner], atol=2e-3, rtol=1e-3)


def test_the_packages_encoder_is_what_a_judge_of_its_size_gives() -> None:
    held = packages_layers()
    assert {n: v.shape for n, v in held.items()} == {
        n: v.shape for n, v in judges_layers(CompactPerceptual(THIRD_PLAN)).items()
    }
    with pytest.raises(OptionError, match=r"not of the size.*without --perceptual"):
        judges_layers(CompactPerceptual())


def test_putting_back_what_was_taken_changes_nothing() -> None:
    activation = torch.randn(1, 5, 6, 9)
    bank = unfold_patches(activation[0])
    torch.testing.assert_close(put_back(torch.arange(28).view(1, 4, 7), bank), activation)
    torch.testing.assert_close(swap_patches(activation, bank), activation)
    moved = with_moments(activation, 3.0 * activation + 1.0)
    torch.testing.assert_close(moved, 3.0 * activation + 1.0, atol=1e-4, rtol=1e-4)


def test_the_inverse_network_learns_and_the_encoder_does_not(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, then = tmp_path / "first", tmp_path / "then"
    assert main(_train(first, pictures, "--steps", "2", "--width", "16", "--threads", "1")) == 0
    before = json.loads(capsys.readouterr().out)
    assert 0.0 < before["held"] < 1.0
    start = first / "style-swap.safetensors"
    more = ("--steps", "25", "--init", str(start), "--learning-rate", "0.003", "--threads", "1")
    assert main(_train(then, pictures, *more)) == 0
    after = json.loads(capsys.readouterr().out)
    assert after["pixels"] < 0.8 * before["pixels"] and "held" not in after
    old, width = load_parts(start)
    new, _ = load_parts(then / "style-swap.safetensors")
    assert width == 16
    for name in old:
        changed = not np.array_equal(old[name], new[name])
        assert changed == name.startswith(("d", "u", "out")), name
    assert any((then / "style-swap-sheets").iterdir())


def test_bad_options(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option, text in (("--swapped", "1.5"), ("--width", "6"), ("--perceptual", "nothing")):
        assert main(_train(tmp_path, pictures, "--steps", "1", option, text)) == 2
        assert text in capsys.readouterr().err
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"junk")
    assert main(_train(tmp_path, pictures, "--steps", "1", "--init", str(junk))) == 5
    assert IMAGE not in capsys.readouterr().err
