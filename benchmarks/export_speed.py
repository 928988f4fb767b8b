"""How long ``export-net`` takes: cold, as a person calls it, and in one process for many styles."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinystyle.export.exporter import Exporter, ExportOptions

__all__ = ["ColdExport", "cold", "networks_per_second"]

# As if torch were not installed: the import fails.
_CODE = """
import sys
sys.modules["torch"] = None
from tinystyle.commands.export_net import main
raise SystemExit(main(sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class ColdExport:
    """Whole processes of ``export-net`` for one style."""

    seconds: tuple[float, ...]
    peak_megabytes: float
    """Largest resident set of any of them, in 10^6 bytes."""


def cold(style: Path, folder: Path, runs: int = 5) -> ColdExport:
    """Start ``export-net`` afresh ``runs`` times, torch blocked."""
    seconds = []
    command = [sys.executable, "-c", _CODE, "--style", str(style), "--output", str(folder)]
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    kibibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return ColdExport(tuple(seconds), kibibytes * 1024 / 1e6)


def networks_per_second(styles: Sequence[Path], folder: Path) -> float:
    """Verified networks written per second by one process that has loaded the hypernetwork."""
    exporter = Exporter(ExportOptions())
    exporter.export(styles[0], folder / "warm-up.onnx")
    start = time.perf_counter()
    for style in styles:
        exporter.export(style, folder / f"{style.stem}.onnx")
    return len(styles) / (time.perf_counter() - start)
