"""Options of ``export-net`` for the form of the graph and the file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.checks import chosen
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.export.coreml.writer import Sizes
    from tinystyle.export.formats import Format
    from tinystyle.export.lowering import GraphOptions

__all__ = ["add_options", "graph_options", "refuse_unused", "sizes"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the group."""
    add = parser.add_argument_group("form of the graph, for mobile back ends").add_argument
    add(
        "--io",
        help="float (default): float32 pictures, 1 x 3 x H x W, 0..1; uint8: pictures of bytes, "
        "1 x H x W x 3, as cameras and screens have them",
    )
    add(
        "--pad",
        help="borders: reflect (as trained, default); slice (the same without a Pad operator); "
        "replicate (the edge pixel: as trained for six-norm); zero (another picture, most near the "
        "edges)",
    )
    add(
        "--norm",
        help="instance (as trained, default) or frozen: statistics of photographs in place of the "
        "picture's own; the graph is convolutions alone, tiles fit together and videos do not "
        "flicker, but the style is weaker; or input: the app gives the statistics, which the graph "
        "measures, so that tiles fit together exactly (docs/export.md)",
    )
    add(
        "--upsample",
        help="subpixel (less arithmetic, default) or nearest (resize, then convolution): the same "
        "picture",
    )
    add(
        "--batch",
        type=int,
        help="pictures at a time, 1 to 64, in a graph of fixed --size (default 1)",
    )
    add(
        "--calibrate",
        type=Path,
        metavar="FOLDER",
        help="photographs for int8 and --norm frozen (default: seven that come with the package)",
    )
    add(
        "--target",
        metavar="OS",
        help="oldest system that a CoreML package is for: iOS15 to iOS18 or macOS12 to macOS15 "
        "(default iOS16)",
    )

    add(
        "--providers",
        action="store_true",
        help="also tell what NNAPI, CoreML and XNNPACK take of an onnx or ort graph of this --size "
        "(256x256 if none is given), by onnxruntime's tables",
    )


def refuse_unused(args: argparse.Namespace, form: Format) -> None:
    """Raise OptionError for an option that the format has no use for."""
    from tinystyle.export.formats import require_option

    given = {
        "--opset": args.opset is not None,
        "--batch": args.batch is not None,
        "--for": args.layout is not None,
        "--providers": args.providers,
        "--size": args.size is not None,
        "--no-verify": args.no_verify,
        "--target": args.target is not None,
    }
    for option in (name for name, asked in given.items() if asked):
        require_option(form, option)
    frozen = args.norm == "frozen" or args.precision == "int8"
    if args.calibrate is not None and not frozen:
        raise OptionError("--calibrate is for --precision int8 and --norm frozen")


def sizes(args: argparse.Namespace) -> tuple[tuple[int, int] | None, Sizes | None]:
    """The one size, or several, that ``--size`` asks for."""
    from tinystyle.export.coreml.writer import Sizes

    if args.size is None:
        return None, None
    known, ranged = args.size
    if len(known) == 1:
        return known[0], None
    return None, Sizes(tuple(known), ranged)


def graph_options(args: argparse.Namespace, form: Format) -> GraphOptions:
    """What the options say."""
    from tinystyle.export.formats import default_precision
    from tinystyle.export.lowering import GraphOptions, Norm, PictureIO, Upsampling
    from tinystyle.export.passes.structure import Padding
    from tinystyle.network.graph import Precision

    precision = default_precision(form)
    if args.precision is not None:
        precision = chosen(Precision, "precision", args.precision)
    return GraphOptions(
        precision,
        chosen(Padding, "pad", args.pad),
        chosen(Norm, "norm", args.norm),
        chosen(Upsampling, "upsample", args.upsample),
        chosen(PictureIO, "io", args.io),
        strength_input=args.strength is None,
    )
