"""Artworks without end, drawn by formulas: free of anybody's rights, hard-edged, each another.

The same generator state draws the same bytes, as far as the sines of two processors agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from PIL import Image

from tinystyle.errors import OptionError
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas.bands import carpet, circles, stripes, waves, woven
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.cells import (
    glass,
    kaleidoscope,
    mosaic,
    rectangles,
    tiles,
    triangles,
)
from tinystyle.training.formulas.forms import blobs, shapes, splashes
from tinystyle.training.formulas.palettes import PaletteScheme, random_palette
from tinystyle.training.formulas.pixels import Array
from tinystyle.training.formulas.prints import halftone, hatching, paper_cut, stipple
from tinystyle.training.formulas.strokes import brush, flow

__all__ = ["KINDS", "Kind", "formula_artwork"]

_SIZES = (64, 1024)
_ELEMENTS = (4.0, 60.0)
_TRIES = 8
"""Drawings of which the first that shows more than one colour is taken."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of artwork."""

    draw: Callable[[Canvas], UInt8Array]
    of_photograph: bool = False
    """It shows what the photograph shows; without one, hills and sky by formula."""
    smallest: float = _ELEMENTS[0]
    """Elements that are smaller, in px of 256, are drawn at this size."""
    largest: float = _ELEMENTS[1]
    """Larger ones are drawn at this size."""
    inked: float = 0.0
    """How often its palette is paper and ink, whatever else palettes are."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "glass": Kind(glass, smallest=6.0),
        "mosaic": Kind(mosaic),
        "rectangles": Kind(rectangles, largest=40.0),
        "triangles": Kind(triangles, smallest=7.0),
        "kaleidoscope": Kind(kaleidoscope, smallest=7.0),
        "tiles": Kind(tiles, smallest=9.0),
        "stripes": Kind(stripes),
        "waves": Kind(waves),
        "hatching": Kind(hatching, of_photograph=True, inked=0.6),
        "halftone": Kind(halftone, of_photograph=True),
        "stipple": Kind(stipple, of_photograph=True),
        "circles": Kind(circles, smallest=6.0),
        "brush": Kind(brush, of_photograph=True, largest=36.0),
        "flow": Kind(flow),
        "paper_cut": Kind(paper_cut, of_photograph=True),
        "woven": Kind(woven),
        "carpet": Kind(carpet, smallest=8.0, largest=45.0),
        "blobs": Kind(blobs, smallest=8.0),
        "splashes": Kind(splashes, smallest=6.0, largest=40.0),
        "shapes": Kind(shapes, smallest=6.0, largest=40.0),
    }
)
"""Kinds by name."""


def formula_artwork(
    random: np.random.Generator,
    size: int,
    photograph: UInt8Array | None = None,
    kind: str | None = None,
    element: float | None = None,
) -> UInt8Array:
    """An artwork ``(size, size, 3)`` of one of KINDS, all as often as each other where ``kind`` is
    None; ``size`` is 64..1024.

    ``photograph`` ``(H, W, 3)``: what its middle square shows is painted, or gives colours, where
    the kind does such things. ``element`` is the size of what it is made of, 4..60, in pixels of an
    artwork of 256 px; None draws one. All else is drawn from ``random``.
    """
    if not _SIZES[0] <= size <= _SIZES[1]:
        raise OptionError(f"an artwork's size is {size}; it is {_SIZES[0]} to {_SIZES[1]}")
    if kind is not None and kind not in KINDS:
        raise OptionError(f"no artwork of kind {kind!r}; there are {', '.join(KINDS)}")
    if element is not None and not _ELEMENTS[0] <= element <= _ELEMENTS[1]:
        raise OptionError(f"element is {element}; it is {_ELEMENTS[0]:g} to {_ELEMENTS[1]:g}")
    if photograph is not None and (
        photograph.dtype != np.uint8 or photograph.ndim != 3 or photograph.shape[2] != 3
    ):
        raise OptionError(
            f"a photograph is {photograph.shape} of {photograph.dtype}; it is (H, W, 3) of uint8"
        )
    if photograph is not None and photograph.size == 0:
        raise OptionError(f"the photograph is empty: {photograph.shape}")
    names = list(KINDS)
    chosen = KINDS[names[int(random.integers(len(names)))] if kind is None else kind]
    for _ in range(_TRIES):
        picture = _drawn(random, size, photograph, chosen, element)
        if _shows_two_colors(picture):
            break
    return _with_grain(random, picture) if random.random() < 0.35 else picture


def _drawn(
    random: np.random.Generator,
    size: int,
    photograph: UInt8Array | None,
    kind: Kind,
    element: float | None,
) -> UInt8Array:
    """One artwork, whatever comes."""
    drawn = float(np.exp(random.uniform(*np.log(_ELEMENTS))))
    wanted = min(max(drawn if element is None else element, kind.smallest), kind.largest)
    scheme = PaletteScheme.INK if random.random() < kind.inked else None
    palette = random_palette(random, photograph, scheme)
    canvas = Canvas(random, size, wanted * size / 256.0, palette, photograph)
    fine = Image.fromarray(kind.draw(canvas))
    return np.ascontiguousarray(np.asarray(fine.reduce(2))[..., :3])


def _shows_two_colors(picture: UInt8Array) -> bool:
    """False where no two colours that are clearly different have 3 % of the pixels each."""
    coarse = picture[::2, ::2].reshape(-1, 3) >> 5
    key = (coarse[:, 0].astype(np.int32) << 6) | (coarse[:, 1] << 3) | coarse[:, 2]
    often = np.flatnonzero(np.bincount(key) >= 0.03 * len(key))
    colors = np.stack([often >> 6, often >> 3 & 7, often & 7], axis=-1) * 32.0
    away = np.linalg.norm(colors[:, None] - colors[None], axis=-1)
    return bool(away.max(initial=0.0) > 70.0)


def _with_grain(random: np.random.Generator, picture: UInt8Array) -> UInt8Array:
    """The picture on paper's grain, or on canvas, by a few levels."""
    size = len(picture)
    strength = np.float32(random.uniform(1.0, 5.0))
    grain: Array
    if random.random() < 0.5:
        grain = random.standard_normal((size, size), np.float32)
    else:
        thread = np.arange(size) % int(random.integers(2, 5))
        grain = np.where((thread[:, None] == 0) ^ (thread[None, :] == 0), -1.2, 0.6)
        grain = grain + random.standard_normal((size, size), np.float32) * np.float32(0.5)
    return np.clip(picture + (grain * strength)[..., None] + 0.5, 0, 255).astype(np.uint8)
