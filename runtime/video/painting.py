"""Painting the frames of one film, several at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from tinystyle.network.spec import MIN_SIZE
from tinystyle.pictures.images import UInt8Array, to_batch
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions, whole_bytes
from tinystyle.runtime.video import planes
from tinystyle.runtime.video.film import Frame

__all__ = ["FramePainter", "Paint", "frames_at_a_time", "painted_in_order"]

Paint = Callable[[UInt8Array], UInt8Array]
"""From a picture ``(H, W, 3)`` to the painted one, of the same shape."""

_MOST = 8
"""Frames that are painted at a time; beyond it each of them gets several threads."""
_MOST_WAITING = 256
"""Packets of sound behind a frame that is painted, and some frames."""


class FramePainter:
    """Paints frames ``(H, W, 3)`` of one size as :meth:`Stylizer.stylize` would, with less ado.

    Called by ``at_a_time`` threads at once it paints as many frames. One thread inside an operator
    and a frame for each processor is quicker than all processors for one frame: operators wait for
    the slowest of their threads, and work between operators is done by one.
    """

    def __init__(
        self,
        painter: Stylizer,
        height: int,
        width: int,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        stroke_size: float | None = None,
        tiles: TileOptions | None = None,
        in_turn: bool = False,
    ) -> None:
        """Options as of :meth:`Stylizer.stylize`, which raises what is said there. ``in_turn``
        paints a frame at a time: where one is waited for, as from a camera."""
        self._keep_color, self._strength = keep_color, strength
        self._stroke_size, self._tiles = stroke_size, tiles or TileOptions()
        size = painter.painted_size(height, width, stroke_size)
        in_tiles = painter.tiling.takes(*size, self._tiles)
        self._is_plain = (
            size == (height, width)
            and min(size) >= MIN_SIZE
            and painter.batch in (None, 1)
            and not (keep_color or in_tiles or painter.manifest.bytes_io)
        )
        threads = painter.options.threads or _processors()
        self.at_a_time = 1
        if not (in_turn or in_tiles) and painter.providers == ("cpu",):
            self.at_a_time = frames_at_a_time(threads, *size, self._tiles.most)
        if self.at_a_time > 1:
            painter = painter.with_options(
                replace(painter.options, threads=threads // self.at_a_time)
            )
        self._painter = painter

    def __call__(self, rgb: UInt8Array) -> UInt8Array:
        """``(H, W, 3)``; views of planes are the quickest."""
        if self._is_plain:
            return planes.bytes_of_batch(self._painter.run(to_batch(rgb), strength=self._strength))
        return self._painter.stylize(
            np.ascontiguousarray(rgb),
            keep_color=self._keep_color,
            strength=self._strength,
            stroke_size=self._stroke_size,
            tiles=self._tiles,
        )


def frames_at_a_time(threads: int, height: int, width: int, memory: int) -> int:
    """How many frames of that size are painted at once by ``threads`` in ``memory`` bytes."""
    one = whole_bytes(height, width)
    each = one - whole_bytes(0, 0)
    room = 1 + max(0, memory - one) // max(1, each)
    return max(1, min(threads, room, _MOST))


def painted_in_order(
    items: Iterable[Frame | Any], paint: Paint, at_a_time: int
) -> Generator[tuple[Frame | Any, UInt8Array | None], None, None]:
    """Each item with its painting, which is None of what is no frame, in the order they came.

    ``paint`` is called by ``at_a_time`` other threads, and a frame waits for them. What it raises
    is raised here, and what waits is dropped.
    """
    pool = ThreadPoolExecutor(at_a_time, thread_name_prefix="paint")
    pending: deque[tuple[Frame | Any, Future[UInt8Array] | None]] = deque()
    at_work = 0
    try:
        for item in items:
            is_frame = isinstance(item, Frame)
            pending.append((item, pool.submit(paint, item.rgb) if is_frame else None))
            at_work += is_frame
            while pending:
                first, future = pending[0]
                if future is None:
                    yield first, None
                elif future.done() or at_work > at_a_time or len(pending) > _MOST_WAITING:
                    yield first, future.result()
                    at_work -= 1
                else:
                    break
                pending.popleft()
        for first, future in pending:
            yield first, None if future is None else future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Those that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows do not tell
        return os.cpu_count() or 1
