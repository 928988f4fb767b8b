"""What the page says, read as hostile: a number is finite, a text short, a list of known length."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tinystyle.benchmarks.cold_start import ColdStart
from tinystyle.benchmarks.record import STAGES, total_ms
from tinystyle.errors import TargetError

__all__ = [
    "Absent",
    "Alive",
    "BrowserFacts",
    "Cold",
    "Failure",
    "Message",
    "Progress",
    "Timed",
    "TimedModel",
    "read_message",
]

_MAX_TEXT = 200
_MAX_RUNS = 10**6
# Names as onnxruntime's log gives them; its CPU provider in a browser is WebAssembly.
_NODES = {
    "CPUExecutionProvider": "wasm",
    "WebGpuExecutionProvider": "webgpu",
    "JsExecutionProvider": "webgpu",
}


@dataclass(frozen=True, slots=True)
class Alive:
    """The page's own heartbeat."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the measurement."""

    phase: str
    share: float
    """0..1."""


@dataclass(frozen=True, slots=True)
class BrowserFacts:
    """What measures."""

    name: str
    """And version."""
    onnxruntime_web: str
    graphics: str
    hardware_concurrency: int
    cross_origin_isolated: bool
    clock_us: float
    """Smallest step of its clock."""
    threads: int
    """That really run: the worker's own and those that onnxruntime-web started."""
    runtime_start_ms: float
    """Loading and compiling WebAssembly, before any model."""


@dataclass(frozen=True, slots=True)
class Cold:
    """Of a model in a browser that was just started."""

    start: ColdStart
    """Its memory is WebAssembly's heap, which only grows."""
    nodes: dict[str, int]
    """By provider; empty where the log did not tell."""


@dataclass(frozen=True, slots=True)
class TimedModel:
    """Milliseconds run by run."""

    raw_ms: tuple[float, ...]
    stages_ms: dict[str, tuple[float, ...]]
    """By STAGES."""

    @property
    def total_ms(self) -> tuple[float, ...]:
        """All stages of a run together."""
        return total_ms(self.stages_ms)


@dataclass(frozen=True, slots=True)
class Timed:
    """Of the models of a job, in its order."""

    models: tuple[TimedModel, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider asked for is not there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The page could not measure."""

    reason: str


Message: TypeAlias = Alive | Progress | BrowserFacts | Cold | Timed | Absent | Failure


def read_message(body: bytes) -> Message:
    """One message. Raises TargetError for anything else."""
    try:
        data = json.loads(body.decode())
        if not isinstance(data, dict):
            raise TypeError("no object")
        return _READERS[str(data["kind"])](data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = _text(f"{type(error).__name__}: {error}")
        raise TargetError(f"the page sent something that is no message ({reason})") from error


def _progress(data: dict[str, Any]) -> Progress:
    return Progress(_text(data["phase"]), min(1.0, _number(data["share"], least=0.0)))


def _browser(data: dict[str, Any]) -> BrowserFacts:
    known = [_text(data[key]) for key in ("brand", "version") if data[key]]
    isolated = data["cross_origin_isolated"]
    if not isinstance(isolated, bool):
        raise TypeError("cross_origin_isolated is neither true nor false")
    return BrowserFacts(
        name=" ".join(known) or _text(data["user_agent"]),
        onnxruntime_web=_text(data["onnxruntime_web"]),
        graphics=_text(data.get("graphics", "")),
        hardware_concurrency=_count(data["hardware_concurrency"]),
        cross_origin_isolated=isolated,
        clock_us=_number(data["clock_us"]),
        threads=1 + _count(data["threads_started"]),
        runtime_start_ms=_number(data["runtime_start_ms"]),
    )


def _cold(data: dict[str, Any]) -> Cold:
    times = _number(data["load_ms"]), _number(data["first_run_ms"])
    heap = _count(data["heap_bytes"])
    nodes: dict[str, int] = {}
    for provider, count in data["nodes"].items():
        name = _NODES.get(provider, _text(provider))
        nodes[name] = nodes.get(name, 0) + _count(count)
    return Cold(ColdStart(*times, heap or None), nodes)


def _timed(data: dict[str, Any]) -> Timed:
    models = []
    for entry in data["models"]:
        raw, stages = _times(entry["raw_ms"]), entry["stages_ms"]
        parts = {name: _times(stages[name]) for name in STAGES}
        if not raw or len({len(part) for part in parts.values()}) != 1:
            raise ValueError("a model without times, or stages of unequal length")
        models.append(TimedModel(raw, parts))
    return Timed(tuple(models))


def _number(value: object, *, least: float | None = None) -> float:
    """A finite number of at least ``least``; a positive one without it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("what should be a number is none")
    number = float(value)
    if not math.isfinite(number) or (number <= 0.0 if least is None else number < least):
        raise ValueError("a number is out of range")
    return number


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**53:
        raise ValueError("what should be a count is none")
    return value


def _times(values: object) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) > _MAX_RUNS:
        raise ValueError("no list of times, or too many")
    return tuple(_number(value) for value in values)


def _text(value: object) -> str:
    """One line for a terminal, of at most 200 characters."""
    line = " ".join(str(value)[: 10 * _MAX_TEXT].split())
    return "".join(c for c in line if c.isprintable())[:_MAX_TEXT]


_READERS: dict[str, Callable[[dict[str, Any]], Message]] = {
    "alive": lambda data: Alive(),
    "progress": _progress,
    "browser": _browser,
    "cold": _cold,
    "timed": _timed,
    "absent": lambda data: Absent(_text(data["message"])),
    "error": lambda data: Failure(_text(data["message"])),
}
