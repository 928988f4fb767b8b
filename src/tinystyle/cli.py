"""``tinystyle``: the sub-commands."""

from __future__ import annotations

import argparse

from tinystyle import __version__
from tinystyle.commands import (
    android_assets,
    catalogue,
    demo,
    evaluate,
    finetune,
    info,
    stylize,
    verify,
    web,
)
from tinystyle.commands.experiments import command as experiment
from tinystyle.commands.moving import camera
from tinystyle.commands.shared import Parser, guarded
from tinystyle.commands.training import command as train
from tinystyle.console import hushed

__all__ = ["main"]

_EPILOG = """\
examples:
  export-net --style art.jpg                               art.onnx, from one picture, in a second
  tinystyle stylize art.onnx photo.jpg -o painted.jpg      paint with it
  tinystyle info art.onnx                                  see what it is
  bench art.onnx                                           see how fast it is
  tinystyle demo                                           all of it, with pictures of its own
  tinystyle web --serve                                    all of it, in a web page

export-net and bench are commands of their own. What needs [train]: pip install '.[train]' in the
folder of the source.
exit codes: 0 done; 1 not enough memory, or the reader of the output went away; 2 bad option;
3 an optional part is missing; 4 bad picture; 5 bad model; 6 a file differs from its network;
7 output cannot be written; 9 a device could not measure; 130 interrupted; 143 terminated
"""


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``tinystyle``."""
    args: argparse.Namespace = _parser().parse_args(arguments)
    with hushed(args.quiet):
        return guarded(lambda: int(args.run(args)))


def _parser() -> Parser:
    parser = Parser(
        prog="tinystyle",
        description="Tiny networks that paint photographs in the style of an artwork.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"tinystyle {__version__}")
    parser.set_defaults(quiet=False)  # of commands without --quiet
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (
        stylize,
        finetune,
        info,
        verify,
        demo,
        camera,
        android_assets,
        catalogue,
        evaluate,
        experiment,
        train,
        web,
    ):
        module.register(commands)
    return parser
