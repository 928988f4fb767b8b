"""Pictures of 16 bits a channel, drawn, and what files of them say beside their pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tinystyle.pictures.depth import UInt16Array
from tinystyle.pictures.metadata import PictureMetadata

__all__ = ["ramp", "said"]


def ramp(height: int = 71, width: int = 97) -> UInt16Array:
    """Smooth, with values that 8 bits do not have: ``(height, width, 3)``."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    planes = np.stack([x, y, 0.5 + 0.5 * np.sin(9 * x + 5 * y)], axis=-1)
    pixels: UInt16Array = np.rint(1000 + 60000 * planes / planes.max()).astype(np.uint16)
    return pixels


def said() -> PictureMetadata:
    """Date, title, place, exposure, author, resolution, profile."""
    exif = Image.Exif()
    exif[0x0132], exif[0x010E] = "2026:11:30 12:00:00", "a boat"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0x829A] = 0.5
    xmp = b'<x:xmpmeta><rdf dc:creator="someone"/></x:xmpmeta>'
    return PictureMetadata(exif.tobytes(), xmp, (300.0, 300.0), tagged=True)
