"""``tinystyle info``: what a model file is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tinystyle.commands.shared import Commands

__all__ = ["register"]


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "info",
        help="show what a model file is",
        description="Show what a model file is: its network, interface, style, version, licence.",
        epilog="example: tinystyle info art.onnx --json",
    )
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help=".onnx, .ort or .safetensors file or .mlpackage"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.runtime.description import describe

    if args.model.suffix.lower() == ".mlpackage":
        from tinystyle.export.package_description import describe_package
        from tinystyle.export.to_coreml import coremltools

        coremltools(torch=False)
        facts = describe_package(args.model)
    else:
        facts = describe(args.model)
    if args.json:
        print(json.dumps(facts, indent=2))
    else:
        width = max(map(len, facts))
        for name, value in facts.items():
            print(_printable(f"{name:<{width}}  {value}"))
    return 0


def _printable(text: str) -> str:
    """Control characters of a hostile file as escapes: they would reach the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
