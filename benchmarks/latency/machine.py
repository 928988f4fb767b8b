"""The machine that measures: processor, system, versions. Never its name or a path."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from tinystyle import __version__

__all__ = ["environment", "graphics", "processor"]

_SECONDS = 10.0


def environment() -> dict[str, str]:
    """This machine and the versions in use, by what they are."""
    found = {
        "processor": processor(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
        "onnx": onnx.__version__,
        "tinystyle": __version__,
    }
    gpu = graphics()
    return {**found, "graphics": gpu} if gpu else found


def processor() -> str:
    """Its model name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def graphics() -> str:
    """Model names of the NVIDIA GPUs with their driver; empty where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    command = [program, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""  # a driver's remains without a card
    return "; ".join(line.strip() for line in done.stdout.splitlines() if line.strip())
