"""Checks of whole numbers that a user gives, each told in the same words."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from tinystyle.errors import OptionError

__all__ = ["MAX_SEED", "MAX_THREADS", "chosen", "require_seed", "require_threads", "require_whole"]

_Choice = TypeVar("_Choice", bound=Enum)

MAX_SEED = 2**63 - 1
"""Largest that torch and numpy both take."""

MAX_THREADS = 256
"""More than any machine that this is for has cores."""


def require_whole(name: str, value: int, least: int = 1, most: int | None = None) -> None:
    """Raise OptionError where ``value`` is not ``least`` to ``most``; None is no upper limit."""
    if value < least or (most is not None and value > most):
        allowed = f"it starts at {least}" if most is None else f"allowed are {least} to {most}"
        raise OptionError(f"{name} is {value}; {allowed}")


def require_seed(seed: int) -> None:
    """Raise OptionError for another seed of random numbers than 0 to MAX_SEED."""
    require_whole("seed", seed, 0, MAX_SEED)


def require_threads(threads: int) -> None:
    """Raise OptionError for another number than 0 (the runtime decides) to MAX_THREADS."""
    if not 0 <= threads <= MAX_THREADS:
        raise OptionError(f"threads is {threads}; allowed are 0 (automatic) to {MAX_THREADS}")


def chosen(kind: type[_Choice], option: str, value: str) -> _Choice:
    """The member of an enumeration that an option names. Raises OptionError for others."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(member.value) for member in kind)
        raise OptionError(f"{option} is {value!r}; allowed is {known}") from None
