"""What the page says, message by message; its JSON is read as hostile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.latency.measurement import STAGES, total_ms
from tinystyle.benchmarks.report.json_fields import Fields
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
    data = Fields.read(body, "the page sent something that is no message: it", TargetError)
    kind = data.text("kind")
    data.must("kind", kind in _READERS, f"one of {', '.join(_READERS)}")
    return _READERS[kind](data)


def _progress(data: Fields) -> Progress:
    return Progress(data.text("phase"), min(1.0, data.number("share")))


def _browser(data: Fields) -> BrowserFacts:
    known = [data.text(key, cut=True) for key in ("brand", "version")]
    isolated = data.get("cross_origin_isolated")
    data.must("cross_origin_isolated", isinstance(isolated, bool), "true or false")
    return BrowserFacts(
        name=" ".join(text for text in known if text) or data.text("user_agent", cut=True),
        onnxruntime_web=data.text("onnxruntime_web"),
        graphics=data.text("graphics", cut=True),
        hardware_concurrency=data.whole("hardware_concurrency"),
        cross_origin_isolated=isolated,
        clock_us=data.number("clock_us"),
        threads=1 + data.whole("threads_started"),
        runtime_start_ms=data.number("runtime_start_ms"),
    )


def _cold(data: Fields) -> Cold:
    nodes: dict[str, int] = {}
    for provider, count in data.wholes("nodes").items():
        name = _NODES.get(provider, provider)
        nodes[name] = nodes.get(name, 0) + count
    times = data.number("load_ms"), data.number("first_run_ms")
    return Cold(ColdStart(*times, data.whole("heap_bytes") or None), nodes)


def _timed(data: Fields) -> Timed:
    return Timed(tuple(map(_model, data.inners("models"))))


def _model(entry: Fields) -> TimedModel:
    stages = entry.inner("stages_ms")
    parts = {name: stages.times(name, 0) for name in STAGES}
    alike = len({len(part) for part in parts.values()}) == 1
    entry.must("stages_ms", alike, "as many times of every stage")
    return TimedModel(entry.times("raw_ms", 1), parts)


_READERS: dict[str, Callable[[Fields], Message]] = {
    "alive": lambda data: Alive(),
    "progress": _progress,
    "browser": _browser,
    "cold": _cold,
    "timed": _timed,
    "absent": lambda data: Absent(data.text("message", cut=True)),
    "error": lambda data: Failure(data.text("message", cut=True)),
}
