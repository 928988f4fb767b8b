"""A camera and a window that tests hold in their hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]


def plain_frames(count: int, height: int = 96, width: int = 128) -> list[UInt8Array]:
    """Of one grey each: its number, again from 0 after 255."""
    return [np.full((height, width, 3), index % 256, np.uint8) for index in range(count)]


class FakeSource:
    """Gives frames, one each ``seconds``; waits before frame ``hold`` until told to go on."""

    is_film = False

    def __init__(
        self,
        frames: Sequence[UInt8Array],
        *,
        seconds: float = 0.0,
        hold: int | None = None,
        failure: BaseException | None = None,
    ) -> None:
        self._frames, self._seconds, self._hold, self._failure = frames, seconds, hold, failure
        self.given = 0
        self.closed_by = ""
        """Name of the thread that closed it."""
        self._held, self._free = threading.Event(), threading.Event()

    def read(self) -> UInt8Array | None:
        if self.given == self._hold:
            self._held.set()
            assert self._free.wait(20)
        if self.given == len(self._frames):
            if self._failure is not None:
                raise self._failure
            return None
        time.sleep(self._seconds)
        self.given += 1
        return self._frames[self.given - 1]

    def close(self) -> None:
        self.closed_by = threading.current_thread().name

    def wait_until_held(self) -> None:
        assert self._held.wait(20)

    def go_on(self) -> None:
        self._free.set()


class FakeWindow:
    """Remembers what was shown; ``keys`` are pressed after so many pictures."""

    def __init__(self, keys: dict[int, str | list[str]] | None = None, closes: int = 10**6) -> None:
        self._keys = {
            at: [key] if isinstance(key, str) else key for at, key in (keys or {}).items()
        }
        self._closes = closes
        self.shown: list[UInt8Array] = []
        self.closed = False

    def show(self, rgb: UInt8Array) -> None:
        self.shown.append(rgb)

    def key(self) -> str:
        waiting = [at for at in sorted(self._keys) if at <= len(self.shown)]
        if not waiting:
            return ""
        key = self._keys[waiting[0]].pop(0)
        if not self._keys[waiting[0]]:
            del self._keys[waiting[0]]
        return key

    def is_open(self) -> bool:
        return len(self.shown) < self._closes

    def close(self) -> None:
        self.closed = True
