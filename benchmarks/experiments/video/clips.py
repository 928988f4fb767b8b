"""Frames of films, of other programs, and of photographs that are moved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from tinystyle.errors import OptionError
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import UInt8Array, read_picture, resize
from tinystyle.runtime.video.film import Frame
from tinystyle.runtime.video.reader import VideoReader

__all__ = ["clip_frames", "moved_frames", "peer_frames"]

_WINDOW = 0.75
"""Share of a photograph's sides that is seen at a time."""
_PAN = (1.0, 1.5)
"""Pixels down and right from frame to frame."""
_ZOOM = 1.003
"""Times as large from frame to frame."""


def clip_frames(clip: Path, count: int, size: int | None = None) -> list[UInt8Array]:
    """The first frames of a film, ``(H, W, 3)``, shrunk to ``size`` px on the longest side.

    Raises OptionError for less than two frames, else as :class:`VideoReader` does.
    """
    with VideoReader(clip, size) as reader:
        items = (item for item in reader.items() if isinstance(item, Frame))
        frames = [np.ascontiguousarray(item.rgb) for item in islice(items, count)]
    if len(frames) < 2:
        raise OptionError(f"{clip}: {len(frames)} frames; needed are two, to see what changes")
    return frames


def peer_frames(folder: Path, film: Sequence[UInt8Array]) -> list[UInt8Array]:
    """What another program made of ``film``: pictures, one a frame by the order of their names,
    scaled to the film's size. Raises OptionError where there are fewer."""
    paths = find_pictures([folder])
    if len(paths) < len(film):
        raise OptionError(f"{folder}: {len(paths)} pictures of {len(film)} frames")
    height, width = film[0].shape[:2]
    return [resize(read_picture(path).rgb, height, width) for path in paths[: len(film)]]


def moved_frames(photograph: UInt8Array, count: int, size: int = 320) -> list[UInt8Array]:
    """A film of ``count`` frames: a window of ``size`` px on its longest side, panned and zoomed.

    Every pixel moves, nothing is hidden, and light stays. Raises OptionError for more frames than
    the photograph has room for.
    """
    factor = size / _WINDOW / max(photograph.shape[:2])
    whole = [round(side * factor) for side in photograph.shape[:2]]
    window = [round(side * _WINDOW) for side in whole]
    room = [a - b for a, b in zip(whole, window, strict=True)]
    most = 1 + min(int(left / step) for left, step in zip(room, _PAN, strict=True))
    if not 2 <= count <= most:
        raise OptionError(
            f"{count} frames of a photograph that is moved; with {size} px allowed are 2 to {most}"
        )
    image = Image.fromarray(resize(photograph, whole[0], whole[1]))
    frames = []
    for index in range(count):
        scale = _ZOOM**-index
        down, right = (step * index for step in _PAN)
        frame = image.transform(
            (window[1], window[0]),
            Image.Transform.AFFINE,
            (scale, 0.0, right, 0.0, scale, down),
            Image.Resampling.BICUBIC,
        )
        frames.append(np.array(frame))
    return frames
