"""Writing films: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tinystyle.errors import OutputError
from tinystyle.files import require_file
from tinystyle.pictures.images import UInt8Array
from tinystyle.runtime.video import planes
from tinystyle.runtime.video.film import Film, Frame, pyav

__all__ = ["VideoWriter"]

_LIMITED, _FULL = 1, 2
_EXACTLY = 0x20 | 0x40000
"""How swscale converts: the mean of four pixels' colours, rounded right."""
_LEAST = 2
"""Pixels a side: there is one colour for two of them."""

_WITHOUT_ATOMS = (".mkv", ".webm")
"""Endings of files that have no index to be moved to the front, where browsers look for it."""

_CODECS = {
    "h264": ("libx264", {"preset": "superfast", "crf": "20"}),
    "vp9": (
        "libvpx-vp9",
        {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "7", "row-mt": "1"},
    ),
}
"""By preference: what every player knows, then what WebM takes."""


class VideoWriter:
    """A film that is being written to a temporary file beside ``path``.

    :meth:`finish` gives it its name; left without, nothing stays. Frames lose their last row or
    column where it has no partner: 4:2:0 has one colour for two rows and two columns. Raises
    OutputError where it cannot be written, or the container takes no such sound.
    """

    def __init__(self, path: Path, film: Film, sounds: Sequence[Any] = ()) -> None:
        """``sounds`` are streams of an open reader; their packets go to :meth:`write_sound`."""
        self._av = pyav()
        self._path = path
        self.height, self.width = film.height // 2 * 2, film.width // 2 * 2
        """Of the film as it is written."""
        if min(self.height, self.width) < _LEAST:
            raise OutputError(
                f"{path}: frames are {film.height}x{film.width}; a film has at least "
                f"{_LEAST} px a side"
            )
        self._matrix = film.colour.written.matrix
        self._time_base = film.time_base
        self._reformatter = self._av.video.reformatter.VideoReformatter()
        self._temporary = _file_beside(path)
        self._container: Any = None
        try:
            options = {} if path.suffix.lower() in _WITHOUT_ATOMS else {"movflags": "+faststart"}
            self._container = self._av.open(str(self._temporary), "w", options=options)
            self._stream = self._add_video(film)
            self._sounds = {sound.index: self._add_sound(sound) for sound in sounds}
            self._container.start_encoding()
        except BaseException as error:
            self._give_up()
            if isinstance(error, self._av.error.FFmpegError | ValueError):
                raise OutputError(f"{path}: cannot be written ({_why(error)})") from error
            raise

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_up()

    def write(self, frame: Frame) -> None:
        """Encode a frame; times grow from one to the next."""
        rgb: UInt8Array = frame.rgb[: self.height, : self.width]
        try:
            picture = self._av.VideoFrame(self.width, self.height, planes.FORMAT)
            planes.fill(picture, rgb)
            picture = self._reformatter.reformat(
                picture,
                format="yuv420p",
                dst_colorspace=self._matrix,
                src_color_range=_FULL,
                dst_color_range=_LIMITED,
                interpolation=_EXACTLY,
            )
            picture.pts, picture.time_base = frame.time, self._time_base
            picture.pict_type = 0
            self._container.mux(self._stream.encode(picture))
        except self._av.error.FFmpegError as error:
            raise OutputError(f"{self._path}: cannot be written ({_why(error)})") from error

    def write_sound(self, packet: Any) -> None:
        """Copy a packet of one of the ``sounds``."""
        packet.stream = self._sounds[packet.stream.index]
        try:
            self._container.mux(packet)
        except self._av.error.FFmpegError as error:
            raise OutputError(f"{self._path}: cannot be written ({_why(error)})") from error

    def finish(self) -> None:
        """End the file and give it its name. Raises OutputError as :meth:`write` does."""
        try:
            self._container.mux(self._stream.encode(None))
            container, self._container = self._container, None
            container.close()
            umask = os.umask(0)
            os.umask(umask)
            self._temporary.chmod(0o666 & ~umask)
            self._temporary.replace(self._path)
        except (self._av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self._path}: cannot be written ({_why(error)})") from error

    def _add_video(self, film: Film) -> Any:
        known = self._container.supported_codecs
        usable = [
            coder
            for name, coder in _CODECS.items()
            if name in known and coder[0] in self._av.codecs_available
        ]
        if not usable:
            raise OutputError(
                f"{self._path}: this PyAV has no encoder for it; needed is one of "
                f"{', '.join(encoder for encoder, _ in _CODECS.values())}"
            )
        encoder, options = usable[0]
        stream = self._container.add_stream(encoder, rate=film.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
        stream.sample_aspect_ratio = film.aspect
        coder, colour = stream.codec_context, film.colour.written
        coder.time_base = stream.time_base = self._time_base
        coder.colorspace, coder.color_range = colour.matrix, _LIMITED
        coder.color_primaries, coder.color_trc = colour.primaries, colour.curve
        coder.thread_type = "AUTO"
        return stream

    def _add_sound(self, sound: Any) -> Any:
        codec = sound.codec_context.name
        try:
            return self._container.add_stream_from_template(sound)
        except (self._av.error.FFmpegError, ValueError) as error:
            raise OutputError(
                f"{self._path}: this kind of file cannot hold the film's sound ({codec}), which is "
                "copied as it is; choose another ending: .mkv takes any"
            ) from error

    def _give_up(self) -> None:
        """Close and remove what is not finished."""
        container, self._container = self._container, None
        if container is not None:
            # Whatever the end of a file costs that is removed now.
            with contextlib.suppress(self._av.error.FFmpegError, OSError, ValueError):
                container.close()
        self._temporary.unlink(missing_ok=True)


def _why(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return str(text).strip() or type(error).__name__


def _file_beside(path: Path) -> Path:
    """An empty file of the same ending in the same folder, which is made where it is missing."""
    require_file(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}.", suffix=path.suffix.lower(), dir=path.parent
        )
        os.close(handle)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    return Path(name)
