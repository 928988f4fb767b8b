"""Painting a film: decoding, painting and encoding side by side."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinystyle.runtime.video.belt import Belt, Stopped
from tinystyle.runtime.video.film import Film, Frame
from tinystyle.runtime.video.painting import Paint, painted_in_order
from tinystyle.runtime.video.reader import VideoReader
from tinystyle.runtime.video.steadiness import Steadying
from tinystyle.runtime.video.writer import VideoWriter

__all__ = ["PaintedFilm", "Prepare", "paint_film"]

_ROOM = 4
"""Frames that wait before and after painting: a moment's work, not a film."""
_SOUND_WEIGHT = 1 / 64
"""Packets of sound are small, and several belong to a frame."""

Prepare = Callable[[Film], tuple[Paint, int]]
"""Given the film, what paints its frames, and how many threads may call it at once."""


@dataclass(frozen=True, slots=True)
class PaintedFilm:
    """What was written."""

    film: Film
    """As it was read."""
    height: int
    width: int
    frames: int
    sounds: int
    """Streams of sound that were copied."""
    cuts: int
    """Scenes less one, as :class:`Steadying` found them; 0 where nothing was steadied."""


def paint_film(
    source: Path,
    output: Path,
    prepare: Prepare,
    *,
    max_size: int | None = None,
    steady: bool = False,
    advanced: Callable[[], None] | None = None,
) -> PaintedFilm:
    """Paint every frame of ``source`` and write ``output``, whole or not at all.

    Sound is copied, times are kept. ``prepare`` is called once the film is open; other threads
    decode, paint and encode. ``steady`` takes from each frame what the film did not change since
    the one before (:class:`Steadying`). ``advanced`` is called after each frame. Raises
    MissingExtraError without PyAV, PictureError for what is no whole film, OutputError where it
    cannot be written, and what painting raises.
    """
    with (
        VideoReader(source, max_size) as reader,
        VideoWriter(output, reader.film, reader.sounds) as writer,
    ):
        paint, at_a_time = prepare(reader.film)
        steadying = Steadying() if steady else None
        read: Belt[Frame | Any] = Belt(_ROOM)
        made: Belt[Frame | Any] = Belt(_ROOM)
        threads = [
            threading.Thread(target=_fill, args=(reader, read), daemon=True),
            threading.Thread(target=_drain, args=(made, writer), daemon=True),
        ]
        for thread in threads:
            thread.start()
        count = 0
        try:
            with contextlib.closing(painted_in_order(read, paint, at_a_time)) as pairs:
                for item, painted in pairs:
                    if painted is None:
                        made.put(item, _SOUND_WEIGHT)
                        continue
                    shown = painted if steadying is None else steadying.next(item.rgb, painted)
                    made.put(Frame(shown, item.time))
                    count += 1
                    if advanced is not None:
                        advanced()
            made.end()
        except BaseException:
            for belt in (read, made):
                belt.fail()
            raise
        finally:
            for thread in threads:
                thread.join()
        made.require_intact()
        writer.finish()
        return PaintedFilm(
            film=reader.film,
            height=writer.height,
            width=writer.width,
            frames=count,
            sounds=len(reader.sounds),
            cuts=0 if steadying is None else steadying.cuts,
        )


def _fill(reader: VideoReader, read: Belt[Frame | Any]) -> None:
    try:
        for item in reader.items():
            read.put(item, 1.0 if isinstance(item, Frame) else _SOUND_WEIGHT)
        read.end()
    except Stopped:
        pass
    except BaseException as error:  # raised again by the thread that paints
        read.fail(error)


def _drain(made: Belt[Frame | Any], writer: VideoWriter) -> None:
    try:
        for item in made:
            if isinstance(item, Frame):
                writer.write(item)
            else:
                writer.write_sound(item)
    except Stopped:
        pass
    except BaseException as error:  # raised again by the thread that paints
        made.fail(error)
