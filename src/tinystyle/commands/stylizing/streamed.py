"""Pictures that do not fit into the memory that painting may take: from disk to disk."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.large_pictures import watched
from tinystyle.commands.stylizing.files import FORMATS, require_fits
from tinystyle.console import remark
from tinystyle.errors import PictureError

if TYPE_CHECKING:
    from tinystyle.pictures.libvips.reading import Opened
    from tinystyle.runtime.stylizer import Stylizer
    from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["open_streamed", "paint_streamed"]

_FEATURE = "a picture that is not kept in memory"
_STREAMED = ("JPEG", "PNG", "TIFF")
_MOST = 1_000_000_000
"""Pixels of one that is painted from disk to disk."""

_LARGE = (31_600, 31_600)
"""Height and width that stand for those of a picture that Pillow takes for a bomb."""

_IN_MEMORY = 7
"""Bytes for each pixel of 8 bits while a picture is decoded, or encoded, by Pillow."""

_BASE = 150 * 10**6
"""Bytes of the program without a picture."""


def open_streamed(
    source: Path, output: Path, args: argparse.Namespace, tiles: TileOptions, painter: Stylizer
) -> Opened | None:
    """A picture that is to be painted from disk to disk; None for one that is painted in memory.

    Raises PictureError for one that would have to be, and cannot.
    """
    from tinystyle.pictures.deep import has_16_bits
    from tinystyle.pictures.images import MAX_PIXELS
    from tinystyle.pictures.libvips.reading import open_picture
    from tinystyle.runtime.tiles.memory import LEAST_MEMORY

    size = _size(source)
    pixels = size[0] * size[1]
    takes = _IN_MEMORY * pixels * (2 if has_16_bits(source) else 1) + _BASE
    # The machine is not asked for each small picture: that takes its time.
    if pixels <= MAX_PIXELS and (takes <= LEAST_MEMORY or takes <= tiles.most):
        return None
    reason = _reason(source, output, args, painter, size)
    if reason and pixels > MAX_PIXELS:
        raise PictureError(
            f"{source}: above {MAX_PIXELS // 10**6} megapixels pictures are painted from disk to "
            f"disk; {reason}"
        )
    if reason:
        return None
    try:
        return open_picture(source, _FEATURE, _MOST)
    except PictureError:
        if pixels > MAX_PIXELS:
            raise
        return None  # CMYK, floats and others that Pillow knows; or it says what is wrong


def _reason(
    source: Path,
    output: Path,
    args: argparse.Namespace,
    painter: Stylizer,
    size: tuple[int, int],
) -> str:
    """Why a picture cannot be painted from disk to disk; empty where it can."""
    from tinystyle.network.spec import MIN_SIZE
    from tinystyle.pictures.deep import has_16_bits
    from tinystyle.pictures.libvips import library

    if not library.is_there():
        return "libvips is not installed: pip install 'pyvips[binary]'"
    if args.max_size is not None or args.mask or args.segment:
        return "--max-size and masks are for pictures in memory"
    if painter.manifest.takes_mask:
        return "networks with regions are for pictures in memory"
    if FORMATS[output.suffix.lower()] not in _STREAMED:
        return f"{output.suffix} is not written so; name a .tif, .png or .jpg file"
    if painter.manifest.bytes_io and has_16_bits(source):
        return "the network takes pictures of 8 bits (--io uint8)"
    if not (library.is_nameable(source) and library.is_nameable(output)):
        return "libvips takes names in UTF-8; rename it"
    painted = painter.painted_size(*size, args.stroke_size)
    if min(painted) < MIN_SIZE:
        return f"sides below {MIN_SIZE} px are for pictures in memory"
    return painter.tiling.refusal or "" if painted == size else ""


def _size(path: Path) -> tuple[int, int]:
    """Height and width by the header, 0 of what is never painted from disk to disk; _LARGE of
    files that Pillow takes for bombs."""
    from PIL import Image

    from tinystyle.pictures.files import FORMATS as READ
    from tinystyle.pictures.tiff_tags import TAG_ERRORS

    try:
        if not path.is_file():  # a pipe would wait for a writer
            return 0, 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=READ) as image:
                return (image.height, image.width) if image.format in _STREAMED else (0, 0)
    except Image.DecompressionBombError:
        return _LARGE
    except TAG_ERRORS:
        return 0, 0


def paint_streamed(
    opened: Opened,
    source: Path,
    output: Path,
    args: argparse.Namespace,
    tiles: TileOptions,
    painter: Stylizer,
) -> None:
    """Raises PictureError, OptionError, OutputError."""
    from PIL import ImageColor

    from tinystyle.pictures.deep import DEEP_FORMATS
    from tinystyle.runtime.streaming.painting import Manner, paint_opened

    if opened.deep and output.suffix.lower() not in DEEP_FORMATS:
        remark(f"{source}: has 16 bits a channel and is painted in 8, as {output.suffix} has them")
        opened = opened.in_8_bits()
    height, width = opened.size
    require_fits(output, height, width)
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
