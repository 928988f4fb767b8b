"""How far a benchmark is: one bar over all of it, with the time left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from tinystyle.progress import terminal_bar

__all__ = ["BESIDES", "Progress"]

BESIDES = 5.0
"""Seconds that a case takes about beside its runs: end to end, a fresh process, a profile."""


class Progress:
    """A bar on stderr, on a terminal only, and gone at the end. A context manager.

    Its unit is a second as expected; the time left follows from how long they really took.
    """

    def __init__(self, seconds: float = 0.0, *, shown: bool = True) -> None:
        form = "{desc} {percentage:3.0f}%|{bar}| {remaining}"
        self._bar = terminal_bar(seconds, form, shown=shown)
        self._at = 0.0

    def expect(self, seconds: float) -> None:
        """So much more is to come."""
        self._bar.total += seconds

    def describe(self, label: str) -> None:
        """Say what is done now."""
        self._bar.set_description_str(label)

    @contextmanager
    def part(self, label: str, seconds: float) -> Iterator[Callable[[float], None]]:
        """A step of so many ``seconds`` of those expected, done at the block's end in any case.

        Gives what to call with the share of it that is done, 0..1. Parts may hold parts.
        """
        start = self._at
        self.describe(label)
        try:
            yield lambda share: self._reach(start + seconds * min(1.0, share))
        finally:
            self._reach(start + seconds)

    def _reach(self, seconds: float) -> None:
        self._bar.update(max(0.0, seconds - self._at))
        self._at = max(self._at, seconds)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()
