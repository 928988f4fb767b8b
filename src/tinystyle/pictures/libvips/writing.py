"""Pictures into files by libvips, with what they say beside their pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tinystyle.errors import OutputError
from tinystyle.files import folder_beside
from tinystyle.pictures.colour_profile import srgb_profile
from tinystyle.pictures.deep import DEEP_FORMATS, DeepPicture
from tinystyle.pictures.libvips.library import load, reason
from tinystyle.pictures.metadata import PictureMetadata
from tinystyle.pictures.tiff_tags import TAG_ERRORS, add_exif

__all__ = ["save_deep", "save_image"]

_BIG = 3 * 2**30
"""Bytes of pixels above which a TIFF file is a BigTIFF: others end at 4 GB."""

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "PNG": {"compression": 6},
    "TIFF": {"compression": "deflate", "predictor": "horizontal", "tile": True},
    "JPEG": {"Q": 95, "subsample_mode": "on"},
}
_SIDE = {"PNG": 2**31 - 1, "TIFF": 2**31 - 1, "JPEG": 65_500}
_MM = 25.4


def save_deep(picture: DeepPicture, path: Path) -> None:
    """A PNG or TIFF file of 16 bits a channel, whole or not at all. Raises OutputError."""
    vips = load("a picture of 16 bits a channel")
    pixels = picture.rgb
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, picture.alpha[..., None]], axis=2)
    image = vips.Image.new_from_array(np.ascontiguousarray(pixels)).copy(interpretation="rgb16")
    save_image(image, path, DEEP_FORMATS[path.suffix.lower()], picture.metadata)


def save_image(image: Any, path: Path, form: str, metadata: PictureMetadata) -> None:
    """A ``pyvips.Image`` in sRGB as PNG, TIFF or JPEG; rows are asked for one after another.

    Raises OutputError where the format cannot hold it or the disk is full.
    """
    vips = load("this picture")
    if max(image.width, image.height) > _SIDE[form]:
        raise OutputError(
            f"{path}: {form} holds sides up to {_SIDE[form]:,} px; name a .png or .tif file"
        )
    options = dict(_OPTIONS[form])
    if form == "TIFF":
        bits = 16 if image.format == "ushort" else 8
        options["bigtiff"] = image.width * image.height * image.bands * bits // 8 > _BIG
    image = _with(image, metadata.info(), vips)
    with folder_beside(path) as folder:
        made = folder / f"picture{path.suffix}"
        try:
            getattr(image, f"{form.lower()}save")(str(made), **options)
            if form == "TIFF" and metadata.exif:
                with made.open("r+b") as stream:
                    add_exif(stream, metadata.exif)
        except vips.Error as error:
            raise OutputError(f"{path}: cannot be written ({reason(error)})") from error
        except TAG_ERRORS as error:
            raise OutputError(f"{path}: its EXIF cannot be written ({error})") from error
        made.replace(path)


def _with(image: Any, said: Mapping[str, Any], vips: Any) -> Any:
    across, down = said.get("dpi", (72.0, 72.0))
    image = image.copy(xres=across / _MM, yres=down / _MM)  # whose fields are its own
    blobs = {"exif-data": said.get("exif"), "xmp-data": said.get("xmp")}
    blobs["icc-profile-data"] = srgb_profile() if "icc_profile" in said else None

    for name in list(image.get_fields()):
        if name.startswith(("exif-", "xmp-", "icc-", "iptc-", "png-", "orientation")):
            image.remove(name)
    for name, value in blobs.items():
        if value:
            image.set_type(vips.GValue.blob_type, name, value)
    return image
