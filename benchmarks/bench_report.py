"""A benchmark as JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import onnxruntime

from tinystyle import __version__
from tinystyle.atomic import write_bytes
from tinystyle.benchmarks.record import SCHEMA_VERSION, Record
from tinystyle.errors import ModelError

__all__ = ["environment", "read_report", "to_csv", "to_json", "to_markdown", "write_reports"]

_CELLS = (
    *("p50", "p90", "p99", "mean", "min", "iqr", "spread", "frames_per_second"),
    *("end_to_end_p50", "first_ten_p50", "last_ten_p50", "gmacs_per_second", "share_of_peak"),
)


def environment() -> dict[str, str]:
    """The machine and the versions, without its name."""
    return {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "onnx": onnx.__version__,
        "tinystyle": __version__,
    }


def processor() -> str:
    """Its model name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def to_json(records: Sequence[Record]) -> str:
    """All of it, raw times too."""
    content = {
        "schema": SCHEMA_VERSION,
        "environment": environment(),
        "records": [record.to_json() for record in records],
    }
    return json.dumps(content, indent=1) + "\n"


def read_report(path: Path) -> list[Record]:
    """Read :func:`to_json`. Raises ModelError for other files and newer schemas."""
    try:
        content: Any = json.loads(path.read_text())
        version, records = content["schema"], content["records"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: not a report of bench ({error})") from error
    if version != SCHEMA_VERSION:
        raise ModelError(f"{path}: schema {version!r}; this version reads {SCHEMA_VERSION}")
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        raise ModelError(f"{path}: its records are no list of objects")
    return [Record.from_json(row) for row in records]


def to_csv(records: Sequence[Record]) -> str:
    """A row a record, without raw times."""
    stream = io.StringIO()
    own = ("model", "sha256", "size_bytes", "target", "height", "width", "batch", "threads")
    more = ("profile", "warmup_runs", "runs", "macs", "parameters", "load_ms", "first_run_ms")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*own, *more, "peak_bytes", *_CELLS])
    for record in records:
        values = [getattr(record, name) for name in own]
        values += [record.profile, record.warmup_runs, len(record.raw_ms)]
        values += [record.macs, record.parameters, record.cold.load_ms, record.cold.first_run_ms]
        values += [record.cold.peak_bytes]
        found = record.statistics
        writer.writerow([*values, *(f"{found[k]:.6g}" if k in found else "" for k in _CELLS)])
    return stream.getvalue()


def to_markdown(records: Sequence[Record]) -> str:
    """A table, then what speaks against its figures, then the machine."""
    columns = (
        *("model", "target", "size", "threads", "p50 ms", "p90 ms", "p99 ms", "frames/s"),
        *("end to end ms", "load ms", "first ms", "peak MB", "GMAC", "GMAC/s", "of peak", "bytes"),
    )
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    warnings = []
    for record in records:
        found = record.statistics
        macs, rate, share = "?", "?", "?"
        if record.macs is not None:
            macs = f"{record.macs / 1e9:.2f}"
            rate, share = f"{found['gmacs_per_second']:.0f}", f"{found['share_of_peak']:.0%}"
        cells = [
            record.model,
            record.target,
            f"{record.height}x{record.width}",
            str(record.threads),
            *(f"{found[key]:.1f}" for key in ("p50", "p90", "p99", "frames_per_second")),
            f"{found['end_to_end_p50']:.1f}",
            f"{record.cold.load_ms:.0f}",
            f"{record.cold.first_run_ms:.0f}",
            f"{record.cold.peak_bytes / 1e6:.0f}",
            *(macs, rate, share, f"{record.size_bytes:,}"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
        name = f"{record.model}, {record.target}, {record.height}x{record.width}"
        warnings += [f"- {name}, {record.threads} threads: {text}" for text in record.warnings]
    if warnings:
        lines += ["", "Not to be trusted without a second look:", *warnings]
    for record in records:
        if record.operators:
            lines += ["", f"{record.model} by operator, ms: "]
            shown = [f"{kind} {value:.2f}" for kind, value in record.operators.items()]
            lines[-1] += ", ".join(shown)
    facts = ", ".join(f"{key} {value}" for key, value in environment().items())
    runs = " / ".join(str(len(record.raw_ms)) for record in records)
    return "\n".join([*lines, "", f"{facts}; runs {runs}", ""])


def write_reports(records: Sequence[Record], folder: Path) -> None:
    """``bench.json``, ``bench.csv`` and ``bench.md``."""
    for name, text in (
        ("bench.json", to_json(records)),
        ("bench.csv", to_csv(records)),
        ("bench.md", to_markdown(records)),
    ):
        write_bytes(folder / name, text.encode())
