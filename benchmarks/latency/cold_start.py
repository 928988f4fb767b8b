"""What the first picture costs in a fresh process: loading, the first run, memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tinystyle.errors import ModelError

__all__ = ["ColdStart", "cold_start"]

# VmHWM is the peak of this program alone; ru_maxrss would start from that of its parent.
_CODE = """
import importlib, json, pathlib, sys, time
import numpy as np
from tinystyle.benchmarks.models.load import open_subject
path, target, threads, height, width = sys.argv[1:]
subject = open_subject(pathlib.Path(path), target, int(threads))
value = subject.feed(np.full((int(height), int(width), 3), 128, np.uint8))
start = time.perf_counter()
subject.run(value)
first = 1e3 * (time.perf_counter() - start)
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peaks = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
peak = peaks[0] if peaks else None
if peak is None and sys.platform != "win32":
    resource = importlib.import_module("resource")
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(json.dumps({"load_ms": subject.load_ms, "first_run_ms": first, "peak_bytes": peak}))
"""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Of one process that loads a model and runs it once. Memory is that of the whole process."""

    load_ms: float
    first_run_ms: float
    peak_bytes: int | None = None
    """None where a target cannot tell it."""
    runtime_start_ms: float | None = None
    """Of the runtime itself before any model, where a user waits for that too: in a browser."""


def cold_start(path: Path, size: tuple[int, int], threads: int, target: str) -> ColdStart:
    """Start a process. Raises ModelError where it fails."""
    numbers = [str(value) for value in (threads, *size)]
    command = [sys.executable, "-c", _CODE, str(path), target, *numbers]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1][:200]
        raise ModelError(f"{path}: a fresh process cannot run it ({reason})")
    return ColdStart(**json.loads(done.stdout))
