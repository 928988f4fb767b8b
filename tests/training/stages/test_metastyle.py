"""Bilevel training against its definition."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.cli import main
from tinystyle.errors import OptionError
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.networks.interpreter import run
from tinystyle.training.networks.trainable import TrainableNet, random_net
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import ARTWORK, MOMENTS, ZHANG2018, LossWeights
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.stages.bilevel import (
    CONFIGS,
    Bilevel,
    BilevelStep,
    average_network,
)

SMALL = NetSpec(Architecture.ZHANG2018, 2, residual_blocks=1)


def _step(bilevel: Bilevel, losses: LossWeights) -> BilevelStep:
    """A tiny bilevel problem in double precision, the same at every call."""
    torch.manual_seed(1)
    perceptual = CompactPerceptual().double().requires_grad_(False)
    objective = Objective(perceptual, losses)
    image = torch.rand(6, 3, 64, 64, dtype=torch.float64)
    styles = objective.describe(image[4:])
    model = TrainableNet(random_net(SMALL)).double()
    return BilevelStep(
        model, bilevel, objective, lambda: styles, lambda: image[:2], lambda: image[2:4]
    )


LOSSES = {
    "moments": replace(MOMENTS, tv=0.0),
    "gram": replace(ZHANG2018, gram=1e3),
    "artwork": replace(
        ARTWORK, content={"relu3_3": 1.0}, palette=0.0, grid_ratio=0.0, orientation=0.0
    ),
}


@pytest.mark.parametrize("measure", LOSSES)
@pytest.mark.parametrize("inner_steps", [1, 2])
def test_second_order_gradients_are_finite_differences(measure: str, inner_steps: int) -> None:
    step = _step(Bilevel(steps=inner_steps, rate=0.03), LOSSES[measure])
    loss, _ = step(0)
    loss.backward()
    parameters = dict(step.model.named_parameters())
    torch.manual_seed(1)
    # At a kink of ReLU or pooling the inner gradient jumps: a distance must have none between.
    for name in ("values.c1_weight", "values.c2_norm_weight"):
        parameter = parameters[name]
        direction = torch.randn_like(parameter)
        assert parameter.grad is not None
        slope = (parameter.grad * direction).sum().item()
        found = (_difference(step, parameter, direction, d) for d in (1e-8, 1e-9, 1e-7, 1e-10))
        assert any(slope == pytest.approx(value, rel=1e-5) for value in found), name


def _change(parameter: Tensor, by: Tensor) -> None:
    with torch.no_grad():
        parameter += by


def _difference(step: BilevelStep, parameter: Tensor, direction: Tensor, distance: float) -> float:
    values = []
    for sign in (1.0, -1.0):
        _change(parameter, sign * distance * direction)
        values.append(step(0)[0].item())
        _change(parameter, -sign * distance * direction)
    return (values[0] - values[1]) / (2.0 * distance)


def test_first_order_leaves_out_what_second_order_has() -> None:
    gradients = []
    for first_order in (False, True):
        step = _step(Bilevel(rate=0.5, first_order=first_order), LOSSES["moments"])
        step(0)[0].backward()
        gradients.append(step.model.values["c1_weight"].grad)
    full, cut = gradients
    assert full is not None and cut is not None
    cosine = torch.nn.functional.cosine_similarity(full.flatten(), cut.flatten(), dim=0)
    assert 0.0 < cosine < 0.9999


def test_the_inner_step_moves_norms_only_by_gradient_descent() -> None:
    step = _step(Bilevel(rate=0.5), LOSSES["moments"])
    total, _ = step(0)
    weights = step.model.weights()
    expected = []
    styles = step.styles()
    for index in range(len(styles)):
        target = styles.rows([index])
        image, judged = step.training(), step.validation()
        inner, _ = step.objective(run(SMALL.ops(bounded=False), weights, image), image, target)
        names = step.model.norms()
        slopes = torch.autograd.grad(inner, [weights[n] for n in names])
        moved: dict[str, Tensor] = {
            **weights,
            **{n: weights[n] - 0.5 * s for n, s in zip(names, slopes, strict=True)},
        }
        painted = run(SMALL.ops(bounded=False), moved, judged)
        expected.append(step.objective(painted, judged, target)[0].item())
    assert total.item() == pytest.approx(np.mean(expected), rel=1e-12)


def test_the_paper_is_a_configuration() -> None:
    paper = CONFIGS["paper-dim32"]
    assert paper.spec == NetSpec(Architecture.ZHANG2018, 32)
    assert paper.spec.parameter_count == pytest.approx(1.68e6, rel=0.01)
    assert paper.bilevel == Bilevel(1, 1e-4, 2.5e-5, only_norms=True, first_order=False)
    assert paper.losses.content == {"relu2_2": 1.0}
    assert paper.losses.gram == 1e5
    others = replace(paper.losses, gram=0.0, content={})
    assert others == LossWeights(
        content={},
        gram_relative=0.0,
        gram_smooth=0.0,
        palette=0.0,
        tv=0.0,
        grid_ratio=0.0,
        orientation=0.0,
    )
    assert paper.losses.style_layers == ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    assert Bilevel().rate_at(40_000) == pytest.approx(0.5e-4)


def test_wrong_inner_problems_are_named() -> None:
    for wrong in ({"steps": 0}, {"rate": 0.0}, {"decay": -1.0}):
        with pytest.raises(OptionError, match=next(iter(wrong))):
            Bilevel(**wrong)
    with pytest.raises(OptionError, match="identification"):
        replace(ZHANG2018, identification=1.0)


def test_the_average_of_generated_networks_is_a_start() -> None:
    artworks = [draw(128) for draw in ARTWORKS.values()]
    generated = Hypernetwork()
    rows = [generated.generate(Picture(rgb)).flat() for rgb in artworks]
    own = average_network(generated.spec, artworks)
    np.testing.assert_array_equal(own.flat(), np.mean(rows, axis=0))
    for other in (NetSpec(Architecture.ZHANG2018, 4), replace(generated.spec, outer_kernel=9)):
        assert average_network(other, artworks).spec == other


@pytest.mark.slow
@pytest.mark.parametrize(
    "config", ["artwork-six-norm-dim8", "six-norm-dim8", "moments-dim8", "paper-dim8"]
)
def test_the_stage_runs_and_goes_on(
    config: str, shards: Path, vgg_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = ["--styles", str(shards / "style-*.tar"), "--contents", str(shards / "content-*.tar")]
    stage = ["train", "metastyle", "--folder", str(tmp_path), *sources, "--crop", "64"]
    options = ["--config", config, "--batch-styles", "1", "--batch-contents", "1", "--threads", "2"]
    if config == "paper-dim8":
        options += ["--perceptual", str(vgg_file), "--decay", "2.5e-5", "--first-order"]
    assert main([*stage, *options, "--steps", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["before"] > 0.0
    first = StyleNet.load(tmp_path / "metastyle.safetensors")
    assert first.spec == CONFIGS[config].spec
    again = ["--init", str(tmp_path / "metastyle.safetensors")]
    assert main([*stage, *options, *again, "--steps", "1"]) == 0
    capsys.readouterr()
    assert (
        main([*stage, *again, "--config", "paper-dim16", "--steps", "1"]) == OptionError.exit_code
    )
    assert "the configuration's network is" in capsys.readouterr().err
    second = StyleNet.load(tmp_path / "metastyle.safetensors")
    assert not np.array_equal(first.flat(), second.flat())
    assert main([*stage, "--config", "paper-dim9", "--steps", "1"]) == 2
    assert "paper-dim32" in capsys.readouterr().err
