"""Options of painting in tiles, and a bar that tells how far it is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tinystyle.console import is_quiet
from tinystyle.progress import terminal_bar

if TYPE_CHECKING:
    from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["SHARE_DONE", "add_tiles", "tile_options", "watched"]

SHARE_DONE = "{desc}: {percentage:3.0f} %|{bar}| about {remaining} left"
"""Of a bar: which share of a picture is painted."""


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
