"""Measurements of tiles, on small pictures."""

from __future__ import annotations

import os

import pytest

from tinystyle.benchmarks.tiles import cost
from tinystyle.benchmarks.tiles.cost import measure_cost
from tinystyle.benchmarks.tiles.exactness import Difference, measure_exactness
from tinystyle.benchmarks.tiles.linear import measure_linear
from tinystyle.benchmarks.tiles.pictures import KINDS
from tinystyle.benchmarks.tiles.table import cost_table, exactness_table, linear_table


def test_tiles_are_compared_with_the_whole() -> None:
    told: list[Difference] = []
    found = measure_exactness(1, told.append, sizes=((97, 131),), tiles=(64,), artworks=1)
    assert found == told
    assert [one.kind for one in found] == list(KINDS)
    assert all(one.largest <= 1e-4 and one.levels <= 1 for one in found)
    assert any(one.largest > 0.0 for one in found)  # they are not the same computation
    assert len(exactness_table(found).splitlines()) == 2 + len(KINDS)


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="no peak of another program's memory here")
def test_time_and_memory_of_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "WHOLE", (120, 160))
    held = bytearray(400 * 2**20)  # what this process has does not count
    (found,) = measure_cost(1, 1, sizes=((90, 120),))
    assert found.pace > 0.0
    assert found.processor > 0.0
    assert 50 * 2**20 < found.peak < len(held)
    assert "| 120 x 90 |" in cost_table([found])
    (small,) = measure_cost(1, 1, sizes=((90, 120),), memory=300_000_000)
    assert small.peak < len(held)


def test_whether_time_is_linear() -> None:
    found = measure_linear(1, 1, small=(64, 64), large=(130, 128), side=64)
    figures = (found.whole, found.whole_processor, found.tiles, found.tiles_processor)
    assert all(0.0 < figure < 100.0 for figure in figures)
    assert f"| at once | {found.whole:.2f} |" in linear_table(found)
