"""What operations read, against numpy on whole arrays."""

from __future__ import annotations

import numpy as np
import pytest

from tinystyle.runtime.tiles.spans import Border, Cut, Enlarging, Reach, Same, Span, Window

LENGTH = 23
REACHES: list[Reach] = [
    Same(),
    Window(3, 1),
    Window(6, 2),
    Window(3, 2),
    Enlarging(2),
    Cut(3, 19),
    Border(5, 6),
    Border(2, 2, reflects=True),
]


def _applied(reach: Reach, values: np.ndarray, before: int = 0, after: int = 0) -> np.ndarray:
    match reach:
        case Window(kernel, stride):
            windows = np.lib.stride_tricks.sliding_window_view(values, kernel)[::stride]
            return windows @ np.arange(1, kernel + 1)
        case Enlarging(scale):
            return np.repeat(values, scale)
        case Border():
            return np.pad(values, (before, after), mode="reflect" if reach.reflects else "edge")
        case _:
            return values


@pytest.mark.parametrize("reach", REACHES, ids=repr)
def test_what_is_needed_is_enough_and_what_is_made_is_right(reach: Reach) -> None:
    source = np.random.default_rng(0).integers(0, 1000, LENGTH)
    if isinstance(reach, Border):
        whole = _applied(reach, source, reach.before, reach.after)
    elif isinstance(reach, Cut):
        whole = source[reach.start : reach.end]
    else:
        whole = _applied(reach, source)
    assert reach.extent(LENGTH) == len(whole)
    for start in range(len(whole)):
        for end in range(start + 1, len(whole) + 1):
            needed = reach.needed(Span(start, end), LENGTH).within(Span(0, LENGTH))
            given = reach.usable(needed, LENGTH)
            made = reach.made(given, LENGTH)
            assert made.start <= start
            assert made.end >= end
            amounts = reach.amounts(given, LENGTH) if isinstance(reach, Border) else (0, 0)
            got = _applied(reach, source[given.start : given.end], *amounts)
            assert np.array_equal(got, whole[made.start : made.end])
