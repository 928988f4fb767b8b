"""The page of a benchmark: whole, harmless, readable without eyes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import cast
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from tests.benchmarks.records import made_up
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.scaling import scalings
from tinystyle.benchmarks.latency.targets import Absence
from tinystyle.benchmarks.report.axes import Scale, apart
from tinystyle.benchmarks.report.cost_charts import growth, weights
from tinystyle.benchmarks.report.json_file import Report
from tinystyle.benchmarks.report.latency_charts import distributions, stages
from tinystyle.benchmarks.report.markup import node, render
from tinystyle.benchmarks.report.page import to_html

HOSTILE = "</style></title><script>alert('x')</script>\"onload=\"&amp;\u202e\x00.onnx"


class Outline(HTMLParser):
    """Tags with their attributes, and all text; fails where tags do not close each other."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def _records() -> tuple[Record, ...]:
    random = np.random.default_rng(0)
    found = []
    for name, size_bytes, factor in (("a.onnx", 445_675, 1.0), (HOSTILE, 228_000, 1.3)):
        for side in (256, 512, 1024):
            base = 25.0 * factor * (side / 256) ** 2
            times = base * (1.0 + random.gamma(2.0, 0.02, 64))
            fields = {"model": name, "size_bytes": size_bytes, "height": side, "width": side}
            found.append(made_up(times.tolist(), **fields, operators={"Conv": 3.0}))
    phone = made_up([9.0] * 20, target="android", stages_ms={}, end_to_end_ms=(), runtime_ms=())
    return (*found, phone)


def _page() -> str:
    return to_html(Report(_records(), (Absence("cuda", "no <b>GPU</b>"),), {"processor": "<i>"}))


def test_the_page_is_whole() -> None:
    outline = Outline(_page())
    assert outline.count("svg") == 3 + 1 + 3 + 3
    assert outline.count("table") == 5
    text = " ".join(outline.text)
    assert "no <b>GPU</b>" in text
    assert "Conv 3.00" in text


def test_names_of_files_are_only_text() -> None:
    page = _page()
    outline = Outline(page)
    assert {"script", "b", "i"}.isdisjoint(tag for tag, _ in outline.tags)
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert "\u202e" not in page
    assert "\x00" not in page
    shown = HOSTILE.replace("\u202e", "?").replace("\x00", "?")
    assert any(shown in text for text in outline.text)


def test_the_page_asks_nothing_of_anybody() -> None:
    page = _page()
    assert not re.search(r"""(src|href|action|data)\s*=|url\(|@import|https?:""", page, re.I)
    metas = [attributes for tag, attributes in Outline(page).tags if tag == "meta"]
    policy = next(m for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert (policy["content"] or "").startswith("default-src 'none'")


def test_drawings_are_told_in_words() -> None:
    outline = Outline(_page())
    identifiers = [a["id"] for _, a in outline.tags if "id" in a]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in outline.tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert set((attributes["aria-labelledby"] or "").split()) <= set(identifiers)
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    assert ("html", {"lang": "en"}) in outline.tags
    assert outline.count("caption") == outline.count("table")


def test_day_night_and_paper() -> None:
    page = _page()
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_a_page_of_nothing() -> None:
    outline = Outline(to_html(Report((), (Absence("cuda", "no GPU"),))))
    assert outline.count("svg") == 0


def test_one_run_at_one_size_is_drawn() -> None:
    one = (made_up([20.0]),)
    assert Outline(to_html(Report(one))).count("svg") == 2
    assert growth(one) is None
    assert weights(one) is None
    assert stages((made_up([20.0], stages_ms={}),)) is None


def _places(root: Element, class_: str, name: str) -> list[float]:
    return [
        float(cast(str, found.get(name)))
        for found in root.iter()
        if class_ in (found.get("class") or "").split()
    ]


def test_marks_stand_where_their_values_are() -> None:
    """Two records at 20 and 40 ms: p50 lines, a linear scale with known ticks."""
    records = [made_up([20.0] * 9), made_up([40.0] * 9, model="b.onnx")]
    root = distributions(records)
    ticks = {
        float(cast(str, found.text)): float(cast(str, found.get("x")))
        for found in root.iter("text")
        if found.get("class") == "tick"
    }
    known = sorted(ticks)
    first, second = _places(root, "p50", "x1")
    for place, value in ((first, 20.0), (second, 40.0)):
        expected = np.interp(value, known, [ticks[tick] for tick in known])
        assert place == pytest.approx(expected, abs=0.1)


def test_scales() -> None:
    linear = Scale.fit([20.0, 30.0], 0.0, 100.0)
    assert not linear.logarithmic
    assert 0.0 < linear.place(20.0) < linear.place(30.0) < 100.0
    assert Scale.fit([20.0], 0.0, 100.0).ticks()
    bars = Scale.fit([20.0, 400.0], 0.0, 100.0, zero=True, logarithmic=False)
    assert bars.place(0.0) == 0.0
    logarithmic = Scale.fit([1.0, 100.0], 100.0, 0.0)
    assert logarithmic.place(10.0) == pytest.approx(50.0)
    assert {1.0, 10.0, 100.0} <= set(logarithmic.ticks())


@pytest.mark.parametrize("low", [0.001, 0.7, 3.0, 12345.0])
@pytest.mark.parametrize("ratio", [1.0, 1.01, 3.0, 9.0, 500.0, 1e5])
def test_ticks_are_few_and_inside(low: float, ratio: float) -> None:
    scale = Scale.fit([low, low * ratio], 0.0, 100.0)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 9
    assert all(-0.1 <= scale.place(tick) <= 100.1 for tick in ticks)


def test_labels_keep_apart() -> None:
    placed = apart([(90.0, "c"), (10.0, "a"), (12.0, "b")], 20.0, 100.0)
    assert placed == [(10.0, "a"), (30.0, "b"), (90.0, "c")]
    places = [place for place, _ in apart([(95.0, "a"), (96.0, "b"), (97.0, "c")], 20.0, 100.0)]
    assert places == [60.0, 80.0, 100.0]


def test_growth_is_told_against_pixels() -> None:
    sizes = ((256, 256), (512, 512), (1024, 1024))
    times = (20.0, 84.0, 352.0)  # linear would be 20, 80, 320
    records = [
        made_up([ms] * 3, height=height, width=width)
        for (height, width), ms in zip(sizes, times, strict=True)
    ]
    (line,) = scalings([*reversed(records), made_up([5.0], model="other.onnx")])
    assert line.sizes == sizes
    assert line.linear_ms == pytest.approx((20.0, 80.0, 320.0))
    costs = (20e6 / 256**2, 84e6 / 512**2, 352e6 / 1024**2)
    assert line.megapixel_ms == pytest.approx(costs)
    assert str(line) == "net.onnx, cpu, 1 thread: 256x256 305, 512x512 320, 1024x1024 336"


def test_markup_is_escaped_by_the_library() -> None:
    root = node("p", "1 < 2", node("b", "&"), " tail", title='"', class_="x", data_x=1.50)
    assert render(root) == (
        '<!DOCTYPE html>\n<p title="&quot;" class="x" data-x="1.5">1 &lt; 2<b>&amp;</b> tail</p>\n'
    )
