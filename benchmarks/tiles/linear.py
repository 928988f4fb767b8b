"""Whether a large picture that is painted at once takes as long a pixel as a small one."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from tinystyle.benchmarks.tiles.cost import model_of, timed
from tinystyle.benchmarks.tiles.pictures import photograph
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["LARGE", "SMALL", "Linear", "measure_linear"]

SMALL, LARGE = (1024, 1024), (2160, 3840)
"""Heights and widths: what is compared, 4K."""

_AROUND = 3
"""Small pictures painted before and after each large one: one alone is too short a time."""

_NO_LIMIT = 10**15


@dataclass(frozen=True, slots=True)
class Linear:
    """Time a pixel of LARGE as multiples of that of SMALL, medians of rounds."""

    whole: float
    whole_processor: float
    """Of the processor's time, all threads together."""
    tiles: float
    """In tiles, by the default options."""
    tiles_processor: float


def measure_linear(
    threads: int,
    rounds: int,
    small: tuple[int, int] = SMALL,
    large: tuple[int, int] = LARGE,
    side: int | None = None,
) -> Linear:
    """Small, whole, small, tiled, small and so on, so that what else runs slows down all.

    ``side`` is that of tiles; by default those of a gigabyte of memory.
    """
    model, name = model_of()
    painter = Stylizer.from_bytes(model, name, SessionOptions(threads))
    first, second = photograph("landscape", *small), photograph("landscape", *large)
    whole, tiled = TileOptions(_NO_LIMIT), TileOptions(10**9, side)
    factor = large[0] * large[1] / (small[0] * small[1])

    def around() -> list[tuple[float, float]]:
        return [timed(painter, first, whole) for _ in range(_AROUND)]

    found: dict[str, list[float]] = {}
    before = around()
    for _ in range(rounds):
        for way, options in (("whole", whole), ("tiles", tiled)):
            taken = timed(painter, second, options)
            after = around()
            for index, clock in enumerate(("", "_processor")):
                beside = median(one[index] for one in before + after)
                found.setdefault(way + clock, []).append(taken[index] / beside / factor)
            before = after
    return Linear(**{name: median(values) for name, values in found.items()})
