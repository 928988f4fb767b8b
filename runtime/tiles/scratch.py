"""Tensors between two stages, in memory or in files without a name."""

from __future__ import annotations

import shutil
import tempfile
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinystyle.errors import OutputError
from tinystyle.runtime.tiles.spans import Span

__all__ = ["FileMap", "MemoryMap", "ScratchMap", "fill_from", "new_map", "require_room"]


class MemoryMap:
    """A tensor ``(H, C, W)`` in memory."""

    def __init__(self, height: int, channels: int, width: int, dtype: DTypeLike) -> None:
        self._whole: NDArray[Any] = np.empty((height, channels, width), dtype)

    def read(self, rows: Span) -> NDArray[Any]:
        """Its rows; not to be changed."""
        return self._whole[rows.start : rows.end]

    def blank(self, rows: Span) -> NDArray[Any]:
        """What is to be filled with its rows and then given to :meth:`write`."""
        return self._whole[rows.start : rows.end]

    def write(self, rows: Span, filled: NDArray[Any]) -> None:
        """Keep what :meth:`blank` gave."""

    def rest(self) -> None:
        """Nothing to be given back while it is needed."""

    def close(self) -> None:
        """Give the memory back."""
        self._whole = self._whole[:0].copy()


class FileMap:
    """A tensor ``(H, C, W)`` in a file of the temporary folder, gone when it is closed.

    It is read and written, not mapped, so that what is in memory are the rows that are used.
    """

    def __init__(self, height: int, channels: int, width: int, dtype: DTypeLike) -> None:
        self._row = (channels, width)
        self._type = np.dtype(dtype)
        self._bytes = channels * width * self._type.itemsize
        self._read: NDArray[Any] = np.empty((0, *self._row), self._type)
        self._filled = self._read
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        except OSError as error:
            raise _unwritable(error) from error

    def read(self, rows: Span) -> NDArray[Any]:
        """Its rows, until others are read: memory that is new each time costs as much again."""
        if len(self._read) < rows.length:
            self._read = np.empty((rows.length, *self._row), self._type)
        found = self._read[: rows.length]
        self._file.seek(rows.start * self._bytes)
        fill_from(self._file, found)
        return found

    def blank(self, rows: Span) -> NDArray[Any]:
        """What is to be filled with its rows and then given to :meth:`write`."""
        if len(self._filled) < rows.length:
            self._filled = np.empty((rows.length, *self._row), self._type)
        return self._filled[: rows.length]

    def rest(self) -> None:
        """Give the memory of rows back; the file stays."""
        self._read = self._filled = np.empty((0, *self._row), self._type)

    def write(self, rows: Span, filled: NDArray[Any]) -> None:
        """Raises OutputError where the disk is full."""
        view = filled.data.cast("B")
        try:
            self._file.seek(rows.start * self._bytes)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise _unwritable(error) from error

    def close(self) -> None:
        """Remove the file."""
        self.rest()
        self._file.close()


ScratchMap = MemoryMap | FileMap


def _unwritable(error: OSError) -> OutputError:
    folder = tempfile.gettempdir()
    return OutputError(
        f"{folder}: no room for what is kept between two passes over the picture "
        f"({error.strerror}); set TMPDIR to a folder on a larger disk, or allow more memory "
        "(--memory)"
    )


def new_map(
    height: int, channels: int, width: int, dtype: DTypeLike, *, in_memory: bool
) -> ScratchMap:
    """An empty tensor. Raises OutputError where the temporary folder has no room for it."""
    if in_memory:
        return MemoryMap(height, channels, width, dtype)
    size = height * channels * width * np.dtype(dtype).itemsize
    require_room(size, "between two passes over the picture", ", or allow more memory (--memory)")
    return FileMap(height, channels, width, dtype)


def require_room(size: int, purpose: str, otherwise: str = "") -> None:
    """Raise OutputError where the temporary folder has less than ``size`` bytes free.

    ``purpose`` says what needs them, ``otherwise`` what helps beside a larger disk.
    """
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OutputError(
            f"{folder}: {size / 1e9:.1f} GB are needed {purpose}, "
            f"{free / 1e9:.1f} GB are free; set TMPDIR to a folder on a larger disk{otherwise}"
        )


def fill_from(file: IO[bytes], array: NDArray[Any]) -> None:
    """Read a whole contiguous array from an unbuffered file, from where that stands."""
    view = array.data.cast("B")
    while view:
        got = file.readinto(view)  # type: ignore[attr-defined]
        if not got:
            raise OutputError("a temporary file became shorter while it was used")
        view = view[got:]
