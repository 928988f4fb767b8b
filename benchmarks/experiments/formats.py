"""The forms in which a network can be written, side by side: bytes, exactness, time, back ends."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tinystyle.benchmarks.latency.case import Profile
from tinystyle.benchmarks.latency.progress import Progress
from tinystyle.benchmarks.latency.runner import alternate
from tinystyle.checks import require_whole
from tinystyle.export.files import onnx_bytes, write_file
from tinystyle.export.formats import Format, ending
from tinystyle.export.lowering import (
    GraphOptions,
    Norm,
    PictureIO,
    calibration_pictures,
    prepare,
)
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.structure import Padding
from tinystyle.export.provider_coverage import check
from tinystyle.export.verify.packages import verify_package
from tinystyle.export.verify.parity import FULL_CHECK, Parity, change, verify
from tinystyle.network.graph import Precision
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["FORMS", "FormRow", "measure_forms", "to_markdown"]

_HALF, _EIGHTH = Precision.FP16, Precision.INT8
FORMS: dict[str, tuple[Format, GraphOptions]] = {
    "onnx": (Format.ONNX, GraphOptions()),
    "onnx, bytes in and out": (Format.ONNX, GraphOptions(io=PictureIO.UINT8)),
    "onnx, half precision": (Format.ONNX, GraphOptions(_HALF)),
    "onnx, 8 bits": (Format.ONNX, GraphOptions(_EIGHTH)),
    "onnx, sliced borders": (Format.ONNX, GraphOptions(padding=Padding.SLICE)),
    "onnx, zero borders": (Format.ONNX, GraphOptions(padding=Padding.ZERO)),
    "onnx, zero borders, frozen norms": (
        Format.ONNX,
        GraphOptions(padding=Padding.ZERO, norm=Norm.FROZEN),
    ),
    "onnx, zero borders, frozen norms, 8 bits": (
        Format.ONNX,
        GraphOptions(_EIGHTH, Padding.ZERO, Norm.FROZEN),
    ),
    "ort": (Format.ORT, GraphOptions()),
    "ort, 8 bits": (Format.ORT, GraphOptions(_EIGHTH)),
    "coreml, half precision": (Format.COREML, GraphOptions(_HALF)),
    "coreml": (Format.COREML, GraphOptions()),
}
"""What is written, by name. The first is what the others' times are compared with."""


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form. Times of all rows are taken in turns, so that a busy machine is so for all."""

    name: str
    precision: Precision
    size_bytes: int
    parity: Parity
    """The file against its own graph."""
    change: float
    """Mean absolute difference, 0..1, of the graph to the network, on a photograph."""
    whole: tuple[str, ...]
    """Execution providers that take the whole graph, in one piece, at a fixed size."""
    median_ms: float | None = None
    """None where nothing here can run the file."""
    ratio: float | None = None
    """Of the time to that of the first row."""


def measure_forms(
    net: StyleNet,
    names: Sequence[str] = tuple(FORMS),
    *,
    size: tuple[int, int] = (256, 256),
    threads: int = 1,
    runs: int = 30,
    full: bool = False,
) -> list[FormRow]:
    """Write ``net`` in each form, for pictures of one size, and measure it.

    ``full`` compares on twenty pictures in place of two, int8 on twenty in place of ten.
    """
    require_whole("number of runs", runs)
    pictures = calibration_pictures(None)
    rows: list[FormRow] = []
    painters: dict[str, Stylizer] = {}
    with TemporaryDirectory() as folder:
        for name in names:
            form, graph_options = FORMS[name]
            precision = graph_options.precision
            graph = prepare(net, graph_options, pictures)
            options = ExportOptions(form, graph=graph_options, verify=False)
            fixed = replace(options, size=size)
            path = Path(folder) / f"net{ending(form)}"
            whole: tuple[str, ...] = ()
            if form is Format.COREML:
                written = write_file(graph, net, path, fixed, pictures)
                parity = verify_package(path, graph, precision=precision)
            else:
                written = write_file(graph, net, path, options, pictures)
                checks = FULL_CHECK if full else None
                data = path.read_bytes()
                parity = verify(data, graph, precision=precision, pictures=checks)
                painters[name] = Stylizer.from_bytes(
                    data, name, SessionOptions(threads, rests=True)
                )
                found = check(onnx_bytes(graph, fixed, pictures))
                whole = tuple(verdict.provider for verdict in found if verdict.whole)
            changed = 0.0 if graph_options.exact else change(graph, net, pictures[0])
            rows.append(FormRow(name, precision, written.size_bytes, parity, changed, whole))
    times = _in_turns(painters, size, runs)
    first = times[next(iter(times))] if times else 0.0
    return [
        replace(row, median_ms=times[row.name], ratio=times[row.name] / first)
        if row.name in times
        else row
        for row in rows
    ]


def _in_turns(painters: dict[str, Stylizer], size: tuple[int, int], runs: int) -> dict[str, float]:
    """Median times in milliseconds."""
    if not painters:
        return {}
    pixels = np.random.default_rng(0).integers(0, 256, (1, *size, 3), np.uint8)
    floats = to_batch(pixels[0])
    calls = [
        partial(painter.run_bytes, pixels)
        if painter.manifest.bytes_io
        else partial(painter.run, floats)
        for painter in painters.values()
    ]
    profile = Profile("formats", runs, 1e-9, math.inf, 2)
    with Progress(1.0) as progress, progress.part("forms in turns", 1.0) as tell:
        taken = alternate(calls, profile, tell=tell)
    return {name: statistics.median(times) for name, times in zip(painters, taken, strict=True)}


def to_markdown(rows: Sequence[FormRow], threads: int) -> str:
    """As a table."""
    columns = (
        *("form", "bytes", "largest / median difference to its graph, of 255", "SSIM"),
        *(
            f"time on {threads} thread{'s' * (threads > 1)}",
            "taken whole by",
            "change by its form, of 255",
        ),
    )
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for row in rows:
        largest, median = (
            f"{255 * value:.2g}"
            for value in (row.parity.max_abs_difference, row.parity.median_abs_difference)
        )
        timed = "not run here"
        if row.median_ms is not None and row.ratio is not None:
            timed = f"{row.median_ms:.0f} ms, x {row.ratio:.2f}"
        whole = ", ".join(row.whole) or ("not asked" if row.ratio is None else "none")
        changed = f"{255 * row.change:.1f}" if row.change else "none"
        lines.append(
            f"| {row.name} | {row.size_bytes:,} | {largest} / {median} | {row.parity.ssim:.3f} | "
            f"{timed} | {whole} | {changed} |"
        )
    return "\n".join(lines) + "\n"
