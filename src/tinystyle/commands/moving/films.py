"""``tinystyle stylize`` of films and animated pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinystyle.commands.large_pictures import tile_options
from tinystyle.console import remark
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.pictures.images import Picture
    from tinystyle.runtime.stylizer import Stylizer
    from tinystyle.runtime.video.film import Film
    from tinystyle.runtime.video.painting import Paint

__all__ = ["add_steady", "is_moving", "paint_moving"]

_FILMS = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts"),
        *(".mts", ".wmv", ".flv", ".ogv", ".3gp", ".mxf", ".vob", ".y4m", ".h264", ".hevc"),
    }
)
"""Endings by which a film is known. One with another ending is a film where one is written."""

_WRITTEN = (".mp4", ".m4v", ".mov", ".mkv", ".webm")
_ANIMATED = (".gif", ".webp", ".png")
_BAR = "{desc}: {n_fmt}/{total_fmt} frames |{bar}| {rate_fmt}, {remaining} left"


def add_steady(parser: argparse.ArgumentParser) -> None:
    """The option of what moves."""
    parser.add_argument(
        "--steady",
        action="store_true",
        help="of a film or an animated picture: keep strokes in place where it stands still",
    )


def is_moving(args: argparse.Namespace) -> bool:
    """Whether a film is asked for, or an animated picture in one of its own kinds."""
    endings = {path.suffix.lower() for path in args.pictures}
    written = args.output.suffix.lower()
    if endings & _FILMS or written in _WRITTEN or written == ".gif":
        return True
    found = False
    if len(args.pictures) == 1 and written in _ANIMATED and endings <= {*_ANIMATED}:
        from tinystyle.runtime.video.animation import count_frames

        found = count_frames(args.pictures[0]) > 1
    if args.steady and not found:
        raise OptionError("--steady is for films and animated pictures that are written as such")
    return found


def paint_moving(args: argparse.Namespace, painter: Stylizer) -> int:
    """Paint the one film or animated picture of the options; print its name."""
    from tinystyle.files import require_file, require_spared

    source, output = _one(args)
    require_spared([output], [source])
    require_file(output)
    _require_plain(args, painter)
    if output.suffix.lower() in _ANIMATED:
        _paint_animation(args, painter, source, output)
    else:
        _paint_film(args, painter, source, output)
    print(output)
    return 0


def _one(args: argparse.Namespace) -> tuple[Path, Path]:
    if len(args.pictures) > 1:
        raise OptionError("a film is painted alone; give one film and the file to write")
    source, output = args.pictures[0], args.output
    written = output.suffix.lower()
    animated = source.suffix.lower() in _ANIMATED
    if written not in _WRITTEN and not (animated and written in _ANIMATED):
        allowed = " ".join((*_WRITTEN, *(_ANIMATED if animated else ())))
        raise OptionError(f"{output}: cannot be written of {source}; allowed are {allowed}")
    return source, output


def _require_plain(args: argparse.Namespace, painter: Stylizer) -> None:
    masked = args.mask or args.segment
    if painter.manifest.takes_mask or masked:
        raise OptionError(
            "networks with regions, --mask and --segment are for photographs; a film is painted "
            "with a network of one artwork"
        )


def _choices(args: argparse.Namespace) -> dict[str, Any]:
    """How each frame is painted."""
    return {
        "keep_color": args.keep_color,
        "strength": args.strength,
        "stroke_size": args.stroke_size,
        "tiles": tile_options(args),
    }


def _paint_film(args: argparse.Namespace, painter: Stylizer, source: Path, output: Path) -> None:
    from tinystyle.progress import terminal_bar
    from tinystyle.runtime.video.painting import FramePainter
    from tinystyle.runtime.video.pipeline import paint_film

    with terminal_bar(1, _BAR, desc=source.name) as bar:

        def prepare(film: Film) -> tuple[Paint, int]:
            bar.reset(total=film.frames)
            _say_what_changes(film, source)
            paint = FramePainter(painter, film.height, film.width, **_choices(args))
            return paint, paint.at_a_time

        found = paint_film(
            source,
            output,
            prepare,
            max_size=args.max_size,
            steady=args.steady,
            advanced=bar.update,
        )
    sound = f", {found.sounds} of sound copied" if found.sounds else ""
    remark(f"{found.frames} frames, {found.height}x{found.width}{sound}")


def _say_what_changes(film: Film, source: Path) -> None:
    if film.height % 2 or film.width % 2:
        remark(
            f"{source}: frames are {film.height}x{film.width}; films have even sides, so the last "
            "row or column is left out"
        )
    if film.colour.is_hdr:
        remark(f"{source}: is HDR; it is painted in 8 bits, which shows steps in skies")


def _paint_animation(
    args: argparse.Namespace, painter: Stylizer, source: Path, output: Path
) -> None:
    from tinystyle.pictures.images import read_picture
    from tinystyle.progress import terminal_bar
    from tinystyle.runtime.video.animation import count_frames, paint_animation

    def paint(picture: Picture) -> Picture:
        return painter.stylize_picture(
            picture,
            **_choices(args),
        )

    total = count_frames(source)
    if not total:
        read_picture(source)  # says what is wrong with it
        raise OptionError(
            f"{source}: is no animated picture of the kinds {' '.join(_ANIMATED)}; choose another "
            "ending for the painted one"
        )
    with terminal_bar(total, _BAR, desc=source.name) as bar:
        paint_animation(
            source,
            output,
            paint,
            max_size=args.max_size,
            steady=args.steady,
            advanced=bar.update,
        )
