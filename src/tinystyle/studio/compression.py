"""Files as they go over the wire: precompressed once, and kept for the next time."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinystyle.console import remark
from tinystyle.files import write_bytes

__all__ = ["ENCODINGS", "Compressed", "compressed", "has_brotli"]

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""By the name in HTTP's Content-Encoding, most wanted first: ending of the file beside."""

_PACKED = frozenset({".jpg", ".png", ".br", ".gz"})
_WORTHWHILE = 0.97
"""A compressed file that is no smaller than this share of the original is left away."""
_SMALLEST = 256
_SLOW = 2**17
"""Bytes of a file from which on its compressed form is kept: below it is made in a moment."""


@dataclass(frozen=True, slots=True)
class Compressed:
    """Files beside those of the site, and what a browser receives."""

    files: Mapping[str, bytes]
    """By name with the ending of ENCODINGS."""
    wire: Mapping[str, int]
    """Bytes of each file of the site in its smallest form, without HTTP's headers."""


def has_brotli() -> bool:
    """Whether Python's brotli is installed; without it there is gzip alone."""
    return importlib.util.find_spec("brotli") is not None


def compressed(files: Mapping[str, bytes], cache: Path) -> Compressed:
    """Compress ``files``, by name. What took minutes once is taken from the folder ``cache``."""
    made: dict[str, bytes] = {}
    wire = {name: len(data) for name, data in files.items()}
    ways: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip}
    if has_brotli():
        ways["br"] = _brotli
    for name, data in files.items():
        if PurePosixPath(name).suffix in _PACKED or len(data) < _SMALLEST:
            continue
        for way, compress in ways.items():
            small = _cached(data, way, compress, cache)
            if len(small) < _WORTHWHILE * len(data):
                made[name + ENCODINGS[way]] = small
                wire[name] = min(wire[name], len(small))
    return Compressed(made, wire)


def _cached(data: bytes, way: str, compress: Callable[[bytes], bytes], cache: Path) -> bytes:
    if len(data) < _SLOW:
        return compress(data)
    kept = cache / f"{hashlib.sha256(data).hexdigest()}{ENCODINGS[way]}"
    if kept.is_file() and _restores(kept.read_bytes(), way, data):
        return kept.read_bytes()
    remark(f"compressing {len(data) / 1e6:.1f} MB by {way} (once)")
    small = compress(data)
    write_bytes(kept, small)
    return small


def _restores(small: bytes, way: str, data: bytes) -> bool:
    """Whether a file of the cache, which anybody may have damaged, gives back ``data``."""
    if way == "gzip":
        try:
            return gzip.decompress(small) == data
        except (OSError, EOFError, zlib.error):
            return False
    import brotli  # noqa: PLC0415  (an optional part)

    try:
        return bool(brotli.decompress(small) == data)
    except brotli.error:
        return False


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _brotli(data: bytes) -> bytes:
    import brotli  # noqa: PLC0415  (an optional part)

    return bytes(brotli.compress(data, quality=11, lgwin=24))
