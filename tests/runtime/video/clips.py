"""Small films that tests make, by PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]

BASE = Fraction(1, 12800)
"""Seconds of a unit of time in these films."""
STEP = 512
"""Units from frame to frame: 25 frames a second."""


def moving_square(count: int = 6, height: int = 64, width: int = 80) -> list[UInt8Array]:
    """A white square that moves over a slope, 4 px a frame."""
    frames = []
    slope = np.linspace(0, 120, width).astype(np.uint8)
    for index in range(count):
        frame = np.repeat(np.repeat(slope[None, :, None], height, 0), 3, 2).copy()
        frame[16:32, 4 * index : 4 * index + 16] = 255
        frames.append(frame)
    return frames


def write_clip(
    path: Path,
    frames: list[UInt8Array],
    *,
    times: list[int] | None = None,
    codec: str = "libx264",
    sound: str | None = None,
    turned: int = 0,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
) -> Path:
    """Frames ``(H, W, 3)`` as a film; ``sound`` is a codec, ``turned`` a display matrix."""
    height, width = frames[0].shape[:2]
    times = times or [STEP * index for index in range(len(frames))]
    with av.open(str(path), "w", options=muxer or {}) as container:
        stream: Any = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if height % 2 == width % 2 == 0 else "yuv444p"
        stream.codec_context.time_base = BASE
        if turned:
            if not hasattr(stream, "set_display_rotation"):
                pytest.skip("PyAV before 18 writes no turned films")
            stream.set_display_rotation(turned)
        track: Any = container.add_stream(sound, rate=48000) if sound else None
        if track is not None:
            track.layout = "mono"
        for frame, time in zip(frames, times, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts, picture.time_base = time, BASE
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
        if track is not None:
            seconds = float(times[-1] * BASE) + 0.04
            add_tone(container, track, round(48000 * seconds))
    return path


def write_sound(path: Path, codec: str = "aac") -> Path:
    """A file of half a second of sound alone."""
    with av.open(str(path), "w") as container:
        track: Any = container.add_stream(codec, rate=48000)
        track.layout = "mono"
        add_tone(container, track, 24000)
    return path


def add_tone(container: Any, track: Any, samples: int) -> None:
    wave = np.sin(np.arange(samples) * (2 * np.pi * 440 / 48000)).astype(np.float32)
    form = track.format.name if track.format is not None else "fltp"
    if form.startswith("s16"):
        wave = (wave * 32000).astype(np.int16)
    for start in range(0, samples, 960):
        part = np.ascontiguousarray(wave[None, start : start + 960])
        chunk = av.AudioFrame.from_ndarray(part, format=form, layout="mono")
        chunk.sample_rate, chunk.pts, chunk.time_base = 48000, start, Fraction(1, 48000)
        container.mux(track.encode(chunk))
    container.mux(track.encode(None))


def frames_of(path: Path) -> list[tuple[Fraction, UInt8Array]]:
    """Seconds and pictures of a film."""
    with av.open(str(path)) as container:
        return [
            (
                frame.pts * Fraction(frame.time_base),
                np.asarray(frame.to_ndarray(format="rgb24"), np.uint8),
            )
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


def sound_of(path: Path) -> list[tuple[Fraction, bytes]]:
    """Seconds and bytes of each packet of sound."""
    with av.open(str(path)) as container:
        return [
            (packet.pts * Fraction(packet.time_base), bytes(packet))
            for packet in container.demux(audio=0)
            if packet.pts is not None and packet.time_base is not None
        ]
