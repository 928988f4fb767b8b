"""``tinystyle evaluate``: the quality of painted pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import Commands, add_quiet, set_torch_threads
from tinystyle.console import is_quiet

if TYPE_CHECKING:
    from tinystyle.benchmarks.quality.painters import Painter

__all__ = ["register"]

_EPILOG = """\
measures, in the median over all pairs and artwork by artwork, beside those of the unchanged
photograph and of the artwork itself:
  what people see   palette (distance of colours to the artwork's, in Lab), texture in the smoothest
                    40 % of the photograph (1: as much as the artwork's), Gram matrices there and
                    everywhere, channel means and deviations
  facts             content error (relu3_3, relu4_1) and SSIM: how much of the photograph is left;
                    the training loss
  faults            whether another artwork of the set is nearer, blobs, energy at the 2- and
                    4-pixel period (grid) and what of it is locked to the grid, response to noise
Definitions: tinystyle.benchmarks.quality.pair.Pair.

examples:
  tinystyle evaluate --contents photos --styles artworks
  tinystyle evaluate --contents photos --styles artworks --networks exported
                        a folder with one <style>.onnx for each style
  tinystyle evaluate --contents photos --styles artworks --pictures theirs
                        pictures that something else painted: <content>--<style>.png
  tinystyle evaluate --contents photos --styles artworks --style-size 128,256,512
                        a section for each size at which the artworks are looked at, and
                        pairs-128.csv, sheet-128.png, …
Use pictures that were never trained on.
exit codes: 0 done; 2 bad option; 3 torch is not installed; 4 bad picture; 5 bad network; 7 the
folder cannot be written
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "evaluate",
        help="measure the quality of painted pictures (needs [train])",
        description="Paint every content in every style, or take pictures that are painted, and "
        "measure style, content and faults.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("--contents", type=Path, required=True, metavar="DIR", help="folder of photographs")
    add("--styles", type=Path, required=True, metavar="DIR", help="folder of artworks")
    add(
        "--perceptual",
        default="vgg16",
        metavar="SOURCE",
        help="vgg16 (downloads the official weights, default) or an .npz file",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--hypernetwork", type=Path, metavar="FILE", help="makes the networks (the released one)"
    )
    source.add_argument("--networks", type=Path, metavar="DIR", help="folder of exported networks")
    source.add_argument("--pictures", type=Path, metavar="DIR", help="folder of painted pictures")
    add("--separator", default="--", help="between the names in --pictures (default: --)")
    add("--strength", type=float, default=1.0, help="of the styles, 0..1 (default 1)")
    add(
        "--style-size",
        type=_parse_style_sizes,
        default="256",  # runtime.hypernetwork says so; importing it for --help would take long
        metavar="PX[,PX…]",
        help="shortest side at which the artwork is looked at, 64 to 1024: smaller makes finer "
        "strokes (256); several, such as 128,256,512, are reported each",
    )
    add(
        "--size",
        type=int,
        default=256,
        metavar="PX",
        help="side of the pictures, a multiple of 16 from 64 to 1024 (256)",
    )
    add(
        "--threads", type=int, default=0, metavar="N", help="CPU threads, to 256 (0: torch decides)"
    )
    add(
        "--output",
        "-o",
        type=Path,
        default=Path("evaluation"),
        metavar="DIR",
        help="folder for evaluation.json, evaluation.md, summary.csv, pairs.csv and sheet.png "
        "(default: evaluation)",
    )
    add_quiet(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.benchmarks.quality.evaluation_set import require_set
    from tinystyle.files import require_folder
    from tinystyle.pictures.files import find_pictures
    from tinystyle.training.perceptual.source import VGG16_NAME, require_source

    contents, styles = find_pictures([args.contents]), find_pictures([args.styles])
    require_set(contents, styles, args.size)
    require_source(args.perceptual, VGG16_NAME)
    require_folder(args.output)  # before anything takes minutes
    painters, title = _painters(args)
    set_torch_threads(args.threads, "tinystyle evaluate")
    from tinystyle.benchmarks.quality import report
    from tinystyle.benchmarks.quality.evaluation import Examination
    from tinystyle.training.perceptual import vgg as perceptual

    network = perceptual.load(args.perceptual)
    examination = Examination(network, contents, styles, size=args.size)
    found = {size: examination.judge(painter) for size, painter in painters.items()}
    settings: dict[str, object] = {"perceptual": Path(args.perceptual).name, "size": args.size}
    if len(found) > 1:
        sizes = {size: quality for size, quality in found.items() if size is not None}
        report.write_size_reports(sizes, args.output, title, settings)
        table = report.sizes_markdown(sizes, title)
    else:
        ((size, quality),) = found.items()
        if size is not None:
            settings["style_size"] = size
        report.write_reports(quality, args.output, title, settings)
        table = report.to_markdown(quality, title)
    sheets = [f"sheet-{size}.png" for size in found] if len(found) > 1 else ["sheet.png"]
    if not is_quiet():
        print(table)
    print(*(args.output / sheet for sheet in sheets), sep="\n")
    return 0


def _painters(args: argparse.Namespace) -> tuple[dict[int | None, Painter], str]:
    """What paints, by the style size, or None where that is settled; and what it is called."""
    from tinystyle.benchmarks.quality.painters import GeneratedPainter, ModelPainter, ReadyPictures
    from tinystyle.errors import OptionError
    from tinystyle.runtime.hypernetwork import Hypernetwork, require_style_size

    sizes: tuple[int, ...] = args.style_size
    if args.networks is not None or args.pictures is not None:
        if len(sizes) > 1:
            source = "--pictures" if args.networks is None else "--networks"
            raise OptionError(
                f"style sizes are {','.join(map(str, sizes))}, but what {source} holds is made "
                "already, at one size; leave --style-size out"
            )
        if args.networks is not None:
            return {None: ModelPainter(args.networks)}, f"networks {args.networks.name}"
        pictures = ReadyPictures(args.pictures, args.separator)
        return {None: pictures}, f"pictures {args.pictures.name}"
    for size in sizes:
        require_style_size(size)
    twice = next((size for size in sizes if sizes.count(size) > 1), None)
    if twice is not None:
        raise OptionError(f"style size {twice} is given twice; give each size once")
    hypernetwork = Hypernetwork(args.hypernetwork)
    name = "released" if args.hypernetwork is None else args.hypernetwork.name
    title = f"hypernetwork {name}, strength {args.strength:g}"
    return {size: GeneratedPainter(hypernetwork, args.strength, size) for size in sizes}, title


def _parse_style_sizes(text: str) -> tuple[int, ...]:
    """``256`` or ``128,256,512``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no whole number, such as 256, nor several, such as 128,256,512"
        ) from None
