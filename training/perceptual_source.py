"""Names of perceptual networks, told from files without importing torch."""

from __future__ import annotations

from pathlib import Path

from tinystyle.errors import OptionError

__all__ = ["COMPACT", "VGG16_NAME", "require_source"]

COMPACT = "compact"
"""The perceptual network inside the package."""

VGG16_NAME = "vgg16"
"""torchvision's official weights, downloaded once."""


def require_source(source: str, *named: str) -> None:
    """Raise OptionError where ``source`` is none of the names and no file."""
    if source not in named and not Path(source).is_file():
        names = ", ".join(repr(name) for name in named)
        raise OptionError(f"perceptual network is {source!r}: neither {names} nor a file")
