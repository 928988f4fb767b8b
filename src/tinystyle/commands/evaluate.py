"""``tinystyle evaluate``: the quality of painted pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import Commands, add_style_size, set_torch_threads

if TYPE_CHECKING:
    from tinystyle.benchmarks.painters import Painter

__all__ = ["register"]

_EPILOG = """\
measures, each with quartiles over all pairs: style loss by channel means and deviations and by Gram
matrices (relu1_1 … relu5_1), content error (relu3_3, relu4_1), SSIM, the training loss, whether the
own style is the nearest of all, checkerboard, blobs, response to noise. Definitions:
tinystyle.benchmarks.quality.Pair.

examples:
  tinystyle evaluate --contents photos --styles artworks
  tinystyle evaluate --contents photos --styles artworks --networks exported
                        a folder with one <style>.onnx for each style
  tinystyle evaluate --contents photos --styles artworks --pictures theirs
                        pictures that something else painted: <content>--<style>.png
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
    add_style_size(parser)
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
        help="folder for evaluation.json, evaluation.md, pairs.csv and sheet.png (default: "
        "evaluation)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.atomic import require_folder
    from tinystyle.benchmarks.evaluation_set import require_set
    from tinystyle.images import find_pictures
    from tinystyle.training.perceptual_source import VGG16_NAME, require_source

    contents, styles = find_pictures([args.contents]), find_pictures([args.styles])
    require_set(contents, styles, args.size)
    require_source(args.perceptual, VGG16_NAME)
    require_folder(args.output)  # before anything takes minutes
    painter, title = _painter(args)
    set_torch_threads(args.threads, "tinystyle evaluate")
    from tinystyle.benchmarks.quality import evaluate
    from tinystyle.benchmarks.quality_report import to_markdown, write_reports
    from tinystyle.training import perceptual

    network = perceptual.load(args.perceptual)
    quality = evaluate(painter, network, contents, styles, size=args.size)
    settings = {"perceptual": Path(args.perceptual).name, "size": args.size}
    write_reports(quality, args.output, title, settings)
    print(to_markdown(quality, title), end="")
    print(f"\n{args.output / 'sheet.png'}")
    return 0


def _painter(args: argparse.Namespace) -> tuple[Painter, str]:
    from tinystyle.benchmarks.painters import GeneratedPainter, ModelPainter, ReadyPictures
    from tinystyle.runtime.hypernetwork import Hypernetwork

    if args.networks is not None:
        return ModelPainter(args.networks), f"networks {args.networks.name}"
    if args.pictures is not None:
        return ReadyPictures(args.pictures, args.separator), f"pictures {args.pictures.name}"
    hypernetwork = Hypernetwork(args.hypernetwork)
    name = "released" if args.hypernetwork is None else args.hypernetwork.name
    painter = GeneratedPainter(hypernetwork, args.strength, args.style_size)
    return painter, f"hypernetwork {name}, strength {args.strength:g}"
