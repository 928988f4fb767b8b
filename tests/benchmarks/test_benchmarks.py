"""The instruments: derived figures are right, every part runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import pytest

from tests.conftest import random_net
from tinystyle.benchmarks.latency import latency as latency_module
from tinystyle.benchmarks.latency.export_speed import cold, networks_per_second
from tinystyle.benchmarks.latency.latency import Latency, measure, peak_gmacs
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx


def test_statistics_are_derived_from_raw_times() -> None:
    times = tuple(float(t) for t in range(1, 102))  # 1 to 101 ms
    latency = Latency(256, 256, 1, 10, times, gmacs=1.02, peak_gmacs=40.0)
    assert latency.percentile(50) == 51.0
    assert latency.percentile(90) == 91.0
    assert latency.spread == pytest.approx(50.0 / 51.0)
    assert latency.share_of_peak == pytest.approx(1.02 / 0.051 / 40.0)


def test_measure_keeps_every_run(tmp_path: Path) -> None:
    graph = prepare(random_net(), GraphOptions())
    (tmp_path / "m.onnx").write_bytes(to_onnx(graph).SerializeToString())
    latency = measure(tmp_path / "m.onnx", 64, 80, 1, num_runs=7, warmup_runs=1)
    assert len(latency.raw_ms) == 7
    assert min(latency.raw_ms) > 0.0
    assert latency.gmacs == pytest.approx(graph.spec.macs(64, 80) / 1e9)


def test_the_peak_is_that_of_the_quickest_product() -> None:
    products: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []

    def timed(run: Callable[[], object], num_runs: int, warmup_runs: int) -> tuple[float, ...]:
        products.append(cast(Any, run())[0])
        return (9.0, 4.0, 5.0)

    with patch.object(latency_module, "_time", timed):
        assert peak_gmacs(1, size=100) == pytest.approx(1.0 / 4.0)  # 100^3 in 4 ms
    assert (products[0] == 100.0).all()


def test_export_speed_runs_real_processes(styles: list[Path], tmp_path: Path) -> None:
    once = cold(styles[0], tmp_path, runs=1)
    assert len(once.seconds) == 1
    assert 50.0 < once.peak_megabytes < 2000.0
    assert (tmp_path / f"{styles[0].stem}.onnx").exists()
    assert networks_per_second(styles[:2], tmp_path) > 0.0
    assert np.isfinite(once.seconds[0])
