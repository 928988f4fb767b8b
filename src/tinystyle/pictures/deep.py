"""Pictures of 16 bits a channel. Pillow reads their colours in 8, so libvips does it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.pictures.depth import UInt8Array, UInt16Array, narrowed, widened
from tinystyle.pictures.images import Picture, resize, shrunk_size
from tinystyle.pictures.metadata import PictureMetadata
from tinystyle.pictures.transparency import hidden_colours, resized

__all__ = ["DEEP_FORMATS", "DeepPicture", "as_array", "deep_of", "has_16_bits", "shrink_deep"]

DEEP_FORMATS: Mapping[str, str] = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF"}
"""By the ending: those that hold 16 bits a channel here."""

_HEAD = 26
"""Bytes of a PNG file up to its bits a channel."""


@dataclass(frozen=True, slots=True)
class DeepPicture:
    """As :class:`tinystyle.pictures.images.Picture`, with ``rgb`` and ``alpha`` of uint16."""

    rgb: UInt16Array
    alpha: UInt16Array | None = None
    sha256: str = ""
    metadata: PictureMetadata = field(default_factory=PictureMetadata)

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[1])

    def narrow(self) -> Picture:
        """In 8 bits."""
        alpha = None if self.alpha is None else narrowed(self.alpha)
        return Picture(narrowed(self.rgb), alpha, self.sha256, self.metadata)


def deep_of(array: NDArray[Any], metadata: PictureMetadata | None = None) -> DeepPicture:
    """A picture of uint16 ``(H, W)``, or ``(H, W, C)``: grey, grey and alpha, RGB, RGBA.

    Colours under alpha 0 are taken from around. Raises OptionError for other shapes.
    """
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or 0 in array.shape:
        raise OptionError(
            f"image is {array.dtype}{array.shape}; needed is uint16 (H, W), (H, W, 3) or (H, W, 4)"
        )
    bands = array.shape[2]
    colours = array[..., : bands - 1] if bands in (2, 4) else array
    grey = colours.shape[2] == 1
    rgb = np.repeat(colours, 3, axis=2) if grey else np.ascontiguousarray(colours)
    metadata = metadata or PictureMetadata()
    if bands in (1, 3):
        return DeepPicture(rgb, None, "", metadata)
    alpha = np.ascontiguousarray(array[..., -1])
    return DeepPicture(filled_deep(rgb, alpha), alpha, "", metadata)


def shrink_deep(picture: DeepPicture, longest: int) -> DeepPicture:
    """As :func:`tinystyle.pictures.images.shrink`."""
    height, width = shrunk_size(picture.height, picture.width, longest)
    if (height, width) == (picture.height, picture.width):
        return picture
    if picture.alpha is None:
        return replace(picture, rgb=resize(picture.rgb, height, width))
    rgb, alpha = resized(picture.rgb, picture.alpha, height, width)
    return replace(picture, rgb=filled_deep(rgb, alpha), alpha=alpha)


def filled_deep(rgb: UInt16Array, alpha: UInt16Array) -> UInt16Array:
    """As :func:`tinystyle.pictures.transparency.filled`: pixels of alpha 0 get colours of 8 bits,
    which nobody sees."""
    if alpha.min() > 0:
        return rgb
    visible: UInt8Array = np.maximum(narrowed(alpha), (alpha > 0).astype(np.uint8))
    around = hidden_colours(narrowed(rgb), visible)
    nothing = alpha == 0
    result = rgb.copy()
    result[nothing] = widened(around[nothing])
    return result


def as_array(picture: Picture | DeepPicture) -> NDArray[Any]:
    """``(H, W, 3)``, or with alpha ``(H, W, 4)``."""
    if picture.alpha is None:
        return picture.rgb
    return np.concatenate([picture.rgb, picture.alpha[..., None]], axis=-1)


def has_16_bits(path: Path) -> bool:
    """Whether a file says that it is a PNG or TIFF picture of 16 bits a channel."""
    from tinystyle.pictures.tiff_tags import bits_of_tiff  # noqa: PLC0415

    try:
        if not path.is_file():  # a pipe would wait for a writer
            return False
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return head[12:16] == b"IHDR" and head[24:25] == b"\x10"
    return head[:2] in (b"II", b"MM") and bits_of_tiff(path) == 16
