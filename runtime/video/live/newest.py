"""Frames of a source that does not wait: the newest is kept, older ones are dropped."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol

from tinystyle.pictures.images import UInt8Array

__all__ = ["Newest", "Source"]


class Source(Protocol):
    """What gives frames at its own pace."""

    def read(self) -> UInt8Array | None:
        """The next frame, ``(H, W, 3)`` of R, G and B, when it is there; None at the end.

        Raises a TinystyleError where there are no more though there should be.
        """

    def close(self) -> None:
        """Free the device, from the thread that read last."""


class Newest:
    """Reads a source in a thread of its own, which ends with the block."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._changed = threading.Condition()
        self._frame: UInt8Array | None = None
        self._ended = False
        self._stopped = False
        self._failure: BaseException | None = None
        self.dropped = 0
        """Frames that nobody took before the next came."""
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)

    def __enter__(self) -> Newest:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped = True
        self._thread.join(timeout=5.0)  # a driver that hangs shall not hold the program

    @property
    def ended(self) -> bool:
        """Whether there are no more frames to take."""
        return self._ended and self._frame is None

    def take(self, timeout: float) -> UInt8Array | None:
        """The newest frame that was not taken; None if none comes within ``timeout`` seconds.

        Raises what the source raised.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._frame is not None or self._ended or self._failure is not None,
                timeout,
            )
            if self._failure is not None:
                raise self._failure
            frame, self._frame = self._frame, None
            return frame

    def _read(self) -> None:
        try:
            while not self._stopped:
                frame = self._source.read()
                with self._changed:
                    if frame is None:
                        self._ended = True
                    else:
                        self.dropped += self._frame is not None
                        self._frame = frame
                    self._changed.notify_all()
                if frame is None:
                    break
        except BaseException as error:  # raised again by who takes frames
            with self._changed:
                self._failure = error
                self._changed.notify_all()
        finally:
            self._source.close()
