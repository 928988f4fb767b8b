"""Pictures that do not fit into the memory that painting may take: from disk to disk."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.large_pictures import watched
from tinystyle.commands.stylizing.files import FORMATS
from tinystyle.console import remark
from tinystyle.errors import PictureError

if TYPE_CHECKING:
    from tinystyle.runtime.stylizer import Stylizer
    from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["is_streamed", "paint_streamed"]

_FEATURE = "a picture that is not kept in memory"
_STREAMED = ("JPEG", "PNG", "TIFF")
_MOST = 1_000_000_000
"""Pixels of one that is painted from disk to disk."""

_IN_MEMORY = 7
"""Bytes for each pixel of 8 bits while a picture is decoded, or encoded, by Pillow."""

_BASE = 150 * 10**6
"""Bytes of the program without a picture."""


def is_streamed(
    source: Path, output: Path, args: argparse.Namespace, tiles: TileOptions, painter: Stylizer
) -> bool:
    """Whether a picture is painted from disk to disk.

    Raises PictureError for one that would have to be, and cannot.
    """
    from tinystyle.pictures.deep import has_16_bits
    from tinystyle.pictures.images import MAX_PIXELS
    from tinystyle.pictures.libvips import library
    from tinystyle.runtime.tiles.memory import LEAST_MEMORY

    pixels = _pixels(source)
    takes = _IN_MEMORY * pixels * (2 if has_16_bits(source) else 1) + _BASE
    # The machine is not asked for each small picture: that takes its time.
    if pixels <= MAX_PIXELS and (takes <= LEAST_MEMORY or takes <= tiles.most):
        return False
    reason = ""
    if not library.is_there():
        reason = "libvips is not installed: pip install 'pyvips[binary]'"
    elif args.max_size is not None or args.mask or args.segment:
        reason = "--max-size and masks are for pictures in memory"
    elif FORMATS[output.suffix.lower()] not in _STREAMED:
        reason = f"{output.suffix} is not written so; name a .tif, .png or .jpg file"
    elif painter.manifest.bytes_io and has_16_bits(source):
        reason = "the network takes pictures of 8 bits (--io uint8)"
    if reason and pixels > MAX_PIXELS:
        raise PictureError(
            f"{source}: above {MAX_PIXELS // 10**6} megapixels pictures are painted from disk to "
            f"disk; {reason}"
        )
    return not reason


def _pixels(path: Path) -> int:
    """By the header; of files that Pillow takes for bombs a number that is too large for memory."""
    from PIL import Image

    from tinystyle.pictures.files import FORMATS as READ
    from tinystyle.pictures.tiff_tags import TAG_ERRORS

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=READ) as image:
                return image.width * image.height if image.format in _STREAMED else 0
    except Image.DecompressionBombError:
        return _MOST
    except TAG_ERRORS:
        return 0


def paint_streamed(
    source: Path, output: Path, args: argparse.Namespace, tiles: TileOptions, painter: Stylizer
) -> None:
    """Raises PictureError, OptionError, OutputError."""
    from PIL import ImageColor

    from tinystyle.pictures.deep import DEEP_FORMATS
    from tinystyle.pictures.libvips.reading import open_picture
    from tinystyle.runtime.streaming.painting import Manner, paint_opened

    opened = open_picture(source, _FEATURE, _MOST)
    if opened.deep and output.suffix.lower() not in DEEP_FORMATS:
        remark(f"{source}: has 16 bits a channel and is painted in 8, as {output.suffix} has them")
        opened = opened.in_8_bits()
    height, width = opened.size
    remark(f"{source}: {height * width / 1e6:.0f} megapixels, painted from disk to disk")
    manner = Manner(
        args.strength,
        args.keep_color,
        args.stroke_size,
        ImageColor.getrgb(args.background)[:3],
    )
    form = FORMATS[output.suffix.lower()]
    if form == "JPEG" and opened.image.bands in (2, 4):
        remark(f"{output}: JPEG has no transparency; composed on {args.background}")
    with watched(tiles, source.name) as chosen:
        paint_opened(painter, opened, str(source), output, form, manner, chosen)
