"""Models on an Android device, by the demo app's benchmark activity."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinystyle.benchmarks.android.adb import Adb, connect
from tinystyle.benchmarks.android.run import (
    ACTIVITY,
    FOLDERS,
    MAX_RESULT_BYTES,
    PACKAGE,
    AndroidRun,
    Request,
    parse,
)
from tinystyle.benchmarks.latency.case import Case, Profile, printable
from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.progress import BESIDES, Progress
from tinystyle.benchmarks.latency.runner import timed_record
from tinystyle.benchmarks.models.model import Subject
from tinystyle.errors import AppError, DeviceTimeoutError, OptionError, ProtocolError
from tinystyle.runtime.session import SessionOptions

__all__ = ["PROVIDERS", "AndroidTarget", "measure_android", "require_measurable"]

PROVIDERS = ("cpu", "xnnpack", "nnapi", "qnn")
"""What may follow the colon of a target."""

_EVERY = 0.5
"""Seconds between two looks for the result."""
_SPARE = 120.0
"""Seconds that loading, warming up and a slow last run may take beyond the profile's."""
_ABSENT = 3
"""Looks in a row at which the app does not run before it is taken for dead."""
_LOOKS = 10
"""Looks for the folders that the app makes."""
_WARM = 2
"""Thermal status, moderate, from which Android slows a device down."""


@dataclass(slots=True)
class AndroidTarget:
    """As ``latency.targets.Target`` wants it: each model on its own."""

    serial: str | None = None
    apk: Path | None = None
    """Is installed once."""
    by_model: bool = True

    def require(self, cases: Sequence[Case]) -> None:
        """As :func:`require_measurable`."""
        require_measurable(cases, self.apk)

    def measure(self, cases: Sequence[Case], profile: Profile, progress: Progress) -> list[Record]:
        """As :func:`measure_android`."""
        apk, self.apk = self.apk, None
        return measure_android(cases, profile, serial=self.serial, apk=apk, progress=progress)


def measure_android(
    cases: Sequence[Case],
    profile: Profile,
    *,
    serial: str | None = None,
    apk: Path | None = None,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> list[Record]:
    """A record for each case, one after the other, each in a fresh process of the app.

    ``serial`` chooses among several devices; ``apk`` is installed first. Raises OptionError for
    unknown providers and models that the app does not take, AbsentTargetError without adb or
    device, DeviceError of one or another kind where something on the device is wrong.
    """
    progress = progress or Progress(shown=False)
    subjects = require_measurable(cases, apk)
    adb = connect(serial)
    if apk is not None:
        adb.install(apk)
    if not adb.shell("pm", "path", PACKAGE).text.startswith("package:"):
        raise AppError(
            f"app {PACKAGE} is not on device {adb.device.serial}: build it in android-demo, then "
            "give it by --apk"
        )
    machine = _machine(adb)
    _make_folders(adb, sleep)
    records = []
    for case, subject in zip(cases, subjects, strict=True):
        sha256 = hashlib.sha256(subject.model).hexdigest()
        request = Request(
            run_id=f"bench-{secrets.token_hex(8)}",
            model=f"bench-{sha256[:16]}.onnx",  # the file's own name is anybody's
            sha256=sha256,
            provider=case.variant or "cpu",
            threads=case.threads,
            size=case.size,
            profile=profile,
        )
        label = f"{adb.device.serial}, {case.name}, {case.size[0]}x{case.size[1]}"
        with progress.part(label, profile.min_seconds + BESIDES) as tell:
            run = _measure(adb, case, request, sleep, clock, tell)
        records.append(_record(case, subject, request, run, machine))
    return records


def require_measurable(cases: Sequence[Case], apk: Path | None = None) -> list[Subject]:
    """What the app can be asked to run.

    Raises OptionError for other providers, models and sizes, and for an ``apk`` that is not there.
    """
    if apk is not None and not apk.is_file():
        raise OptionError(f"{apk}: there is no such app to install; build it in android-demo")
    return [_subject(case) for case in cases]


def _subject(case: Case) -> Subject:
    if case.variant not in ("", *PROVIDERS):
        raise OptionError(
            f"target is {case.target!r}; after android: there may be {', '.join(PROVIDERS)}"
        )
    subject = Subject(case.model, SessionOptions(1))
    subject.require_picture_alone(case.target)
    subject.require_size(case.size)
    if not subject.takes_bytes or subject.channels_first:
        raise OptionError(
            f"{case.model}: takes floats, channels first; the app's networks take bytes, as "
            "export-net --io uint8 makes them"
        )
    return subject


def _machine(adb: Adb) -> dict[str, str]:
    known = adb.properties()
    emulated = "1" in (known.get("ro.kernel.qemu"), known.get("ro.boot.qemu"))
    build = known.get("ro.build.fingerprint", "")
    found = {"kind": "emulator" if emulated else "device"}
    return {**found, "build": printable(build)} if build else found


def _make_folders(adb: Adb, sleep: Callable[[float], None]) -> None:
    """Have the app make the folders into which models are pushed.

    It has rights to what lies in folders of its own making; to those that the shell made, not on
    every device. These are made by the shell only where the app has not made them in time.
    """
    # Without -W: the activity ends before it is drawn, for which some devices wait long.
    _start(adb)
    for _ in range(_LOOKS):
        if not any(adb.shell("test", "-d", folder).code for folder in FOLDERS):
            return
        sleep(_EVERY)
    adb.shell("mkdir", "-p", *FOLDERS)


def _measure(
    adb: Adb,
    case: Case,
    request: Request,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    tell: Callable[[float], None],
) -> AndroidRun:
    adb.push(case.model, request.remote_model)
    try:
        adb.shell("am", "force-stop", PACKAGE)
        since = adb.shell("date", "+%m-%d %H:%M:%S.000").text.strip()
        _start(adb, "-W", extras=request.extras)
        return parse(_result(adb, request, since, sleep, clock, tell), request)
    finally:
        adb.shell("am", "force-stop", PACKAGE)
        adb.shell("rm", "-f", request.remote_model, request.remote_result)


def _start(adb: Adb, *options: str, extras: Sequence[str] = ()) -> None:
    answer = adb.shell("am", "start", *options, "-n", ACTIVITY, *extras, seconds=60.0)
    said = f"{answer.text}\n{answer.errors}".splitlines()
    wrong = [line.strip() for line in said if re.search(r"\bError\b|Exception|denied", line)]
    if answer.code or wrong:
        reason = wrong[0][:200] if wrong else answer.complaint
        raise AppError(f"the app's benchmark cannot be started ({reason})")


def _result(
    adb: Adb,
    request: Request,
    since: str,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    tell: Callable[[float], None],
) -> bytes:
    """The bytes of the result as soon as it is there."""
    start, allowed, missed = clock(), request.profile.max_seconds + _SPARE, 0
    expected = request.profile.min_seconds + BESIDES
    while True:
        # The process first: a result may appear between the two looks, never the other way.
        missed = 0 if adb.shell("pidof", PACKAGE).text.strip() else missed + 1
        data = adb.read(request.remote_result, MAX_RESULT_BYTES + 1)
        if data is not None and len(data) > MAX_RESULT_BYTES:
            raise ProtocolError(f"the app's result has more than {MAX_RESULT_BYTES:,} bytes")
        if data is not None:
            return data
        if missed >= _ABSENT:
            raise AppError(_death(adb, since))
        if clock() - start > allowed:
            raise DeviceTimeoutError(
                f"no result of the app within {allowed:g} seconds; is the device's screen on "
                "and unlocked?"
            )
        tell((clock() - start) / expected)
        sleep(_EVERY)


def _death(adb: Adb, since: str) -> str:
    """What the crash log says of the app, in its first lines."""
    log = adb.shell("logcat", "-d", "-b", "crash", "-v", "threadtime", "-T", since).text
    lines: dict[str, list[str]] = {}
    for line in log.splitlines():
        # 11-21 18:50:32.123  1234  1250 E AndroidRuntime: FATAL EXCEPTION: main
        found = re.match(r"\S+ \S+\s+(\d+)\s+\d+ [A-Z] [^:]*: (.*)", line)
        if found:
            lines.setdefault(found[1], []).append(found[2].strip())
    for said in lines.values():
        if any(PACKAGE in text for text in said):
            told = " / ".join(text for text in said if text.strip("* "))
            return f"the app crashed: {told[:400]}"
    return (
        "the app ended without a result and without a word in the crash log; Android ends apps "
        "that take too much memory: try a smaller size"
    )


def _record(
    case: Case, subject: Subject, request: Request, run: AndroidRun, machine: dict[str, str]
) -> Record:
    remarks = []
    if machine["kind"] == "emulator":
        remarks.append("an emulator, no device: its times say nothing of phones")
    before, after = run.before.status, run.after.status
    if after is not None and after >= max(_WARM, (before or 0) + 1):
        remarks.append(f"the device grew warm: thermal status from {run.before} to {run.after}")
    elif before is not None and before >= _WARM:
        remarks.append(f"the device was warm before: thermal status {run.before}")
    return replace(
        timed_record(case, subject, request.profile, run.raw_ms),
        provider=request.provider,
        providers=run.providers,
        batch=1,
        end_to_end_ms=run.end_to_end_ms,
        cold=ColdStart(run.load_ms, run.first_run_ms, run.peak_memory_bytes),
        machine={**machine, **run.device, "runtime": run.runtime},
        notes={"thermal": f"{run.before} before, {run.after} after"},
        remarks=tuple(remarks),
    )
