"""``tinystyle finetune``: fit a network to one style by a few steps of training."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands import finetune_options
from tinystyle.commands.shared import Commands, Parser, add_architecture, add_quiet, add_style_size
from tinystyle.console import is_quiet, remark
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.network.stylenet import StyleNet
    from tinystyle.pictures.images import Picture

__all__ = ["register"]

_EPILOG = """\
examples:
  tinystyle finetune --style art.jpg                        art.onnx, 100 steps, under a minute
  tinystyle finetune --style art.jpg --steps 1000           as if trained for the artwork alone
  tinystyle finetune --style art.jpg --steps 0              the generated network, a second
  tinystyle finetune --style art.jpg --content-weight 2     more of the photograph (0.5: less)
  tinystyle finetune --style art.jpg --content my-photos/   fitted on your own photographs
  tinystyle finetune --style art.jpg --method metastyle     from style-neutral weights
  tinystyle finetune --style art.jpg --preview art.png      also paint a landscape

Ctrl-C ends it early and keeps the best so far. Several styles, mixtures, softer versions:
export-net --steps 100.
exit codes: 0 done, or ended by Ctrl-C; 2 bad option; 3 torch is not installed; 4 bad picture; 5 bad
perceptual network; 6 the graph differs from its reference; 7 output cannot be written
"""

_DESCRIPTION = (
    "Finetune the network that is generated from an artwork by some steps of training. More steps "
    "bring more of the artwork; see also --content-weight."
)

_NAME, _FORMER_NAME = "finetune", "adapt"

_ENDINGS = (".onnx", ".safetensors")


def register(commands: Commands) -> None:
    """Add the sub-command, and its former name for one release."""
    _add_options(
        commands.add_parser(
            _NAME,
            help="finetune a network to one artwork (needs [train])",
            description=_DESCRIPTION,
            epilog=_EPILOG,
        )
    )
    former = commands.add_parser(_FORMER_NAME, description=_DESCRIPTION, epilog=_EPILOG)
    _add_options(former)
    former.set_defaults(former=True)


def _add_options(parser: Parser) -> None:
    add = parser.add_argument
    add("--style", type=Path, required=True, metavar="PICTURE", help="picture of an artwork")
    add(
        "--steps",
        type=int,
        default=finetune_options.STEPS,
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
    add_architecture(parser)
    add_style_size(parser)
    add_quiet(parser)
    finetune_options.add_options(parser)
    parser.set_defaults(run=_run, former=False)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.export.exporter import Exporter
    from tinystyle.export.options import ExportOptions
    from tinystyle.files import require_file, require_spared
    from tinystyle.pictures.images import read_picture

    if args.former:
        remark(f"tinystyle {_FORMER_NAME} is called tinystyle {_NAME} now")
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
    finetuner = finetune_options.make_finetuner(
        args, "tinystyle finetune", [args.style], steps=args.steps
    )
    exporter = Exporter(ExportOptions(style_size=args.style_size), source=finetuner)
    net = exporter.network(args.style)
    if output.suffix.lower() == ".onnx":
        made = exporter.write(net, args.style, output)
        figures = f": {made.size_bytes:,} bytes, {made.seconds:.2f} s to write and verify"
        print(f"{made.path}{'' if is_quiet() else figures}")
    else:
        net.save(output)
        print(output)
    finetune_options.say_course(finetuner)
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
