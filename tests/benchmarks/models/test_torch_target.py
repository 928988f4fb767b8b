"""Target ``torch``: networks of ours as training runs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import random_net
from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.runner import photograph
from tinystyle.benchmarks.latency.targets import measure, require_known
from tinystyle.benchmarks.models.load import open_subject
from tinystyle.benchmarks.report.comparison import paired
from tinystyle.errors import AbsentTargetError, ModelError, OptionError
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.graph import Precision

torch = pytest.importorskip("torch", reason="pip install '.[train]'")

SHORT = Profile("short", 3, 0.001, 60.0, 1)


def _write(folder: Path, precision: Precision = Precision.FP32) -> Path:
    path = folder / f"net-{precision.value}.onnx"
    model = to_onnx(prepare(random_net(), GraphOptions(precision)), precision=precision)
    path.write_bytes(model.SerializeToString())
    return path


def test_the_picture_is_the_same(tmp_path: Path) -> None:
    model, picture = _write(tmp_path), photograph((64, 80))
    painted = [open_subject(model, t, 1).paint(picture, (64, 80)) for t in ("cpu", "torch:cpu")]
    assert int(np.abs(painted[0].astype(int) - painted[1]).max()) <= 1
    assert painted[0].std() > 5.0


def test_it_runs_in_turns_with_onnxruntime(tmp_path: Path) -> None:
    model = _write(tmp_path)
    cases = [Case(model, target, (64, 80), 1) for target in ("cpu", "torch:cpu")]
    first, second = measure(cases, SHORT).records
    assert (second.target, second.provider, second.providers) == ("torch:cpu", "cpu", ("cpu",))
    assert second.machine["torch"].startswith(torch.__version__)
    assert first.macs == second.macs == random_net().spec.macs(64, 80)
    assert second.cold is not None
    assert second.cold.first_run_ms > 0.0
    assert paired((first, second))[0].in_turns


def test_without_a_gpu_it_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    cases = [Case(_write(tmp_path), target, (64, 80), 1) for target in ("cpu", "torch")]
    found = measure(cases, SHORT)
    assert len(found.records) == 1
    (absence,) = found.absences
    assert (absence.target, absence.failed) == ("torch", False)
    assert "sees no GPU" in absence.reason
    with pytest.raises(AbsentTargetError):
        measure(cases[1:], SHORT)


def test_what_it_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="fp32"):
        open_subject(_write(tmp_path, Precision.FP16), "torch:cpu", 1)
    with pytest.raises(OptionError, match="torch:cuda"):
        require_known("torch:tpu")
