"""How large frames are painted, so that as many a second are painted as are wanted."""

from __future__ import annotations

from tinystyle.errors import OptionError
from tinystyle.network.spec import MIN_SIZE

__all__ = ["LARGEST", "Pace"]

LARGEST = 1280
"""Pixels of the longest side, at most."""
_FIRST = 320
_STEP = 32
"""Sizes are multiples of it: for each new one onnxruntime allots memory anew."""
_SLACK = 1.25
"""How much too slow or too quick painting is before its size changes."""
_LATELY = 0.3
"""Weight of the last frame in the time that is judged."""
_SETTLED = 4
"""Frames of one size before it is judged: the first takes longer."""


class Pace:
    """The longest side of painted frames, by the time that painting took so far."""

    def __init__(self, rate: float, size: int | None = None) -> None:
        """``rate`` frames a second are wanted; ``size`` is kept where given. Raises OptionError."""
        if not 1.0 <= rate <= 120.0:
            raise OptionError(f"rate is {rate:g}; allowed are 1 to 120 frames a second")
        if size is not None and not MIN_SIZE <= size <= 8192:
            raise OptionError(f"size is {size} px; allowed are {MIN_SIZE} to 8192")
        self._wanted, self._is_fixed = 1.0 / rate, size is not None
        self.size = size or _FIRST
        """Pixels of the longest side of the next frame."""
        self._seconds, self._count = 0.0, 0

    def took(self, seconds: float, longest: int) -> None:
        """A frame whose longest side was ``longest`` took so long; less than :attr:`size` is all
        there is of it."""
        if self._is_fixed:
            return
        self._count += 1
        if self._count < _SETTLED:
            self._seconds = seconds
            return
        self._seconds += _LATELY * (seconds - self._seconds)
        ratio = self._wanted / self._seconds
        if 1.0 / _SLACK < ratio < _SLACK or (ratio > 1.0 and longest < self.size):
            return
        # Time grows with the area. Not more than double at once: a hitch is no measure.
        wanted = self.size * min(2.0, max(0.5, ratio)) ** 0.5
        size = min(LARGEST, max(2 * MIN_SIZE, round(wanted / _STEP) * _STEP))
        if size != self.size:
            self.size, self._count = size, 0
