"""Pictures that are read and written row by row."""

from __future__ import annotations

from typing import Protocol

from tinystyle.pictures.depth import UInt8Array, UInt16Array
from tinystyle.runtime.tiles.spans import Span

__all__ = ["ArrayRows", "RowPixels", "RowSink", "RowSource"]

RowPixels = UInt8Array | UInt16Array
"""Of either depth."""


class RowSource(Protocol):
    """A picture that is read row by row, some rows more than once."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""

    def read(self, rows: Span) -> RowPixels:
        """``(n, W, 3)``; not to be changed."""


class RowSink(Protocol):
    """What takes the painted picture."""

    def write(self, rows: Span, painted: RowPixels) -> None:
        """``(n, W, 3)``; rows come once, from above to below."""


class ArrayRows:
    """An array ``(H, W, 3)`` of uint8 or uint16 to read from, or to write into."""

    def __init__(self, rgb: RowPixels) -> None:
        self.rgb = rgb

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]

    def read(self, rows: Span) -> RowPixels:
        """Its rows."""
        return self.rgb[rows.start : rows.end]

    def write(self, rows: Span, painted: RowPixels) -> None:
        """Rows of it."""
        self.rgb[rows.start : rows.end] = painted
