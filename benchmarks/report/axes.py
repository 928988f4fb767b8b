"""Axes of the charts in a report: scales, ticks, grid lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tinystyle.benchmarks.report.markup import Element, node

__all__ = [
    "Scale",
    "apart",
    "chapter",
    "figure",
    "horizontal",
    "label",
    "points_of",
    "short",
    "vertical",
]

_Thing = TypeVar("_Thing")

_MANY = 8.0
"""Ratio of largest to smallest value from which an axis is logarithmic."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places in a drawing."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    @classmethod
    def fit(
        cls,
        values: Sequence[float],
        start: float,
        end: float,
        *,
        zero: bool = False,
        logarithmic: bool | None = None,
    ) -> Scale:
        """A scale that shows positive ``values`` with some air.

        Unless said, it is logarithmic where they span much. With ``zero`` a linear scale begins
        there, so that distances are to be believed.
        """
        low, high = min(values), max(values)
        if high > _MANY * low if logarithmic is None else logarithmic:
            return cls(low / 1.15, high * 1.15, start, end, True)
        air = 0.08 * (high - low) or 0.1 * high
        if zero:
            return cls(0.0, 1.06 * high, start, end)
        return cls(max(0.0, low - air), high + air, start, end)

    def place(self, value: float) -> float:
        """Where a value is drawn."""
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 6) -> list[float]:
        """Round values within the scale, about ``count``."""
        if self.logarithmic:
            return self._log_ticks(count)
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / count))
        step *= next(f for f in (1, 2, 5, 10) if (self.high - self.low) / (f * step) <= count)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [step * index for index in range(first, last + 1)]

    def _log_ticks(self, count: int) -> list[float]:
        found: list[float] = []
        for mantissas in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
            low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            tried = [m * 10.0**power for power in range(low, high + 1) for m in mantissas]
            tried = [value for value in tried if self.low <= value <= self.high]
            if len(tried) > count and found:
                break
            found = tried
        return found


def label(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "") -> Element:
    """Text in a drawing."""
    return node("text", text, x=x, y=y, text_anchor=anchor, class_=class_ or None)


def short(text: str, letters: int) -> str:
    """Text that fits: its end gives way."""
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def apart(
    things: Sequence[tuple[float, _Thing]], gap: float, end: float
) -> list[tuple[float, _Thing]]:
    """Things with their heights, moved so that labels do not overlap, none below ``end`` if they
    can be above it."""
    ordered = sorted(things, key=lambda pair: pair[0])
    places = [place for place, _ in ordered]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + gap)
    for index in reversed(range(len(places))):
        places[index] = min(places[index], end - gap * (len(places) - 1 - index))
    return [(place, thing) for place, (_, thing) in zip(places, ordered, strict=True)]


def horizontal(scale: Scale, top: float, bottom: float, name: str) -> list[Element]:
    """An x axis under a drawing, with its grid lines."""
    marks = []
    for value in scale.ticks():
        x = scale.place(value)
        marks.append(node("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        marks.append(label(f"{value:,.6g}", x, bottom + 18, anchor="middle", class_="tick"))
    marks.append(label(name, scale.end, bottom + 38, anchor="end", class_="axis"))
    return marks


def vertical(scale: Scale, left: float, right: float, name: str) -> list[Element]:
    """A y axis left of a drawing, with its grid lines; ``scale.end`` is the top."""
    marks = []
    for value in scale.ticks():
        y = scale.place(value)
        marks.append(node("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
        marks.append(label(f"{value:,.6g}", left - 8, y + 4, anchor="end", class_="tick"))
    marks.append(label(name, left - 8, scale.end - 14, anchor="end", class_="axis"))
    return marks


def points_of(line: Sequence[tuple[float, float]]) -> str:
    """Of a polyline or polygon."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in line)


def figure(
    name: str, heading: str, description: str, size: tuple[float, float], marks: Sequence[Element]
) -> Element:
    """A drawing of ``size`` (width, height).

    ``description`` says in words what the drawing shows, for those who cannot see it.
    """
    drawing = node(
        "svg",
        node("title", heading, id=f"{name}-title"),
        node("desc", description, id=f"{name}-text"),
        *marks,
        viewBox=f"0 0 {size[0]:.0f} {size[1]:.0f}",
        role="img",
        aria_labelledby=f"{name}-title {name}-text",
    )
    return node("figure", drawing)


def chapter(heading: str, caption: str, figures: Mapping[str, Element]) -> Element:
    """Drawings under a heading, each under its own name if there are several."""
    parts: list[Element] = []
    for name, drawing in figures.items():
        head = [node("h3", name)] if len(figures) > 1 else []
        parts.append(node("div", *head, drawing, class_="panel"))
    panels = node("div", *parts, class_="panels")
    return node("section", node("h2", heading), panels, node("p", caption, class_="note"))
