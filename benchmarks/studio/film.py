"""A film for Chromium's stand-in for a camera: uncompressed, drawn by a formula."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.files import write_bytes
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array

__all__ = ["camera_options", "write_film"]

_LUMA = np.array([0.299, 0.587, 0.114])
"""Of ITU-R BT.601, which the format's readers expect."""
_STEP = 2
"""Pixels that the scene moves from one frame to the next."""


def camera_options(film: Path) -> tuple[str, ...]:
    """Flags that give the browser a camera which shows ``film`` over and over, asking nobody."""
    return (
        *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={film}",
    )


def write_film(path: Path, side: int, frames: int = 30, *, rate: int = 60) -> None:
    """A scene that moves sideways, as YUV4MPEG2: ``frames`` pictures of ``side`` x ``side`` pixels,
    ``rate`` of them a second. Raises OptionError for an odd side or one below 64."""
    require_whole("frames", frames)
    require_whole("rate", rate)
    if side < 64 or side % 2:
        raise OptionError(f"side of the film is {side}; allowed are even numbers from 64")
    header = f"YUV4MPEG2 W{side} H{side} F{rate}:1 Ip A1:1 C420jpeg\n".encode()
    write_bytes(path, header + b"".join(_frames(landscape(side), frames)))


def _frames(scene: UInt8Array, count: int) -> Iterator[bytes]:
    for number in range(count):
        yield b"FRAME\n" + _planes(np.roll(scene, _STEP * number, axis=1))


def _planes(rgb: UInt8Array) -> bytes:
    """Y in full size, then U and V of every second pixel in both directions."""
    values = rgb.astype(np.float64)
    luma = values @ _LUMA
    blue = 128.0 + (values[..., 2] - luma) / 1.772
    red = 128.0 + (values[..., 0] - luma) / 1.402
    parts = (luma, blue[::2, ::2], red[::2, ::2])
    return b"".join(np.clip(part.round(), 0, 255).astype(np.uint8).tobytes() for part in parts)
