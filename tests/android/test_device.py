"""``bench --target android`` from end to end: the host, a scripted ``adb``, the app's own code.

The "device" is a folder. What the benchmark activity does with its extras is done by core's
BenchmarkRunner on the JVM, with onnxruntime, and the host reads the JSON that core has written.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from tests.android.conftest import ORT_COMMANDS, Jvm, byte_model
from tests.benchmarks import fake_adb
from tinystyle.benchmarks.latency.case import PROFILES, Profile
from tinystyle.commands.bench import main

SHORT = Profile("short", 24, 0.0, 60.0, 2)


@pytest.fixture
def device(jvm: Jvm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A phone on the cable, the app on it; without folders, as after an installation."""
    command = jvm.command(ORT_COMMANDS)
    programs = fake_adb.set_up(tmp_path, app="jvm", jvm=command)
    for name in ("ANDROID_SERIAL", "ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("FAKE_ADB", str(tmp_path))
    monkeypatch.setitem(PROFILES, "rapid", SHORT)
    return tmp_path


def _records(folder: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((folder / "bench.json").read_text())["records"]
    return records


def test_what_core_measures_is_what_bench_reports(
    device: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "art; of 'mine.onnx"
    model.write_bytes(byte_model())
    sizes = ["--size", "64x80,80x64", "--threads", "1"]
    assert main([str(model), "--target", "android", *sizes, "-o", str(tmp_path / "out")]) == 0
    assert "none JVM" in capsys.readouterr().out
    wide, tall = _records(tmp_path / "out")
    assert (wide["height"], wide["width"]) == (64, 80)
    assert (tall["height"], tall["width"]) == (80, 64)
    for record in (wide, tall):
        assert record["model"] == model.name
        assert record["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
        assert record["providers"] == ["cpu"]
        assert record["threads"] == 1
        assert len(record["raw_ms"]) == len(record["end_to_end_ms"]) == SHORT.min_runs
        pairs = zip(record["raw_ms"], record["end_to_end_ms"], strict=True)
        assert all(0 < raw < whole for raw, whole in pairs)
        assert record["machine"]["runtime"] == f"onnxruntime {onnxruntime.__version__}"
    left = [path for path in (device / "files").rglob("*") if path.is_file()]
    assert left == []


def test_what_core_says_of_a_failure_is_what_bench_says(
    device: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The library for computers has no XNNPACK; the CPU's run is measured all the same."""
    (tmp_path / "m.onnx").write_bytes(byte_model())
    arguments = [str(tmp_path / "m.onnx"), "--target", "android:xnnpack,android", "--size", "64x64"]
    code = main([*arguments, "--threads", "1", "-o", str(tmp_path / "out")])
    (record,) = _records(tmp_path / "out")
    assert record["target"] == "android"
    said = "".join(capsys.readouterr())
    assert "the app failed: execution provider xnnpack is not in this onnxruntime" in said
    assert code != 0
