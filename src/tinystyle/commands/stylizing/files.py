"""Picture files that are read and written: which kinds, how deep, and what is said of it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinystyle.console import remark
from tinystyle.errors import MissingExtraError, OutputError, PictureError

if TYPE_CHECKING:
    from tinystyle.pictures.deep import DeepPicture
    from tinystyle.pictures.images import Picture

__all__ = [
    "FORMATS",
    "narrow",
    "read",
    "require_fits",
    "require_writable",
    "save",
    "shrunk",
    "written_as",
]

FORMATS: Mapping[str, str] = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".jxl": "JXL",
}
"""By the ending."""

_OWN = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
"""Kinds that a picture of a folder keeps; those of others become PNG, which all programs read."""

_WRITING: Mapping[str, Mapping[str, Any]] = {
    "JPEG": {"quality": 95},
    "WEBP": {"quality": 95},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "AVIF": {"quality": 90},
    "HEIF": {"quality": 90},
    "JXL": {"quality": 95},
}

_SIDES: Mapping[str, int] = {"JPEG": 65_500, "WEBP": 16_383}
"""Pixels of a side at most: of libjpeg and of the format."""


def written_as(picture: Path) -> str:
    """The name of a painted picture in a folder."""
    return picture.name if picture.suffix.lower() in _OWN else f"{picture.stem}.png"


def require_writable(outputs: list[Path]) -> None:
    """Raise MissingExtraError where a plug-in that a file needs is not installed."""
    from tinystyle.pictures.plugins import writer

    for path in outputs:
        form = FORMATS[path.suffix.lower()]
        extra = writer(form)
        if extra is not None:
            raise MissingExtraError(f"{path}: {form}", extra)


def read(source: Path, output: Path, takes_bytes: bool) -> Picture | DeepPicture:
    """A picture, with 16 bits a channel where its file has them, and so will the output.

    ``takes_bytes`` says that the network does not take more than 8. Raises PictureError.
    """
    from tinystyle.pictures.deep import DEEP_FORMATS, has_16_bits
    from tinystyle.pictures.images import read_picture
    from tinystyle.pictures.libvips import library

    if not has_16_bits(source):
        return read_picture(source)
    eight = f"{source}: has 16 bits a channel and is painted in 8"
    is_deep = output.suffix.lower() in DEEP_FORMATS
    if not is_deep:
        remark(f"{eight}, as {output.suffix} has them; .png and .tif keep 16")
    elif takes_bytes:
        remark(f"{eight}, as the network's pictures have them (--io uint8)")
    elif not library.is_there():
        remark(f"{eight}; all 16 are kept by libvips: pip install 'pyvips[binary]'")
    elif not library.is_nameable(output):
        remark(f"{eight}; libvips, which keeps 16, takes names in UTF-8")
        is_deep = False
    if not library.is_there():
        return read_picture(source)
    from tinystyle.pictures.libvips.reading import read_deep

    try:
        deep = read_deep(source)
    except PictureError as error:
        return _read_in_8_bits(source, error)
    return deep if is_deep and not takes_bytes else deep.narrow()


def _read_in_8_bits(source: Path, error: PictureError) -> Picture:
    """CMYK and others that Pillow knows; where it does not, what libvips has said is raised."""
    from tinystyle.pictures.images import read_picture

    try:
        picture = read_picture(source)
    except PictureError:
        raise error from None
    remark(f"{error}; it is painted in 8 bits")
    return picture


def require_fits(output: Path, height: int, width: int) -> None:
    """Raise OutputError where the output's format cannot hold a picture of such a size."""
    form = FORMATS[output.suffix.lower()]
    most = _SIDES.get(form, max(height, width))
    if max(height, width) > most:
        raise OutputError(
            f"{output}: is to be {height}x{width} px; {form} holds sides up to {most:,}; name a "
            ".png or .tif file, or shrink it (--max-size)"
        )


def shrunk(picture: Picture | DeepPicture, longest: int | None) -> Picture | DeepPicture:
    """With its longest side at most so long."""
    from tinystyle.pictures.deep import DeepPicture, shrink_deep
    from tinystyle.pictures.images import shrink

    if longest is None:
        return picture
    if isinstance(picture, DeepPicture):
        return shrink_deep(picture, longest)
    return shrink(picture, longest)


def narrow(picture: Picture | DeepPicture) -> Picture:
    """In 8 bits a channel."""
    from tinystyle.pictures.deep import DeepPicture

    return picture.narrow() if isinstance(picture, DeepPicture) else picture


def save(picture: Picture | DeepPicture, output: Path, background: str) -> None:
    """Whole or not at all. A cut-out as JPEG is composed on the ``background``. Raises
    OutputError."""
    from tinystyle.files import write_bytes
    from tinystyle.pictures.deep import DeepPicture
    from tinystyle.pictures.tiff_tags import TAG_ERRORS, add_exif
    from tinystyle.pictures.transparency import composed

    if isinstance(picture, DeepPicture):
        from tinystyle.pictures.libvips.writing import save_deep

        save_deep(picture, output)
        return
    form = FORMATS[output.suffix.lower()]
    image = picture.to_pil()
    if form == "JPEG" and image.mode == "RGBA":
        remark(f"{output}: JPEG has no transparency; composed on {background}")
        image = composed(image, background)
    stream = io.BytesIO()
    options = {**_WRITING.get(form, {}), **picture.metadata.save_options(form)}
    exif = options.pop("exif", b"") if form == "TIFF" else b""
    try:
        image.save(stream, form, **options)
        if exif:
            add_exif(stream, exif)
    except (*TAG_ERRORS, RuntimeError) as error:
        raise OutputError(f"{output}: {form} cannot hold this picture ({error})") from error
    write_bytes(output, stream.getbuffer())  # not a copy: of 100 megapixels it has 70 MB
