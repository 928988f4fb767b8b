"""``bench --target android``, against a scripted ``adb``: no device has a part in this."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.benchmarks import fake_adb
from tests.benchmarks.networks import ours
from tests.conftest import random_net
from tinystyle.benchmarks.android import target as android_target
from tinystyle.benchmarks.android.adb import connect
from tinystyle.benchmarks.android.run import PACKAGE, Heat, Request, parse
from tinystyle.benchmarks.android.target import measure_android
from tinystyle.benchmarks.latency import targets
from tinystyle.benchmarks.latency.case import PROFILES, Case, Profile
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.targets import TargetOptions, measure
from tinystyle.commands.bench import main
from tinystyle.errors import (
    AbsentTargetError,
    AppError,
    DeviceChoiceError,
    DeviceError,
    DeviceStateError,
    DeviceTimeoutError,
    ModelError,
    OptionError,
    ProtocolError,
    TargetError,
)
from tinystyle.export.lowering import GraphOptions, PictureIO

SHORT = Profile("short", 24, 0.5, 60.0, 3)
SetUp = Callable[..., Path]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bytes in and out, any size; a name that a shell would trip over."""
    path = tmp_path_factory.mktemp("android") / "; rm -rf $HOME '.onnx"
    return ours(path, GraphOptions(io=PictureIO.UINT8))


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Sets up the fake; gives its folder. Without a call of it there is no adb at all."""
    for name in ("ANDROID_SERIAL", "ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("FAKE_ADB", str(tmp_path))

    def set_up(**changes: Any) -> Path:
        fake_adb.set_up(tmp_path, **changes)
        return tmp_path

    return set_up


def _measure(model: Path, target: str = "android", **options: Any) -> list[Record]:
    """Without waiting: each look at the clock takes 45 seconds of it."""
    now = itertools.count(0.0, 45.0)
    clock: dict[str, Any] = {"sleep": lambda _: None, "clock": lambda: next(now)}
    return measure_android([Case(model, target, (64, 80), 2)], SHORT, **clock, **options)


def test_what_the_app_wrote_is_what_is_reported(model: Path, phone: SetUp) -> None:
    folder = phone()
    (record,) = _measure(model, "android:xnnpack")
    assert record.raw_ms == tuple(10.0 + 0.125 * index for index in range(24))
    assert record.end_to_end_ms[0] == 11.0
    assert record.cold is not None
    assert (record.cold.load_ms, record.cold.first_run_ms) == (41.5, 20.25)
    assert record.cold.peak_bytes == 150_000_000
    assert record.providers == ("xnnpack", "cpu")
    assert (record.target, record.provider) == ("android:xnnpack", "xnnpack")
    assert (record.height, record.width, record.threads) == (64, 80, 2)
    assert record.machine["kind"] == "device"
    assert record.machine["device"] == "Example Nine"
    assert record.machine["build"].startswith("example/")
    assert record.notes == {"thermal": "none, headroom 0.25 before, none, headroom 0.25 after"}
    assert record.macs == random_net().spec.macs(64, 80)
    assert not any("asked for" in text for text in record.warnings)
    left = [path for path in (folder / "files").rglob("*") if path.is_file()]
    assert left == []  # nothing stays on the phone


def test_the_app_is_asked_as_the_protocol_says(model: Path, phone: SetUp) -> None:
    folder = phone()
    _measure(model, "android:nnapi")
    asked = fake_adb.calls(folder)
    assert all(call[:2] == ["-s", "SERIAL1"] for call in asked[1:])
    first, start = (call[3] for call in asked if "am start" in call[-1])
    assert first == f"am start -n {PACKAGE}/.BenchmarkActivity"
    assert start.startswith(f"am start -W -n {PACKAGE}/.BenchmarkActivity --es run_id bench-")
    for words in (
        *("--es provider nnapi", "--ei threads 2", "--ei height 64", "--ei width 80"),
        *("--ei warmup_runs 3", "--ei min_runs 24", "--es min_seconds 0.5", "--es max_seconds 60"),
    ):
        assert words in start
    assert all(model.name not in word for call in asked for word in call if "shell" in call)
    assert f"am force-stop {PACKAGE}" in [call[-1] for call in asked]


def test_folders_are_the_apps_own_where_it_makes_them(model: Path, phone: SetUp) -> None:
    """The shell's would not be readable for the app on every device."""
    folder = phone()
    _measure(model)
    said = [" ".join(call[2:]) for call in fake_adb.calls(folder)]
    pushes = [index for index, words in enumerate(said) if words.startswith("push")]
    first = said.index(f"shell am start -n {PACKAGE}/.BenchmarkActivity")
    assert first < pushes[0]
    assert not any("mkdir" in words for words in said)
    phone(makes_folders=False)
    (folder / "files").rename(folder / "old")
    (folder / "files").mkdir()
    _measure(model)
    assert any("mkdir" in call[-1] for call in fake_adb.calls(folder))


def test_words_reach_the_device_as_they_are(phone: SetUp) -> None:
    phone()
    words = ["; touch x", "$(id)", "`id`", "'", '"', "a b", "*", "\\", "&&", "ü"]
    assert connect().shell("printf", "%s\\n", *words).text.splitlines() == words


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"devices": {}}, AbsentTargetError, "no device"),
        ({"devices": {"S": "unauthorized transport_id:1"}}, DeviceStateError, "unlock it"),
        ({"devices": {"S": "offline transport_id:1"}}, DeviceStateError, "does not answer"),
        ({"devices": {"S": "no permissions (user in plugdev); see"}}, DeviceStateError, "udev"),
        ({"devices": {"S": "rescue"}}, DeviceStateError, "'rescue'"),
        ({"devices": {"A": "device model:One", "B": "offline"}}, DeviceChoiceError, r"A \(One\)"),
        ({"installed": False}, AppError, "--apk"),
        ({"start": "Error type 3\nError: Activity class does not exist"}, AppError, "Error type 3"),
        ({"start": "java.lang.SecurityException: Permission"}, AppError, "SecurityException"),
        ({"app": "vanishes"}, AppError, "memory"),
        ({"app": "hangs"}, DeviceTimeoutError, "unlocked"),
        ({"gone_after": 6}, DeviceStateError, "went away"),
        ({"result": {"status": "failed", "error": "no nnapi"}}, AppError, "failed: no nnapi"),
        ({"raw": "no JSON"}, ProtocolError, "no JSON"),
    ],
)
def test_what_goes_wrong_is_told(
    changes: dict[str, Any], error: type[TargetError], said: str, model: Path, phone: SetUp
) -> None:
    phone(**changes)
    with pytest.raises(error, match=said):
        _measure(model)


def test_a_result_without_end_is_refused(
    model: Path, phone: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(android_target, "MAX_RESULT_BYTES", 1000)
    phone(raw="x" * 2000)
    with pytest.raises(ProtocolError, match="more than 1,000 bytes"):
        _measure(model)


CRASH = """--------- beginning of crash
11-21 18:50:33.100  99  99 E AndroidRuntime: FATAL EXCEPTION: main
11-21 18:50:33.100  99  99 E AndroidRuntime: Process: com.example.other, PID: 99
11-21 18:50:34.100  4242  4250 F libc    : Fatal signal 11 (SIGSEGV), code 1 in tid 4250
11-21 18:50:34.200  5000  5000 F DEBUG   : *** *** *** *** *** ***
11-21 18:50:34.200  5000  5000 F DEBUG   : pid: 4242, name: worker  >>> dev.tinystyle.demo <<<
11-21 18:50:34.200  5000  5000 F DEBUG   : signal 11 (SIGSEGV), code 1 (SEGV_MAPERR)
"""


def test_the_crash_of_the_app_is_told_not_that_of_another(model: Path, phone: SetUp) -> None:
    phone(app="crashes", log=CRASH)
    with pytest.raises(AppError, match=r"crashed: pid: 4242.* / signal 11") as caught:
        _measure(model)
    assert "other" not in str(caught.value)


def test_no_adb(model: Path, phone: SetUp) -> None:
    with pytest.raises(AbsentTargetError, match="platform tools"):
        _measure(model)


def test_adb_of_an_sdk(model: Path, phone: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = phone()
    (folder / "bin").rename(folder / "platform-tools")
    monkeypatch.setenv("ANDROID_HOME", str(folder))
    assert len(_measure(model)) == 1


def test_a_device_is_chosen(model: Path, phone: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = phone(devices={"A": "device model:One", "B": "device model:Two"})
    _measure(model, serial="B")
    monkeypatch.setenv("ANDROID_SERIAL", "A")
    _measure(model)
    starts = [call[1] for call in fake_adb.calls(folder) if "am start -W" in call[-1]]
    assert starts == ["B", "A"]
    with pytest.raises(DeviceChoiceError, match=r"'C' is not connected; there are A \(One\), B"):
        _measure(model, serial="C")


def test_the_app_is_installed(model: Path, phone: SetUp, tmp_path: Path) -> None:
    folder = phone(installed=False)
    with pytest.raises(OptionError, match="no such app"):
        _measure(model, apk=tmp_path / "missing.apk")
    apk = tmp_path / "-app.apk"  # not taken for an option
    apk.write_bytes(b"PK")
    assert len(_measure(model, apk=apk)) == 1
    (install,) = (call for call in fake_adb.calls(folder) if "install" in call)
    assert install[2:] == ["install", "-r", str(apk)]
    phone(install="Failure [INSTALL_FAILED_NO_MATCHING_ABIS]")
    with pytest.raises(DeviceError, match="NO_MATCHING_ABIS"):
        _measure(model, apk=apk)


def test_an_emulator_is_no_device(model: Path, phone: SetUp) -> None:
    phone(properties={"ro.kernel.qemu": "1"})
    (record,) = _measure(model)
    assert record.machine["kind"] == "emulator"
    assert any("say nothing of phones" in text for text in record.warnings)


def test_heat_is_told(model: Path, phone: SetUp) -> None:
    warm = {"status": 2, "headroom": None}
    phone(result={"thermal_after": warm})
    (record,) = _measure(model)
    assert any("from none, headroom 0.25 to moderate" in text for text in record.warnings)
    phone(result={"thermal_before": warm, "thermal_after": warm})
    (record,) = _measure(model)
    assert any("was warm before" in text for text in record.warnings)
    assert str(Heat(None, None)) == "not told"


def test_fallback_to_the_cpu_is_told(model: Path, phone: SetUp) -> None:
    phone(result={"providers": ["cpu"]})
    (record,) = _measure(model, "android:xnnpack")
    assert "asked for xnnpack, got cpu" in record.warnings


def test_a_hanging_adb_is_ended(phone: SetUp) -> None:
    phone()
    with pytest.raises(DeviceTimeoutError, match=r"did not end within 0\.3 seconds"):
        connect().shell("sleep", "20", seconds=0.3)


REQUEST = Request("id", "bench.onnx", "0" * 64, "cpu", 1, (64, 80), SHORT)


def _written(**changes: Any) -> bytes:
    words = REQUEST.extras
    extras = dict(zip(words[1::3], words[2::3], strict=True))
    return json.dumps({**fake_adb.result(extras, b""), "sha256": "0" * 64, **changes}).encode()


def test_a_plain_result_is_read() -> None:
    assert parse(_written(), REQUEST).raw_ms[0] == 10.0
    assert parse(_written(peak_memory_bytes=None), REQUEST).peak_memory_bytes is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("format", "other"), ("version", 2), ("version", "1"), ("run_id", "else")),
        *(("status", "perhaps"), ("status", None), ("model", "x"), ("sha256", "1" * 64)),
        *(("height", 65), ("height", 64.0), ("threads", True), ("provider", "xnnpack")),
        *(("raw_ms", []), ("raw_ms", [1.0, None]), ("raw_ms", ["1"]), ("raw_ms", [-1.0])),
        *(("raw_ms", [0.0]), ("raw_ms", [True]), ("raw_ms", {"0": 1.0}), ("raw_ms", 5)),
        *(("raw_ms", [1.0] * 100_001), ("raw_ms", [1e300]), ("raw_ms", [10**400])),
        *(("load_ms", None), ("load_ms", float("nan")), ("load_ms", float("inf"))),
        *(("first_run_ms", "20"), ("end_to_end_ms", None), ("providers", [])),
        *(("providers", [1]), ("providers", ["x"] * 99), ("peak_memory_bytes", 1.5)),
        *(("peak_memory_bytes", -1), ("thermal_before", None), ("thermal_after", {})),
        *(("thermal_before", {"status": 7, "headroom": None}), ("device", [])),
        *(("device", {"model": "x"}), ("runtime", "x" * 1000), ("runtime", None)),
    ],
)
def test_other_results_are_refused(key: str, value: object) -> None:
    with pytest.raises(ProtocolError, match="result"):
        parse(_written(**{key: value}), REQUEST)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"null", b"{}", b"\xff\xfe", b"{" * 100_000, b"[" * 100_000),
        *(b'{"format": NaN}', _written()[:-9], b'{"version": 1' + b"0" * 9999 + b"}"),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(data, REQUEST)


@pytest.mark.parametrize("missing", sorted(json.loads(_written()).keys() - {"error", "size_bytes"}))
def test_every_field_is_needed(missing: str) -> None:
    content = json.loads(_written())
    del content[missing]
    with pytest.raises(ProtocolError, match=missing):
        parse(json.dumps(content).encode(), REQUEST)


def test_texts_of_a_device_are_harmless() -> None:
    run = parse(_written(runtime="one\n\x1b[2Jtwo\u202e"), REQUEST)
    assert run.runtime == "one ?[2Jtwo?"


def test_what_the_app_does_not_take_is_refused_first(
    model: Path, phone: SetUp, tmp_path: Path
) -> None:
    folder = phone()
    floats = tmp_path / "floats.onnx"
    ours(floats)
    with pytest.raises(OptionError, match="--io uint8"):
        _measure(floats)
    with pytest.raises(OptionError, match="cpu, xnnpack, nnapi, qnn"):
        _measure(model, "android:gpu")
    with pytest.raises(ModelError):
        _measure(tmp_path / "missing.onnx")
    with patch.object(targets, "measure_all") as here, pytest.raises(OptionError):
        measure([Case(floats, name, (64, 64), 1) for name in ("cpu", "android")], SHORT)
    here.assert_not_called()
    assert fake_adb.calls(folder) == []


def test_one_model_that_fails_leaves_the_others(model: Path, phone: SetUp, tmp_path: Path) -> None:
    """Only the first file has the hash that this phone claims to have seen."""
    other = tmp_path / "other.onnx"
    ours(other, GraphOptions(io=PictureIO.UINT8), seed=1)
    phone(result={"sha256": hashlib.sha256(model.read_bytes()).hexdigest()})
    cases = [Case(path, "android", (64, 80), 1) for path in (model, other)]
    found = measure(cases, replace(SHORT, max_seconds=1.0), TargetOptions())
    assert [record.model for record in found.records] == [model.name]
    (absence,) = found.absences
    assert absence.failed
    assert absence.reason.startswith("other.onnx: the app's result: sha256")


def test_the_command(
    model: Path,
    phone: SetUp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(PROFILES, "rapid", SHORT)
    phone(devices={"A": "device model:One", "B": "device model:Two"}, looks=0)
    arguments = [str(model), "--target", "android", "--size", "64x80"]
    assert main([*arguments, "--device", "B", "-o", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"onnx +android +64x80 +1 +11\.4 ", out)
    assert "device Example Nine" in out
    assert "Example Nine" in (tmp_path / "out" / "bench.html").read_text()
    assert main(arguments) == 9
    assert "choose one by --device" in capsys.readouterr().err
