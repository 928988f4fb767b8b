"""``tinystyle info``: what a model file is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tinystyle.commands.shared import Commands
from tinystyle.errors import OptionError

__all__ = ["register"]


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "info",
        help="show what a model file is",
        description="Show what a model file is: its network, interface, style, version, licence.",
        epilog="examples: tinystyle info art.onnx --json; "
        "tinystyle info slim.onnx --adopt art.onnx -o slim.onnx",
    )
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help=".onnx, .ort or .safetensors file or .mlpackage"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--adopt",
        type=Path,
        metavar="ORIGINAL",
        help="give MODEL, which another tool has made of ORIGINAL, the metadata back that the tool "
        "removed, if both paint the same; needs -o",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the file to write, with --adopt"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.runtime.description import describe

    if (args.adopt is None) != (args.output is None):
        raise OptionError("--adopt ORIGINAL and -o OUT belong together")
    if args.adopt is not None:
        return _adopt(args)
    if args.model.suffix.lower() == ".mlpackage":
        from tinystyle.export.coreml.package import describe_package
        from tinystyle.export.coreml.writer import coremltools

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


def _adopt(args: argparse.Namespace) -> int:
    from tinystyle.export.adoption import adopt
    from tinystyle.files import require_spared

    require_spared([args.output], [args.adopt])
    found = adopt(args.model, args.adopt, args.output)
    print(
        f"{args.output}: paints what {args.adopt} paints, but for {found.max_abs_difference:.1e} "
        f"at most, {found.median_abs_difference:.1e} in the median"
    )
    return 0


def _printable(text: str) -> str:
    """Control characters of a hostile file as escapes: they would reach the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
