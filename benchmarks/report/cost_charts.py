"""The charts of a benchmark's page that set latency against pixels and against bytes."""

from __future__ import annotations

from collections.abc import Sequence

from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.scaling import Scaling, scalings
from tinystyle.benchmarks.report.axes import (
    Scale,
    apart,
    chapter,
    figure,
    horizontal,
    label,
    points_of,
    short,
    vertical,
)
from tinystyle.benchmarks.report.latency_charts import WIDTH, by_size, series
from tinystyle.benchmarks.report.markup import Element, node
from tinystyle.benchmarks.report.tables import title

__all__ = ["growth", "weights"]

_LEFT, _TOP, _LABELS = 80.0, 40.0, 250.0
_GAP = 36.0
"""Between two labels, one under the other."""


def growth(records: Sequence[Record]) -> Element | None:
    """Latency against pixels, with the line of equal cost for a pixel; None for single sizes."""
    lines = scalings(records)
    if not lines:
        return None
    colours = series(records)
    right, bottom = WIDTH - _LABELS, max(390.0, _TOP + _GAP * len(lines))
    pixels = [count / 1e6 for line in lines for count in line.pixels]
    times = [t for line in lines for t in (*line.p50_ms, *line.linear_ms)]
    y = Scale.fit(times, bottom, _TOP, zero=True)
    # Of one kind, so that what is linear looks straight.
    x = Scale.fit(pixels, _LEFT, right, zero=True, logarithmic=y.logarithmic)
    marks = [*horizontal(x, _TOP, bottom, "megapixels"), *vertical(y, _LEFT, right, "ms, p50")]
    ends: list[tuple[float, Scaling]] = []
    for line in lines:
        colour = colours[line.model, line.target]
        measured = _places(line, line.p50_ms, x, y)
        straight = _places(line, line.linear_ms, x, y)
        marks.append(node("polyline", points=points_of(straight), class_="linear"))
        marks.append(node("polyline", points=points_of(measured), class_=f"line s{colour}"))
        for (px, py), size, ms in zip(measured, line.sizes, line.megapixel_ms, strict=True):
            tip = node("title", f"{size[0]}x{size[1]}: {ms:.0f} ms a megapixel")
            marks.append(node("circle", tip, cx=px, cy=py, r=5, class_=f"dot s{colour}"))
        ends.append((measured[-1][1], line))
    for place, line in apart(ends, _GAP, bottom):
        threads = f"{line.threads} thread{'s' if line.threads > 1 else ''}"
        marks.append(label(short(line.model, 28), right + 16, place - 1, class_="name"))
        told = f"{line.target} · {threads} · {line.megapixel_ms[-1]:.0f} ms/MP"
        marks.append(label(told, right + 16, place + 15, class_="small"))
    caption = (
        "Dashed: what each size would take at the smallest one's time for a pixel. The figure "
        "beside a line is its largest size's milliseconds for a megapixel. Sizes are measured one "
        "after another."
    )
    heading, said = "Latency against pixels", " ".join(f"{line}." for line in lines)
    drawing = figure("growth", heading, said, (WIDTH, bottom + 44), marks)
    return chapter(heading, caption, {"": drawing})


def _places(line: Scaling, times: Sequence[float], x: Scale, y: Scale) -> list[tuple[float, float]]:
    pixels = [x.place(count / 1e6) for count in line.pixels]
    return list(zip(pixels, map(y.place, times), strict=True))


def weights(records: Sequence[Record]) -> Element | None:
    """Bytes of the file against latency; None where all files have the same."""
    if len({record.size_bytes for record in records}) < 2:
        return None
    colours = series(records)
    drawings = {
        size: _weights(size, group, colours)
        for size, group in by_size(records).items()
        if len({record.size_bytes for record in group}) > 1
    }
    if not drawings:
        return None
    return chapter("Size against latency", "Down and to the left is better.", drawings)


def _weights(size: str, records: Sequence[Record], colours: dict[tuple[str, str], int]) -> Element:
    right, bottom = WIDTH - _LABELS, max(230.0, _TOP + _GAP * len(records))
    x = Scale.fit([record.size_bytes / 1e3 for record in records], _LEFT, right, zero=True)
    y = Scale.fit([record.percentile(50) for record in records], bottom, _TOP, zero=True)
    marks = horizontal(x, _TOP, bottom, "kilobytes of the file")
    marks += vertical(y, _LEFT, right, "ms, p50")
    names: list[tuple[float, Record]] = []
    dots = []
    for record in records:
        place = x.place(record.size_bytes / 1e3), y.place(record.percentile(50))
        colour = colours[record.model, record.target]
        tip = node("title", f"{title(record)}: {record.percentile(50):.1f} ms")
        dots.append(node("circle", tip, cx=place[0], cy=place[1], r=6, class_=f"dot s{colour}"))
        names.append((place[1], record))
    for place_y, record in apart(names, _GAP, bottom):
        spot = x.place(record.size_bytes / 1e3) + 8, y.place(record.percentile(50))
        leader = [spot, (right + 4, place_y), (right + 12, place_y)]
        marks.append(node("polyline", points=points_of(leader), class_="leader"))
        marks.append(label(short(record.model, 28), right + 18, place_y - 1, class_="name"))
        threads = f"{record.threads} thread{'s' if record.threads > 1 else ''}"
        told = f"{record.target} · {threads} · {record.percentile(50):,.1f} ms"
        marks.append(label(told, right + 18, place_y + 15, class_="small"))
    heading = f"Size against latency, {size}"
    said = " ".join(
        f"{title(r)}: {r.size_bytes:,} bytes, {r.percentile(50):.1f} ms." for r in records
    )
    return figure(f"weights-{size}", heading, said, (WIDTH, bottom + 44), [*marks, *dots])
