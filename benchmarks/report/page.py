"""A benchmark as one HTML page that asks nothing of anybody: no script, no request, no font."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from tinystyle.assets import asset
from tinystyle.benchmarks.latency.measurement import STAGES, Record
from tinystyle.benchmarks.report.comparison import apart, paired
from tinystyle.benchmarks.report.cost_charts import growth, weights
from tinystyle.benchmarks.report.json_file import Report
from tinystyle.benchmarks.report.latency_charts import distributions, stages
from tinystyle.benchmarks.report.markup import Content, Element, node, render
from tinystyle.benchmarks.report.tables import doubts, facts, title

__all__ = ["to_html"]

Column: TypeAlias = "tuple[str, Callable[[Record], str]]"

_NOTHING = "default-src 'none'; style-src 'unsafe-inline'"
_UNKNOWN = "?"


def to_html(report: Report) -> str:
    """The whole page: tables, charts, warnings, machines. Names of models are only ever text."""
    records = report.records
    parts: list[Content | None] = [_head(records), _warnings(report), _summary(records)]
    if records:
        parts += [distributions(records), growth(records), stages(records), weights(records)]
    parts += [_pairs(records), _everything(records), _operators(records), _machines(report)]
    page = node(
        "html",
        node(
            "head",
            node("meta", charset="utf-8"),
            node("meta", name="viewport", content="width=device-width, initial-scale=1"),
            node("meta", http_equiv="Content-Security-Policy", content=_NOTHING),
            node("title", "Latency of networks"),
            node("style", asset("report/page.css").read_text(encoding="utf-8")),
        ),
        node("body", node("main", *(part for part in parts if part is not None))),
        lang="en",
    )
    return render(page)


def _head(records: Sequence[Record]) -> Element:
    counts = [
        (len({(record.model, record.sha256) for record in records}), "model"),
        (len({record.target for record in records}), "target"),
        (len({(record.height, record.width) for record in records}), "size"),
    ]
    told = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)
    profiles = ", ".join(dict.fromkeys(record.profile for record in records)) or "none"
    text = (
        f"{told}; profile {profiles}. Whatever ran in bench's own process ran in turns, so that a "
        "busy machine was so for all. Times are of the session alone where nothing else is said."
    )
    return node("header", node("h1", "Latency of networks"), node("p", text, class_="lede"))


def _warnings(report: Report) -> Element | None:
    texts = doubts(report.records)
    missing = [f"{absence.target}: {absence.reason}" for absence in report.absences]
    parts: list[Content] = []
    for heading, lines in (("Look twice at these", texts), ("Not measured", missing)):
        if lines:
            items = [node("li", line) for line in lines]
            parts += [node("h2", heading, id=f"said-{len(parts)}"), node("ul", *items)]
    return node("section", *parts, class_="warnings") if parts else None


def _table(caption: str, records: Sequence[Record], columns: Sequence[Column]) -> Element:
    rows = []
    told = [column for column in columns if any(column[1](r) != _UNKNOWN for r in records)]
    for record in records:
        cells = [node("td", cell(record), class_=_KINDS.get(name)) for name, cell in told]
        head = node(
            "th", record.model, node("span", facts(record)), scope="row", title=record.model
        )
        rows.append(node("tr", head, *cells))
    return _scrolled(caption, ["network", *(name for name, _ in told)], rows)


def _scrolled(caption: str, heads: Sequence[str], rows: Sequence[Element]) -> Element:
    cells = [node("th", name, scope="col", class_=_KINDS.get(name)) for name in heads]
    return node(
        "div",
        node(
            "table",
            node("caption", caption),
            node("thead", node("tr", *cells)),
            node("tbody", *rows),
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


_KINDS = {"p50": "main", "sha256": "hash", "as long as": "text"}


def _figure(name: str, form: str) -> Callable[[Record], str]:
    """A statistic, or a dash where it is not known."""

    def cell(record: Record) -> str:
        value = record.statistics.get(name)
        return _UNKNOWN if value is None else format(value, form)

    return cell


def _known(value: float | None, form: str, unit: float = 1.0) -> str:
    return _UNKNOWN if value is None else format(value / unit, form)


def _cold(name: str, form: str, unit: float = 1.0) -> Callable[[Record], str]:
    return lambda record: _known(getattr(record.cold, name, None), form, unit)


def _nodes(record: Record) -> str:
    nodes = record.nodes or {}
    return ", ".join(f"{name} {count}" for name, count in nodes.items()) or _UNKNOWN


_SUMMARY: tuple[Column, ...] = (
    ("p50", _figure("p50", ",.1f")),
    ("p90", _figure("p90", ",.1f")),
    ("p99", _figure("p99", ",.1f")),
    ("frames/s", _figure("frames_per_second", ".1f")),
    ("end to end", _figure("end_to_end_p50", ",.1f")),
    ("first run", _cold("first_run_ms", ",.0f")),
    ("peak MB", _cold("peak_bytes", ",.0f", 1e6)),
    ("kB", lambda record: f"{record.size_bytes / 1e3:,.0f}"),
)
_SESSION: tuple[Column, ...] = (
    ("runs", lambda record: f"{len(record.raw_ms):,}"),
    ("warm-up", lambda record: str(record.warmup_runs)),
    *((name, _figure(name, ",.2f")) for name in ("p50", "p90", "p99", "mean", "min", "iqr")),
    ("spread", _figure("spread", ".1%")),
    ("frames/s", _figure("frames_per_second", ".2f")),
    ("first 10", _figure("first_ten_p50", ",.2f")),
    ("last 10", _figure("last_ten_p50", ",.2f")),
)
_WHOLE: tuple[Column, ...] = (
    *((name, _figure(f"{name}_p50", ",.2f")) for name in STAGES),
    ("end to end", _figure("end_to_end_p50", ",.2f")),
    ("runtime over session", _figure("runtime_overhead", "+.1%")),
    ("runtime start", _cold("runtime_start_ms", ",.1f")),
    ("load", _cold("load_ms", ",.1f")),
    ("first run", _cold("first_run_ms", ",.1f")),
    ("peak MB", _cold("peak_bytes", ",.0f", 1e6)),
)
_MODEL: tuple[Column, ...] = (
    ("bytes", lambda record: f"{record.size_bytes:,}"),
    ("parameters", lambda record: _known(record.parameters, ",.0f")),
    ("GMAC", lambda record: _known(record.macs, ",.2f", 1e9)),
    ("GMAC/s", _figure("gmacs_per_second", ",.1f")),
    ("of peak", _figure("share_of_peak", ".0%")),
    ("asked for", lambda record: record.provider),
    ("got", lambda record: ", ".join(record.providers)),
    ("nodes run", _nodes),
    ("off the CPU by, /255", lambda record: _known(record.difference, ".3g")),
    ("notes", lambda record: ", ".join(map(" ".join, record.notes.items())) or _UNKNOWN),
    ("sha256", lambda record: record.sha256[:12]),
)


def _summary(records: Sequence[Record]) -> Element | None:
    if not records:
        return None
    return node("section", node("h2", "Summary"), _table("Milliseconds", records, _SUMMARY))


def _everything(records: Sequence[Record]) -> Element | None:
    if not records:
        return None
    return node(
        "section",
        node("h2", "All figures"),
        _table("The session alone, milliseconds", records, _SESSION),
        _table("From a picture file to pixels, and in a fresh process, ms", records, _WHOLE),
        _table("The model, its arithmetic, and who ran it", records, _MODEL),
        class_="dense",
    )


def _pairs(records: Sequence[Record]) -> Element | None:
    ratios, told = paired(records), apart(records)
    note = node("p", told, class_="note") if told else None
    if not ratios:
        return node("section", node("h2", "Side by side"), note) if note is not None else None
    heads = ("network takes", "times", "95 % interval", "as long as")
    rows = [
        node(
            "tr",
            node("th", ratio.after, scope="row", class_="text"),
            node("td", f"{ratio.value:.3f}", class_="main"),
            node("td", f"{ratio.low:.3f} to {ratio.high:.3f}"),
            node("td", ratio.before, class_="text"),
        )
        for ratio in ratios
    ]
    caption = "Medians of runs in turns, compared run by run. Intervals by resampling."
    parts = [_scrolled(caption, heads, rows), *([] if note is None else [note])]
    return node("section", node("h2", "Side by side"), *parts)


def _operators(records: Sequence[Record]) -> Element | None:
    items = []
    for record in records:
        if record.operators:
            shown = ", ".join(f"{kind} {ms:.2f}" for kind, ms in record.operators.items())
            items.append(node("li", f"{title(record)}: {shown}"))
    if not items:
        return None
    return node("section", node("h2", "Time by kind of operator, ms a run"), node("ul", *items))


def _machines(report: Report) -> Element:
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for record in report.records:
        groups.setdefault(tuple(record.machine.items()), []).append(record.target)
    groups.setdefault(tuple(report.environment.items()), [])
    parts: list[Content] = [node("h2", "Machine and versions")]
    for machine, targets in groups.items():
        names = ", ".join(dict.fromkeys(targets)) or "asked by"
        pairs = [
            node(tag, text)
            for fact in machine
            for tag, text in zip(("dt", "dd"), fact, strict=True)
        ]
        if pairs:
            parts += [node("p", names, class_="note"), node("dl", *pairs)]
    return node("section", *parts)
