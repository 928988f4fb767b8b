"""Files that the package brings along."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

__all__ = ["asset"]


def asset(name: str) -> Path:
    """Where a released file or folder lies."""
    return Path(str(resources.files("tinystyle"))) / "assets" / name
