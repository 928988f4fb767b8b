"""The whole harness told what it must find: sessions of known times, statistics, fallback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.benchmarks.networks import ours
from tinystyle.benchmarks.latency import runner as measurement
from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.runner import alternate, measure_all
from tinystyle.benchmarks.models.backends import OnnxEngine
from tinystyle.benchmarks.models.load import open_subject
from tinystyle.benchmarks.report.comparison import paired
from tinystyle.runtime import session

SIZE = (64, 80)


class SleepingClock:
    """Time passes only in the sessions, as long as they are told to take."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def session(self, seconds: Callable[[], float]) -> Callable[..., NDArray[Any]]:
        """In place of ``OnnxEngine.run``."""

        def run(_: OnnxEngine, value: NDArray[Any]) -> NDArray[Any]:
            self.now += seconds()
            return value

        return run


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("truth")
    return [ours(folder / f"{name}.onnx", seed=seed) for seed, name in enumerate("ab")]


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Fresh processes and matrix products are tested elsewhere."""
    cold = patch.object(measurement, "cold_start", lambda *_: ColdStart(1.0, 2.0, 3))
    with cold, patch.object(measurement, "peak_gmacs", lambda _: 40.0):
        yield


def _measured(
    models: list[Path], profile: Profile, seconds: Callable[[], float]
) -> tuple[Record, ...]:
    clock = SleepingClock()
    cases = [Case(model, "cpu", SIZE, 1) for model in models]
    with patch.object(OnnxEngine, "run", clock.session(seconds)):
        return tuple(measure_all(cases, profile, clock=clock))


@pytest.mark.parametrize("milliseconds", [0.5, 20.0, 700.0])
def test_a_session_that_sleeps_is_reported(milliseconds: float, models: list[Path]) -> None:
    """Within 2 %, the bar; by a clock that only the session moves it is exact."""
    profile = Profile("test", 64, 1.0, 1000.0, 3)
    (record,) = _measured(models[:1], profile, lambda: milliseconds / 1e3)
    found = record.statistics
    for name in ("p50", "p90", "p99", "mean", "min", "first_ten_p50", "run_p50"):
        assert found[name] == pytest.approx(milliseconds, rel=0.02), name
    assert found["frames_per_second"] == pytest.approx(1e3 / milliseconds, rel=0.02)
    assert found["end_to_end_p50"] == pytest.approx(milliseconds, rel=0.02)
    assert found["iqr"] == pytest.approx(0.0, abs=1e-6)
    assert len(record.raw_ms) >= max(64, 1e3 / milliseconds)
    assert len(record.end_to_end_ms) == len(record.runtime_ms) == (10 if milliseconds > 100 else 50)
    assert found["gmacs_per_second"] == pytest.approx((record.macs or 0) / 1e6 / milliseconds)
    (only,) = record.warnings
    assert "runtime over session -100%" in only  # its session takes none of this clock's time


def test_the_clock_is_a_real_one() -> None:
    """No sleep is shorter than asked for; how much longer depends on the machine."""
    (times,) = alternate([lambda: time.sleep(0.03)], Profile("test", 5, 0.001, 60.0, 1))
    assert 0.98 * 30.0 <= min(times) < 3000.0


def test_times_that_vary_are_all_kept_and_counted_by_numpy(models: list[Path]) -> None:
    """Warm-up runs, which are slow, are left out; two sessions in turns are kept apart."""
    random = np.random.default_rng(0)
    times = 0.02 * (1.0 + random.gamma(2.0, 0.1, (2, 100)))
    warmup = [9.0] * 6
    told = iter([*warmup, *times.T.ravel().tolist(), *[0.02] * 1000])
    first, second = _measured(models, Profile("test", 100, 0.1, 1e9, 3), lambda: next(told))
    for record, expected in zip((first, second), 1e3 * times, strict=True):
        np.testing.assert_allclose(record.raw_ms, expected, rtol=1e-6)
        for name, percent in (("p50", 50), ("p90", 90), ("p99", 99)):
            assert record.statistics[name] == pytest.approx(np.percentile(expected, percent))
    (ratio,) = paired((first, second))
    assert ratio.in_turns
    assert ratio.value == pytest.approx(np.median(times[1]) / np.median(times[0]))
    assert ratio.low < ratio.value < ratio.high


def test_a_session_that_slows_down_is_told(models: list[Path]) -> None:
    told = iter([0.02] * 60 + [0.03] * 1000)
    (record,) = _measured(models[:1], Profile("test", 100, 0.1, 1e9, 0), lambda: next(told))
    assert any("1.50 times the first" in text for text in record.warnings)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_fallback_to_another_provider_is_found_and_named(models: list[Path]) -> None:
    """As where a GPU's libraries are missing: onnxruntime warns and takes the CPU."""
    present = patch.object(session, "available_providers", lambda: ("cuda", "cpu"))
    with present:
        (record,) = measure_all(
            [Case(models[0], "cuda", SIZE, 1)], Profile("test", 2, 0.0001, 9.0, 0)
        )
    assert record.provider == "cuda"
    assert record.providers == ("cpu",)
    assert record.nodes is not None
    total = sum(record.nodes.values())
    assert total > 50
    assert "asked for cuda, got cpu" in record.warnings
    assert f"{total} of {total} nodes did not run on cuda" in record.warnings


def test_sessions_in_turns_rest_between_their_runs(models: list[Path]) -> None:
    """Their threads would spin on, and take the processors from the next one."""
    subject = open_subject(models[0], "cpu", 2)
    assert subject.session is not None
    key = "session.force_spinning_stop"
    assert subject.session.get_session_options().get_session_config_entry(key) == "1"
    other = session.open_session(subject.model, "a", session.SessionOptions(2))
    with pytest.raises(RuntimeError):  # as ever where nothing runs in turns
        other.get_session_options().get_session_config_entry(key)
