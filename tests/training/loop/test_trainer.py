"""The loop: exact resume, averaged weights, several processes, orderly ends."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file
from torch import Tensor, nn

from tests.training.loop.interruption import interrupted_in_step
from tinystyle.cli import main
from tinystyle.training.loop import budget as budget_module
from tinystyle.training.loop.average import WeightAverage
from tinystyle.training.loop.budget import Budget

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def prepared(vgg_file: Path, shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with features and a small hypernetwork to start from."""
    from tinystyle.network.spec import Architecture, NetSpec
    from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
    from tinystyle.training.networks.meta import MetaConfig

    folder = tmp_path_factory.mktemp("prepared")
    torch.manual_seed(0)
    spec = NetSpec(Architecture.TINY, 4, residual_blocks=1)
    config = MetaConfig(spec, group_size=8, features=StyleEncoder().features)
    StyleHypernetwork(config).save(folder / "start.safetensors")
    styles = ["--styles", str(shards / "style-*.tar"), "--perceptual", str(vgg_file)]
    assert main(["train", "features", "--folder", str(folder), *styles]) == 0
    return folder


def _arguments(prepared: Path, folder: Path, vgg_file: Path, shards: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    (folder / "features.safetensors").write_bytes((prepared / "features.safetensors").read_bytes())
    return [
        *("train", "hypernetwork", "--folder", str(folder)),
        *("--init", str(prepared / "start.safetensors")),
        *("--styles", str(shards / "style-*.tar"), "--contents", str(shards / "content-*.tar")),
        *("--perceptual", str(vgg_file), "--threads", "1", "--crop", "64"),
        *(
            "--batch-styles",
            "1",
            "--style-layers",
            "relu1_1,relu2_1",
            "--content",
            "relu2_1=1",
            "--ssim-weight",
            "1",
        ),
        *("--grid-weight", "1", "--seed", "5"),
    ]


def _weights(folder: Path, prefix: str = "model.") -> dict[str, Tensor]:
    found = load_file(folder / "hypernetwork-checkpoint.safetensors")
    return {k: v for k, v in found.items() if k.startswith(prefix)}


def test_two_halves_are_the_whole(
    prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path
) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    steps = ["--steps", "4", "--noise-weight", "1", "--motion-weight", "1"]
    assert main([*_arguments(prepared, whole, vgg_file, shards), *steps]) == 0
    arguments = [*_arguments(prepared, halves, vgg_file, shards), *steps]
    with interrupted_in_step(2):  # the third
        assert main(arguments) == 0
    untrained = load_file(prepared / "start.safetensors")
    part, full = _weights(halves), _weights(whole)
    assert not torch.equal(part["model.meta.fc.weight"], full["model.meta.fc.weight"])
    assert main([*arguments, "--resume"]) == 0
    for prefix in ("model.", "average.", "optimizer.", "random."):
        resumed, expected = _weights(halves, prefix), _weights(whole, prefix)
        assert resumed.keys() == expected.keys()
        for name, value in expected.items():
            assert torch.equal(resumed[name], value), name
    assert not torch.equal(full["model.meta.fc.weight"], untrained["meta.fc.weight"])
    for name in (n for n in untrained if n.startswith("encoder.")):
        assert torch.equal(full[f"model.{name}"], untrained[name]), name


def test_photographs_stay_for_some_steps(
    prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinystyle.training.objective.objective import Objective
    from tinystyle.training.stages.hypernetwork_step import StyleStep

    seen, painted = [], []
    plain_see, plain_step = Objective.see, StyleStep.__call__

    def see(self: Objective, photographs: Tensor) -> dict[str, Tensor]:
        seen.append(photographs)
        return plain_see(self, photographs)

    def step(self: StyleStep, number: int) -> object:
        result = plain_step(self, number)
        painted.append(self.photographs.generator.get_state())
        return result

    monkeypatch.setattr(Objective, "see", see)
    monkeypatch.setattr(StyleStep, "__call__", step)
    arguments = _arguments(prepared, tmp_path / "run", vgg_file, shards)
    assert main([*arguments, "--steps", "4", "--steps-per-photograph", "3"]) == 0
    assert len(seen) == 2
    assert not torch.equal(*seen)
    kept = [torch.equal(a, b) for a, b in itertools.pairwise(painted)]
    assert kept == [True, True, False]
    assert main([*arguments, "--steps", "1", "--steps-per-photograph", "0"]) == 2


@pytest.mark.parametrize("term", ["noise", "motion"])
def test_noise_and_motion_are_trained_against(
    term: str, prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path
) -> None:
    responses = []
    for weight in ("1e-9", "1e4"):
        folder = tmp_path / weight
        arguments = [*_arguments(prepared, folder, vgg_file, shards), "--steps", "24"]
        arguments += ["--learning-rate", "3e-2", "--log-steps", "4", f"--{term}-weight", weight]
        assert main(arguments) == 0
        head, *rows = (folder / "hypernetwork-log.csv").read_text().splitlines()
        column = head.split(",").index(term)
        responses.append(float(rows[-1].split(",")[column]))
    assert responses[1] < 0.8 * responses[0]


@pytest.mark.slow
def test_another_run_is_not_resumed(
    prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(prepared, tmp_path / "run", vgg_file, shards)
    assert main([*arguments, "--steps", "1", "--resume"]) == 2
    assert "no run to resume" in capsys.readouterr().err
    assert main([*arguments, "--steps", "1"]) == 0
    assert main([*arguments, "--steps", "1", "--resume", "--shrink", "1.5"]) == 2
    assert "shrink=2.0, not 1.5" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_leaves_a_log_and_a_contact_sheet(
    prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    assert (
        main([*_arguments(prepared, folder, vgg_file, shards), "--steps", "2", "--log-steps", "2"])
        == 0
    )
    lines = (folder / "hypernetwork-log.csv").read_text().splitlines()
    assert lines[0].startswith("step,seconds,rate,loss,content,gram_relative")
    assert lines[1].startswith("2,")
    assert [p.name for p in (folder / "hypernetwork-sheets").iterdir()] == ["step-0000002.png"]


@pytest.mark.slow
def test_two_processes_train_as_one_with_the_whole_batch(
    prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path
) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    steps = ["--steps", "2", "--outlier-weight", "0"]
    # A mean over the batch is taken for the grid penalty, which does not split over processes.
    # So is a sample of pixels for the palette.
    steps += ["--grid-weight", "0", "--palette-weight", "0"]
    one = [*_arguments(prepared, alone, vgg_file, shards), *steps, "--batch-styles", "4"]
    assert main(one) == 0
    two = [*_arguments(prepared, together, vgg_file, shards), *steps, "--batch-styles", "2"]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-addr", "127.0.0.1", "--master-port", "0", "--standalone"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "-m", "tinystyle", *two],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    expected, found = _weights(alone), _weights(together)
    start = load_file(prepared / "start.safetensors")
    for name, value in expected.items():
        if not value.is_floating_point():
            continue
        moved = (value - start[name.removeprefix("model.")]).norm()
        if moved > 0:
            assert (found[name] - value).norm() < 0.05 * moved, name


def test_the_average_follows_and_is_put_back() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = WeightAverage(model, 0.9)
    nn.init.ones_(model.weight)
    average.update(model, 0)  # a young run forgets its start: decay 1 / 10
    assert average.values["weight"].item() == pytest.approx(0.9)
    average.update(model, 10_000)
    assert average.values["weight"].item() == pytest.approx(0.91)
    with average.applied(model):
        assert model.weight.item() == pytest.approx(0.91)
    assert model.weight.item() == 1.0


def test_a_resumed_budget_goes_on() -> None:
    budget = Budget("test", steps=5)
    budget.resume(3, 60.0)
    assert list(budget) == [3, 4]
    assert budget.seconds >= 60.0
    timed = Budget("test", minutes=2)
    timed.resume(7, 60.0)
    assert timed.fraction == pytest.approx(0.5, abs=0.01)


def test_a_cooperative_budget_ends_when_told() -> None:
    budget = Budget("test", steps=2, cooperative=True, visible=False)
    seen = []
    for step in budget:
        seen.append(budget.last)
        if step == 3:
            budget.stop()
    assert seen == [False, True, True, True]


@pytest.mark.slow
def test_it_runs_from_a_checkout_with_few_packages(
    prepared: Path, vgg_file: Path, shards: Path, tmp_path: Path
) -> None:
    blocked = ("onnx", "onnxruntime", "onnxsim", "onnxscript", "skimage", "matplotlib", "scipy")
    code = (
        "import sys\n"
        f"for name in {blocked}: sys.modules[name] = None\n"
        "from tinystyle.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = [*_arguments(prepared, tmp_path / "run", vgg_file, shards), "--steps", "1"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["loss"] > 0.0


def test_the_same_signal_from_two_senders_ends_in_order() -> None:
    budget = Budget("test", minutes=5)
    for step in budget:
        if step == 0:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
    assert budget.interrupted
    assert budget.step == 1


def test_ctrl_c_once_more_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_module, "PATIENCE", 0.1)
    budget = Budget("test", minutes=5)
    for delay in (0.2, 0.6):
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        for _ in budget:
            threading.Event().wait(2.0)
