"""One model on one target at one size: raw times, and what follows from them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.latency.machine_load import Load, load_of_fields
from tinystyle.errors import ModelError

__all__ = ["STAGES", "Record", "total_ms"]

STAGES = ("decode", "pre", "run", "post")
"""What an app does to a picture file: decode and turn it, resize and convert, run, convert."""

WIDE_SPREAD = 0.1
"""Interquartile range over median beyond which figures are not to be trusted."""

_ENDS = 10
_TIMES = ("raw_ms", "end_to_end_ms", "runtime_ms")
_TEXTS = ("model", "sha256", "target", "provider", "profile", "turns")
_WHOLE = ("size_bytes", "height", "width", "batch", "threads", "warmup_runs")


@dataclass(frozen=True, slots=True)
class Record:
    """``raw_ms`` are the session's times, run by run; everything else of time is derived.

    What a target cannot tell is None or empty: the figures that follow from it are then left out.
    """

    model: str
    sha256: str
    size_bytes: int
    target: str
    """As asked for: ``cpu``, ``android:xnnpack``."""
    provider: str
    """Execution provider asked for: that of the target."""
    providers: tuple[str, ...]
    """Execution providers that the session really has, preferred first."""
    height: int
    width: int
    batch: int
    threads: int
    profile: str
    warmup_runs: int
    raw_ms: tuple[float, ...]
    nodes: Mapping[str, int] | None = None
    """Nodes of the session's optimised graph, by the provider that ran them: without what was
    folded or fused, with the changes of layout that were added."""
    end_to_end_ms: tuple[float, ...] = ()
    """From a picture file of the same size to pixels: fewer runs."""
    stages_ms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """The same runs, part by part: STAGES."""
    runtime_ms: tuple[float, ...] = ()
    """Of the runtime's own call, from decoded pixels to pixels, each right after the run of the
    same place in ``stages_ms``; for models of ours."""
    cold: ColdStart | None = None
    macs: int | None = None
    """Of one picture: of the file's graph, in torch of the network as trained."""
    parameters: int | None = None
    peak_gmacs: float | None = None
    """10^9 multiply-accumulates per second of a matrix product on the same threads."""
    operators: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of a run by kind of operator, where asked for."""
    machine: Mapping[str, str] = field(default_factory=dict)
    """What ran it, by what it is: processor, system, versions, properties of a phone or browser."""
    difference: float | None = None
    """Largest difference of the output to that of onnxruntime on this CPU, in 1/255, where a
    target elsewhere was checked."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What a target tells of this record alone: the heat of a phone."""
    remarks: tuple[str, ...] = ()
    """What the measurer itself has to say against the figures."""
    turns: str = ""
    """Rows of one report with the same text here ran in turns; empty where a row ran alone."""
    load: Load | None = None
    """What else used the machine in that time, where that is known."""

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        return float(np.percentile(self.raw_ms, percent))

    @property
    def statistics(self) -> dict[str, float]:
        """Milliseconds, but for frames per second, shares and ratios."""
        times = np.array(self.raw_ms)
        p25, p50, p75 = (self.percentile(p) for p in (25, 50, 75))
        found = {
            "p50": p50,
            "p90": self.percentile(90),
            "p99": self.percentile(99),
            "mean": float(times.mean()),
            "min": float(times.min()),
            "iqr": p75 - p25,
            "spread": (p75 - p25) / p50,
            "frames_per_second": 1e3 * self.batch / p50,
            "first_ten_p50": float(np.median(times[:_ENDS])),
            "last_ten_p50": float(np.median(times[-_ENDS:])),
        }
        if self.end_to_end_ms:
            found["end_to_end_p50"] = float(np.median(self.end_to_end_ms))
        found |= {f"{name}_p50": float(np.median(ms)) for name, ms in self.stages_ms.items()}
        if self.runtime_ms and "run" in self.stages_ms:
            ratios = np.array(self.runtime_ms) / np.array(self.stages_ms["run"])
            found["runtime_overhead"] = float(np.median(ratios)) - 1.0
        if self.macs is not None:
            found["gmacs_per_second"] = self.macs * self.batch / 1e6 / p50
            if self.peak_gmacs is not None:
                found["share_of_peak"] = found["gmacs_per_second"] / self.peak_gmacs
        return found

    @property
    def warnings(self) -> list[str]:
        """What speaks against the figures."""
        found = self.statistics
        texts = []
        if found["spread"] > WIDE_SPREAD:
            texts.append(f"spread {found['spread']:.0%}: the machine was not quiet")
        if found["last_ten_p50"] > 1.1 * found["first_ten_p50"]:
            slower = found["last_ten_p50"] / found["first_ten_p50"]
            texts.append(f"the last runs took {slower:.2f} times the first: throttling?")
        if self.load is not None and self.load.warning:
            texts.append(self.load.warning)
        overhead = found.get("runtime_overhead", 0.0)
        if round(overhead, 2) < 0.0:
            texts.append(f"runtime over session {overhead:+.0%}: noise is larger than that figure")
        if self.providers[0] != self.provider:
            texts.append(f"asked for {self.provider}, got {self.providers[0]}")
        nodes = self.nodes or {}
        elsewhere = sum(n for name, n in nodes.items() if name != self.provider)
        if elsewhere:
            texts.append(
                f"{elsewhere} of {sum(nodes.values())} nodes did not run on {self.provider}"
            )
        return [*texts, *self.remarks]

    def to_json(self) -> dict[str, Any]:
        """Plain data: fields, ``statistics`` and ``warnings``."""
        own = dataclasses.asdict(self)
        return {**own, "statistics": self.statistics, "warnings": self.warnings}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        """Read :meth:`to_json`; derived figures are derived anew. ModelError for anything else."""
        try:
            known = {f.name for f in dataclasses.fields(cls)}
            own = {key: value for key, value in data.items() if key in known}
            own.setdefault("provider", own["target"])  # reports of schema 1
            if own.get("cold") is not None:
                own["cold"] = ColdStart(**own["cold"])
            own["load"] = load_of_fields(own.get("load"))
            if own.get("difference") is not None:
                own["difference"] = float(own["difference"])
            for name in _TIMES:
                own[name] = _times(own.get(name, ()))
            own["stages_ms"] = {k: _times(v) for k, v in own.get("stages_ms", {}).items()}
            for name in ("providers", "remarks"):
                own[name] = tuple(str(value) for value in own.get(name, ()))
            own.setdefault("turns", "")  # reports of schema 1 and 2
            if not all(type(own[name]) is str for name in _TEXTS):
                raise ValueError(f"{', '.join(_TEXTS)} are not all texts")
            if not all(type(own[name]) is int and own[name] >= 0 for name in _WHOLE):
                raise ValueError(f"{', '.join(_WHOLE)} are not all whole numbers")
            if len({*map(len, own["stages_ms"].values())} | {len(own["runtime_ms"])} - {0}) > 1:
                raise ValueError("stages_ms and runtime_ms are of different runs")
            if own.get("nodes") is not None:
                own["nodes"] = {str(name): int(n) for name, n in own["nodes"].items()}
            record = cls(**own)
            _ = record.statistics, record.warnings
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise ModelError(f"not a record of a benchmark ({error})") from error
        return record


def total_ms(stages_ms: Mapping[str, tuple[float, ...]]) -> tuple[float, ...]:
    """All stages of a run together, run by run."""
    return tuple(map(sum, zip(*stages_ms.values(), strict=True)))


def _times(values: Any) -> tuple[float, ...]:
    """Positive finite milliseconds. ValueError for others."""
    times = tuple(float(value) for value in values)
    if not all(math.isfinite(value) and value > 0.0 for value in times):
        raise ValueError("times are not all positive numbers")
    return times
