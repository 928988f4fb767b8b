"""How much memory painting may take, and what follows for tiles."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinystyle.errors import OptionError

__all__ = [
    "LEAST_MEMORY",
    "MOST_WORKERS",
    "TILE_SIDES",
    "Progress",
    "Room",
    "TileOptions",
    "available_memory",
    "bytes_of",
    "whole_bytes",
]

LEAST_MEMORY = 256 * 10**6
"""Less is not enough for Python, onnxruntime and one small tile."""

TILE_SIDES = (64, 8192)
"""Least and largest side of a tile in pixels."""

DEFAULT_MEMORY = 10**9
"""What painting takes at most where the machine has twice as much free."""

_PROCESS = 150 * 10**6
"""Python, its libraries and a session that has not run yet."""

_WHOLE = 125
"""Bytes that a pixel takes while a whole picture is painted at once: measured."""

_ROWS, _COLUMNS = (256, 192, 128, 64), 512
"""Sides of a tile in pixels. 256 x 512 is of those tried the quickest: its tensors stay in caches.
Lower ones are for wide pictures and little memory."""

_AT_WORK = 400
"""Bytes that a pixel of a tile takes while it is computed: more than in a whole picture, since
onnxruntime takes memory in blocks of powers of two."""

_BAND = 36
"""Bytes for each pixel of a row of tiles: of four tensors between two stages, read and written at
a quarter of the resolution, and of the painted picture."""

_SPARE = 0.05
"""Share of the memory that is left free by the estimate."""

MOST_WORKERS = 4
"""Tiles at a time."""

_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([kmgt]i?)b?")

Progress = Callable[[float], None]
"""Is told the share that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class Room:
    """What painting one picture may use."""

    tile: tuple[int, int]
    """Height and width in pixels of the picture."""
    scratch: int
    """Bytes of memory for what is kept between two passes; the rest goes to files."""


def available_memory() -> int:
    """Bytes that this process could take without harm to others, as far as the system tells."""
    found = [_meminfo(), _control_group()]
    known = [value for value in found if value is not None]
    if known:
        return min(known)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):  # Windows has no such function
        return 2 * DEFAULT_MEMORY


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _control_group() -> int | None:
    """What a container leaves."""
    try:
        most = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text().strip()
    except OSError:
        return None
    return max(0, int(most) - int(used)) if most.isdigit() and used.isdigit() else None


def whole_bytes(height: int, width: int) -> int:
    """What painting a picture at once takes, about."""
    return _PROCESS + _WHOLE * height * width


@dataclass(frozen=True, slots=True)
class TileOptions:
    """How a picture may be painted in tiles.

    Raises OptionError for values that are not allowed.
    """

    memory: int | None = None
    """Bytes that the process takes at most; None is a gigabyte, or half of what is available where
    that is less. A picture that takes more as a whole is painted in tiles."""
    side: int | None = None
    """Height and width of tiles in pixels; then all pictures are painted so."""
    progress: Progress | None = None
    """Called while a picture is painted in tiles."""

    def __post_init__(self) -> None:
        low, high = TILE_SIDES
        if self.side is not None and not low <= self.side <= high:
            raise OptionError(f"tiles are {self.side} px; allowed are {low} to {high}")
        if self.memory is not None and self.memory < LEAST_MEMORY:
            raise OptionError(
                f"memory is {self.memory / 1e6:.0f} MB; at least {LEAST_MEMORY // 10**6} MB are "
                "needed"
            )

    @property
    def most(self) -> int:
        """Bytes."""
        if self.memory is not None:
            return self.memory
        return min(DEFAULT_MEMORY, available_memory() // 2)

    def room(self, height: int, width: int, pictures: int | None = None) -> Room:
        """For a picture of that size; ``pictures`` are the bytes that it takes in memory,
        together with the painted one: by default both, of 8 bits."""
        if pictures is None:
            pictures = 6 * height * width
        workers = min(MOST_WORKERS, os.cpu_count() or 1)
        tiles = [(self.side, self.side)] if self.side else [(rows, _COLUMNS) for rows in _ROWS]
        left = 0
        for tile in tiles:
            at_work = workers * _AT_WORK * tile[0] * tile[1] + _BAND * tile[0] * width
            left = self.most - _PROCESS - pictures - at_work
            if left >= _SPARE * self.most:
                break
        return Room(tile, max(0, left))


def bytes_of(text: str) -> int:
    """Of a size as people write it: ``1GB``, ``800 MB``, ``1.5GiB``. Raises OptionError."""
    found = _SIZE.fullmatch(text.strip().lower())
    if found is None:
        raise OptionError(f"memory is {text!r}; needed is a size such as 800MB, 1GB or 1.5GiB")
    base = 1024.0 if "i" in found[2] else 1000.0
    return int(float(found[1]) * base ** (1.0 + "kmgt".index(found[2][0])))
