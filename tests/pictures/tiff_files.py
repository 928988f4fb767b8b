"""TIFF files of kinds that neither Pillow nor libvips writes, tag by tag."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

__all__ = ["write_tiff"]


def write_tiff(
    path: Path, pixels: np.ndarray, photometric: int, *, planes: bool = False, **tags: int
) -> Path:
    """``(H, W, C)`` without compression, in one strip or in a plane a channel. Further ``tags`` of
    one number are named ``t338`` and the like; such a one is written for each extra channel."""
    height, width, bands = pixels.shape
    bits = pixels.dtype.itemsize * 8
    data = np.moveaxis(pixels, 2, 0).tobytes() if planes else pixels.tobytes()
    count = bands if planes else 1
    numbers: dict[int, tuple[str, list[int]]] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [bits] * bands),
        259: ("H", [1]),
        262: ("H", [photometric]),
        273: ("I", [8 + index * len(data) // count for index in range(count)]),
        277: ("H", [bands]),
        278: ("I", [height]),
        279: ("I", [len(data) // count] * count),
        284: ("H", [2 if planes else 1]),
    }
    for name, value in tags.items():
        tag = int(name[1:])
        extra = bands - (1 if photometric in (0, 1) else 3)
        numbers[tag] = ("H", [value] * (extra if tag == 338 else 1))
    place = 8 + len(data)
    beside, table, values = place + 2 + 12 * len(numbers) + 4, b"", b""
    for tag, (kind, found) in sorted(numbers.items()):
        body = struct.pack(f"<{len(found)}{kind}", *found)
        if len(body) > 4:
            body, values = struct.pack("<I", beside + len(values)), values + body
        table += struct.pack("<HHI", tag, {"H": 3, "I": 4}[kind], len(found)) + body.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<I", place)
    path.write_bytes(head + data + struct.pack("<H", len(numbers)) + table + bytes(4) + values)
    return path
