"""ICC profiles: what a picture's numbers mean, turned into sRGB."""

from __future__ import annotations

import io
from functools import lru_cache
from itertools import product

import numpy as np
from PIL import Image, ImageCms

__all__ = ["MAX_PROFILE", "is_srgb", "srgb_profile", "to_srgb"]

MAX_PROFILE = 8 * 2**20
"""Bytes of a profile; those of printers have up to 2 MB."""

_LEVELS = (0, 36, 73, 109, 146, 182, 219, 255)
"""Whose combinations tell whether a profile is sRGB."""


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """An image of mode RGB, L or CMYK whose numbers are of a profile, as RGB in sRGB.

    Colours that sRGB has not become the nearest on its surface (relative colorimetric). A profile
    that is damaged, of another kind of colours, or sRGB itself changes nothing.
    """
    if not profile or len(profile) > MAX_PROFILE or (image.mode == "RGB" and is_srgb(profile)):
        return image.convert("RGB")
    try:
        transform = _transform(profile, image.mode)
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")


@lru_cache(maxsize=8)
def is_srgb(profile: bytes) -> bool:
    """Whether a profile of RGB moves no colour by more than one of 255."""
    cube = np.array(list(product(_LEVELS, repeat=3)), np.uint8)[None]
    try:
        moved = ImageCms.applyTransform(Image.fromarray(cube), _transform(profile, "RGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    difference = np.asarray(moved).astype(int) - cube
    return bool(np.abs(difference).max() <= 1)


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The profile of sRGB, about 0.6 kB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@lru_cache(maxsize=4)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    target = ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(source, target, mode, "RGB", renderingIntent=intent)
