"""Plain files of pixels, row after row, as what painting reads from and writes into."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

from tinystyle.errors import OutputError
from tinystyle.runtime.color import transfer_luma
from tinystyle.runtime.tiles.rows import RowPixels, RowSink, RowSource
from tinystyle.runtime.tiles.spans import Span

__all__ = ["ColourKeeping", "RawSink", "RawSource"]


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
        """Its rows; those that were read last are kept, as several tiles ask for them."""
        with self._lock:
            if self._last is not None and rows.within(self._last[0]) == rows:
                return self._last[1][rows.seen_from(self._last[0].start)]
            self._last = None
            found: Any = np.empty((rows.length, *self._shape), self._type)
            view = found.data.cast("B")
            self._file.seek(rows.start * self._row)
            while view:
                got = self._file.readinto(view)  # type: ignore[attr-defined]
                if not got:
                    raise OutputError("a temporary file became shorter while it was used")
                view = view[got:]
            self._last = rows, found[..., :3]
            return self._last[1]


class RawSink:
    """A file that painted rows are added to."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._folder = path.parent

    def __enter__(self) -> RawSink:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, rows: Span, painted: RowPixels) -> None:
        """Raises OutputError where the disk is full."""
        view = np.ascontiguousarray(painted).data.cast("B")
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
