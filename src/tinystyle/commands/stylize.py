"""``tinystyle stylize``: paint files and folders."""

from __future__ import annotations

import argparse
import io
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.photograph_masks import PhotographMasks, add_masks, require_unlike
from tinystyle.commands.shared import Commands, add_quiet, fail
from tinystyle.console import bar_disabled, is_quiet, remark
from tinystyle.errors import OptionError, OutputError, TinystyleError
from tinystyle.progress import terminal_bar

if TYPE_CHECKING:
    from tinystyle.pictures.images import Picture
    from tinystyle.runtime.stylizer import Stylizer

__all__ = ["register"]

_EPILOG = """\
examples:
  tinystyle stylize art.onnx photo.jpg -o painted.jpg
  tinystyle stylize art.onnx holiday/ -o painted/ --keep-color
  tinystyle stylize art.onnx photo.jpg -o painted.png --max-size 1024
  tinystyle stylize regions.onnx photo.jpg --mask photo-mask.png -o painted.png
  tinystyle stylize person-background.onnx photo.jpg --segment people.onnx -o painted.png

exit codes: 0 all done; 2 bad option; 4 a picture failed (the others are painted); 5 bad model;
7 output cannot be written; 130 interrupted
"""

_LARGE = 12_000_000
"""Pixels of a picture that takes long enough to say so, and gigabytes of memory."""

_PART = 1024
"""Side of the part of a large picture that tells how long the whole will take."""

_TICK = 0.2
"""Seconds between two pictures of a bar."""

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "stylize",
        help="paint pictures with an exported network",
        description="Paint pictures with a network made by export-net.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("model", type=Path, metavar="MODEL", help=".onnx or .ort file made by export-net")
    add("pictures", type=Path, nargs="+", metavar="IN", help="pictures, or folders of them")
    add(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="the file to write (one picture; .jpg .png .webp) or a folder",
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
    add_masks(parser)
    add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from tinystyle.files import require_folder, require_spared
    from tinystyle.network.spec import MIN_SIZE
    from tinystyle.network.stylenet import require_strength
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import read_picture, shrink
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.stylizer import Stylizer

    require_strength(args.strength)
    if args.max_size is not None and args.max_size < 1:
        raise OptionError(f"max size is {args.max_size}; it must be at least 1 px")
    _require_colour(args.background)
    options = SessionOptions(args.threads, tuple(args.provider or ("cpu",)))
    painter = Stylizer.load(args.model, options)
    painter.painted_size(MIN_SIZE, MIN_SIZE, args.stroke_size)  # an impossible one, at once
    pictures = find_pictures(args.pictures)
    outputs = _name_outputs(pictures, args.output)
    masks = PhotographMasks(args, painter, pictures, options)
    _require_apart(outputs, masks.outputs)
    require_spared([*outputs, *masks.outputs], [*pictures, *masks.inputs])
    for folder in {output.parent for output in (*outputs, *masks.outputs)}:
        require_folder(folder)
    _say_what_is_special(painter, args.model)
    failures: list[TinystyleError] = []
    pairs = list(zip(pictures, outputs, strict=True))
    bar = tqdm(pairs, desc="pictures", unit="", disable=bar_disabled(len(pairs) > 1))
    for source, output in bar:
        try:
            picture = read_picture(source)
            if args.max_size is not None:
                picture = shrink(picture, args.max_size)
            height, width = painter.painted_size(picture.height, picture.width, args.stroke_size)
            if height * width > _LARGE:
                _say_that_it_is_large(picture, source)
            elif height * width < picture.height * picture.width and args.stroke_size is None:
                _say_how_large_strokes_are(picture, source, painter)
            if picture.metadata.animated and not is_quiet():
                bar.write(f"{source}: is animated; its first picture is painted", file=sys.stderr)
            mask, saved = masks.of(picture, source)
            if saved is not None:
                bar.write(str(saved))
            with _awaited(painter, picture, height * width, source.name):
                painted = painter.stylize_picture(
                    picture,
                    keep_color=args.keep_color,
                    strength=args.strength,
                    mask=mask,
                    stroke_size=args.stroke_size,
                )
            _save(painted, output, args.background)
            bar.write(str(output))
        except TinystyleError as error:
            failures.append(error)
            bar.clear()
            fail(error)
    if failures and len(pairs) > 1:
        remark(f"{len(pairs) - len(failures)} of {len(pairs)} painted")
    return failures[0].exit_code if failures else 0


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
            "to that and back, which blurs larger ones"
        )


def _say_that_it_is_large(picture: Picture, source: Path) -> None:
    megapixels = picture.height * picture.width / 1e6
    remark(
        f"{source}: {megapixels:.0f} megapixels are painted at once, which takes about "
        f"{0.12 * megapixels:.1f} GB of memory and some time; --max-size PX shrinks a picture first"
    )


def _say_how_large_strokes_are(picture: Picture, source: Path, painter: Stylizer) -> None:
    if painter.fixed_size is None:
        remark(
            f"{source}: {picture.height * picture.width / 1e6:.0f} megapixels, with strokes as "
            "large as in a picture of one; --stroke-size 1 leaves them as fine as the network "
            "paints them"
        )


@contextmanager
def _awaited(painter: Stylizer, picture: Picture, pixels: int, name: str) -> Iterator[None]:
    """A bar for a large picture, at the pace at which a part of it is painted before: onnxruntime
    does not tell how far it is."""
    watched = sys.stderr.isatty() and not is_quiet()
    if pixels <= _LARGE or painter.fixed_size is not None or not watched:
        yield
        return
    import numpy as np

    part = replace(picture, rgb=picture.rgb[:_PART, :_PART].copy(), alpha=None)
    start = time.perf_counter()
    any_mask = np.zeros(part.rgb.shape[:2], np.uint8) if painter.manifest.takes_mask else None
    painter.stylize_picture(part, mask=any_mask)
    seconds = (time.perf_counter() - start) * pixels / (part.height * part.width)
    form = "{desc}: {percentage:3.0f} %|{bar}| about {remaining} left"
    ended = threading.Event()
    with terminal_bar(seconds, form, desc=name) as bar:

        def move() -> None:
            while not ended.wait(_TICK):
                bar.update(min(_TICK, 0.99 * seconds - bar.n))

        mover = threading.Thread(target=move, daemon=True)
        mover.start()
        try:
            yield
        finally:
            ended.set()
            mover.join()


def _name_outputs(pictures: list[Path], output: Path) -> list[Path]:
    if output.suffix.lower() in _FORMATS and not output.is_dir():
        if len(pictures) > 1:
            raise OptionError(f"{output}: one file for {len(pictures)} pictures; give a folder")
        return [output]
    if output.suffix and not output.is_dir():
        allowed = " ".join(_FORMATS)
        raise OptionError(f"{output}: unknown picture format; allowed are {allowed}, or a folder")
    named = [
        output / (p.name if p.suffix.lower() in _FORMATS else f"{p.stem}.png") for p in pictures
    ]
    require_unlike(named)
    return named


def _require_apart(outputs: list[Path], masks: list[Path]) -> None:
    written = {path.absolute() for path in outputs}
    twice = next((path for path in masks if path.absolute() in written), None)
    if twice is not None:
        raise OptionError(f"{twice}: would be the mask and the painted picture; name another file")


def _require_colour(name: str) -> None:
    from PIL import ImageColor

    try:
        ImageColor.getrgb(name)
    except ValueError as error:
        raise OptionError(
            f"background is {name!r}; allowed are names such as white, or #rrggbb"
        ) from error


def _save(picture: Picture, output: Path, background: str) -> None:
    from tinystyle.files import write_bytes
    from tinystyle.pictures.transparency import composed

    form = _FORMATS[output.suffix.lower()]
    image = picture.to_pil()
    if form == "JPEG" and image.mode == "RGBA":
        remark(f"{output}: JPEG has no transparency; composed on {background}")
        image = composed(image, background)
    stream = io.BytesIO()
    try:
        image.save(stream, form, quality=95, **picture.metadata.save_options(form))
    except (OSError, ValueError) as error:
        raise OutputError(f"{output}: {form} cannot hold this picture ({error})") from error
    write_bytes(output, stream.getvalue())
