"""The small stand-in for VGG: its arithmetic, its file, its training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import save_file

from tinystyle.cli import main
from tinystyle.errors import ModelError, OptionError
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.distillation.pictures import ReplayBuffer
from tinystyle.training.distillation.regression import regress
from tinystyle.training.finetune.finetuner import load_perceptual
from tinystyle.training.objective.losses import (
    content_loss,
    gram_matrix,
    style_statistics,
)
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import MOMENTS
from tinystyle.training.perceptual import vgg as perceptual
from tinystyle.training.perceptual.compact import CompactPerceptual, subsample
from tinystyle.training.perceptual.source import COMPACT, STYLE_LAYERS
from tinystyle.training.perceptual.trunk import FIRST_PLAN, PLAN, SECOND_PLAN, THIRD_PLAN
from tinystyle.training.perceptual.vgg import layer_width


def _network() -> CompactPerceptual:
    torch.manual_seed(0)
    network = CompactPerceptual().double()
    for layer in STYLE_LAYERS:
        width = layer_width(layer)
        network.set_scale(layer, torch.randn(width), torch.rand(width) + 0.5)
        network.lacking[layer].data.zero_()
    return network.requires_grad_(False)


@pytest.mark.parametrize("layer", STYLE_LAYERS)
def test_losses_are_those_of_the_estimated_activations(layer: str) -> None:
    network = _network()
    torch.manual_seed(1)
    first, second = (network(torch.rand(2, 3, 64, 48).double(), (layer,))[layer] for _ in "ab")
    whole = network.spread(layer, first), network.spread(layer, second)
    assert whole[0].shape[1] == layer_width(layer)
    moments = network.moments(layer, first)
    assert torch.allclose(moments, style_statistics([whole[0]]), atol=1e-9)
    assert torch.allclose(network.gram(layer, first), gram_matrix(whole[0]).flatten(1), atol=1e-9)
    assert torch.allclose(network.distance(layer, first, second), content_loss(*whole), atol=1e-9)


def test_what_lacks_in_variance_is_added() -> None:
    network = _network()
    found = network(torch.rand(1, 3, 64, 64).double(), ("relu3_3",))["relu3_3"]
    before = network.moments("relu3_3", found)[:, 256:].square()
    network.lacking["relu3_3"].data.fill_(0.5)
    after = network.moments("relu3_3", found)[:, 256:].square()
    scale = network.get_buffer("scale_relu3_3")
    assert torch.allclose(after - before, 0.5 * scale.square().expand_as(after), atol=1e-9)


def test_folding_takes_batch_norms_out() -> None:
    torch.manual_seed(0)
    network = CompactPerceptual(batch_norm=True)
    for _ in range(3):
        network(torch.rand(2, 3, 64, 64), STYLE_LAYERS)
    network.eval()
    image = torch.rand(1, 3, 64, 64)
    for layer, value in network.folded()(image, STYLE_LAYERS).items():
        assert torch.allclose(value, network(image, (layer,))[layer], atol=1e-4)


def test_a_regression_gives_what_vgg_gives(vgg_file: Path) -> None:
    torch.manual_seed(0)
    teacher = perceptual.load(str(vgg_file))
    before = CompactPerceptual(FIRST_PLAN).requires_grad_(False)
    drawn = [to_tensor(draw(96)) for draw in ARTWORKS.values()]
    # The first stage works at half the resolution: finer noise it cannot see.
    noise = [torch.rand(len(drawn), 3, 12, 12) for _ in range(6)]
    pictures = [
        torch.cat(drawn) + 0.1 * torch.nn.functional.interpolate(n, (96, 96), mode="bilinear")
        for n in noise
    ]
    network, errors = regress(before, teacher, pictures)
    assert network.plan == PLAN
    for name, value in before.state_dict().items():
        if "relu1_2" in name:
            kept = network.state_dict()[name]
            assert kept.shape == value.shape or kept.shape[0] > value.shape[0] or "head" in name
            own = tuple(slice(length) for length in value.shape)
            assert torch.equal(kept[own], value), name
    image = pictures[0]
    first = [
        one.spread("relu1_2", one(image, ("relu1_2",))["relu1_2"]) for one in (before, network)
    ]
    assert torch.allclose(*first, atol=1e-5)  # what is wider has changed nothing yet
    assert tuple(errors) == STYLE_LAYERS[1:]
    for layer, error in errors.items():
        wanted = torch.cat([teacher(p, (layer,))[layer] for p in pictures])
        found = torch.cat([network(p, (layer,))[layer] for p in pictures])
        share = content_loss(found, wanted) / wanted.std(dim=(0, 2, 3)).square().mean()
        assert share.item() == pytest.approx(error, rel=0.05)
        assert error < (0.2 if layer == "relu4_3" else 0.4)
        spreads = [before.spread(layer, before(p, (layer,))[layer]) for p in pictures]
        assert content_loss(torch.cat(spreads), wanted) > 0.5 * wanted.var(dim=(0, 2, 3)).mean()
        deviations = network.moments(layer, found)[:, wanted.shape[1] :].square().mean(dim=0)
        varied = wanted.var(dim=(2, 3)).mean(dim=0)
        assert torch.allclose(deviations, varied, rtol=0.1, atol=0.05 * varied.max().item())


def test_files_of_all_plans_are_read(tmp_path: Path) -> None:
    image = torch.rand(1, 3, 64, 64)
    for plan in (PLAN, THIRD_PLAN, SECOND_PLAN, FIRST_PLAN):
        network = CompactPerceptual(plan)
        network.save(tmp_path / "n.safetensors")
        again = CompactPerceptual.load(tmp_path / "n.safetensors")
        assert again.plan == plan
        network.load_state_dict({k: v.half().float() for k, v in network.state_dict().items()})
        for layer, value in again(image, STYLE_LAYERS).items():
            assert torch.allclose(value, network(image, (layer,))[layer], atol=1e-5)


def test_what_was_seen_is_seen_again() -> None:
    replay = ReplayBuffer(3, seed=0)
    pictures = [torch.rand(2, 3, 8, 8).half().float() for _ in range(4)]
    for index, picture in enumerate(pictures):
        image, seen = replay(picture, {"a": 2.0 * picture})
        assert len(image) == (5 if index else 2)
        assert torch.equal(image[:2], picture)
        assert torch.allclose(seen["a"], 2.0 * image, atol=1e-2)
        known = torch.cat(pictures[:index]) if index else None
        for row in image[2:]:
            assert known is not None
            assert any(torch.equal(row, other) for other in known)


def test_the_released_network_sees_as_vgg_does_and_is_small(tmp_path: Path) -> None:
    network = load_perceptual(COMPACT)
    assert isinstance(network, CompactPerceptual)
    network.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").stat().st_size <= 2_100_000
    again = CompactPerceptual.load(tmp_path / "again.safetensors").state_dict()
    assert all(torch.equal(again[name], v) for name, v in network.state_dict().items())
    objective = Objective(network, MOMENTS)
    photograph, artwork = to_tensor(landscape(128)), to_tensor(ARTWORKS["mosaic"](128))
    target = objective.describe(artwork)
    itself = objective(photograph, photograph, target)[1]
    mixed = objective(0.5 * photograph + 0.5 * artwork, photograph, target)[1]
    other = objective(artwork, photograph, target)[1]
    assert itself["content"] < 1e-6 < mixed["content"] < other["content"]
    assert other["moments"] < 1e-6 < mixed["moments"] < itself["moments"]


def test_other_files_and_layers_are_refused(tmp_path: Path) -> None:
    save_file({"a": np.zeros(3, np.float16)}, tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors")
    for name in ("other.safetensors", "text.safetensors"):
        with pytest.raises(ModelError, match="not a compact perceptual network"):
            CompactPerceptual.load(tmp_path / name)
    with pytest.raises(OptionError, match="no such file"):
        CompactPerceptual.load(tmp_path / "none.safetensors")
    with pytest.raises(OptionError, match=r"relu4_1.*it has relu1_2"):
        CompactPerceptual()(torch.rand(1, 3, 64, 64), ("relu4_1",))


def test_it_learns_from_vgg(
    vgg_file: Path, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = ["--styles", str(shards / "style-*.tar"), "--contents", str(shards / "content-*.tar")]
    stage = ["train", "perceptual", "--folder", str(tmp_path), *sources, "--crop", "64"]
    options = ["--batch-styles", "2", "--steps", "60", "--learning-rate", "1e-2", "--threads", "1"]
    assert main([*stage, "--perceptual", str(vgg_file), *options]) == 0
    assert not any(name.endswith("_gram") for name in json.loads(capsys.readouterr().out))
    student = CompactPerceptual.load(tmp_path / "perceptual.safetensors")
    teacher = perceptual.load(str(vgg_file))
    image = to_tensor(landscape(64))
    wanted = subsample("relu1_2", teacher(image, ("relu1_2",))["relu1_2"])
    found = student.spread("relu1_2", student(image, ("relu1_2",))["relu1_2"])
    assert found.shape == wanted.shape
    variance = wanted.var(dim=(2, 3)).mean()
    assert content_loss(found, wanted) < variance


def test_one_stage_learns_alone(
    vgg_file: Path, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, then = tmp_path / "first", tmp_path / "then"
    sources = ["--styles", str(shards / "style-*.tar"), "--contents", str(shards / "content-*.tar")]
    sources += ["--perceptual", str(vgg_file), "--crop", "64"]
    regression = ["train", "regression", "--folder", str(first), *sources, "--pictures"]
    assert main([*regression, "16"]) == 0
    assert main([*regression, "7"]) == 2
    stage = ["train", "perceptual", "--folder", str(then), *sources, "--batch-styles", "2"]
    stage += ["--steps", "3", "--replay", "2", "--learning-rate", "0.1", "--average-decay", "0"]
    init = ["--init", str(first / "perceptual.safetensors"), "--only"]
    capsys.readouterr()
    assert main([*stage, *init, "relu4_3"]) == 0
    means = json.loads(capsys.readouterr().out)
    assert 0.0 < means["relu4_3_gram"] < means["loss"] / 3.0  # what began at random has none
    before, after = (
        CompactPerceptual.load(folder / "perceptual.safetensors").state_dict()
        for folder in (first, then)
    )
    for name in before:
        if "relu4_3" not in name:
            assert torch.equal(after[name], before[name]), name
    moved = after["stages.relu4_3.0.weight"] - before["stages.relu4_3.0.weight"]
    assert moved.abs().max() > 1e-3
    capsys.readouterr()
    assert main([*stage, *init, "relu9"]) == 2
    assert "'relu9'; allowed are relu1_2" in capsys.readouterr().err
    assert main([*stage, "--only", "relu4_3"]) == 2
    assert "weights to start from are needed" in capsys.readouterr().err
