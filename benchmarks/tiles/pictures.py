"""Artworks and photographs drawn by formulas, of any size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, UInt8Array, resize
from tinystyle.runtime.hypernetwork import Hypernetwork

__all__ = ["KINDS", "networks", "photograph"]

KINDS = ("landscape", "noise", "flat")
_PALETTES = {"": (0, 1, 2), "-turned": (1, 2, 0), "-cool": (2, 1, 0)}
_STRIP = 512


def networks() -> Iterator[tuple[str, StyleNet]]:
    """Twelve by name: four artworks, each with its channels in three orders."""
    source = Hypernetwork()
    for name, draw in ARTWORKS.items():
        rgb = draw(384)
        for palette, order in _PALETTES.items():
            artwork = Picture(np.ascontiguousarray(rgb[..., list(order)]))
            yield f"{name}{palette}", source.generate(artwork, f"{name}{palette}")


def photograph(kind: str, height: int, width: int) -> UInt8Array:
    """``(height, width, 3)``, one of KINDS; a landscape has grain, as photographs have."""
    random = np.random.default_rng(height * 100_003 + width)
    if kind == "flat":
        return np.full((height, width, 3), random.integers(0, 256, 3), np.uint8)
    if kind == "noise":
        return random.integers(0, 256, (height, width, 3), np.uint8)
    rgb = resize(landscape(1024), height, width)
    for top in range(0, height, _STRIP):
        rows = rgb[top : top + _STRIP]
        grain = random.integers(-8, 9, rows.shape, np.int16)
        rows[...] = np.clip(rows + grain, 0, 255)
    return rgb
