"""libvips at work, while Python waits: how far it is, and Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

__all__ = ["Share", "watched"]

Share = Callable[[float], None]
"""Is told the share that is done, 0..1."""

Result = TypeVar("Result")

_TICK = 0.2
"""Seconds between two looks."""


def watched(image: Any, work: Callable[[], Result], on_share: Share | None = None) -> Result:
    """What ``work`` returns, which asks ``image`` for its pixels. Raises what it raises, what
    ``on_share`` raises, and KeyboardInterrupt; the image is given up then.

    The work is a thread's: Python raises KeyboardInterrupt in whatever its main thread runs, and
    there that would be a callback of libvips, out of which no exception comes.
    """
    failed: list[BaseException] = []

    def on_eval(_: Any, progress: Any) -> None:
        if on_share is None or failed:
            return
        try:
            on_share(min(1.0, progress.percent / 100.0))
        except BaseException as error:  # what leaves a callback is lost
            failed.append(error)
            image.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", on_eval)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(work)
        try:
            _await(job)
        except BaseException:
            image.set_kill(True)
            _await(job)
            raise
    if failed:
        raise failed[0]
    return job.result()


def _await(job: Future[Any]) -> None:
    while wait([job], _TICK).not_done:  # not at once: Windows hears no Ctrl-C meanwhile
        pass
