"""``tinystyle evaluate``: the quality of the generated networks."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

from tinystyle.commands.shared import Commands, require_torch

__all__ = ["register"]


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "evaluate",
        help="measure the quality of generated networks (needs [train])",
        description="Paint every content in every style and let a VGG network say how much of its "
        "own style each picture has. Use pictures that were never trained on.",
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
    add("--hypernetwork", type=Path, metavar="FILE", help="default: the released one")
    add("--strength", type=float, default=1.0, help="0..1 (default 1)")
    add(
        "--output",
        "-o",
        type=Path,
        default=Path("evaluation"),
        metavar="DIR",
        help="folder for evaluation.json, pairs.csv and sheet.png (default: evaluation)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    require_torch("tinystyle evaluate")
    from tinystyle.atomic import write_bytes
    from tinystyle.images import encode_png, find_pictures
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.training import perceptual
    from tinystyle.training.evaluation import evaluate

    result = evaluate(
        Hypernetwork(args.hypernetwork),
        perceptual.load(args.perceptual),
        find_pictures([args.contents]),
        find_pictures([args.styles]),
        args.strength,
    )
    summary = {"perceptual": args.perceptual, "strength": args.strength, **result.summary()}
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["content", "style", "style_loss", "unchanged_style_loss", "content_loss"])
    for i, content in enumerate(result.contents):
        for j, style in enumerate(result.styles):
            row = (result.own[i, j], result.unchanged[i, j], result.content[i, j])
            writer.writerow([content, style, *(f"{value:.6g}" for value in row)])
    text = json.dumps(summary, indent=2)
    write_bytes(args.output / "evaluation.json", text.encode())
    write_bytes(args.output / "pairs.csv", table.getvalue().encode())
    write_bytes(args.output / "sheet.png", encode_png(result.sheet))
    print(text)
    return 0
