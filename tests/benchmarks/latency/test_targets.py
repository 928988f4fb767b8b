"""Who measures what; a target that is not there is told, or an error where it was the only one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import onnxruntime
import pytest

from tests.benchmarks.records import made_up
from tinystyle.benchmarks.android import target as android_target
from tinystyle.benchmarks.latency import targets
from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.progress import Progress
from tinystyle.benchmarks.latency.targets import Absence, TargetOptions, measure, require_known
from tinystyle.benchmarks.models.load import open_subject, provider_of
from tinystyle.benchmarks.web import target as web_target
from tinystyle.errors import AbsentTargetError, DeviceError, OptionError, TargetError
from tinystyle.export.coreml.device import COMPUTE_UNITS
from tinystyle.runtime import session as runtime_session
from tinystyle.runtime.session import COREML_UNITS, SessionOptions

SHORT = Profile("short", 3, 0.001, 60.0, 1)


def test_absent_targets_are_told_beside_the_others(model: Path) -> None:
    cases = [Case(model, target, (64, 64), 1) for target in ("cuda", "cpu", "coreml:all", "web")]
    no_browser = patch.object(web_target, "measure_web", side_effect=AbsentTargetError("none"))
    with patch.object(targets, "available_providers", lambda: ("cpu",)), no_browser:
        found = measure(cases, SHORT)
        assert [record.target for record in found.records] == ["cpu"]
        assert [absence.target for absence in found.absences] == ["cuda", "coreml:all", "web"]
        assert "NVIDIA" in found.absences[0].reason
        assert not any(absence.failed for absence in found.absences)
        with pytest.raises(AbsentTargetError, match="cuda is not in this onnxruntime"):
            measure(cases[:1], SHORT)


def test_a_target_that_failed_is_told_as_such(model: Path) -> None:
    cases = [Case(model, target, (64, 64), 1) for target in ("cpu", "android:xnnpack")]
    crash = patch.object(android_target, "measure_android", side_effect=DeviceError("it\ncrashed"))
    with crash, patch.object(android_target, "require_measurable"):
        found = measure(cases, SHORT, TargetOptions(device="x"))
        told = Absence("android:xnnpack", "net.onnx: it crashed", failed=True)
        assert found.absences == (told,)
        with pytest.raises(DeviceError):
            measure(cases[1:], SHORT)


class Fake:
    """A target that fails on models with a name that says so."""

    def __init__(self, *, by_model: bool, error: type[TargetError] = DeviceError) -> None:
        self.by_model = by_model
        self.asked: list[list[str]] = []
        self._error = error

    def require(self, cases: Sequence[Case]) -> None:
        if any("refused" in case.name for case in cases):
            raise OptionError("refused")

    def measure(self, cases: Sequence[Case], profile: Profile, progress: Progress) -> list[Record]:
        self.asked.append([case.name for case in cases])
        if any("bad" in case.name for case in cases):
            raise self._error("it broke")
        return [made_up([1.0], model=case.name, target=case.target) for case in cases]


def _copies(model: Path, folder: Path, *names: str) -> list[Case]:
    for name in names:
        shutil.copy(model, folder / name)
    return [Case(folder / name, "android", (64, 64), 1) for name in names]


def test_a_target_is_asked_for_its_models_one_by_one(model: Path, tmp_path: Path) -> None:
    cases = _copies(model, tmp_path, "a.onnx", "bad.onnx", "c.onnx")
    fake = Fake(by_model=True)
    found = measure(cases, SHORT, elsewhere={"android": lambda _: fake})
    assert fake.asked == [["a.onnx"], ["bad.onnx"], ["c.onnx"]]
    assert [record.model for record in found.records] == ["a.onnx", "c.onnx"]
    assert found.absences == (Absence("android", "bad.onnx: it broke", failed=True),)


def test_a_target_is_asked_for_its_models_together(model: Path, tmp_path: Path) -> None:
    cases = _copies(model, tmp_path, "a.onnx", "bad.onnx", "c.onnx")
    fake = Fake(by_model=False)
    with pytest.raises(DeviceError, match="it broke"):
        measure(cases, SHORT, elsewhere={"android": lambda _: fake})
    assert fake.asked == [["a.onnx", "bad.onnx", "c.onnx"]]


def test_a_target_refuses_before_anything_is_measured(model: Path, tmp_path: Path) -> None:
    fake = Fake(by_model=True)
    cases = [Case(model, "cpu", (64, 64), 1), *_copies(model, tmp_path, "refused.onnx")]
    never = patch.object(targets, "measure_all", side_effect=AssertionError)
    with never, pytest.raises(OptionError, match="refused"):
        measure(cases, SHORT, elsewhere={"android": lambda _: fake})
    assert fake.asked == []


def test_a_target_that_is_absent_is_told_once(model: Path, tmp_path: Path) -> None:
    fake = Fake(by_model=True, error=AbsentTargetError)
    cases = [
        Case(model, "cpu", (64, 64), 1),
        *_copies(model, tmp_path, "bad1.onnx", "bad2.onnx"),
    ]
    found = measure(cases, SHORT, elsewhere={"android": lambda _: fake})
    assert found.absences == (Absence("android", "it broke"),)


@pytest.mark.parametrize(
    "target",
    ["tpu", "cpu:fast", "android:", "web:", "", ":cpu", "CPU", "coreml:ane", "coreml:", "cpu:"],
)
def test_unknown_targets(target: str) -> None:
    with pytest.raises(OptionError, match="known are"):
        require_known(target)


def test_what_coreml_computes_on_is_asked_for(model: Path) -> None:
    """No Mac has run this: it is what onnxruntime is asked that is looked at."""
    asked: list[object] = []

    class Stop(Exception):
        pass

    def session(_: bytes, __: object, providers: list[object]) -> None:
        asked.extend(providers)
        raise Stop

    present = patch.object(runtime_session, "available_providers", lambda: ("coreml", "cpu"))
    made = patch.object(onnxruntime, "InferenceSession", session)
    for target in ("coreml", "coreml:cpu_and_ne"):
        with present, made, pytest.raises(Stop):
            open_subject(model, target, 1)
    assert asked == [
        ("CoreMLExecutionProvider", {"ModelFormat": "MLProgram", "MLComputeUnits": units})
        for units in ("ALL", "CPUAndNeuralEngine")
    ]
    assert provider_of("coreml:cpu_and_ne") == "coreml"
    assert tuple(name.upper() for name in COREML_UNITS) == COMPUTE_UNITS
    with pytest.raises(OptionError, match="cpu_and_ne"):
        SessionOptions(coreml_units="ane")


@pytest.mark.parametrize(
    "target", ["cpu", "xnnpack", "android", "android:nnapi", "web:wasm", "coreml:all", "torch:cpu"]
)
def test_known_targets(target: str) -> None:
    require_known(target)
