"""libvips, by the package pyvips, where it is."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

from tinystyle.errors import MissingExtraError, PictureError

__all__ = ["EXTRA", "is_nameable", "is_there", "load", "reason", "require_nameable"]

EXTRA = "large"
"""The extra that brings it."""

_SYSTEM = "system error: "
"""Before what the operating system says, such as that a disk is full."""


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


def is_nameable(path: Path) -> bool:
    """Whether libvips can be told a file's name, which has to be UTF-8 for it."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def require_nameable(path: Path) -> None:
    """Raise PictureError where it cannot."""
    if not is_nameable(path):
        raise PictureError(f"{path}: libvips reads files whose names are UTF-8; rename it")


def reason(error: Exception) -> str:
    """The line of libvips' message that says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line.removeprefix(_SYSTEM) for line in lines if line.startswith(_SYSTEM)]
    known = [line for line in told if not line.startswith("Unknown")]
    others = [line for line in lines if not line.startswith((_SYSTEM, "unable to call"))]
    found = known[:1] or others[-1:] or ["libvips does not say why"]
    return found[0][:200]
