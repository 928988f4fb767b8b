"""libvips, by the package pyvips, where it is."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any

from tinystyle.errors import MissingExtraError

__all__ = ["EXTRA", "is_there", "load", "reason"]

EXTRA = "large"
"""The extra that brings it."""


def is_there() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec("pyvips") is not None


@lru_cache(maxsize=1)
def load(feature: str) -> Any:
    """The module. Raises MissingExtraError, which says that ``feature`` needs it."""
    try:
        import pyvips  # noqa: PLC0415
    except (ImportError, OSError) as error:  # OSError: the package without the library
        raise MissingExtraError(feature, EXTRA) from error
    pyvips.cache_set_max(0)  # else files that were read stay open, and their rows in memory
    return pyvips


def reason(error: Exception) -> str:
    """The line of libvips' message that says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
