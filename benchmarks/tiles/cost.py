"""What a large picture costs: the pace of painting it in tiles, and a program's memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from tinystyle.benchmarks.tiles.pictures import networks, photograph
from tinystyle.errors import TargetError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.images import UInt8Array
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["LARGE", "WHOLE", "Cost", "measure_cost", "model_of", "timed"]

WHOLE = (3000, 4000)
"""Height and width of the picture that is painted whole, for comparison."""

LARGE = ((3000, 4000), (4000, 6000), (8400, 12000))
"""Of those that are painted in tiles."""

_NO_LIMIT = 10**15

_WATCH = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
"""A program that starts another and tells its exit code and its peak of memory. Started from here,
that would count what this process has: the system copies the peak of the one that starts it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one size in tiles."""

    height: int
    width: int
    pace: float
    """Seconds a pixel, as a multiple of those of a whole picture of WHOLE: median of rounds."""
    processor: float
    """The same of the processor's time, all threads together."""
    seconds: float
    """Median of rounds."""
    peak: int
    """Largest resident memory of ``tinystyle stylize``, reading and writing included, in bytes."""


def measure_cost(
    threads: int,
    rounds: int,
    sizes: tuple[tuple[int, int], ...] = LARGE,
    memory: int | None = None,
) -> list[Cost]:
    """With the default options, or so many bytes of ``memory``, of a landscape in the first
    artwork's style.

    Whole and tiled pictures are painted in turn, so that what else runs slows down both.
    """
    model, name = model_of()
    painter = Stylizer.from_bytes(model, name, SessionOptions(threads))
    reference, tiled, whole = (
        photograph("landscape", *WHOLE),
        TileOptions(memory),
        TileOptions(_NO_LIMIT),
    )
    found = []
    for height, width in sizes:
        rgb, larger = photograph("landscape", height, width), _area((height, width)) / _area(WHOLE)
        ratios, times = list[list[float]](), list[float]()
        for _ in range(rounds):
            before = timed(painter, reference, whole)
            taken = timed(painter, rgb, tiled)
            after = timed(painter, reference, whole)
            pairs = zip(before, taken, after, strict=True)
            ratios.append([2 * t / (larger * (b + a)) for b, t, a in pairs])
            times.append(taken[0])
        pace, processor = (median(one[i] for one in ratios) for i in (0, 1))
        peak = _peak(model, rgb, threads, memory)
        found.append(Cost(height, width, pace, processor, median(times), peak))
    return found


def model_of() -> tuple[bytes, str]:
    """The network that is measured, and the artwork's name."""
    name, net = next(networks())
    return to_onnx(prepare(net, GraphOptions()), layout=Layout.ANY).SerializeToString(), name


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def timed(painter: Stylizer, rgb: UInt8Array, tiles: TileOptions) -> tuple[float, float]:
    """Seconds, and seconds of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    painter.stylize(rgb, tiles=tiles, stroke_size=1.0)
    return time.perf_counter() - start, time.process_time() - busy


def _peak(model: bytes, rgb: UInt8Array, threads: int, memory: int | None) -> int:
    if not hasattr(os, "wait4"):
        raise TargetError("the memory of a program can be measured on Linux and macOS alone")
    with tempfile.TemporaryDirectory(prefix="tinystyle-tiles-") as name:
        folder = Path(name)
        (folder / "net.onnx").write_bytes(model)
        Image.fromarray(rgb).save(folder / "photo.jpg", quality=92)
        command = [sys.executable, "-c", _WATCH, sys.executable, "-m", "tinystyle", "stylize"]
        command += ["net.onnx", "photo.jpg", "-o", "painted.jpg", "--stroke-size", "1"]
        command += ["--threads", str(threads), "--quiet"]
        command += [] if memory is None else ["--memory", f"{memory / 1e6:.0f}MB"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    words = done.stdout.split()
    if done.returncode or len(words) != 2 or words[0] != "0":
        raise TargetError(f"tinystyle stylize failed: {done.stderr.strip()[-200:]}")
    return int(words[1]) * (1 if sys.platform == "darwin" else 1024)
