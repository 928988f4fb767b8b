"""The released hypernetwork: a style picture in, the weights of a tiny network out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError, OptionError, PictureError
from tinystyle.network.manifest import Kind
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, UInt8Array, resize, to_batch
from tinystyle.runtime.session import (
    SessionOptions,
    open_session,
    read_manifest,
    read_model,
    require_finite,
    run_session,
)
from tinystyle.weights import released

__all__ = [
    "MIN_STYLE_SIZE",
    "Hypernetwork",
    "prepare_style",
    "require_style_size",
    "style_window",
]

MIN_STYLE_SIZE = 32
"""Shortest side, in pixels, below which a picture shows no style."""

MAX_ASPECT = 2
"""A longer picture is cut to its middle."""

DEFAULT_STYLE_SIZE = 256
STYLE_SIZES = (64, 1024)


class Hypernetwork:
    """Generates a :class:`StyleNet` from one look at an artwork (Shen et al. 2018, eq. 6)."""

    def __init__(self, path: Path | None = None, options: SessionOptions | None = None) -> None:
        """Load ``path``, by default the hypernetwork inside the package."""
        if path is None:
            path = released().hypernetwork
        self._session = open_session(read_model(path), str(path), options)
        self._manifest = read_manifest(self._session, Kind.HYPERNETWORK, str(path))
        self.spec = self._manifest.spec
        names = [o.name for o in self._session.get_outputs()]
        if names[:1] != [self._manifest.output_name]:  # up to 0.20 there was another behind it
            raise ModelError(f"{path}: outputs are {names}; not a hypernetwork of this version")

    def generate(
        self, picture: Picture, name: str = "", style_size: int = DEFAULT_STYLE_SIZE
    ) -> StyleNet:
        """The network for a style. ``name`` goes into its notes.

        ``style_size`` is the shortest side, in pixels, at which the artwork is looked at: smaller
        makes finer strokes. Raises PictureError where the picture is too small.
        """
        batch = to_batch(prepare_style(picture.rgb, style_size))
        weights = self._run(batch)[0]
        notes = {"style_name": name, "style_sha256": picture.sha256, "style_size": str(style_size)}
        return StyleNet.from_flat(self.spec, weights, notes)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        names = (self._manifest.output_name, self._manifest.input_name)
        return require_finite(run_session(self._session, *names, batch))


def require_style_size(style_size: int) -> None:
    """Raise OptionError for a side at which no artwork is looked at."""
    low, high = STYLE_SIZES
    if not low <= style_size <= high:
        raise OptionError(f"style size is {style_size}; allowed are {low} to {high} px")


def prepare_style(rgb: UInt8Array, style_size: int = DEFAULT_STYLE_SIZE) -> UInt8Array:
    """The middle of an artwork, at most 2:1, its shortest side scaled to ``style_size`` px."""
    rows, columns, size = style_window(rgb.shape[0], rgb.shape[1], style_size)
    return resize(np.ascontiguousarray(rgb[rows, columns]), *size)


def style_window(height: int, width: int, style_size: int) -> tuple[slice, slice, tuple[int, int]]:
    """Rows and columns of an artwork that :func:`prepare_style` keeps, and the size that they get.

    Raises PictureError where it is too small.
    """
    require_style_size(style_size)
    shortest = min(height, width)
    if shortest < MIN_STYLE_SIZE:
        raise PictureError(
            f"the style picture is {height} px high and {width} wide; its shortest side must be at "
            f"least {MIN_STYLE_SIZE} px to show a style"
        )
    tall, wide = (min(side, MAX_ASPECT * shortest) for side in (height, width))
    top, left = (height - tall) // 2, (width - wide) // 2
    factor = style_size / shortest
    size = round(tall * factor), round(wide * factor)
    return slice(top, top + tall), slice(left, left + wide), size
