"""What a command tells on the way, on stderr: remarks and bars. With ``--quiet`` none of it.

Results go to stdout and errors to stderr in any case, by whoever has them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["bar_disabled", "hushed", "is_quiet", "remark"]

_QUIET = ContextVar("quiet", default=False)


@contextmanager
def hushed(asked: bool = True) -> Iterator[None]:
    """Within it nothing is told on the way, if ``asked``."""
    token = _QUIET.set(asked or _QUIET.get())
    try:
        yield
    finally:
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Whether a command was asked to tell its result and errors alone."""
    return _QUIET.get()


def remark(text: str) -> None:
    """One line on stderr about what goes on, unless quiet."""
    if not is_quiet():
        print(text, file=sys.stderr)


def bar_disabled(shown: bool = True) -> bool | None:
    """tqdm's ``disable`` of a bar that is ``shown`` on a terminal: its None is "on a terminal"."""
    return None if shown and not is_quiet() else True
