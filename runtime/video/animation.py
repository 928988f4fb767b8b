"""Painting animated pictures: GIF, WebP and APNG, frame by frame."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from tinystyle.errors import OutputError, PictureError
from tinystyle.files import write_bytes
from tinystyle.pictures.images import MAX_PIXELS, Picture, from_pil, shrink
from tinystyle.runtime.video.steadiness import Steadying

__all__ = ["FORMATS", "count_frames", "paint_animation"]

FORMATS = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG"}
"""Pillow's names of the kinds that are read and written, by ending."""

_DEFAULT_DURATION = 100
"""Milliseconds of a frame that does not say how long it is shown."""
_ERRORS = (OSError, ValueError, SyntaxError, EOFError, IndexError)


def count_frames(path: Path) -> int:
    """Pictures in a file of one of FORMATS; 0 where it is none of these, or cannot be read."""
    try:
        if not path.is_file():  # a pipe would wait for a writer
            return 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures
            with Image.open(path, formats=tuple(FORMATS.values())) as image:
                return int(getattr(image, "n_frames", 1))
    except (UnidentifiedImageError, Image.DecompressionBombError, *_ERRORS):
        return 0


def paint_animation(
    source: Path,
    output: Path,
    paint: Callable[[Picture], Picture],
    *,
    max_size: int | None = None,
    steady: bool = False,
    advanced: Callable[[], None] | None = None,
) -> int:
    """Paint every frame of ``source``; the number of frames written.

    How long frames are shown and how often all of it is repeated are kept, and so is what is
    transparent. All painted frames are in memory until the file is written, whole or not at all.
    Raises PictureError for a damaged file, OutputError where ``output`` cannot be written.
    """
    steadying = Steadying() if steady else None
    frames: list[Image.Image] = []
    durations: list[int] = []
    try:
        with Image.open(source, formats=tuple(FORMATS.values())) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError(
                    f"{source}: frames are {image.height}x{image.width}; at most {MAX_PIXELS:,} "
                    "pixels are decoded"
                )
            loop = image.info.get("loop")
            for frame in ImageSequence.Iterator(image):
                picture = from_pil(frame.convert("RGBA"))
                # After decoding: of WebP Pillow does not know it before.
                durations.append(int(frame.info.get("duration") or _DEFAULT_DURATION))
                if max_size is not None:
                    picture = shrink(picture, max_size)
                painted = paint(picture)
                if steadying is not None:
                    painted = Picture(steadying.next(picture.rgb, painted.rgb), painted.alpha)
                frames.append(_without_alpha_of_none(painted))
                if advanced is not None:
                    advanced()
    except (UnidentifiedImageError, Image.DecompressionBombError, *_ERRORS) as error:
        if isinstance(error, PictureError | OutputError):
            raise
        raise PictureError(
            f"{source}: is damaged or cut off after frame {len(frames)} ({error})"
        ) from error
    _save(frames, durations, loop, output)
    return len(frames)


def _without_alpha_of_none(picture: Picture) -> Image.Image:
    """RGB where nothing is transparent, else RGBA."""
    if picture.alpha is None or bool(np.all(picture.alpha == 255)):
        return Image.fromarray(picture.rgb)
    return picture.to_pil()


def _save(frames: list[Image.Image], durations: list[int], loop: int | None, output: Path) -> None:
    form = FORMATS[output.suffix.lower()]
    if len({frame.mode for frame in frames}) > 1:
        frames = [frame.convert("RGBA") for frame in frames]
    options: dict[str, Any] = {"quality": 90} if form == "WEBP" else {}
    if form == "GIF":
        options["disposal"] = 2 if frames[0].mode == "RGBA" else 0
    if loop is not None:
        options["loop"] = loop
    elif form == "WEBP":
        options["loop"] = 1  # once, as a file without a word of it: 0 would be for ever
    elif form == "PNG":
        options["loop"] = 1
    stream = io.BytesIO()
    try:
        frames[0].save(
            stream, form, save_all=True, append_images=frames[1:], duration=durations, **options
        )
    except (OSError, ValueError) as error:
        raise OutputError(f"{output}: {form} cannot hold these frames ({error})") from error
    write_bytes(output, stream.getvalue())
