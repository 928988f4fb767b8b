"""A training run that is told to end in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tinystyle.training.stages.hypernetwork_step import StyleStep


@contextmanager
def interrupted_in_step(number: int) -> Iterator[None]:
    """Within it SIGTERM comes in this step of the stage hypernetwork, which is still finished."""
    plain_step = StyleStep.__call__

    def interrupted(self: StyleStep, step: int) -> object:
        if step == number:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain_step(self, step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StyleStep, "__call__", interrupted)
        yield
