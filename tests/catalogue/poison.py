"""Files that are called pictures and must not stop a build."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["POISONS", "poison"]


def _torn(picture: bytes) -> bytes:
    return picture[: len(picture) // 3]


def _bomb(_: bytes) -> bytes:
    """A PNG of 40,000 x 40,000 pixels in 200 kB."""
    return _png(40_000, 40_000, zlib.compress(bytes(40_000 * 5_001), 9))


def _huge(_: bytes) -> bytes:
    """A header that promises two thousand million pixels a side, and nothing behind it."""
    return _png(2**31 - 1, 2**31 - 1, b"")


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _dot(_: bytes) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (1, 1)).save(stream, "PNG")
    return stream.getvalue()


def _garbled(picture: bytes) -> bytes:
    """Its beginning, and noise."""
    return picture[:64] + np.random.default_rng(0).bytes(len(picture))


POISONS: dict[str, Callable[[bytes], bytes]] = {
    "torn": _torn,
    "garbled": _garbled,
    "a bomb": _bomb,
    "huge dimensions": _huge,
    "text": lambda _: b"This is no picture.\n" * 50,
    "HTML": lambda _: b"<!doctype html><html><body>404 Not Found</body></html>",
    "one pixel": _dot,
    "nothing": lambda _: b"",
}
"""By name: what becomes of a picture's bytes."""


def poison(folder: Path, count: int, seed: int) -> dict[str, str]:
    """Spoil ``count`` pictures of a folder, each kind as often as the others; their names below
    the folder, and which kind."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    chosen = np.random.default_rng(seed).choice(len(paths), count, replace=False)
    spoiled = {}
    for number, place in enumerate(chosen.tolist()):
        kind = list(POISONS)[number % len(POISONS)]
        path = paths[place]
        path.write_bytes(POISONS[kind](path.read_bytes()))
        spoiled[path.relative_to(folder).as_posix()] = kind
    return spoiled
