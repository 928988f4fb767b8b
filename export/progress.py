"""A bar with the time left, for checks that take long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from tinystyle.progress import terminal_bar

__all__ = ["Seen", "Size", "unseen", "watched"]

Size: TypeAlias = "tuple[int, int, str]"
"""Height, width and name of a picture."""

Seen = Callable[[float], object]
"""Is told of pixels computed, or of a share of them."""

_DELAY = 2.0
"""Seconds before anything is shown: most checks end before."""
_INTERVAL = 0.2
"""Seconds between two pictures of the bar."""


def unseen(_: float) -> None:
    """For what nobody watches."""


@contextmanager
def watched(pictures: Iterable[Size], times: int = 1) -> Iterator[Seen]:
    """A bar over ``pictures``, each computed ``times`` times, on a terminal alone.

    What it gives is to be called with as many pixels as have been computed.
    """
    total = times * sum(height * width for height, width, _ in pictures)
    form = "{desc}: {percentage:3.0f} %|{bar}| {remaining} left"
    with terminal_bar(
        total,
        form,
        desc="verifying",
        delay=_DELAY,
        mininterval=_INTERVAL,
        miniters=1,  # steps are uneven
    ) as bar:
        # Shares of pixels do not quite add up to them.
        yield lambda pixels: bar.update(min(pixels, total - bar.n))
