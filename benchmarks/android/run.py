"""The benchmark protocol of the Android app, version 1: what is asked, and what it wrote.

What comes from a device is not trusted: its size, its types, its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinystyle.benchmarks.latency.case import Profile
from tinystyle.benchmarks.report.json_fields import Fields
from tinystyle.errors import AppError, ProtocolError

__all__ = [
    "ACTIVITY",
    "FOLDERS",
    "MAX_RESULT_BYTES",
    "PACKAGE",
    "AndroidRun",
    "Heat",
    "Request",
    "parse",
]

PACKAGE = "dev.tinystyle.demo"
ACTIVITY = f"{PACKAGE}/.BenchmarkActivity"
MAX_RESULT_BYTES = 2**24

_FILES = f"/sdcard/Android/data/{PACKAGE}/files"
_MODELS, _REPORTS = f"{_FILES}/models", f"{_FILES}/benchmark"
FOLDERS = (_MODELS, _REPORTS)
"""What the app makes when its activity is started without extras."""

_FORMAT, _VERSION = "tinystyle-benchmark-run", 1
_HEAT = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")


@dataclass(frozen=True, slots=True)
class Request:
    """One run. ``run_id`` is of ``[A-Za-z0-9_-]{1,64}``, ``model`` a plain file name."""

    run_id: str
    model: str
    sha256: str
    provider: str
    threads: int
    size: tuple[int, int]
    profile: Profile

    @property
    def extras(self) -> list[str]:
        """Of the intent, as ``am start`` takes them."""
        profile, (height, width) = self.profile, self.size
        texts = {
            "run_id": self.run_id,
            "model": self.model,
            "provider": self.provider,
            "min_seconds": f"{profile.min_seconds:g}",
            "max_seconds": f"{profile.max_seconds:g}",
        }
        numbers = {
            "threads": self.threads,
            "height": height,
            "width": width,
            "warmup_runs": profile.warmup_runs,
            "min_runs": profile.min_runs,
        }
        words = [word for key, text in texts.items() for word in ("--es", key, text)]
        return words + [w for key, number in numbers.items() for w in ("--ei", key, str(number))]

    @property
    def remote_model(self) -> str:
        """Where the app looks for the model."""
        return f"{_MODELS}/{self.model}"

    @property
    def remote_result(self) -> str:
        """Where it writes the result, whole or not at all."""
        return f"{_REPORTS}/{self.run_id}.json"


@dataclass(frozen=True, slots=True)
class Heat:
    """Android's thermal status, 0 (none) to 6, and headroom: 1 is severe. None is not known."""

    status: int | None
    headroom: float | None

    def __str__(self) -> str:
        status = "not told" if self.status is None else _HEAT[self.status]
        return status if self.headroom is None else f"{status}, headroom {self.headroom:.2f}"


@dataclass(frozen=True, slots=True)
class AndroidRun:
    """What the app measured. Times are milliseconds, in the order of the runs."""

    providers: tuple[str, ...]
    load_ms: float
    first_run_ms: float
    raw_ms: tuple[float, ...]
    end_to_end_ms: tuple[float, ...]
    peak_memory_bytes: int | None
    before: Heat
    after: Heat
    device: dict[str, str]
    runtime: str


def parse(data: bytes, request: Request) -> AndroidRun:
    """The result of ``request``.

    Raises ProtocolError where the bytes are not one, AppError where the app says that it failed.
    """
    row = Fields.read(data, "the app's result", ProtocolError)
    row.require("format", _FORMAT)
    row.require("version", _VERSION)
    row.require("run_id", request.run_id)
    status = row.text("status")
    if status == "failed":
        raise AppError(f"the app failed: {row.text('error', cut=True)}")
    row.require("status", "done")
    height, width = request.size
    for key, expected in (
        *(("model", request.model), ("sha256", request.sha256), ("provider", request.provider)),
        *(("height", height), ("width", width), ("threads", request.threads)),
        ("warmup_runs", request.profile.warmup_runs),
    ):
        row.require(key, expected)
    return AndroidRun(
        providers=row.texts("providers", 1, 16),
        load_ms=row.number("load_ms"),
        first_run_ms=row.number("first_run_ms"),
        raw_ms=row.times("raw_ms", 1),
        end_to_end_ms=row.times("end_to_end_ms", 0),
        peak_memory_bytes=_known(row, "peak_memory_bytes", 2**50),
        before=_heat(row.inner("thermal_before")),
        after=_heat(row.inner("thermal_after")),
        device=_facts(row.inner("device")),
        runtime=row.text("runtime"),
    )


def _facts(device: Fields) -> dict[str, str]:
    name = f"{device.text('manufacturer')} {device.text('model')}"
    sdk = _known(device, "sdk", 10_000)
    found = {"device": name, "android": f"{device.text('android')} (API {sdk})"}
    found["abi"] = device.text("abi")
    if device.get("soc") is not None:
        found["soc"] = device.text("soc")
    return found


def _known(fields: Fields, key: str, most: int) -> int | None:
    return None if fields.get(key) is None else fields.whole(key, most)


def _heat(fields: Fields) -> Heat:
    status = _known(fields, "status", len(_HEAT) - 1)
    headroom = fields.get("headroom")
    return Heat(status, None if headroom is None else fields.number("headroom", 1000.0))
