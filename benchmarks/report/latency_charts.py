"""The charts of a benchmark's page that have a row for each record: latency, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinystyle.benchmarks.latency.measurement import STAGES, Record
from tinystyle.benchmarks.report.axes import (
    Scale,
    chapter,
    figure,
    horizontal,
    label,
    points_of,
    short,
)
from tinystyle.benchmarks.report.markup import Element, node
from tinystyle.benchmarks.report.tables import facts, title

__all__ = ["WIDTH", "by_size", "distributions", "series", "stages"]

WIDTH = 1040.0
"""Of a drawing, in its own units: about a pixel of a screen each."""

_LEFT, _RIGHT = 270.0, 130.0
_ROW = 56.0
_HILL = 34.0
_COLOURS = 8


def series(records: Sequence[Record]) -> dict[tuple[str, str], int]:
    """The colour, 0 to 7, of each model on each target."""
    keys = dict.fromkeys((record.model, record.target) for record in records)
    return {key: index % _COLOURS for index, key in enumerate(keys)}


def by_size(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Records of one size of the picture together, the smallest first: others do not compare."""
    ordered = sorted(records, key=lambda record: record.height * record.width)
    groups: dict[str, list[Record]] = {}
    for record in ordered:
        groups.setdefault(f"{record.height}x{record.width}", []).append(record)
    return groups


def distributions(records: Sequence[Record]) -> Element:
    """How the runs of each record spread: a hill, with lines at p50, p90 and p99."""
    colours = series(records)
    drawings = {
        size: _distribution(size, group, colours) for size, group in by_size(records).items()
    }
    caption = (
        "How often a run took how long, the session alone. Lines: p50 (thick), p90 (thin), p99 "
        "(dotted). Runs far beyond the others are counted, not drawn."
    )
    return chapter("Latency distribution", caption, drawings)


def _distribution(
    size: str, records: Sequence[Record], colours: dict[tuple[str, str], int]
) -> Element:
    ends = [value for r in records for value in (min(r.raw_ms), r.percentile(90))]
    # A few runs far off would press all others together.
    limit = 1.5 * max(ends)
    scale = Scale.fit(
        [*ends, *(min(r.percentile(99), limit) for r in records)], _LEFT, WIDTH - _RIGHT
    )
    bottom = 8.0 + _ROW * len(records)
    marks = horizontal(scale, 2.0, bottom, "milliseconds a run")
    said = []
    for index, record in enumerate(records):
        floor = 8.0 + _ROW * (index + 1) - 10.0
        marks += _names(record, floor)
        marks.append(_hill(record, scale, floor, colours[record.model, record.target]))
        marks += _percentiles(record, scale, floor)
        p50, p90, p99 = (record.percentile(p) for p in (50, 90, 99))
        marks.append(label(f"{p50:,.1f} ms", WIDTH, floor - 14, anchor="end", class_="value"))
        beyond = sum(value > scale.high for value in record.raw_ms)
        runs = f"{len(record.raw_ms)} runs" + (f", {beyond} beyond" if beyond else "")
        marks.append(label(runs, WIDTH, floor + 3, anchor="end", class_="small"))
        said.append(f"{title(record)}: p50 {p50:.1f}, p90 {p90:.1f}, p99 {p99:.1f} ms.")
    heading = f"Latency distribution, {size}"
    height = bottom + 44.0
    return figure(f"distribution-{size}", heading, " ".join(said), (WIDTH, height), marks)


def _names(record: Record, floor: float) -> list[Element]:
    return [
        label(short(record.model, 28), _LEFT - 20, floor - 14, anchor="end", class_="name"),
        label(short(facts(record), 36), _LEFT - 20, floor + 3, anchor="end", class_="small"),
    ]


def _hill(record: Record, scale: Scale, floor: float, colour: int) -> Element:
    line = [(float(x), floor - float(y)) for x, y in zip(*_density(record, scale), strict=True)]
    closed = [(line[0][0], floor), *line, (line[-1][0], floor)]
    return node("polygon", points=points_of(closed), class_=f"hill s{colour}")


def _density(record: Record, scale: Scale) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A Gaussian estimate over places in the drawing; width by Silverman's rule."""
    places = np.array([scale.place(value) for value in record.raw_ms if value <= scale.high])
    quarter, three = np.percentile(places, [25, 75])
    spread = min(float(places.std()), float(three - quarter) / 1.34) or float(places.std())
    width = max(2.0, 0.9 * spread * len(places) ** -0.2)
    ends = max(scale.start, places.min() - 3 * width), min(scale.end, places.max() + 3 * width)
    x = np.linspace(*ends, 200)
    y = np.exp(-0.5 * ((x[:, None] - places[None]) / width) ** 2).sum(axis=1)
    return x, _HILL * y / y.max()


def _percentiles(record: Record, scale: Scale, floor: float) -> list[Element]:
    marks = []
    for percent in (50, 90, 99):
        value = record.percentile(percent)
        if value <= scale.high:
            x = scale.place(value)
            top = floor - _HILL - 2
            marks.append(node("line", x1=x, x2=x, y1=top, y2=floor, class_=f"p p{percent}"))
    return marks


def stages(records: Sequence[Record]) -> Element | None:
    """From a picture file to pixels; None where nothing tells it."""
    known = [record for record in records if record.stages_ms]
    if not known:
        return None
    drawings = {size: _stages(size, group) for size, group in by_size(known).items()}
    caption = (
        "A JPEG of the same size: decode; resize and convert (pre); the session (run); back to "
        "bytes (post). Medians of a few runs, part after part."
    )
    return chapter("End to end", caption, drawings)


def _stages(size: str, records: Sequence[Record]) -> Element:
    sums = [sum(r.statistics[f"{stage}_p50"] for stage in r.stages_ms) for r in records]
    scale = Scale.fit(sums, _LEFT, WIDTH - _RIGHT, zero=True, logarithmic=False)
    top, bottom = 32.0, 32.0 + _ROW * len(records)
    marks = horizontal(scale, top, bottom, "milliseconds a picture")
    for index, stage in enumerate(STAGES):
        x = _LEFT + 100.0 * index
        marks.append(node("rect", x=x, y=4, width=14, height=14, rx=3, class_=f"t{index}"))
        marks.append(label(stage, x + 21, 16, class_="legend"))
    said = []
    for row, (record, total) in enumerate(zip(records, sums, strict=True)):
        floor = top + _ROW * (row + 1) - 13.0
        marks += _names(record, floor)
        start, told = 0.0, []
        for index, stage in enumerate(STAGES):
            value = record.statistics.get(f"{stage}_p50", 0.0)
            x, end = scale.place(start), scale.place(start + value)
            wide = max(0.75, end - x - 1.0)  # a seam between parts; none so thin as to vanish
            marks.append(
                node("rect", x=x, y=floor - 26, width=wide, height=28, rx=1, class_=f"t{index}")
            )
            start += value
            told.append(f"{stage} {value:.1f}")
        whole = record.statistics.get("end_to_end_p50", total)
        marks.append(label(f"{whole:,.1f} ms", WIDTH, floor - 14, anchor="end", class_="value"))
        share = record.statistics.get("run_p50", 0.0) / total
        marks.append(label(f"run {share:.0%}", WIDTH, floor + 3, anchor="end", class_="small"))
        said.append(f"{title(record)}: {', '.join(told)}, together {whole:.1f} ms.")
    heading = f"End to end, {size}"
    return figure(f"stages-{size}", heading, " ".join(said), (WIDTH, bottom + 44), marks)
