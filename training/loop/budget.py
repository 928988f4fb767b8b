"""How long a training loop runs: steps or minutes, with progress, and an orderly end on Ctrl-C."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterator
from types import FrameType

from tqdm import tqdm

from tinystyle.console import bar_disabled
from tinystyle.errors import OptionError

__all__ = ["Budget"]


PATIENCE = 3.0
"""Seconds in which more signals say the same. torchrun passes on Ctrl-C, which the terminal has
sent to its processes already."""


class Budget:
    """Iterate over step numbers until the steps or the minutes are used up.

    The first SIGINT or SIGTERM ends the loop after the step under way (``interrupted`` is then
    true), so that the caller can save; one that comes PATIENCE later ends the program at once. Time
    is counted from the first step, and goes on from ``seconds`` where a run is resumed.
    """

    def __init__(
        self,
        label: str,
        *,
        steps: int | None = None,
        minutes: float | None = None,
        visible: bool = True,
        cooperative: bool = False,
    ) -> None:
        """``cooperative`` loops end only by :meth:`stop`: several processes must leave together."""
        if (steps is None) == (minutes is None):
            raise OptionError("give either a number of steps or of minutes")
        if (steps is not None and steps < 1) or (
            minutes is not None and not 0.0 < minutes < math.inf
        ):
            raise OptionError(f"steps={steps} minutes={minutes}: must be above 0")
        self.interrupted = False
        self.step = 0
        self._label = label
        self._steps = steps
        self._limit = None if minutes is None else 60.0 * minutes
        self._visible = visible
        self._cooperative = cooperative
        self._stopped = False
        self._before = 0.0
        self._start: float | None = None
        self._losses: dict[str, float] = {}
        self._asked: float | None = None

    def resume(self, step: int, seconds: float) -> None:
        """Go on after ``step`` steps that took ``seconds``."""
        self.step, self._before = step, seconds

    def stop(self) -> None:
        """End the loop after the step under way."""
        self._stopped = True

    @property
    def _over(self) -> bool:
        return self.interrupted or self.fraction >= 1.0

    @property
    def last(self) -> bool:
        """Whether the step under way is the last one, as far as this process knows."""
        return self._over or (self._steps is not None and self.step + 1 >= self._steps)

    @property
    def seconds(self) -> float:
        """Time trained so far."""
        now = 0.0 if self._start is None else time.monotonic() - self._start
        return self._before + now

    def __iter__(self) -> Iterator[int]:
        self._start = time.monotonic()
        previous = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM)}
        # A bar in per mille of the budget shows the time left for steps and minutes alike.
        form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
        try:
            with tqdm(
                total=1000,
                desc=self._label,
                bar_format=form,
                mininterval=1.0,
                disable=bar_disabled(self._visible),
            ) as bar:
                while not self._stopped and (self._cooperative or not self._over):
                    yield self.step
                    self.step += 1
                    if not self._visible:
                        continue
                    shown = "  ".join(f"{k} {v:.4g}" for k, v in self._losses.items())
                    bar.set_postfix_str(f"step {self.step}  {shown}", refresh=False)
                    bar.update(min(1000, int(1000 * self.fraction)) - bar.n)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    @property
    def fraction(self) -> float:
        """Share of the budget that is used, 0 to 1."""
        if self._steps is not None:
            return self.step / self._steps
        return 0.0 if self._limit is None else self.seconds / self._limit

    def cosine(self, warmup_steps: int) -> float:
        """Factor for the learning rate: linear warm-up, then a cosine from 1 to 0.01."""
        decay = 0.505 + 0.495 * math.cos(math.pi * min(1.0, self.fraction))
        return decay * min(1.0, (self.step + 1) / max(1, warmup_steps))

    def report(self, **losses: float) -> None:
        """Show running means of these values beside the bar."""
        for name, value in losses.items():
            self._losses[name] = 0.98 * self._losses.get(name, value) + 0.02 * value

    @property
    def losses(self) -> dict[str, float]:
        """The running means shown last."""
        return dict(self._losses)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked is not None and now - self._asked > PATIENCE:
            raise KeyboardInterrupt
        if self._asked is None:
            self._asked = now
        self.interrupted = True
