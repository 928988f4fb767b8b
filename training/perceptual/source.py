"""Names of perceptual networks and their layers, without importing torch."""

from __future__ import annotations

from pathlib import Path

from tinystyle.errors import OptionError

__all__ = ["COMPACT", "CONTENT_LAYER", "STYLE_LAYERS", "VGG16_NAME", "require_source"]

STYLE_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
"""Layers of the style loss (Shen et al. 2018, section 4.1). VGG-16 and VGG-19 both have them."""

CONTENT_LAYER = "relu3_3"
"""Layer of the content loss (Shen et al. 2018, section 4.1)."""

COMPACT = "compact"
"""The perceptual network inside the package."""

VGG16_NAME = "vgg16"
"""torchvision's official weights, downloaded once."""


def require_source(source: str, *named: str) -> None:
    """Raise OptionError where ``source`` is none of the names and no file."""
    if source not in named and not Path(source).is_file():
        names = ", ".join(repr(name) for name in named)
        raise OptionError(f"perceptual network is {source!r}: neither {names} nor a file")
