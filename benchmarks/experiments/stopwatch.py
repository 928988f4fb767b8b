"""Times of parts of an experiment.

Of the processor, all threads together: other programs on the machine change them little.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["Stopwatch"]

_Result = TypeVar("_Result")


class Stopwatch:
    """Collects what parts took, by their names."""

    def __init__(self) -> None:
        self._taken: dict[str, list[float]] = {}

    def time(self, name: str, work: Callable[[], _Result], parts: int = 1) -> _Result:
        """What ``work`` returns; its time counts as that of so many equal parts."""
        began = time.process_time()
        result = work()
        self._taken.setdefault(name, []).append((time.process_time() - began) / parts)
        return result

    def medians(self) -> dict[str, float]:
        """In seconds, of one part."""
        return {name: statistics.median(taken) for name, taken in self._taken.items()}
