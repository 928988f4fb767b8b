"""Options of painting in tiles, and a bar that tells how far it is."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tinystyle.console import is_quiet
from tinystyle.progress import terminal_bar

if TYPE_CHECKING:
    from tinystyle.pictures.deep import DeepPicture
    from tinystyle.pictures.images import Picture
    from tinystyle.runtime.stylizer import Stylizer
    from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["LARGE", "SHARE_DONE", "add_tiles", "awaited", "tile_options", "watched"]

SHARE_DONE = "{desc}: {percentage:3.0f} %|{bar}| about {remaining} left"
"""Of a bar: which share of a picture is painted."""


LARGE = 12_000_000
"""Pixels of a picture that takes long enough to say so, and gigabytes of memory."""

_PART = 1024
"""Side of the part of a large picture that tells how long the whole will take."""

_TICK = 0.2
"""Seconds between two pictures of a bar."""


def add_tiles(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="what the program may take, from 256MB: a picture that needs more is painted in "
        "tiles, without seams (default: 1GB, or half of what is free where that is less)",
    )
    parser.add_argument(
        "--tile",
        type=int,
        metavar="PX",
        help="paint all pictures in tiles of this side, 64 to 8192 (default: by the memory)",
    )


def tile_options(args: argparse.Namespace) -> TileOptions:
    """As given. Raises OptionError for values that are not allowed."""
    from tinystyle.runtime.tiles.memory import TileOptions, bytes_of

    return TileOptions(None if args.memory is None else bytes_of(args.memory), args.tile)


@contextmanager
def watched(tiles: TileOptions, name: str) -> Iterator[TileOptions]:
    """The options with a bar for the picture ``name``, on a terminal."""
    if is_quiet():
        yield tiles
        return
    with terminal_bar(1.0, SHARE_DONE, desc=name) as bar:

        def show(share: float) -> None:
            bar.update(share - bar.n)

        yield replace(tiles, progress=show)


@contextmanager
def awaited(
    painter: Stylizer, picture: Picture | DeepPicture, size: tuple[int, int], name: str
) -> Iterator[TileOptions | None]:
    """A bar for a large picture, at the pace at which a part of it is painted before: onnxruntime
    does not tell how far it is."""
    pixels = size[0] * size[1]
    shown = sys.stderr.isatty() and not is_quiet()
    if pixels <= LARGE or painter.fixed_size is not None or not shown:
        yield None
        return
    import numpy as np

    changes: dict[str, Any] = {"rgb": picture.rgb[:_PART, :_PART].copy(), "alpha": None}
    part = replace(picture, **changes)
    start = time.perf_counter()
    any_mask = np.zeros(part.rgb.shape[:2], np.uint8) if painter.manifest.takes_mask else None
    painter.stylize_picture(part, mask=any_mask)
    seconds = (time.perf_counter() - start) * pixels / (part.height * part.width)
    ended = threading.Event()
    with terminal_bar(seconds, SHARE_DONE, desc=name) as bar:

        def move() -> None:
            while not ended.wait(_TICK):
                bar.update(min(_TICK, 0.99 * seconds - bar.n))

        mover = threading.Thread(target=move, daemon=True)
        mover.start()
        try:
            yield None
        finally:
            ended.set()
            mover.join()
