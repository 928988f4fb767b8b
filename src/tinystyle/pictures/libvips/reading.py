"""Files as libvips' images: upright, in sRGB, decoded when they are asked for pixels."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tinystyle.errors import PictureError
from tinystyle.pictures.colour_profile import MAX_PROFILE, is_srgb
from tinystyle.pictures.deep import DeepPicture, deep_of
from tinystyle.pictures.images import MAX_BYTES, MAX_PIXELS
from tinystyle.pictures.libvips.library import load, reason, require_nameable
from tinystyle.pictures.metadata import PictureMetadata, orientation_of_xmp
from tinystyle.pictures.tiff_tags import (
    TAG_ERRORS,
    alpha_of_tiff,
    colours_of_tiff,
    is_turned_by_tag,
)

__all__ = ["Opened", "open_picture", "read_deep"]

_LOADERS: Mapping[bytes, str] = {
    b"\x89PNG": "pngload",
    b"II*\0": "tiffload",
    b"MM\0*": "tiffload",
    b"II+\0": "tiffload",
    b"MM\0+": "tiffload",
    b"\xff\xd8\xff": "jpegload",
}
"""By a file's first bytes: libvips' own choice would let any decoder near it."""

_PLAIN = {"b-w", "rgb", "srgb", "grey16", "rgb16"}
_GREY, _PALETTE, _YCBCR = (0, 1), 3, 6
_PHOTOMETRIC = (*_GREY, 2, _PALETTE)
_JPEG_INSIDE = (6, 7)
"""Compressions of TIFF whose decoder turns YCbCr into RGB; nothing else does."""
_MM = 25.4


@dataclass(frozen=True, slots=True)
class Opened:
    """An image of 1 to 4 bands, of 8 or 16 bits, whose pixels are not decoded yet."""

    image: Any
    """A ``pyvips.Image``: grey, grey and alpha, RGB, or RGBA."""
    metadata: PictureMetadata
    deep: bool
    """Whether it has 16 bits a channel."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.image.height), int(self.image.width)

    def in_8_bits(self) -> Opened:
        """The same, narrowed; rounded to nearest."""
        if not self.deep:
            return self
        image = (self.image / 257.0).rint().cast("uchar")
        plain = "b-w" if self.image.bands < 3 else "srgb"
        return replace(self, image=image.copy(interpretation=plain), deep=False)


def open_picture(path: Path, feature: str, most: int = MAX_PIXELS) -> Opened:
    """A PNG, TIFF or JPEG file of at most so many pixels.

    Raises PictureError where it is not one, is damaged as far as its header and its first pixel
    tell, or has colours that are not known here; MissingExtraError where libvips, which
    ``feature`` needs, is not there.
    """
    vips = load(feature)
    try:
        loader = _loader(path, feature, vips)
        image = loader(str(path), access="sequential", fail_on="error")
        if image.width * image.height > most:
            raise PictureError(
                f"{path}: {image.width}x{image.height} is {image.width * image.height:,} pixels; "
                f"at most {most:,} are decoded; make it smaller first"
            )
        metadata, turn = _metadata(image, path), _orientation(image, path)
        if turn != 1:  # rows in another order
            image = loader(str(path), access="random", fail_on="error").copy()
            image.set_type(vips.GValue.gint_type, "orientation", turn)
            image = image.autorot()
        deep = image.format == "ushort"
        if image.format not in ("uchar", "ushort") or image.interpretation not in _PLAIN:
            raise PictureError(
                f"{path}: {image.bands} channels of {image.format}, {image.interpretation}; read "
                "are greys and RGB of 8 or 16 bits"
            )
        if _is_tiff(image):
            image = _plain_tiff(image, path)
            loader(str(path), access="sequential").crop(0, 0, 1, 1).avg()  # what no header tells
        if image.bands > 4:
            raise PictureError(f"{path}: has {image.bands} channels; at most 4 are read")
        return Opened(_in_srgb(image, vips), metadata, deep)
    except vips.Error as error:
        raise PictureError(f"{path}: the picture is damaged ({reason(error)})") from error
    except FileNotFoundError as error:
        raise PictureError(f"{path}: no such file") from error
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from error


def _loader(path: Path, feature: str, vips: Any) -> Any:
    """The decoder of a file's own kind."""
    require_nameable(path)
    with path.open("rb") as stream:
        head = stream.read(4)
    name = next((name for start, name in _LOADERS.items() if head.startswith(start)), None)
    if name is None:
        raise PictureError(f"{path}: is no PNG, TIFF or JPEG file; {feature} is one of these")
    return getattr(vips.Image, name)


def _is_tiff(image: Any) -> bool:
    return bool(_field(image, "vips-loader", "").startswith("tiff"))


def _orientation(image: Any, path: Path) -> int:
    """Which side is up, as EXIF numbers it. XMP is asked where the file says nothing else."""
    told = is_turned_by_tag(path) if _is_tiff(image) else image.get_typeof("orientation")
    if not told:
        return orientation_of_xmp(_field(image, "xmp-data", b""))
    return int(_field(image, "orientation", 1))


def _plain_tiff(image: Any, path: Path) -> Any:
    """Without channels that are neither colours nor transparency.

    Raises PictureError for colours that libvips would take for others.
    """
    kind, compression = colours_of_tiff(path)
    if kind not in _PHOTOMETRIC and not (kind == _YCBCR and compression in _JPEG_INSIDE):
        raise PictureError(
            f"{path}: its colours are of TIFF's kind {kind}; read are greys, palettes and RGB"
        )
    if kind == _PALETTE:
        return image
    colours = 1 if kind in _GREY else 3
    kept = colours + alpha_of_tiff(path)
    return image.extract_band(0, n=kept) if image.bands > kept else image


def read_deep(path: Path) -> DeepPicture:
    """A file of 16 bits a channel, as :func:`tinystyle.pictures.images.read_picture` reads others,
    with its errors, and MissingExtraError."""
    if path.stat().st_size > MAX_BYTES:
        raise PictureError(f"{path}: at most {MAX_BYTES:,} bytes are read")
    opened = open_picture(path, "a picture of 16 bits a channel")
    vips = load("a picture of 16 bits a channel")
    try:
        pixels = np.asarray(opened.image.numpy())
    except vips.Error as error:
        raise PictureError(f"{path}: the picture is damaged ({reason(error)})") from error
    except MemoryError as error:
        raise PictureError(f"{path}: not enough memory to decode it") from error
    return deep_of(pixels.astype(np.uint16, copy=False), opened.metadata)


def _field(image: Any, name: str, default: Any) -> Any:
    return image.get(name) if image.get_typeof(name) else default


def _metadata(image: Any, path: Path) -> PictureMetadata:
    """Of TIFF files EXIF is a part of their tags, which Pillow reads without any pixel."""
    profile = bool(_field(image, "icc-profile-data", b""))
    if _is_tiff(image):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(path, formats=("TIFF",)) as header:
                    return PictureMetadata.of(header)
        except TAG_ERRORS:
            return PictureMetadata(tagged=profile)
    exif = Image.Exif()
    try:
        exif.load(_field(image, "exif-data", b""))
        blob = exif.tobytes() if len(exif) else b""
    except TAG_ERRORS:
        blob = b""
    dpi = (image.xres * _MM, image.yres * _MM) if image.get_typeof("resolution-unit") else None
    return PictureMetadata.of_parts(blob, _field(image, "xmp-data", b""), dpi, tagged=profile)


def _in_srgb(image: Any, vips: Any) -> Any:
    """Bands as they are numbered in sRGB."""
    depth = 16 if image.format == "ushort" else 8
    profile = _field(image, "icc-profile-data", b"")
    grey = image.bands < 3
    if not profile or len(profile) > MAX_PROFILE or (not grey and is_srgb(profile)):
        return image
    space = b"GRAY" if grey else b"RGB "
    if profile[16:20] != space or profile[36:40] != b"acsp":  # it cannot be true
        return image
    try:
        return image.icc_transform("srgb", embedded=True, intent="relative", depth=depth)
    except vips.Error:
        return image
