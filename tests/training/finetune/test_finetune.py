"""Fitting a network to one style."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.errors import ModelError, OptionError, PictureError
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, encode_png, read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.data import crops
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.finetune.descent import finetune
from tinystyle.training.finetune.finetuner import Finetuner, load_perceptual
from tinystyle.training.finetune.generator_jacobian import read_directions
from tinystyle.training.finetune.options import FinetuneOptions, FinetunerOptions, Method
from tinystyle.training.networks.meta import MetaConfig, MetaNetwork
from tinystyle.training.networks.trainable import TrainableNet, random_net
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import MOMENTS, OBJECTIVES
from tinystyle.training.perceptual.source import COMPACT

STYLE = to_tensor(ARTWORKS["mosaic"](128))


@pytest.fixture
def objective() -> Objective:
    return Objective(load_perceptual(COMPACT), replace(MOMENTS, outlier=1.0))


@pytest.fixture
def photographs() -> PhotographSampler:
    return PhotographSampler(InMemoryPictures([landscape(128)]), 64, 0)


@pytest.fixture
def start() -> StyleNet:
    torch.manual_seed(0)
    return random_net(NetSpec(Architecture.ZHANG2018, 4, residual_blocks=1))


def test_the_loss_falls(
    objective: Objective, photographs: PhotographSampler, start: StyleNet
) -> None:
    seen: list[int] = []
    options = FinetuneOptions(steps=40, batch=2, learning_rate=3e-3, look_steps=15)
    found = finetune(
        start, STYLE, photographs, objective, options, look=lambda step, _: seen.append(step)
    )
    assert [step for step, _ in found.curve] == seen == [0, 15, 30, 40]
    losses = [loss for _, loss in found.curve]
    assert losses[-1] < 0.8 * losses[0]
    assert found.best_step == 40 and found.stopped is None
    assert found.net.spec == start.spec


def test_the_same_seed_gives_the_same_network(objective: Objective, start: StyleNet) -> None:
    made = []
    for _ in range(2):
        photographs = PhotographSampler(InMemoryPictures([landscape(128)]), 64, 3)
        options = FinetuneOptions(steps=3, batch=1, average_decay=0.0)
        made.append(finetune(start, STYLE, photographs, objective, options).net.flat())
    assert np.array_equal(made[0], made[1])


def test_norms_alone_can_be_finetuned(
    objective: Objective, photographs: PhotographSampler, start: StyleNet
) -> None:
    options = FinetuneOptions(steps=5, batch=1, learning_rate=1e-2, only_norms=True)
    found = finetune(start, STYLE, photographs, objective, options)
    assert found.best_step == 5
    for name, value in found.net.weights.items():
        assert np.array_equal(value, start.weights[name]) == (".norm." not in name), name


def test_a_start_that_cannot_be_improved_is_returned(
    objective: Objective, photographs: PhotographSampler, start: StyleNet
) -> None:
    settled = finetune(
        start, STYLE, photographs, objective, FinetuneOptions(steps=40, batch=2, learning_rate=1e-2)
    ).net
    wild = FinetuneOptions(
        steps=3, batch=1, learning_rate=1.0, average_decay=0.0, constant_rate=True
    )
    found = finetune(settled, STYLE, photographs, objective, wild)
    assert found.best_step == 0
    assert found.net is settled


def test_a_loss_that_is_not_finite_ends_it_and_nothing_is_lost(
    objective: Objective, photographs: PhotographSampler, start: StyleNet
) -> None:
    calls = 0

    class Failing(Objective):
        def __call__(self, *arguments: Any, **named: Any) -> tuple[Tensor, dict[str, Tensor]]:
            nonlocal calls
            calls += 1
            _, parts = objective(*arguments, **named)
            if calls > 8:
                parts["content"] = parts["content"] * float("nan")
            return self._sum(parts), parts

    failing = Failing(load_perceptual(COMPACT), MOMENTS)
    options = FinetuneOptions(steps=50, batch=1, learning_rate=1e-2, look_steps=3)
    found = finetune(start, STYLE, photographs, failing, options)
    assert found.stopped is not None and "nan" in found.stopped
    assert 0 < found.best_step <= 6
    assert all(np.isfinite(value).all() for value in found.net.weights.values())


def test_an_interruption_keeps_the_best(
    objective: Objective, photographs: PhotographSampler, start: StyleNet
) -> None:
    def interrupt(step: int, _: StyleNet) -> None:
        if step == 4:
            os.kill(os.getpid(), signal.SIGINT)

    options = FinetuneOptions(steps=1000, batch=1, learning_rate=1e-2, look_steps=4)
    found = finetune(start, STYLE, photographs, objective, options, look=interrupt)
    assert found.interrupted and found.stopped is not None
    assert found.best_step in (4, 5)


def test_bad_options_are_named(tmp_path: Path) -> None:
    for wrong in ({"steps": 0}, {"steps": -3}, {"batch": 0}, {"learning_rate": 0.0}):
        with pytest.raises(
            OptionError,
            match=next(iter(wrong)).replace("_", "."),
        ):
            FinetuneOptions(**wrong)
    with pytest.raises(OptionError, match="no such folder"):
        FinetunerOptions(Method.METASTYLE, contents=tmp_path / "none")
    with pytest.raises(PictureError, match="no picture"):
        FinetunerOptions(Method.METASTYLE, contents=tmp_path)
    for crop in (100, 48, 0, -64, 1040):
        with pytest.raises(OptionError, match=f"crop is {crop}; allowed are multiples of 16"):
            FinetunerOptions(Method.METASTYLE, crop=crop)
    with pytest.raises(OptionError, match="neither 'compact', 'vgg16' nor a file"):
        FinetunerOptions(Method.METASTYLE, source="vgg17")
    for seed in (-1, 2**63):
        with pytest.raises(OptionError, match=f"seed is {seed}"):
            FinetunerOptions(Method.METASTYLE, seed=seed)
    with pytest.raises(OptionError, match="style size is 63"):
        FinetunerOptions(Method.METASTYLE, style_size=63)
    with pytest.raises(OptionError, match="device is 'abacus'"):
        Finetuner(FinetunerOptions(Method.METASTYLE, device="abacus"))


def test_the_packages_photographs_are_those_that_are_listed() -> None:
    folder = FinetunerOptions(Method.METASTYLE).photographs
    listed = re.findall(r"`([a-z0-9-]+)`", (folder / "README.md").read_text(encoding="utf-8"))
    files = sorted(folder.glob("*.jpg"))
    assert {path.stem.rpartition("-")[0] for path in files} <= set(listed)
    assert len(files) == 160
    assert {read_picture(path).rgb.shape for path in files} == {(384, 384, 3)}


def test_style_weighs_the_same_by_every_judge(tmp_path: Path, vgg_file: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode_png(landscape(64)))
    weights = []
    for source in (COMPACT, str(vgg_file)):
        options = FinetunerOptions(Method.METASTYLE, contents=tmp_path, source=source, crop=64)
        weights.append(Finetuner(options)._objective.weights)
    assert weights == [OBJECTIVES["artwork"]] * 2


def test_only_networks_of_one_look_need_other_crops_in_every_step() -> None:
    assert {m: m.visits for m in Method} == {
        Method.HYPERNETWORK: 1,
        Method.METASTYLE: 4,
        Method.SCRATCH: 4,
    }


def test_photographs_that_come_again_are_not_looked_at_again(
    start: StyleNet,
    photographs: PhotographSampler,
    objective: Objective,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    see = objective.see

    def counted(image: Tensor) -> dict[str, Tensor]:
        looked.append(len(image))
        return see(image)

    monkeypatch.setattr(objective, "see", counted)
    monkeypatch.setattr(crops, "_KEPT", 10 * photographs(1)[:, 0].numel())
    for visits, steps in ((1, 12), (2, 10)):
        looked.clear()
        options = FinetuneOptions(steps=12, batch=1, look_steps=12)
        finetune(start, STYLE, photographs, objective, options, visits=visits)
        assert sum(looked) - 4 == steps  # and once at the four that are kept apart


def test_a_flat_style_is_refused() -> None:
    finetuner = Finetuner(
        FinetunerOptions(Method.METASTYLE, FinetuneOptions(steps=1, batch=1), crop=64)
    )
    flat = Picture(np.full((64, 64, 3), 200, np.uint8))
    with pytest.raises(PictureError, match="one flat colour"):
        finetuner(flat, "flat")


@pytest.mark.parametrize("method", list(Method))
def test_every_start_is_finetuned_and_says_so(method: Method) -> None:
    options = FinetuneOptions(steps=2, batch=1, average_decay=0.0)
    finetuner = Finetuner(FinetunerOptions(method, options, crop=64))
    net = finetuner(Picture(ARTWORKS["swirls"](96), sha256="abc"), "swirls")
    assert net.spec == NetSpec(Architecture.SIX_NORM, 8, outer_kernel=5)
    assert net.notes["method"] == method.value
    assert net.notes["style_sha256"] == "abc"
    assert not finetuner.interrupted


def test_a_trainable_network_has_the_weights_of_its_net(start: StyleNet) -> None:
    model = TrainableNet(start)
    assert np.array_equal(model.net().flat(), start.flat())
    assert all(name.endswith((".norm.weight", ".norm.bias")) for name in model.norms())
    assert len(model.norms()) == 2 * 7


def _hypernetwork(spec: NetSpec, stored: list[onnx.TensorProto], path: Path) -> Path:
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], stored))
    onnx.helper.set_model_props(model, Manifest(Kind.HYPERNETWORK, spec, {}).to_properties())
    onnx.save(model, path)
    return path


def test_directions_are_derivatives_of_what_is_generated(tmp_path: Path) -> None:
    torch.manual_seed(0)
    spec = NetSpec(Architecture.SIX_NORM, 4, residual_blocks=1)
    meta = MetaNetwork(MetaConfig(spec, group_size=3, features=8))
    stored = [
        numpy_helper.from_array(value.numpy(), f"generator.{name}")
        for name, value in meta.state_dict().items()
    ]
    path = _hypernetwork(spec, stored, tmp_path / "h.onnx")
    directions = read_directions(spec, path)
    assert set(directions) == set(spec.layers()) - {"c1"}
    for index, (layer, parameters) in enumerate(meta.layers.items()):
        names = [p.name for p in parameters if not p.name.endswith(".gain")]

        def made(group: Tensor, names: list[str] = names, index: int = index) -> Tensor:
            hidden = torch.zeros(1, meta.config.hidden)
            hidden[0, 3 * index : 3 * index + 3] = group / meta.config.scale
            weights = meta.generate(hidden)
            rows: Tensor = torch.cat([weights[name].flatten() for name in names])
            return rows

        expected = torch.func.jacfwd(made)(torch.zeros(3))
        assert torch.allclose(directions[layer], expected, atol=1e-5), layer


def test_weights_are_moved_along_directions(objective: Objective) -> None:
    start = Hypernetwork().generate(Picture(ARTWORKS["woodcut"](128)))
    directions = read_directions(start.spec)
    options = FinetuneOptions(steps=6, batch=1, average_decay=0.0, look_steps=6)
    made = []
    for given in (None, directions):
        photographs = PhotographSampler(InMemoryPictures([landscape(128)]), 64, 3)
        made.append(finetune(start, STYLE, photographs, objective, options, directions=given))
    alone, along = (found.curve[-1][1] for found in made)
    assert along < alone < made[0].curve[0][1]


def test_other_files_have_no_directions(tmp_path: Path) -> None:
    own = Hypernetwork().spec
    for other in (replace(own, width=16), replace(own, architecture=Architecture.ZHANG2018)):
        with pytest.raises(ModelError, match="no directions for"):
            read_directions(other)
    plain = NetSpec(Architecture.PLAIN, 4)
    with pytest.raises(ModelError, match="no directions for"):
        read_directions(plain, _hypernetwork(plain, [], tmp_path / "p.onnx"))
    with pytest.raises(ModelError, match="no matrices"):
        read_directions(own, _hypernetwork(own, [], tmp_path / "n.onnx"))


def test_every_step_sees_other_crops(objective: Objective, start: StyleNet) -> None:
    drawn: list[Tensor] = []

    class Recorded(PhotographSampler):
        def __call__(self, count: int) -> Tensor:
            crops = super().__call__(count)
            drawn.extend(crops)
            return crops

    photographs = Recorded(InMemoryPictures([landscape(128)]), 64, 0)
    finetune(start, STYLE, photographs, objective, FinetuneOptions(steps=20, batch=4))
    assert len({crop.numpy().tobytes() for crop in drawn}) == len(drawn) == 4 + 20 * 4
