"""``tinystyle``: the sub-commands."""

from __future__ import annotations

import argparse

from tinystyle import __version__
from tinystyle.commands import (
    adapt,
    android_assets,
    demo,
    evaluate,
    experiment,
    info,
    stylize,
    train,
    verify,
)
from tinystyle.commands.shared import Parser, guarded

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``tinystyle``."""
    parser = Parser(
        prog="tinystyle",
        description="Tiny networks that paint photographs in the style of an artwork. To make one, "
        "see export-net.",
    )
    parser.add_argument("--version", action="version", version=f"tinystyle {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (
        stylize,
        adapt,
        info,
        verify,
        demo,
        android_assets,
        evaluate,
        experiment,
        train,
    ):
        module.register(commands)
    args: argparse.Namespace = parser.parse_args(arguments)
    return guarded(lambda: int(args.run(args)))
