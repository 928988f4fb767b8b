"""Reading films: frames as upright RGB pictures, and the packets of their sound as they are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tinystyle.errors import PictureError
from tinystyle.pictures.images import UInt8Array
from tinystyle.runtime.video import planes
from tinystyle.runtime.video.film import Colour, Film, Frame, pyav

__all__ = ["VideoReader"]

_LIMITED, _FULL = 1, 2
"""Ranges of Y: 16 to 235, 0 to 255."""
_EXACTLY = 0x4 | 0x40000 | 0x2000
"""How swscale converts: bicubic, rounded right, a colour for each pixel. Its usual way is up to
three levels too dark."""
_MAX_PIXELS = 8192 * 8192
_MISSING_SECONDS = 1.0


class VideoReader:
    """A film that is open for reading, once from its beginning to its end.

    Raises MissingExtraError without PyAV, PictureError for a file that is no film, is cut off, or
    is coded in a way that FFmpeg does not know; :meth:`items` raises it for damaged ones, too.
    """

    def __init__(self, path: Path, max_size: int | None = None) -> None:
        """``max_size`` is the longest side in px to which larger frames are shrunk."""
        self._av = pyav()
        self._path = path
        self._container = self._opened()
        try:
            self._stream = self._video()
            self._require_whole()
            self._stream.thread_type = "AUTO"
            self.sounds: list[Any] = [
                stream for stream in self._container.streams.audio if stream.codec_context
            ]
            """Streams of sound, whose packets :meth:`items` gives."""
            self._reformatter = self._av.video.reformatter.VideoReformatter()
            # One for all frames: its tables take three times as long as a frame of 1280x720.
            self._decoded = self._decode()
            self._before, first = self._until_first_frame()
            self._matrix = _display_matrix(first)
            self._size = _fitted(first.height, first.width, max_size)
            self.film = self._film(first)
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def items(self) -> Iterator[Frame | Any]:
        """Frames, and packets of the streams ``sounds``, in the order of the file; once."""
        last: int | None = None
        rate = self.film.rate
        step = max(1, round(1 / (rate * self.film.time_base)))
        items: Iterator[Any] = self._chain()
        for item in items:
            if not isinstance(item, self._av.VideoFrame):
                yield item
                continue
            time = item.pts
            if time is None:  # as in streams that have no clock
                time = 0 if last is None else last + step
            if last is not None and time <= last:  # two frames cannot be shown at once
                time = last + 1
            last = time
            yield Frame(self._rgb(item), time)

    def _chain(self) -> Iterator[Any]:
        yield from self._before
        self._before.clear()
        yield from self._decoded

    def _opened(self) -> Any:
        path = self._path
        if path.is_dir():
            raise PictureError(f"{path}: is a folder; needed is a film")
        if path.exists() and not path.is_file():
            raise PictureError(f"{path}: is a device or a pipe; needed is a film's file")
        try:
            return self._av.open(str(path), metadata_errors="replace")
        except self._av.error.FileNotFoundError as error:
            raise PictureError(f"{path}: no such file") from error
        except (self._av.error.FFmpegError, OSError, ValueError) as error:
            raise PictureError(
                f"{path}: not a film that can be read, or cut off before its index ({_why(error)})"
            ) from error

    def _video(self) -> Any:
        cover = self._av.stream.Disposition.attached_pic  # of a music file
        streams = [s for s in self._container.streams.video if not s.disposition & cover]
        if not streams:
            kinds = ", ".join(sorted({s.type for s in self._container.streams})) or "nothing"
            raise PictureError(f"{self._path}: holds no moving picture; there is {kinds} in it")
        stream = streams[0]
        if stream.codec_context is None:
            raise PictureError(
                f"{self._path}: its video is coded in a way that this FFmpeg does not know; make "
                "an H.264 film of it first"
            )
        return stream

    def _require_whole(self) -> None:
        """Raise PictureError where the index tells of frames beyond the end of the file."""
        size = self._path.stat().st_size
        entries = self._stream.index_entries
        ends = max((entry.pos + entry.size for entry in entries), default=0)
        if ends > size:
            raise PictureError(
                f"{self._path}: is cut off: its frames end at byte {ends:,}, the file at {size:,}; "
                "get the whole file, or cut it to what is there with a video editor"
            )

    def _decode(self) -> Iterator[Any]:
        """Frames as FFmpeg gives them, and packets of sound."""
        stream, count, seconds = self._stream, 0, 0.0
        try:
            for packet in self._container.demux(stream, *self.sounds):
                if packet.pts is not None:
                    length = packet.duration or 0
                    seconds = max(seconds, float((packet.pts + length) * packet.time_base))
                if packet.stream is not stream:
                    if packet.dts is not None:
                        yield packet
                    continue
                for frame in packet.decode():
                    count += 1
                    yield frame
        except self._av.error.FFmpegError as error:
            raise PictureError(
                f"{self._path}: is damaged or cut off after frame {count} ({_why(error)})"
            ) from error
        promised = (self._container.duration or 0) / 1e6
        start = (self._container.start_time or 0) / 1e6
        if seconds - start < promised - max(_MISSING_SECONDS, 0.02 * promised):
            raise PictureError(
                f"{self._path}: is cut off: it ends after {seconds - start:.1f} of "
                f"{promised:.1f} seconds"
            )

    def _until_first_frame(self) -> tuple[list[Any], Any]:
        before: list[Any] = []
        for item in self._decoded:
            before.append(item)
            if isinstance(item, self._av.VideoFrame):
                return before, item
        raise PictureError(f"{self._path}: holds no frame that can be decoded")

    def _film(self, first: Any) -> Film:
        stream = self._stream
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        height, width = self._size
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        if _is_turned(self._matrix):
            height, width, aspect = width, height, 1 / aspect
        frames = stream.frames
        if not frames and self._container.duration:
            frames = round(self._container.duration / 1e6 * rate)
        return Film(
            height=height,
            width=width,
            rate=rate,
            time_base=Fraction(stream.time_base),
            frames=frames or None,
            colour=Colour.of(first),
            aspect=aspect,
        )

    def _rgb(self, frame: Any) -> UInt8Array:
        full = int(frame.color_range) == _FULL or frame.format.name.startswith("yuvj")
        height, width = self._size
        try:
            converted = self._reformatter.reformat(
                frame,
                width=width,
                height=height,
                format=planes.FORMAT,
                src_colorspace=Colour.of(frame).matrix,
                src_color_range=_FULL if full else _LIMITED,
                dst_color_range=_FULL,
                interpolation=_EXACTLY,
            )
        except (self._av.error.FFmpegError, ValueError) as error:
            raise PictureError(
                f"{self._path}: pixels of {frame.format.name} cannot be made RGB ({_why(error)})"
            ) from error
        return _upright(planes.read(converted), self._matrix).transpose(1, 2, 0)


def _why(error: Exception) -> str:
    """FFmpeg's own words, without the file's name."""
    text = getattr(error, "strerror", None) or str(error)
    return str(text).strip() or type(error).__name__


def _fitted(height: int, width: int, longest: int | None) -> tuple[int, int]:
    if height * width > _MAX_PIXELS:
        raise PictureError(f"frames are {height}x{width}; at most {_MAX_PIXELS:,} pixels are read")
    factor = 1.0 if longest is None else min(1.0, longest / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


_Matrix = tuple[int, int, int, int]


def _display_matrix(frame: Any) -> _Matrix:
    """``(a, b, c, d)``: a pixel at x, y is shown at ax + cy, bx + dy."""
    with contextlib.suppress(KeyError, ValueError):
        data = frame.side_data.get("DISPLAYMATRIX")
        if data is not None:
            values = np.frombuffer(bytes(data), np.int32)
            return int(values[0]), int(values[1]), int(values[3]), int(values[4])
    return 1, 0, 0, 1


def _is_turned(matrix: _Matrix) -> bool:
    """By a quarter: columns become rows."""
    return abs(matrix[1]) > abs(matrix[0])


def _upright(picture: UInt8Array, matrix: _Matrix) -> UInt8Array:
    """``(3, H, W)`` as players show it, by the nearest of the eight ways to lay a picture."""
    a, b, c, d = matrix
    if _is_turned(matrix):
        picture, right, down = picture.transpose(0, 2, 1), c, b
    else:
        right, down = a, d
    if right < 0:
        picture = picture[:, :, ::-1]
    if down < 0:
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)
