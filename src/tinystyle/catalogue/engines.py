"""Who computes the parts of a catalogue: processes of this machine, or Ray."""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from tinystyle.catalogue.parts import PartBuilder, PartDone
from tinystyle.errors import MissingExtraError, OutputError, TargetError

__all__ = ["ENGINES", "on_ray", "on_this_machine"]

ENGINES = ("local", "ray")

_TRIES = 2
"""Of a part that took its process along, before its rows are tried one by one."""

_DEADLY = "the process that read it died (killed, or out of memory)"

_builder: PartBuilder | None = None
"""That of this worker process."""


def on_this_machine(builder: PartBuilder, parts: Sequence[int], workers: int) -> Iterator[PartDone]:
    """By ``workers`` processes; parts in the order in which they are done.

    A process that dies is replaced and its part tried again; of a part that kills again the row
    that does it becomes one with an error.
    """
    waiting, deaths = deque(parts), Counter[int]()
    while waiting:
        with _pool(builder, workers) as pool:
            running: dict[Future[PartDone], int] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < 2 * workers:
                        running[pool.submit(_build, waiting[0])] = waiting[0]
                        waiting.popleft()
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        found = future.result()
                        del running[future]
                        yield found
            except BrokenProcessPool:
                lost = sorted(running.values())
            except BaseException:  # also Ctrl-C: what waits is not begun
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            else:
                continue
        # Which of them killed is not told; all those that ran may be it.
        deaths.update(lost)
        for part in lost:
            if deaths[part] < _TRIES:
                waiting.appendleft(part)
            else:
                yield _by_rows(builder, part)


def _pool(builder: PartBuilder, workers: int) -> ProcessPoolExecutor:
    # Forked processes would inherit the threads of a runtime that is loaded here.
    return ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(builder,)
    )


def _begin(builder: PartBuilder) -> None:
    global _builder  # noqa: PLW0603  (an initializer has no other place)
    _builder = builder
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed tells nobody, and its workers would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _build(part: int) -> PartDone:
    if _builder is None:
        raise RuntimeError("a worker process without its builder")
    return _builder(part)


def _try_row(part: int, row: int) -> None:
    if _builder is not None:
        _builder.try_row(part, row)


def _by_rows(builder: PartBuilder, part: int) -> PartDone:
    """Each row in a process that may die, then the part without those that killed."""
    deadly: dict[int, str] = {}
    rows = deque(range(builder.count(part)))
    while rows:
        with _pool(builder, 1) as pool:
            try:
                while rows:
                    pool.submit(_try_row, part, rows[0]).result()
                    rows.popleft()
            except BrokenProcessPool:
                deadly[rows.popleft()] = _DEADLY
    return builder(part, deadly)


class _RayPart:
    """An actor's: parts of one batch."""

    def __init__(self, builder: PartBuilder) -> None:
        self._builder = builder

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        try:
            done = [self._builder(int(part)) for part in batch["part"]]
        except OutputError as error:
            # As a row: an exception would be tried again for minutes, and end as a page of stack.
            return {"part": [-1], "rows": [0], "errors": [0], "failed": [str(error)]}
        return {
            "part": [each.part for each in done],
            "rows": [each.rows for each in done],
            "errors": [each.errors for each in done],
            "failed": [""] * len(done),
        }


def on_ray(
    builder: PartBuilder, parts: Sequence[int], workers: int, address: str | None
) -> Iterator[PartDone]:
    """By ``workers`` actors of Ray Data: of the cluster at ``address``, or of one that is started
    here and ends with the build. Its nodes must see source and catalogue at the same paths.

    Raises MissingExtraError without ray, TargetError where the cluster fails, OutputError where a
    part cannot be written.
    """
    # What fails is raised here, in one line; Ray's core would tell more beside it.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if not address and "ray" not in sys.modules:
        # A cluster of our own listens on all interfaces, whatever it is told, and runs what it is
        # sent: so nobody else has its token. Ray reads these when it is imported, since 2.52.
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray  # noqa: PLC0415  (an extra)
        import ray.data  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("--engine ray", "ray") from error
    if not parts:
        return
    started = not ray.is_initialized()
    if started:
        own: dict[str, Any] = {} if address else {"num_cpus": workers, "include_dashboard": False}
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **own)
    ray.data.DataContext.get_current().enable_progress_bars = False  # the caller has its own
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    workers = min(workers, len(parts))
    try:
        data = ray.data.from_items(
            [{"part": part} for part in parts], override_num_blocks=len(parts)
        )
        built = data.map_batches(
            _RayPart, fn_constructor_args=(builder,), batch_size=1, concurrency=workers
        )
        for row in built.iter_rows():
            if row["failed"]:
                raise OutputError(row["failed"])
            yield PartDone(int(row["part"]), int(row["rows"]), int(row["errors"]))
    except ray.exceptions.RayError as error:
        raise TargetError(f"Ray: {_reason(error)}") from error
    finally:
        if started:
            ray.shutdown()


def _reason(error: BaseException) -> str:
    """What happened at the bottom of an error of Ray, in one line."""
    while (cause := getattr(error, "cause", None) or error.__cause__) is not None:
        error = cause
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[-1]}"
