"""Records of a benchmark as plain text for a terminal: the figures that are asked for first."""

from __future__ import annotations

from collections.abc import Sequence

from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.targets import Absence
from tinystyle.benchmarks.report.tables import findings, or_unknown

__all__ = ["to_text"]

_COLUMNS = (
    *("model", "target", "size", "threads", "p50 ms", "p90 ms", "frames/s", "end to end"),
    *("peak MB", "bytes"),
)
_WIDTH = 100
_GAP = "  "
_SHORTEST = 8
"""Letters of a name or target that stay in any case."""


def to_text(records: Sequence[Record], absences: Sequence[Absence] = ()) -> str:
    """A table of at most 100 columns, then what Markdown says below its own.

    Where it would be wider, the start of names gives way: what differs is mostly their end.
    """
    rows = [_COLUMNS, *(_cells(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for column in (0, 1):
        over = sum(widths) + len(_GAP) * (len(widths) - 1) - _WIDTH
        widths[column] -= min(max(0, over), max(0, widths[column] - _SHORTEST))
    lines = []
    for name, target, *figures in rows:
        texts = zip((name, target), widths[:2], strict=True)
        cells = [_end(text, width).ljust(width) for text, width in texts]
        cells += [text.rjust(width) for text, width in zip(figures, widths[2:], strict=True)]
        lines.append(_GAP.join(cells))
    return "\n".join([*lines, *findings(records, absences)])


def _cells(record: Record) -> tuple[str, ...]:
    found, cold = record.statistics, record.cold
    peak = None if cold is None or cold.peak_bytes is None else cold.peak_bytes / 1e6
    return (
        record.model,
        record.target,
        f"{record.height}x{record.width}",
        str(record.threads),
        *(_short(found[key]) for key in ("p50", "p90", "frames_per_second")),
        _short(found.get("end_to_end_p50")),
        or_unknown(peak, ".0f"),
        f"{record.size_bytes:,}",
    )


def _short(value: float | None) -> str:
    return or_unknown(value, ".1f" if value is None or value < 1000.0 else ".0f")


def _end(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"…{text[1 - letters :]}"
