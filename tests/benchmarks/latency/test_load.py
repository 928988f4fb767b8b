"""A machine that something else uses is told of; a quiet one is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.benchmarks import networks
from tests.benchmarks.records import made_up
from tinystyle.benchmarks.latency import runner as measurement
from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.machine_load import Load, LoadMeter, busy_seconds
from tinystyle.benchmarks.latency.runner import measure_all
from tinystyle.benchmarks.report.json_file import Report
from tinystyle.benchmarks.report.page import to_html
from tinystyle.benchmarks.report.text import to_text

SHORT = Profile("short", 3, 0.001, 60.0, 1)


def _meter(wall: float, own: float, busy: float | None, cores: int = 2) -> LoadMeter:
    """One whose clocks move by so many seconds between the start and the reading."""

    def told(seconds: float | None) -> Iterator[float | None]:
        return iter((None, None) if seconds is None else (100.0, 100.0 + seconds))

    clocks = {name: told(value) for name, value in (("wall", wall), ("own", own), ("busy", busy))}
    return LoadMeter(cores=cores, **{k: lambda c=c: next(c) for k, c in clocks.items()})


@pytest.mark.parametrize(
    ("wall", "own", "busy", "threads", "found", "words"),
    [
        (6.0, 6.0, 6.1, 1, (0.1 / 6, 1.0), ()),
        (6.0, 12.0, 12.0, 2, (0.0, 1.0), ()),
        (6.0, 6.0, 12.0, 1, (1.0, 1.0), ("took 1.0 of 2 cores",)),  # on the other core
        (6.0, 9.0, 12.0, 2, (0.5, 0.75), ("took 0.5 of 2 cores", "got 75% of the CPU time")),
        (6.0, 4.0, None, 1, (None, 2 / 3), ("got 67% of the CPU time",)),
        (6.0, 4.0, 4.0, None, (0.0, None), ()),  # a GPU works, threads sleep
        (6.0, 12.0, 12.0, 16, (0.0, 1.0), ()),  # more threads than cores
        (6.0, 6.1, 6.0, 1, (0.0, 6.1 / 6), ()),  # the kernel rounds
    ],
)
def test_times_are_compared(
    wall: float,
    own: float,
    busy: float | None,
    threads: int | None,
    found: tuple[float | None, float | None],
    words: tuple[str, ...],
) -> None:
    load = _meter(wall, own, busy).read(threads)
    assert load is not None
    assert (load.others_cores, load.cpu_share) == pytest.approx(found)
    assert bool(load.warning) == bool(words)
    assert all(word in load.warning for word in words)


def test_what_is_too_short_is_not_told() -> None:
    assert _meter(0.5, 0.1, 0.9).read(1) is None


def test_many_cores_bear_more() -> None:
    assert Load(64, 5.0, 1.0).warning == ""
    assert "took 8.0 of 64 cores" in Load(64, 8.0, 1.0).warning


def test_a_busy_machine_is_said_once_on_the_console_and_in_reports() -> None:
    load = Load(2, 1.0, 0.7)
    rows = [made_up([20.0] * 9, model=f"{n}.onnx", load=load) for n in range(3)]
    told = "all rows: something else was using the machine: other programs took 1.0 of 2 cores; "
    assert to_text(rows).count(told) == 1
    assert to_html(Report(tuple(rows), (), {})).count(told) == 1
    assert all(load.warning in row.to_json()["warnings"] for row in rows)


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="needs Linux's /proc/stat")
def test_the_kernel_counts_the_time_of_all_programs() -> None:
    before, own = busy_seconds(), sum(os.times()[:2])
    while sum(os.times()[:2]) - own < 0.2:
        pass
    after = busy_seconds()
    assert before is not None
    assert after is not None
    assert after - before > 0.1


def test_other_systems_do_not_tell(tmp_path: Path) -> None:
    assert busy_seconds(tmp_path / "none") is None
    (tmp_path / "odd").write_text("cpu 1 2\n")
    assert busy_seconds(tmp_path / "odd") is None
    (tmp_path / "stat").write_text("cpu  100 10 20 5000 300 1 2 3 50 0\ncpu0 1 1 1 1\n")
    ticks = os.sysconf("SC_CLK_TCK")
    assert busy_seconds(tmp_path / "stat") == pytest.approx(136 / ticks)  # not idle, not guests'


def test_rows_carry_what_was_read(tmp_path: Path) -> None:
    """Of two sessions of onnxruntime; of a provider that is no CPU, threads say nothing."""
    networks.ours(tmp_path / "net.onnx")
    asked: list[int | None] = []

    def read(_: LoadMeter, full_threads: int | None = None) -> Load:
        asked.append(full_threads)
        return Load(2, 1.0, 0.5)

    cases = [Case(tmp_path / "net.onnx", "cpu", (64, 72), threads) for threads in (1, 2)]
    with patch.object(LoadMeter, "read", read):
        records = measure_all(cases, SHORT)
        with patch.object(measurement, "_ON_CPU", {"other"}):
            measure_all(cases[:1], SHORT)
    assert asked == [1, 2, None]
    assert [record.load for record in records] == [Load(2, 1.0, 0.5)] * 2
    assert [record.turns for record in records] == [
        "here, 64x72, 1 thread",
        "here, 64x72, 2 threads",
    ]
