"""One model on one target at one size: raw times, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinystyle.benchmarks.cold_start import ColdStart
from tinystyle.errors import ModelError

__all__ = ["SCHEMA_VERSION", "Record"]

SCHEMA_VERSION = 1
WIDE_SPREAD = 0.1
"""Interquartile range over median beyond which figures are not to be trusted."""

_ENDS = 10


@dataclass(frozen=True, slots=True)
class Record:
    """``raw_ms`` are the session's times, run by run; everything else of time is derived."""

    model: str
    sha256: str
    size_bytes: int
    target: str
    providers: tuple[str, ...]
    """Execution providers of the session, preferred first."""
    nodes: Mapping[str, int]
    """Nodes by the provider that ran them."""
    height: int
    width: int
    batch: int
    threads: int
    profile: str
    warmup_runs: int
    raw_ms: tuple[float, ...]
    end_to_end_ms: tuple[float, ...]
    """Decode, resize, convert, run, convert: fewer runs, of a JPEG of the same size."""
    cold: ColdStart
    macs: int | None
    """None where they cannot be told."""
    parameters: int
    peak_gmacs: float
    """10^9 multiply-accumulates per second of a matrix product on the same threads."""
    operators: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of a run by kind of operator, where asked for."""

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
            "end_to_end_p50": float(np.median(self.end_to_end_ms)),
            "first_ten_p50": float(np.median(times[:_ENDS])),
            "last_ten_p50": float(np.median(times[-_ENDS:])),
        }
        if self.macs is not None:
            found["gmacs_per_second"] = self.macs * self.batch / 1e6 / p50
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
        if self.providers[0] != self.target:
            texts.append(f"asked for {self.target}, got {self.providers[0]}")
        elsewhere = sum(n for name, n in self.nodes.items() if name != self.target)
        if elsewhere:
            total = sum(self.nodes.values())
            texts.append(f"{elsewhere} of {total} nodes did not run on {self.target}")
        return texts

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
            own["cold"] = ColdStart(**own["cold"])
            for name in ("providers", "raw_ms", "end_to_end_ms"):
                own[name] = tuple(own[name])
            record = cls(**own)
            _ = record.statistics
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ModelError(f"not a record of a benchmark ({error})") from error
        return record
