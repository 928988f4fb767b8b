"""What TIFF files say about their pixels, and EXIF in files that are already written."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tinystyle.pictures.metadata import EXIF_ERRORS

__all__ = [
    "TAG_ERRORS",
    "add_exif",
    "alpha_of_tiff",
    "bits_of_tiff",
    "colours_of_tiff",
    "is_turned_by_tag",
]

_BITS, _FORMAT = 258, 339
_COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _EXTRA = 259, 262, 274, 338
_STRIPS, _STAND_IN = 273, 275
"""Places of strips, and a number that no tag has: Pillow moves the places of what it writes."""

_UNSIGNED = 1
_ALPHA = (1, 2)
"""Colours multiplied by it, and not."""
_SUB_TABLES = (0x8769, 0x8825)
"""How and where a picture was taken."""
_INTEROPERABILITY = 0xA005

TAG_ERRORS = (*EXIF_ERRORS, ArithmeticError, struct.error, Image.DecompressionBombError)
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


def colours_of_tiff(path: Path) -> tuple[int, int]:
    """What the numbers of the pixels are (PhotometricInterpretation), and how they are compressed;
    -1 and 1, no compression, where that is not told."""
    photometric, compression = _tag(path, _PHOTOMETRIC), _tag(path, _COMPRESSION)
    return (photometric or (-1,))[0], (compression or (1,))[0]


def alpha_of_tiff(path: Path) -> bool:
    """Whether the first channel beside the colours, if there is one, is transparency. It may be
    anything, such as a selection that somebody saved; where nothing is told it is."""
    kinds = _tag(path, _EXTRA)
    return not kinds or kinds[0] in _ALPHA


def is_turned_by_tag(path: Path) -> bool:
    """Whether a TIFF file tells by a tag which side is up."""
    return bool(_tag(path, _ORIENTATION))


def add_exif(stream: BinaryIO, exif: bytes) -> None:
    """Put EXIF into a TIFF or BigTIFF file, open for reading and writing: a new table of tags at
    its end.

    libvips writes none into TIFF files, and Pillow none that has tables of its own into compressed
    ones. Raises one of TAG_ERRORS where that fails.
    """
    known = Image.Exif()
    known.load(exif)
    stream.seek(0)
    table, header = _table(stream)
    big = _is_big(header)
    for tag in list(table):
        table.get(tag)  # only what was asked for is written
    if _STRIPS in table:
        places, kind = table[_STRIPS], table.tagtype[_STRIPS]
        del table[_STRIPS]
        table[_STAND_IN] = places if isinstance(places, tuple) else (places,)
        table.tagtype[_STAND_IN] = kind
    for tag in known:
        if tag in _SUB_TABLES:
            inner = dict(known.get_ifd(tag))
            inner.pop(_INTEROPERABILITY, None)  # a place in the old file
            table[tag] = inner
        else:
            table[tag] = known[tag]
    end = stream.seek(0, 2)
    end += end % 2
    stream.seek(end)
    stream.write(_with_strips(bytearray(table.tobytes(end)), header, len(table)))
    stream.seek(8 if big else 4)
    stream.write(end.to_bytes(8 if big else 4, _order(header)))


def _order(header: bytes) -> Literal["little", "big"]:
    return "little" if header[:2] == b"II" else "big"


def _with_strips(table: bytearray, header: bytes, tags: int) -> bytearray:
    """A table of tags, written, whose places of strips get their own number."""
    first, step = (8, 20) if _is_big(header) else (2, 12)
    for place in range(first, first + step * tags, step):
        if int.from_bytes(table[place : place + 2], _order(header)) == _STAND_IN:
            table[place : place + 2] = _STRIPS.to_bytes(2, _order(header))
    return table
