"""How large a JPEG XL picture is, by its header: its plug-in decodes a file when it opens it."""

from __future__ import annotations

__all__ = ["is_jpeg_xl", "size_of"]

_BARE = b"\xff\x0a"
_BOXED = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
"""Width to height, by its number in the header (ISO/IEC 18181-1, SizeHeader)."""

_LENGTHS = (9, 13, 18, 30)
"""Bits of a side, by its selector."""

_HEAD = 12
"""Bytes in which the size is told; no picture has fewer."""

_NUMBER = 4
"""Bytes before a part: which one it is. Decoders want them in order."""

_MOST_BOXES = 1000


def is_jpeg_xl(data: bytes) -> bool:
    """By the first bytes."""
    return data.startswith((_BARE, _BOXED))


def size_of(data: bytes) -> tuple[int, int] | None:
    """Height and width in pixels; None where the header is damaged."""
    head = _codestream(data)
    if not head.startswith(_BARE) or len(head) < _HEAD:
        return None
    bits = _Bits(head[len(_BARE) :])
    small = bits.take(1)
    height = (bits.take(5) + 1) * 8 if small else bits.take(_LENGTHS[bits.take(2)]) + 1
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio]
        return height, height * across // down
    width = (bits.take(5) + 1) * 8 if small else bits.take(_LENGTHS[bits.take(2)]) + 1
    return height, width


class _Bits:
    """Numbers whose least bit comes first."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        number = self._left & ((1 << count) - 1)
        self._left >>= count
        return number


def _codestream(data: bytes) -> bytes:
    """Its first bytes. It begins at once, or is in a box of its own, or in parts in several."""
    if data.startswith(_BARE):
        return data[:_HEAD]
    place, head = 0, b""
    for _ in range(_MOST_BOXES):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        start = place + 8
        if length == 1:
            length, start = int.from_bytes(data[place + 8 : place + 16], "big"), place + 16
        end = place + length if length else len(data)  # 0: up to the file's end
        if end < start or start > len(data):
            return b""
        if kind == b"jxlc":
            return data[start:end][:_HEAD]
        if kind == b"jxlp":
            head += data[start + _NUMBER : end][: _HEAD - len(head)]
            if len(head) == _HEAD:
                return head
        place = end
    return b""
