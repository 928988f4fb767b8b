"""What TIFF files say about their pixels, and EXIF in files that libvips has written."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import BinaryIO

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tinystyle.errors import OutputError

__all__ = ["TAG_ERRORS", "add_exif", "bits_of_tiff"]

_BITS, _FORMAT = 258, 339
_STRIPS = 273
_UNSIGNED = 1
_SUB_TABLES = (0x8769, 0x8825)
"""How and where a picture was taken."""

TAG_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    ArithmeticError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow's readers of headers let through."""


def _table(stream: BinaryIO) -> tuple[ImageFileDirectory_v2, bytes]:
    """The tags of the first picture of a TIFF or BigTIFF file, and the file's header."""
    header = stream.read(8)
    if _is_big(header):
        header += stream.read(8)
    table = ImageFileDirectory_v2(header)
    stream.seek(table.next)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.load(stream)
    return table, header


def _is_big(header: bytes) -> bool:
    return header[:4] in (b"II+\0", b"MM\0+")


def _tag(path: Path, tag: int) -> tuple[int, ...]:
    """Values of the first picture; empty where there are none or the file is damaged."""
    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _table(stream)[0].get(tag, ())
        return tuple(int(v) for v in (found if isinstance(found, tuple) else (found,)))
    except TAG_ERRORS:
        return ()


def bits_of_tiff(path: Path) -> int:
    """Bits of each channel where they are unsigned whole numbers of one length, else 0."""
    bits, kinds = set(_tag(path, _BITS)), set(_tag(path, _FORMAT))
    return bits.pop() if len(bits) == 1 and kinds <= {_UNSIGNED} else 0


def add_exif(path: Path, exif: bytes) -> None:
    """Put EXIF into a TIFF or BigTIFF file of tiles: a new table of tags at its end.

    libvips writes none into TIFF files. Raises OutputError where that fails.
    """
    known = Image.Exif()
    known.load(exif)
    with path.open("r+b") as stream:
        table, header = _table(stream)
        big = _is_big(header)
        for tag in list(table):
            table.get(tag)  # only what was asked for is written
        if _STRIPS in table:  # Pillow would move the places of strips
            raise OutputError(f"{path}: is not of tiles")
        for tag in known:
            value = known.get_ifd(tag) if tag in _SUB_TABLES else known[tag]
            table[tag] = dict(value) if tag in _SUB_TABLES else value
        end = stream.seek(0, 2)
        end += end % 2
        stream.seek(end)
        stream.write(table.tobytes(end))
        order = "little" if header[:2] == b"II" else "big"
        stream.seek(8 if big else 4)
        stream.write(end.to_bytes(8 if big else 4, order))  # type: ignore[arg-type]
