"""``tinystyle stylize``: paint files and folders."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinystyle.commands import large_pictures
from tinystyle.commands.large_pictures import (
    add_tiles,
    awaited,
    tile_options,
    watched,
)
from tinystyle.commands.moving.films import add_steady, is_moving, paint_moving
from tinystyle.commands.photograph_masks import PhotographMasks, add_masks, require_unlike
from tinystyle.commands.shared import Commands, add_quiet, fail
from tinystyle.commands.stylizing import files, streamed
from tinystyle.console import bar_disabled, is_quiet, remark
from tinystyle.errors import OptionError, TinystyleError

if TYPE_CHECKING:
    from tqdm import tqdm

    from tinystyle.pictures.deep import DeepPicture
    from tinystyle.pictures.images import Picture
    from tinystyle.runtime.stylizer import Stylizer
    from tinystyle.runtime.tiles.memory import TileOptions

__all__ = ["register"]

_EPILOG = """\
examples:
  tinystyle stylize art.onnx photo.jpg -o painted.jpg
  tinystyle stylize art.onnx holiday/ -o painted/ --keep-color
  tinystyle stylize art.onnx photo.jpg -o painted.png --max-size 1024
  tinystyle stylize art.onnx clip.mp4 -o painted.mp4 --steady
  tinystyle stylize regions.onnx photo.jpg --mask photo-mask.png -o painted.png
  tinystyle stylize person-background.onnx photo.jpg --segment people.onnx -o painted.png

exit codes: 0 all done; 2 bad option; 3 a film needs [video]; 4 a picture or
film failed (the other pictures are painted); 5 bad model;
7 output cannot be written; 130 interrupted; 143 terminated
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "stylize",
        help="paint pictures and films with an exported network",
        description="Paint pictures, or a film, with a network made by export-net.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("model", type=Path, metavar="MODEL", help=".onnx or .ort file made by export-net")
    add("pictures", type=Path, nargs="+", metavar="IN", help="pictures, folders of them, or a film")
    add(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="the file to write (one picture: .jpg .png .webp .tif .avif, with plug-ins .heic "
        ".jxl, .gif if it moves; a film: .mp4 .m4v .mov .mkv .webm) or a folder",
    )
    add("--keep-color", action="store_true", help="keep the photograph's colours")
    add(
        "--strength",
        type=float,
        default=1.0,
        help="0 leaves the photograph as it is, 1 is the painting (default)",
    )
    add(
        "--background",
        default="white",
        metavar="COLOR",
        help="behind a cut-out that is written as JPEG, which has no transparency: a name or "
        "#rrggbb (default white)",
    )
    add(
        "--stroke-size",
        type=float,
        metavar="N",
        help="strokes N times as large as the network paints them, 1 to 64; the photograph's edges "
        "stay sharp (default: 1 up to 2 megapixels, larger pictures as they look with one "
        "megapixel)",
    )
    add(
        "--max-size",
        type=int,
        metavar="PX",
        help="shrink larger pictures to this longest side (default: as they are)",
    )
    add(
        "--threads",
        type=int,
        default=0,
        help="CPU threads, to 256 (default 0: decided by onnxruntime)",
    )
    add(
        "--provider",
        action="append",
        metavar="NAME",
        help="execution provider: cpu (default), xnnpack, coreml, cuda, … of this onnxruntime; may "
        "be repeated, most wanted first",
    )
    add_steady(parser)
    add_tiles(parser)
    add_masks(parser)
    add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from tinystyle.files import require_folder, require_spared
    from tinystyle.network.spec import MIN_SIZE
    from tinystyle.pictures.files import find_pictures
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.stylizer import Stylizer

    _require_possible(args)
    tiles = tile_options(args)
    moving = is_moving(args)
    # A film is decoded and encoded beside the painting, by the same processors.
    options = SessionOptions(args.threads, tuple(args.provider or ("cpu",)), rests=moving)
    painter = Stylizer.load(args.model, options)
    painter.tiling.require(tiles)
    painter.painted_size(MIN_SIZE, MIN_SIZE, args.stroke_size)  # an impossible one, at once
    if moving:
        return paint_moving(args, painter)
    pictures = find_pictures(args.pictures)
    outputs = _name_outputs(pictures, args.output)
    masks = PhotographMasks(args, painter, pictures, options)
    _require_apart(outputs, masks.outputs)
    files.require_writable(outputs)
    require_spared([*outputs, *masks.outputs], [*pictures, *masks.inputs])
    for folder in {output.parent for output in (*outputs, *masks.outputs)}:
        require_folder(folder)
    _say_what_is_special(painter, args.model)
    failures: list[TinystyleError] = []
    pairs = list(zip(pictures, outputs, strict=True))
    bar = tqdm(pairs, desc="pictures", unit="", disable=bar_disabled(len(pairs) > 1))
    for source, output in bar:
        try:
            _paint(source, output, args, painter, masks, tiles, bar)
            bar.write(str(output))
        except TinystyleError as error:
            failures.append(error)
            bar.clear()
            fail(error)
    if failures and len(pairs) > 1:
        remark(f"{len(pairs) - len(failures)} of {len(pairs)} painted")
    return failures[0].exit_code if failures else 0


def _paint(
    source: Path,
    output: Path,
    args: argparse.Namespace,
    painter: Stylizer,
    masks: PhotographMasks,
    tiles: TileOptions,
    bar: tqdm[Any],
) -> None:
    """One picture."""
    opened = streamed.open_streamed(source, output, args, tiles, painter)
    if opened is not None:
        streamed.paint_streamed(opened, source, output, args, tiles, painter)
        return
    read = files.read(source, output, painter.manifest.bytes_io)
    picture = files.shrunk(read, args.max_size)
    del read  # the larger one
    files.require_fits(output, picture.height, picture.width)
    size = painter.painted_size(picture.height, picture.width, args.stroke_size)
    in_tiles = painter.tiling.takes(*size, tiles)
    _say_how_it_is_painted(picture, source, painter, size, in_tiles)
    if picture.metadata.animated and not is_quiet():
        bar.write(f"{source}: is animated; its first picture is painted", file=sys.stderr)
    mask, saved = masks.of(files.narrow(picture), source)
    if saved is not None:
        bar.write(str(saved))
    with (
        watched(tiles, source.name) if in_tiles else awaited(painter, picture, size, source.name)
    ) as chosen:
        picture = painter.stylize_picture(  # the photograph's memory is free then
            picture,
            keep_color=args.keep_color,
            strength=args.strength,
            mask=mask,
            stroke_size=args.stroke_size,
            tiles=chosen or tiles,
        )
    files.save(picture, output, args.background)


def _say_what_is_special(painter: Stylizer, model: Path) -> None:
    asked, got = painter.requested_providers, painter.providers
    if got[: len(asked)] != asked:
        print(
            f"execution provider: asked for {', '.join(asked)}, got {', '.join(got)}",
            file=sys.stderr,
        )
    if painter.fixed_size is not None:
        height, width = painter.fixed_size
        remark(
            f"{model}: is made for pictures {height} px high and {width} wide; others are scaled "
            "to that and back; larger ones keep their own edges, not finer strokes"
        )


def _say_how_it_is_painted(
    picture: Picture | DeepPicture,
    source: Path,
    painter: Stylizer,
    size: tuple[int, int],
    in_tiles: bool,
) -> None:
    """A word on a picture that takes memory, or whose strokes are larger than the network's."""
    megapixels = picture.height * picture.width / 1e6
    if size[0] * size[1] > large_pictures.LARGE and not in_tiles:
        why = "" if painter.tiling.refusal is None else f" ({painter.tiling.refusal})"
        remark(
            f"{source}: {megapixels:.0f} megapixels are painted at once{why}, which takes about "
            f"{0.12 * megapixels:.1f} GB of memory and some time; --max-size PX shrinks a picture "
            "first"
        )
    elif painter.fixed_size is None and size[0] < picture.height:
        remark(
            f"{source}: {megapixels:.0f} megapixels, painted as {size[0]}x{size[1]} and enlarged; "
            "--stroke-size 1 leaves strokes as fine as the network paints them"
        )


def _name_outputs(pictures: list[Path], output: Path) -> list[Path]:
    if output.suffix.lower() in files.FORMATS and not output.is_dir():
        if len(pictures) > 1:
            raise OptionError(f"{output}: one file for {len(pictures)} pictures; give a folder")
        return [output]
    if output.suffix and not output.is_dir():
        allowed = " ".join(files.FORMATS)
        raise OptionError(f"{output}: unknown picture format; allowed are {allowed}, or a folder")
    named = [output / files.written_as(picture) for picture in pictures]
    require_unlike(named)
    return named


def _require_apart(outputs: list[Path], masks: list[Path]) -> None:
    written = {path.absolute() for path in outputs}
    twice = next((path for path in masks if path.absolute() in written), None)
    if twice is not None:
        raise OptionError(f"{twice}: would be the mask and the painted picture; name another file")


def _require_possible(args: argparse.Namespace) -> None:
    """Raise OptionError for values that no network and no picture could have."""
    from PIL import ImageColor

    from tinystyle.network.stylenet import require_strength

    require_strength(args.strength)
    if args.max_size is not None and args.max_size < 1:
        raise OptionError(f"max size is {args.max_size}; it must be at least 1 px")
    try:
        ImageColor.getrgb(args.background)
    except ValueError as error:
        raise OptionError(
            f"background is {args.background!r}; allowed are names such as white, or #rrggbb"
        ) from error
