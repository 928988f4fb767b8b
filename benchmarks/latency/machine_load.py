"""What else used the machine while models were timed."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Load", "LoadMeter", "busy_seconds", "load_of_fields"]

BUSY_SHARE = 0.1
"""Share of the machine's cores beyond which other programs are told of."""
FULL_SHARE = 0.9
"""Share of their threads' time below which runs had to wait for a processor."""

_SHORTEST = 1.0
"""Seconds: the kernel counts in hundredths of one, and rounds."""
_STATES = (0, 1, 2, 5, 6, 7)
"""user, nice, system, irq, softirq, steal of /proc/stat: not idle, not waiting for a disk."""


@dataclass(frozen=True, slots=True)
class Load:
    """Of the time in which models took turns."""

    cores: int
    """Logical processors of the machine."""
    others_cores: float | None = None
    """How many of them other programs used on average, a host's other guests too; None where the
    system does not tell (it does on Linux)."""
    cpu_share: float | None = None
    """CPU time of the process over wall time and threads: 1 where every thread had a processor
    all the time. None where threads may sleep in a run, for which it says nothing."""

    @property
    def warning(self) -> str:
        """Empty where nothing else was using the machine, as far as is known."""
        facts = []
        if self.others_cores is not None and self.others_cores > BUSY_SHARE * self.cores:
            facts.append(f"other programs took {self.others_cores:.1f} of {self.cores} cores")
        if self.cpu_share is not None and self.cpu_share < FULL_SHARE:
            facts.append(f"the runs got {self.cpu_share:.0%} of the CPU time of their threads")
        return f"something else was using the machine: {'; '.join(facts)}" if facts else ""


class LoadMeter:
    """Counts from when it is made."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.perf_counter,
        own: Callable[[], float] = time.process_time,
        busy: Callable[[], float | None] | None = None,
        cores: int | None = None,
    ) -> None:
        """``wall``, ``own`` and ``busy`` give seconds: a clock's, the process's CPU time, and that
        of the whole machine or None."""
        self._clocks = wall, own, busy or busy_seconds
        self._cores = cores or os.cpu_count() or 1
        self._start = tuple(clock() for clock in self._clocks)

    def read(self, full_threads: int | None = None) -> Load | None:
        """Since the start; None where that was too short to tell.

        ``full_threads`` is how many threads work or spin all the time; None where that is not
        known. Sessions of onnxruntime on a CPU spin: a thread that waits for another one's part of
        an operator counts as working, so that CPU time is wall time times threads.
        """
        wall, own, busy = (
            None if now is None or then is None else now - then
            for now, then in zip((clock() for clock in self._clocks), self._start, strict=True)
        )
        if wall is None or own is None or wall < _SHORTEST:
            return None
        others = None if busy is None else max(0.0, busy - own) / wall
        share = None if full_threads is None else own / (wall * min(full_threads, self._cores))
        return Load(self._cores, others, share)


def busy_seconds(stat: Path = Path("/proc/stat")) -> float | None:
    """CPU time of all programs since the machine started; None where the system has no such file.

    In a container that is mostly the whole machine's, too.
    """
    try:
        words = stat.read_text().split("\n", 1)[0].split()
        ticks = [int(word) for word in words[1:]]
        return sum(ticks[state] for state in _STATES) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def load_of_fields(data: Mapping[str, Any] | None) -> Load | None:
    """Of a report. ValueError or TypeError for anything else."""
    if data is None:
        return None
    load = Load(**data)
    if type(load.cores) is not int or load.cores < 1:
        raise ValueError("cores of load is no whole number above 0")
    shares = [value for value in (load.others_cores, load.cpu_share) if value is not None]
    if not all(math.isfinite(value) and value >= 0.0 for value in shares):
        raise ValueError("load holds what is no share")
    return load
