"""Plain files of pixels, row after row, as what painting reads from and writes into."""

from __future__ import annotations

import struct
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

from tinystyle.errors import OutputError
from tinystyle.runtime.color import transfer_luma
from tinystyle.runtime.tiles.rows import RowPixels, RowSink, RowSource
from tinystyle.runtime.tiles.scratch import fill_from
from tinystyle.runtime.tiles.spans import Span

__all__ = ["ColourKeeping", "RawSink", "RawSource"]

_HEADER = 16
"""Bytes of a BigTIFF file before its pixels."""

_STRIP = 64
"""Rows that a reader takes at a time."""

_KINDS = {"H": 3, "I": 4, "Q": 16}
"""TIFF's numbers of types, by those of :mod:`struct`."""


class RawSource:
    """A file of ``height`` x ``width`` pixels of ``bands`` values; its first three are read."""

    def __init__(self, path: Path, height: int, width: int, bands: int, dtype: DTypeLike) -> None:
        self.size = (height, width)
        self._shape, self._type = (width, bands), np.dtype(dtype)
        self._row = width * bands * self._type.itemsize
        self._file: IO[bytes] = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self._last: tuple[Span, RowPixels] | None = None

    def __enter__(self) -> RawSource:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, rows: Span) -> RowPixels:
        """Its rows, RGB."""
        return self.read_all(rows)[..., :3]

    def read_all(self, rows: Span) -> RowPixels:
        """Its rows, all bands; what was read last is kept, as several tiles ask for it."""
        with self._lock:
            if self._last is not None and rows.within(self._last[0]) == rows:
                return self._last[1][rows.seen_from(self._last[0].start)]
            self._last = None
            found: Any = np.empty((rows.length, *self._shape), self._type)
            self._file.seek(rows.start * self._row)
            fill_from(self._file, found)
            self._last = rows, found
            return self._last[1]


class RawSink:
    """A plain file that painted rows are added to, as a TIFF file without compression.

    libvips reads such a file row by row; one without a header it would map as a whole.
    """

    def __init__(self, path: Path, alpha: RawSource | None = None) -> None:
        """``alpha`` is a picture of RGBA whose transparency the painting has."""
        self._file = path.open("wb", buffering=0)
        self._folder, self._alpha = path.parent, alpha
        self._add(bytes(_HEADER))

    def __enter__(self) -> RawSink:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, rows: Span, painted: RowPixels) -> None:
        """Raises OutputError where the disk is full."""
        if self._alpha is not None:
            alpha = self._alpha.read_all(rows)[..., 3:]
            painted = np.concatenate([painted, alpha], axis=2)
        self._add(np.ascontiguousarray(painted).data.cast("B"))

    def finish(self, height: int, width: int, dtype: DTypeLike) -> None:
        """All rows are there: write the tags, as BigTIFF has them, and where they are."""
        bits, bands = np.dtype(dtype).itemsize * 8, 3 if self._alpha is None else 4
        row = width * bands * bits // 8
        tops = range(0, height, _STRIP)
        starts = [_HEADER + top * row for top in tops]
        sizes = [min(_STRIP, height - top) * row for top in tops]
        tags: list[tuple[int, str, list[int]]] = [
            *((256, "I", [width]), (257, "I", [height]), (258, "H", [bits] * bands)),
            *((259, "H", [1]), (262, "H", [2]), (273, "Q", starts), (277, "H", [bands])),
            *((278, "I", [_STRIP]), (279, "Q", sizes), (284, "H", [1])),
            *([(338, "H", [2])] if bands == 4 else []),
        ]
        place = _HEADER + height * row
        place += -place % 8
        self._file.seek(place)
        beside = place + 8 + 20 * len(tags) + 8
        table, values = struct.pack("<Q", len(tags)), b""
        for tag, kind, numbers in tags:
            data = struct.pack(f"<{len(numbers)}{kind}", *numbers)
            if len(data) > 8:
                at, data = beside + len(values), data + bytes(-len(data) % 8)
                values += data
                data = struct.pack("<Q", at)
            table += struct.pack("<HHQ", tag, _KINDS[kind], len(numbers)) + data.ljust(8, b"\0")
        self._add(table + bytes(8) + values)
        self._file.seek(0)
        self._add(b"II+\0" + struct.pack("<HHQ", 8, 0, place))

    def _add(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise OutputError(
                f"{self._folder}: no room for the painted picture ({error.strerror}); set TMPDIR "
                "to a folder on a larger disk"
            ) from error


class ColourKeeping:
    """A sink that takes only the brightness from the painting."""

    def __init__(self, source: RowSource, sink: RowSink) -> None:
        self._source, self._sink = source, sink

    def write(self, rows: Span, painted: RowPixels) -> None:
        """As :meth:`tinystyle.runtime.tiles.rows.RowSink.write`."""
        pixels: Any = painted
        before: Any = self._source.read(rows)
        self._sink.write(rows, transfer_luma(pixels, before))
