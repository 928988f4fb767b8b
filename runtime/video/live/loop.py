"""The loop of a camera: take the newest frame, paint it, show it, do what keys ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tinystyle.errors import OutputError
from tinystyle.pictures.images import UInt8Array, resize
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.video.live.controls import HELP, Controls
from tinystyle.runtime.video.live.newest import Newest, Source
from tinystyle.runtime.video.live.overlay import with_words
from tinystyle.runtime.video.live.pace import Pace
from tinystyle.runtime.video.painting import FramePainter
from tinystyle.runtime.video.steadiness import Steadying

__all__ = ["Live", "LiveFigures", "Window"]

_SHOWN = (640, 1280)
"""Least and largest longest side of what is shown: words on smaller ones cannot be read."""
_PATIENCE = 0.05
"""Seconds that a frame is waited for before keys are looked at."""
_NOTICE_SECONDS = 2.5


class Window(Protocol):
    """Where frames are shown."""

    def show(self, rgb: UInt8Array) -> None:
        """``(H, W, 3)``."""

    def key(self) -> str:
        """The key pressed since: its character, or ``left right up down escape``; else nothing."""

    def is_open(self) -> bool:
        """False once its user has closed it."""

    def close(self) -> None:
        """Take it off the screen."""


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """What was done."""

    painted: int
    dropped: int
    """Frames that came while another was painted, but for the newest."""
    seconds: float


@dataclass(slots=True)
class Live:
    """A camera that is being painted. Styles, strength and so on are in ``controls``."""

    painters: Sequence[Stylizer]
    """One for each style of the controls."""
    controls: Controls
    pace: Pace
    save: Callable[[UInt8Array, str], str]
    """Writes a picture of a style; the word on it. It may raise OutputError, which is shown."""
    steady: bool = False

    _painter: FramePainter | None = field(default=None, init=False)
    _made_for: tuple[object, ...] = field(default=(), init=False)
    _longest: int = field(default=0, init=False)
    """Pixels of the longest side of the last painted frame."""
    _steadying: Steadying | None = field(default=None, init=False)
    _notice: str = field(default="", init=False)
    _noticed: float = field(default=0.0, init=False)

    def run(self, source: Source, window: Window) -> LiveFigures:
        """Until the source ends, the window is closed or a key quits.

        The newest frame is painted; those that come meanwhile are dropped, none waits. Raises what
        the source and painting raise. The window is closed in any case.
        """
        painted, start = 0, time.monotonic()
        held: UInt8Array | None = None
        shown: UInt8Array | None = None
        try:
            with Newest(source) as newest:
                while window.is_open() and not self._is_over(newest):
                    frame = newest.take(_PATIENCE)
                    begun = time.monotonic()
                    if not self.controls.paused:
                        held = frame if frame is not None else held
                    elif self._is_current():
                        frame = None
                        time.sleep(_PATIENCE)
                    else:
                        frame = held
                    if frame is not None:
                        shown = self._painted(frame)
                        painted += 1
                    if shown is not None:
                        self._show(window, shown)
                    self._do_keys(window, shown)
                    if frame is not None:
                        self.pace.took(time.monotonic() - begun, self._longest)
            return LiveFigures(painted, newest.dropped, time.monotonic() - start)
        finally:
            window.close()

    def _is_over(self, newest: Newest) -> bool:
        return self.controls.quit or (newest.ended and not self.controls.paused)

    def _wanted(self) -> object:
        controls = self.controls
        return controls.chosen, controls.strength, controls.keep_color, controls.mirror

    def _is_current(self) -> bool:
        """Whether the last picture was painted as is asked for now."""
        return self._made_for[:1] == (self._wanted(),)

    def _painted(self, frame: UInt8Array) -> UInt8Array:
        """``frame`` painted as the controls say, as large as it is shown."""
        controls = self.controls
        height, width = frame.shape[:2]
        small = resize(frame, *_fitted(height, width, self.pace.size))
        if controls.mirror:
            small = np.ascontiguousarray(small[:, ::-1])
        self._longest = max(small.shape)
        made_for = (self._wanted(), small.shape)
        if self._painter is None or made_for != self._made_for:
            self._painter = FramePainter(
                self.painters[controls.chosen],
                *small.shape[:2],
                keep_color=controls.keep_color,
                strength=controls.strength,
                in_turn=True,
            )
            self._made_for = made_for
            self._steadying = Steadying() if self.steady else None
        painted = self._painter(small)
        if self._steadying is not None:
            painted = self._steadying.next(small, painted)
        longest = min(_SHOWN[1], max(_SHOWN[0], height, width))
        factor = longest / max(height, width)
        return resize(painted, max(1, round(height * factor)), max(1, round(width * factor)))

    def _show(self, window: Window, shown: UInt8Array) -> None:
        controls, now = self.controls, time.monotonic()
        if controls.notice:
            self._notice, self._noticed = controls.notice, now
            controls.notice = ""
        notice = self._notice if now - self._noticed < _NOTICE_SECONDS else ""
        if controls.paused and not notice:
            notice = "held; space goes on"
        window.show(with_words(shown, HELP if controls.help else (), notice))

    def _do_keys(self, window: Window, shown: UInt8Array | None) -> None:
        while key := window.key():
            self.controls.press(key)
        if self.controls.save and shown is not None:
            self.controls.save = False
            try:
                self.controls.notice = self.save(shown, self.controls.style)
            except OutputError as error:
                self.controls.notice = str(error)


def _fitted(height: int, width: int, longest: int) -> tuple[int, int]:
    factor = min(1.0, longest / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))
