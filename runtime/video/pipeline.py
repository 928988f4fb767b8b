"""Painting a film: decoding, painting and encoding side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinystyle.pictures.images import UInt8Array
from tinystyle.runtime.video.belt import Belt, Stopped
from tinystyle.runtime.video.film import Film, Frame
from tinystyle.runtime.video.reader import VideoReader
from tinystyle.runtime.video.steadiness import Steadying
from tinystyle.runtime.video.writer import VideoWriter

__all__ = ["PaintedFilm", "paint_film"]

_ROOM = 4
"""Frames that wait before and after painting: a moment's work, not a film."""
_SOUND_WEIGHT = 1 / 64
"""Packets of sound are small, and several belong to a frame."""

Paint = Callable[[UInt8Array], UInt8Array]
"""From a picture ``(H, W, 3)`` to the painted one, of the same shape."""


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
    paint: Paint,
    *,
    max_size: int | None = None,
    steady: bool = False,
    begun: Callable[[Film], None] | None = None,
    advanced: Callable[[], None] | None = None,
) -> PaintedFilm:
    """Paint every frame of ``source`` and write ``output``, whole or not at all.

    Sound is copied, times are kept. ``paint`` is called by this thread; frames are decoded and
    encoded by two others. ``steady`` takes from each frame what the film did not change since the
    one before (:class:`Steadying`). ``begun`` is called once the film is open, ``advanced`` after
    each frame. Raises MissingExtraError without PyAV, PictureError for what is no whole film,
    OutputError where it cannot be written, and what ``paint`` raises.
    """
    with (
        VideoReader(source, max_size) as reader,
        VideoWriter(output, reader.film, reader.sounds) as writer,
    ):
        if begun is not None:
            begun(reader.film)
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
            for item in read:
                if not isinstance(item, Frame):
                    made.put(item, _SOUND_WEIGHT)
                    continue
                painted = paint(item.rgb)
                if steadying is not None:
                    painted = steadying.next(item.rgb, painted)
                made.put(Frame(painted, item.time))
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
