"""The options of ``export-net``."""

from __future__ import annotations

from pathlib import Path

from tinystyle import __version__
from tinystyle.commands import finetune_options
from tinystyle.commands.export import graph_options as graph_form
from tinystyle.commands.export.help_levels import TwoLevelParser
from tinystyle.commands.export.regions import parse_region
from tinystyle.commands.shared import (
    add_architecture,
    add_quiet,
    add_style_size,
    parse_patches,
    parse_share,
    parse_sizes,
    parse_strength,
)

__all__ = ["export_parser"]

_EVERYDAY = (
    *("style", "format", "output", "place", "precision", "size", "strength", "mix", "style_size"),
    *("steps", "json", "version"),
)

_FULL_EPILOG = """\
examples:
  export-net --style starry-night.jpg                 starry-night.onnx, any picture size
  export-net --style artworks/ --output nets/         one network for each picture in a folder
  export-net --style a.jpg --mix b.jpg:0.3            70 % of a, 30 % of b
  export-net --style a.jpg --strength 0.6             a softer version
  export-net --style a.jpg --size 720x1280            a graph for one size, for mobile back ends
  export-net --style a.jpg --precision fp16           half the bytes
  export-net --style a.jpg --for unity                what Unity takes; see docs/deploy
  export-net --style a.jpg --format coreml            a.mlpackage for iOS and macOS
  export-net --style a.jpg --io uint8 --size 512x512  bytes in, bytes out
  export-net --style a.jpg --steps 100                finetuned to it, under a minute
  export-net --style a.jpg --method metastyle         200 steps from style-neutral weights
  export-net --style a.jpg --method style-swap        made of the artwork's own patches
  export-net --style a.jpg --method semantic --style-mask a-mask.png
                                                      region by region, by masks
  export-net --region person=a.jpg --region background=keep
                                                      person-background.onnx, by masks

Each network is compared with an independent reference before it is written.
exit codes: 0 all done; 2 bad option; 3 an optional part is missing; 4 a picture failed (other
styles are done); 5 bad model; 6 the graph differs from its reference; 7 output cannot be written;
130 interrupted; 143 terminated
"""

_EPILOG = """\
examples:
  export-net --style starry-night.jpg          starry-night.onnx, any picture size
  export-net --style a.jpg --for unity         what Unity takes: a-unity.onnx

--help-all lists all options: of the graph, of fitting, --no-verify, --form and others.
exit codes: 0 all done; 2 bad option; 4 a picture failed; others: --help-all
"""


def export_parser() -> TwoLevelParser:
    """The parser of ``export-net``. Options that a preset of ``--for`` may set are None until
    :func:`tinystyle.commands.export.place.settle`."""
    parser = TwoLevelParser(
        prog="export-net",
        usage="export-net --style PICTURE [PICTURE ...] [options]",
        description="Turn a picture of an artwork into a network of 475 kB that paints any "
        "photograph in its style. Works offline, in about a second.",
        everyday=_EVERYDAY,
        epilog=_EPILOG,
        full_epilog=_FULL_EPILOG,
    )
    add = parser.add_argument
    add(
        "--style",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="PICTURE",
        help="pictures of artworks, or folders of them",
    )
    add(
        "--region",
        action="append",
        default=[],
        type=parse_region,
        metavar="NAME=PICTURE|keep",
        help="in place of --style, twice to eight times: one network that paints each region of a "
        "photograph after an artwork of its own, or keeps it; their order is that of the mask's "
        "labels, 0 and up (docs/semantic)",
    )
    add(
        "--format",
        help="onnx (default), ort (onnxruntime's minimal builds), coreml (.mlpackage) or "
        "safetensors (weights alone, to compare with)",
    )
    add(
        "--output",
        "-o",
        type=Path,
        metavar="PATH",
        help="file to write (one style), or a folder; default: STYLE.onnx here",
    )
    add(
        "--for",
        dest="place",
        metavar="PLACE",
        help="web, android, coreml, lens-studio, unity, tensorrt, rpi: sets what is not given, as "
        "the place takes it; or the layout alone: any (default), onnxruntime-cpu (a tenth smaller, "
        "for onnxruntime on a CPU alone; default of ort)",
    )
    add(
        "--precision",
        help="fp32 (default; the file holds 475 kB), fp16 (236 kB; default of coreml) or int8 "
        "(8-bit convolutions, calibrated on photographs)",
    )
    add("--opset", type=int, help="ONNX opset, 13 to 21 (default 17)")
    add(
        "--size",
        type=parse_sizes,
        metavar="HxW",
        help="make the graph for one picture size; default: any from 64x64 (coreml: 512x512 and "
        "256x256; HxW,HxW,… names several there, HxW..HxW a range)",
    )
    add(
        "--strength",
        type=parse_strength,
        default=1.0,
        metavar="0..1|input",
        help="0 leaves the photograph as it is, 1 is the full style (default); input: the "
        "graph takes it as a second input, for a slider in an app",
    )
    add(
        "--mix",
        action="append",
        default=[],
        type=parse_share,
        metavar="PICTURE:SHARE",
        help="mix in another style with a share of 0..1; may be repeated",
    )
    add_style_size(parser)
    add_architecture(parser)
    add(
        "--method",
        default="hypernetwork",
        help="hypernetwork (one look, default), metastyle (style-neutral weights and --steps), "
        "style-swap (the artwork's own patches; larger and slower, docs/style-swap) or semantic "
        "(region by region, with masks; docs/semantic)",
    )
    add(
        "--patches",
        type=parse_patches,
        metavar="N|all",
        help="how many patches of the artwork stand for all of them in style-swap and semantic "
        "(512)",
    )
    add(
        "--match",
        metavar="HOW",
        help="how style-swap compares patches: moments (the features have the artwork's means and "
        "deviations: stronger, default) or published (Chen and Schmidt 2016)",
    )
    add(
        "--style-mask",
        type=Path,
        metavar="MASK",
        help="the regions of the artwork for semantic: a PNG of labels 0 to 7, or of one colour "
        "for each region",
    )
    add(
        "--kernel",
        metavar="NAME",
        help="what of a region becomes the artwork's in semantic: patches (style swap inside the "
        "region, default), moments (mean and deviation of each feature) or linear (the mean, as "
        "published)",
    )
    add(
        "--balance",
        type=float,
        metavar="0..1",
        help="how far it does: 0 keeps the photograph's, 1 is the artwork's (default)",
    )
    add(
        "--steps",
        type=int,
        metavar="N",
        help="fit the network to the style by N steps (default: 0; metastyle: 200)",
    )
    add("--no-verify", action="store_true", help="skip the comparison with the reference")
    add("--json", action="store_true", help="print the result as JSON on standard output")
    add_quiet(parser)
    add("--version", action="version", version=f"tinystyle {__version__}")
    graph_form.add_options(parser)
    finetune_options.add_options(parser)
    return parser
