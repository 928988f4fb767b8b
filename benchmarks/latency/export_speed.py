"""How long ``export-net`` takes: cold, as a person calls it, and in one process for many styles."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinystyle.export.exporter import Exporter
from tinystyle.export.options import ExportOptions

__all__ = ["ColdExport", "cold", "networks_per_second"]

# As if torch were not installed: the import fails. VmHWM is the peak of this program alone;
# ru_maxrss would start from that of the process that started it.
_CODE = """
import pathlib, resource, sys
sys.modules["torch"] = None
from tinystyle.commands.export.command import main
code = main(sys.argv[1:])
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peaks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
print("peak", *peaks or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])
raise SystemExit(code)
"""


@dataclass(frozen=True, slots=True)
class ColdExport:
    """Whole processes of ``export-net`` for one style."""

    seconds: tuple[float, ...]
    peak_megabytes: float
    """Largest resident set of any of them, in 10^6 bytes."""


def cold(style: Path, folder: Path, runs: int = 5) -> ColdExport:
    """Start ``export-net`` afresh ``runs`` times, torch blocked."""
    seconds, peaks = [], []
    command = [sys.executable, "-c", _CODE, "--style", str(style), "--output", str(folder)]
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds.append(time.perf_counter() - start)
        peaks.append(int(done.stdout.split()[-1]))
    return ColdExport(tuple(seconds), max(peaks) * 1024 / 1e6)


def networks_per_second(styles: Sequence[Path], folder: Path) -> float:
    """Verified networks written per second by one process that has loaded the hypernetwork."""
    exporter = Exporter(ExportOptions())
    exporter.export(styles[0], folder / "warm-up.onnx")
    start = time.perf_counter()
    for style in styles:
        exporter.export(style, folder / f"{style.stem}.onnx")
    return len(styles) / (time.perf_counter() - start)
