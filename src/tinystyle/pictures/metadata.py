"""What a picture file says beside its pixels, and what of it is true of the painting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tinystyle.pictures.colour_profile import srgb_profile

__all__ = ["EXIF_ERRORS", "PictureMetadata", "orientation_of_xmp"]

_KEPT = frozenset(
    {
        *(0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298),  # title, camera, date, author
        *(0x8769, 0x8825),  # how and where it was taken
        *(0x4746, 0x4749, *range(0x9C9B, 0x9CA0)),  # stars; Windows' own title, author, words
    }
)
"""Of EXIF. The others tell how the old file stores its pixels, and which side is up."""

_TAKEN = 0x8769
_TABLES = (_TAKEN, 0x8825)
_COLOUR_SPACE, _WIDTH, _HEIGHT = 0xA001, 0xA002, 0xA003
_SRGB = 1
_MOST = {"JPEG": 65_000}
"""Bytes of EXIF or XMP that a format holds in one piece."""

_LACKS: dict[str, tuple[str, ...]] = {
    "PNG": ("xmp",),
    "WEBP": ("dpi",),
    "AVIF": ("dpi",),
    "HEIF": ("dpi",),
    "JXL": ("dpi", "icc_profile"),  # whose numbers are of sRGB unless it says otherwise
}
"""What Pillow, or a plug-in, does not write into a format."""

_XMP_TAG = 700

_LOSSY = ("JPEG", "MPO", "AVIF", "HEIF", "JXL")

_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=\"|='|>))[2-8]")
_XMP_TURN = re.compile(rb"tiff:Orientation(?:=\"|>)([0-9])")
"""As Pillow looks for it."""

EXIF_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
)
"""What Pillow's readers let through on damaged EXIF."""


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """Date, camera, place, author, resolution. True of an upright picture in sRGB."""

    exif: bytes = b""
    """Without orientation and without the small picture of the camera, which shows the old one."""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None
    tagged: bool = False
    """Whether the file had a colour profile. Then the painting says that it is sRGB."""
    animated: bool = False
    """Whether the file holds more pictures than the first, which is the one that is read."""
    lossy: bool = False
    """Whether the file's format changes pixels. Of WebP, which may, that is not known."""

    @classmethod
    def of(cls, image: Image.Image) -> PictureMetadata:
        """Of an image as it was opened. What is damaged is left out."""
        tagged = bool(image.info.get("icc_profile"))
        lossy = image.format in _LOSSY
        exif, xmp = _exif(image), _xmp(image.info.get("xmp", b""))
        return cls(exif, xmp, _dpi(image.info.get("dpi")), tagged, _animated(image), lossy)

    @classmethod
    def of_parts(
        cls, exif: bytes, xmp: bytes, dpi: tuple[float, float] | None, *, tagged: bool
    ) -> PictureMetadata:
        """Of what another library than Pillow has read of a file."""
        return cls(_kept(exif), _xmp(xmp), _dpi(dpi), tagged)

    def save_options(self, form: str) -> dict[str, Any]:
        """Keyword arguments of :meth:`PIL.Image.Image.save` for a format of Pillow."""
        most, lacks = _MOST.get(form, 2**24), _LACKS.get(form, ())
        options = {
            name: value
            for name, value in self.info().items()
            if name not in lacks and (name not in ("exif", "xmp") or len(value) <= most)
        }
        if form == "TIFF" and "xmp" in options:
            options["tiffinfo"] = {_XMP_TAG: options.pop("xmp")}
        return options

    def info(self) -> dict[str, Any]:
        """For :attr:`PIL.Image.Image.info` of an image made from the picture."""
        found: dict[str, Any] = {}
        if self.exif:
            found["exif"] = self.exif
        if self.xmp:
            found["xmp"] = self.xmp
        if self.dpi is not None:
            found["dpi"] = self.dpi
        if self.tagged:
            found["icc_profile"] = srgb_profile()
        return found


def orientation_of_xmp(xmp: bytes) -> int:
    """Which side is up, 1 to 8, as EXIF numbers it; 1 where it is not told."""
    found = _XMP_TURN.search(xmp)
    turn = int(found[1]) if found else 1
    return turn if 1 <= turn <= 8 else 1


def _animated(image: Image.Image) -> bool:
    if image.format == "MPO":  # a phone's JPEG, with a map of depth or light behind the picture
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except EXIF_ERRORS:
        return False


def _exif(image: Image.Image) -> bytes:
    try:
        found = image.getexif()
        if getattr(found, "bigtiff", False):  # Pillow does not read again what it writes of it
            copied = Image.Exif()
            for tag in set(found) & _KEPT:
                copied[tag] = found.get_ifd(tag) if tag in _TABLES else found[tag]
            found = copied
        return _kept(found.tobytes())  # the image's is not ours to change
    except EXIF_ERRORS:
        return b""


def _kept(exif: bytes) -> bytes:
    try:
        seen = _loaded(exif)
        empty = {tag for tag in _TABLES if not set(seen.get_ifd(tag)) - {_WIDTH, _HEIGHT}}
        own = _loaded(
            exif
        )  # Pillow writes tables that were asked for, also those that are not there
        for tag in set(own) - (_KEPT - empty):
            del own[tag]
        if _TAKEN not in empty:
            taken = own.get_ifd(_TAKEN)
            for tag in (_WIDTH, _HEIGHT):
                taken.pop(tag, None)
            if _COLOUR_SPACE in taken:
                taken[_COLOUR_SPACE] = _SRGB
        return own.tobytes() if len(own) else b""
    except EXIF_ERRORS:
        return b""


def _loaded(exif: bytes) -> Image.Exif:
    own = Image.Exif()
    own.load(exif)
    return own


def _xmp(found: object) -> bytes:
    if isinstance(found, str):
        found = found.encode("utf-8", "replace")
    return _XMP_ORIENTATION.sub(rb"\g<1>1", found) if isinstance(found, bytes) else b""


def _dpi(found: object) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in found)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0.0 < across < 1e5 and 0.0 < down < 1e5 else None
