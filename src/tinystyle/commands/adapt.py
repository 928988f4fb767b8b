"""``tinystyle adapt``: fit a network to one style by a few steps of training."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands import finetune_options as adaptation
from tinystyle.commands.shared import Commands, add_form, add_quiet, add_style_size
from tinystyle.console import is_quiet
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.network.stylenet import StyleNet
    from tinystyle.pictures.images import Picture

__all__ = ["register"]

_EPILOG = """\
examples:
  tinystyle adapt --style art.jpg                        art.onnx, 100 steps, under a minute
  tinystyle adapt --style art.jpg --steps 1000           as if trained for the artwork alone
  tinystyle adapt --style art.jpg --steps 0              the generated network, a second
  tinystyle adapt --style art.jpg --content-weight 2     more of the photograph (0.5: less)
  tinystyle adapt --style art.jpg --content my-photos/   fitted on your own photographs
  tinystyle adapt --style art.jpg --method metastyle     from style-neutral weights
  tinystyle adapt --style art.jpg --preview art.png      also paint a landscape

Ctrl-C ends it early and keeps the best so far. Several styles, mixtures, softer versions:
export-net --steps 100.
exit codes: 0 done, or ended by Ctrl-C; 2 bad option; 3 torch is not installed; 4 bad picture; 5 bad
perceptual network; 6 the graph differs from its reference; 7 output cannot be written
"""

_ENDINGS = (".onnx", ".safetensors")


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "adapt",
        help="finetune a network to one artwork (needs [train])",
        description="Finetune the network that is generated from an artwork by some steps of "
        "training. More steps bring more of the artwork; see also --content-weight.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("--style", type=Path, required=True, metavar="PICTURE", help="picture of an artwork")
    add(
        "--steps",
        type=int,
        default=adaptation.STEPS,
        metavar="N",
        help="steps of training: 0 (a second), 100 (under a minute, default), 1000 (some minutes)",
    )
    add(
        "--method",
        default="hypernetwork",
        help="where it begins: hypernetwork (the network of one look, default) or metastyle "
        "(style-neutral weights)",
    )
    add(
        "--output",
        "-o",
        type=Path,
        metavar="FILE",
        help="the file to write, .onnx or .safetensors; default: STYLE.onnx in this folder",
    )
    add("--preview", type=Path, metavar="FILE", help="also write a painted picture (.png)")
    add(
        "--preview-of",
        type=Path,
        metavar="PICTURE",
        help="the photograph of --preview; default: a landscape made by formulas",
    )
    add_form(parser)
    add_style_size(parser)
    add_quiet(parser)
    adaptation.add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.export.exporter import Exporter
    from tinystyle.export.options import ExportOptions
    from tinystyle.files import require_file, require_spared
    from tinystyle.pictures.images import read_picture

    output: Path = args.output or Path(f"{args.style.stem}.onnx")
    if output.suffix.lower() not in _ENDINGS:
        raise OptionError(f"{output}: the ending must be one of {', '.join(_ENDINGS)}")
    require_file(output)  # before anything takes minutes
    require_spared([output], [args.style])
    if args.preview is not None:
        _require_preview(args.preview, [args.style, args.preview_of])
    elif args.preview_of is not None:
        raise OptionError("--preview-of is the photograph of --preview; give --preview FILE.png")
    photograph = None if args.preview_of is None else read_picture(args.preview_of)
    adapter = adaptation.make_adapter(args, "tinystyle adapt", [args.style], steps=args.steps)
    exporter = Exporter(ExportOptions(form=args.form, style_size=args.style_size), source=adapter)
    net = exporter.network(args.style)
    if output.suffix.lower() == ".onnx":
        made = exporter.write(net, args.style, output)
        figures = f": {made.size_bytes:,} bytes, {made.seconds:.2f} s to write and verify"
        print(f"{made.path}{'' if is_quiet() else figures}")
    else:
        net.save(output)
        print(output)
    adaptation.say_course(adapter)
    if args.preview is not None:
        _preview(net, args.preview, photograph)
    return 0


def _require_preview(path: Path, inputs: Sequence[Path | None]) -> None:
    from tinystyle.files import require_file, require_spared

    if path.suffix.lower() != ".png":
        raise OptionError(f"{path}: the ending of --preview must be .png")
    require_file(path)
    require_spared([path], (picture for picture in inputs if picture is not None))


def _preview(net: StyleNet, path: Path, photograph: Picture | None) -> None:
    from tinystyle.export.onnx_writer.emitter import to_onnx
    from tinystyle.files import write_bytes
    from tinystyle.pictures.examples import landscape
    from tinystyle.pictures.images import Picture, encode_png, shrink, to_batch, to_uint8
    from tinystyle.runtime.stylizer import Stylizer

    picture = Picture(landscape(384)) if photograph is None else shrink(photograph, 1024)
    stylizer = Stylizer.from_bytes(to_onnx(net).SerializeToString(), "preview")
    write_bytes(path, encode_png(to_uint8(stylizer.run(to_batch(picture.rgb)))))
    print(path)
