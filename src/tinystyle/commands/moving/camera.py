"""``tinystyle camera``: what a camera sees, painted while it is seen."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import Commands, add_quiet
from tinystyle.console import remark
from tinystyle.errors import OptionError, TinystyleError
from tinystyle.runtime.video.live.controls import HELP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinystyle.pictures.images import UInt8Array

__all__ = ["register"]

_EPILOG = """\
keys in the window:
{keys}

examples:
  tinystyle camera art.onnx
  tinystyle camera starry.onnx wave.onnx mosaic.onnx --steady     1, 2 and 3 choose
  tinystyle camera art.onnx --source clip.mp4                     a film, at its own pace

Needs [camera], which is opencv-python (its headless variant has no windows). Frames that come while
another is painted are dropped. Their size follows the pace of the machine.
exit codes: 0 quit; 2 bad option; 3 [camera] is missing; 4 a film that cannot be read; 5 bad model;
7 a folder that cannot be written; 9 no camera or no display, or none that may be used;
130 interrupted; 143 terminated
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    keys = "\n".join(f"  {key:<14} {use}" for key, use in HELP)
    parser = commands.add_parser(
        "camera",
        help="paint what a camera sees, in a window",
        description="Paint what a camera sees, in a window, with networks made by export-net.",
        epilog=_EPILOG.format(keys=keys),
    )
    add = parser.add_argument
    add(
        "models",
        type=Path,
        nargs="+",
        metavar="MODEL",
        help=".onnx or .ort files made by export-net; keys choose among them",
    )
    add("--device", type=int, default=0, metavar="N", help="number of the camera (default 0)")
    add(
        "--source",
        type=Path,
        metavar="FILE",
        help="a film, or a camera's own file such as /dev/video2, in place of --device",
    )
    add(
        "--strength",
        type=float,
        default=1.0,
        help="0 leaves the picture as it is, 1 is the painting (default)",
    )
    add("--keep-color", action="store_true", help="keep the camera's colours")
    add(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        help="show it as a mirror does (default: cameras yes, films no)",
    )
    add(
        "--rate",
        type=float,
        default=12.0,
        metavar="N",
        help="painted frames a second that the size is chosen for, 1 to 120 (default 12)",
    )
    add(
        "--size",
        type=int,
        metavar="PX",
        help="longest side of painted frames (default: by --rate, at most 1280)",
    )
    add("--steady", action="store_true", help="keep strokes in place where nothing moves")
    add(
        "-o",
        "--output",
        type=Path,
        default=Path("painted"),
        metavar="DIR",
        help="folder of the pictures that key s saves (default painted)",
    )
    add(
        "--threads",
        type=int,
        default=0,
        help="CPU threads, to 256 (default 0: decided by onnxruntime)",
    )
    add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.files import require_folder
    from tinystyle.network.stylenet import require_strength
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.stylizer import Stylizer
    from tinystyle.runtime.video.live.controls import Controls
    from tinystyle.runtime.video.live.loop import Live
    from tinystyle.runtime.video.live.opencv import OpenCvSource, OpenCvWindow, require_display
    from tinystyle.runtime.video.live.pace import Pace

    require_strength(args.strength)
    pace = Pace(args.rate, args.size)
    if args.device < 0:
        raise OptionError(f"device is {args.device}; cameras are numbered from 0")
    require_folder(args.output)
    # It is the source's thread that needs a processor between two frames.
    options = SessionOptions(args.threads, rests=True)
    painters = [Stylizer.load(path, options) for path in args.models]
    for path, painter in zip(args.models, painters, strict=True):
        if painter.manifest.takes_mask:
            raise OptionError(
                f"{path}: has regions, which are for photographs; a camera is painted with "
                "networks of one artwork"
            )
    source = OpenCvSource(args.device if args.source is None else args.source)
    try:
        require_display()
        window = OpenCvWindow("tinystyle")
    except TinystyleError:
        source.close()
        raise
    live = Live(
        painters,
        Controls(
            styles=tuple(path.stem for path in args.models),
            strength=args.strength,
            keep_color=args.keep_color,
            mirror=not source.is_film if args.mirror is None else args.mirror,
        ),
        pace,
        saver(args.output),
        steady=args.steady,
    )
    remark("h in the window shows the keys, q quits")
    found = live.run(source, window)
    rate = found.painted / max(found.seconds, 1e-6)
    remark(
        f"{found.painted} frames painted, {rate:.1f} a second; {found.dropped} dropped; the last "
        f"at {pace.size} px"
    )
    return 0


def saver(folder: Path) -> Callable[[UInt8Array, str], str]:
    """What writes a picture of a style into ``folder`` under a name of its own, and prints it."""
    from tinystyle.files import write_bytes
    from tinystyle.pictures.images import encode_png

    def save(rgb: UInt8Array, style: str) -> str:
        stem = f"{style}-{time.strftime('%Y%m%d-%H%M%S')}"
        path, count = folder / f"{stem}.png", 1
        while path.exists():
            count += 1
            path = folder / f"{stem}-{count}.png"
        write_bytes(path, encode_png(rgb))
        print(path, flush=True)
        return f"saved {path.name}"

    return save
