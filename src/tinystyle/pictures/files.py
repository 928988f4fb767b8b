"""Which files are pictures: by their names in a folder, by their first bytes when one is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tinystyle.errors import PictureError
from tinystyle.pictures.jpeg_xl import is_jpeg_xl
from tinystyle.pictures.plugins import there

__all__ = ["SUFFIXES", "find_pictures", "formats_for", "unreadable"]

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
"""Decoders of Pillow that are let near any file."""

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm"),
        *(".avif", ".heic", ".heif", ".hif", ".jxl", ".jp2"),
    }
)
"""File name endings that a folder is searched for. Some of these are not read everywhere: better
one that is named and refused than one that is missing without a word."""

_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OTHER = {
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"8BPS": "a Photoshop file",
    b"%PDF": "PDF",
    b"<svg": "SVG",
    b"<?xml": "SVG or other XML",
}


def formats_for(data: bytes) -> tuple[str, ...]:
    """Decoders of Pillow for a file; those of AVIF, HEIC and JPEG XL where they are, and it looks
    so."""
    kind = data[8:12] if data[4:8] == b"ftyp" else b""
    form = "AVIF" if kind in _AVIF else "HEIF" if kind in _HEIC else ""
    form = "JXL" if is_jpeg_xl(data) else form
    return (form,) if form and there(form) else FORMATS


def unreadable(data: bytes) -> str:
    """What is wrong with a file that no decoder knows, and what to do."""
    kind = data[8:12] if data[4:8] == b"ftyp" else b""
    if kind in _HEIC:
        return (
            "is HEIC, which is not read here; pip install pillow-heif, or make a JPEG of it "
            "(iPhone: Settings, Camera, Formats, Most Compatible)"
        )
    if kind in _AVIF:
        return "is AVIF, which this Pillow does not read; 11.3 and newer do"
    if is_jpeg_xl(data):
        return (
            "is JPEG XL, which is not read here; pip install pillow-jxl-plugin, or make a PNG of it"
        )
    if data.startswith(_TIFF):
        return (
            "is a TIFF file that is damaged, or of a kind that is not read; make one of 8 or 16 "
            "bits a channel, grey or RGB"
        )
    for start, name in _OTHER.items():
        if data.startswith(start):
            return f"is {name}, which is not read; make a JPEG or a PNG of it"
    return (
        "not a picture of a known format (JPEG, PNG, WebP, TIFF, BMP, GIF, PPM, AVIF, HEIC, "
        "JPEG XL)"
    )


def find_pictures(sources: Iterable[Path]) -> list[Path]:
    """Files as given, folders replaced by the pictures directly inside them, sorted by name.

    Hidden files are none, not even if they end in ``.jpg`` (macOS leaves ``._a.jpg`` beside
    ``a.jpg``). Raises PictureError for a folder without pictures. A source that is not there is
    given back: one of several can fail when it is read.
    """
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            inside = sorted(
                path
                for path in source.iterdir()
                if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
            )
            if not inside:
                endings = " ".join(sorted(SUFFIXES))
                raise PictureError(f"{source}: no picture in this folder (looked for {endings})")
            found += inside
        else:
            found.append(source)
    return found
