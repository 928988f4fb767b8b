"""Records of a benchmark as CSV and as Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from tinystyle.benchmarks.latency.measurement import STAGES, Record
from tinystyle.benchmarks.latency.scaling import scalings
from tinystyle.benchmarks.latency.targets import Absence

__all__ = [
    "amiss",
    "doubts",
    "facts",
    "findings",
    "machines",
    "or_unknown",
    "title",
    "to_csv",
    "to_markdown",
]

_OWN = (
    *("model", "sha256", "size_bytes", "target", "provider", "height", "width", "batch"),
    *("threads", "profile", "warmup_runs", "macs", "parameters", "difference"),
)
_FIGURES = (
    *("p50", "p90", "p99", "mean", "min", "iqr", "spread", "frames_per_second"),
    *("end_to_end_p50", *(f"{stage}_p50" for stage in STAGES), "runtime_overhead"),
    *("first_ten_p50", "last_ten_p50", "gmacs_per_second", "share_of_peak"),
)
_COLD = ("load_ms", "first_run_ms", "peak_bytes", "runtime_start_ms")


def facts(record: Record) -> str:
    """How a model was run, in short."""
    threads = f"{record.threads} thread{'s' if record.threads > 1 else ''}"
    return f"{record.target} · {record.height}x{record.width} · {threads}"


def title(record: Record) -> str:
    """What was measured, in one line."""
    return ", ".join([record.model, *facts(record).split(" · ")])


def machines(records: Sequence[Record]) -> list[str]:
    """What ran them, each machine once."""
    told = [", ".join(f"{key} {value}" for key, value in r.machine.items()) for r in records]
    return list(dict.fromkeys(text for text in told if text))


def to_csv(records: Sequence[Record]) -> str:
    """A row a record, without raw times; what is not known is left empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*_OWN, "providers", "runs", *_COLD, *_FIGURES, "machine"])
    for record in records:
        values = [_plain(getattr(record, name)) for name in _OWN]
        values += [" ".join(record.providers), str(len(record.raw_ms))]
        values += [_plain(getattr(record.cold, name, None)) for name in _COLD]
        found = record.statistics
        values += [f"{found[key]:.6g}" if key in found else "" for key in _FIGURES]
        values += machines([record]) or [""]
        writer.writerow([_unformula(values[0]), *values[1:]])
    return stream.getvalue()


def to_markdown(records: Sequence[Record], absences: Sequence[Absence] = ()) -> str:
    """A table, then what speaks against its figures, then the machine."""
    columns = (
        *("model", "target", "size", "threads", "p50 ms", "p90 ms", "p99 ms", "frames/s"),
        *("end to end ms", "runtime over session", "load ms", "first ms", "peak MB"),
        *("GMAC", "GMAC/s", "of peak", "bytes"),
    )
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(_cells(record))} |" for record in records]
    return "\n".join([*lines, *findings(records, absences)])


def findings(records: Sequence[Record], absences: Sequence[Absence] = ()) -> list[str]:
    """What is told below a table, line by line: what speaks against its figures, the machine."""
    lines: list[str] = []
    warnings = [f"- {line}" for line in doubts(records)]
    if warnings:
        lines += ["", "Not to be trusted without a second look:", *warnings]
    if absences:
        lines += ["", "Not measured:", *(f"- {a.target}: {a.reason}" for a in absences)]
    growth = [f"- {line}" for line in scalings(records)]
    if growth:
        heading = "Cost with pixels, ms a megapixel (sizes are measured one after another):"
        lines += ["", heading, *growth]
    for record in records:
        if record.operators:
            shown = [f"{kind} {value:.2f}" for kind, value in record.operators.items()]
            lines += ["", f"{title(record)}, by operator, ms: {', '.join(shown)}"]
    checked = [r for r in records if r.difference is not None]
    if checked:
        told = [f"- {title(r)}: {r.difference:.3g}/255" for r in checked]
        lines += ["", "Outputs differ from those of this machine's CPU by at most:", *told]
    noted = [r for r in records if r.notes]
    if noted:
        told = [", ".join(f"{key} {value}" for key, value in r.notes.items()) for r in noted]
        lines += ["", "Of single rows:"]
        lines += [f"- {title(r)}: {text}" for r, text in zip(noted, told, strict=True)]
    runs = " / ".join(str(len(record.raw_ms)) for record in records)
    return [*lines, "", *machines(records), f"runs {runs}", ""]


def doubts(records: Sequence[Record]) -> list[str]:
    """What speaks against the figures, each but once: of one row, of some, or of all."""
    found: dict[str, list[str]] = {}
    for record in records:
        for text in record.warnings:
            found.setdefault(text, []).append(title(record))
    everywhere = len(records) if len(records) > 1 else 0
    return [
        f"{'all rows' if len(titles) == everywhere else '; '.join(titles)}: {text}"
        for text, titles in found.items()
    ]


def amiss(records: Sequence[Record], absences: Sequence[Absence] = ()) -> list[str]:
    """What speaks against the figures, and what was not measured, line by line without a table."""
    return [*doubts(records), *(f"not measured: {a.target}: {a.reason}" for a in absences)]


def _cells(record: Record) -> list[str]:
    found, cold = record.statistics, record.cold
    load, first = (None, None) if cold is None else (cold.load_ms, cold.first_run_ms)
    peak = None if cold is None or cold.peak_bytes is None else cold.peak_bytes / 1e6
    return [
        record.model.replace("|", "\\|"),
        record.target,
        f"{record.height}x{record.width}",
        str(record.threads),
        *(f"{found[key]:.1f}" for key in ("p50", "p90", "p99", "frames_per_second")),
        or_unknown(found.get("end_to_end_p50"), ".1f"),
        or_unknown(found.get("runtime_overhead"), "+.0%"),
        or_unknown(load, ".0f"),
        or_unknown(first, ".0f"),
        or_unknown(peak, ".0f"),
        or_unknown(record.macs and record.macs / 1e9, ".2f"),
        or_unknown(found.get("gmacs_per_second"), ".0f"),
        or_unknown(found.get("share_of_peak"), ".0%"),
        f"{record.size_bytes:,}",
    ]


def or_unknown(value: float | None, form: str) -> str:
    """A figure, or a question mark."""
    return "?" if value is None else format(value, form)


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _unformula(text: str) -> str:
    """A cell that a spreadsheet would compute becomes text: file names are anybody's."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
