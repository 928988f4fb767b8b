"""``tinystyle demo``: the main job on pictures that come with the package."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import Commands

if TYPE_CHECKING:
    from tinystyle.pictures.images import UInt8Array
    from tinystyle.training.finetune.finetuner import Finetuner

__all__ = ["register"]


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "demo",
        help="make four networks and paint with them",
        description="Draw four artworks, turn each into a network and paint photographs with it.",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("out/demo"),
        metavar="DIR",
        help="folder for networks and pictures (default: out/demo)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=0,
        metavar="N",
        help="finetune each network by this many steps, 100 are up to a minute (needs [train]; "
        "default: 0, the generated networks, a second for all four)",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    import numpy as np
    from tqdm import tqdm

    from tinystyle.export.exporter import Exporter
    from tinystyle.export.options import ExportOptions
    from tinystyle.files import write_bytes
    from tinystyle.pictures.examples import ARTWORKS
    from tinystyle.pictures.images import encode_png
    from tinystyle.runtime.stylizer import Stylizer

    exporter = Exporter(ExportOptions(), source=_finetuning(args.steps))
    photographs = _photographs()
    size = photographs[0].shape[0]
    rows = [np.hstack([np.full((size, size, 3), 255, np.uint8), *photographs])]
    for name, draw in tqdm(ARTWORKS.items(), desc="styles", unit="", disable=None):
        style = args.output / f"{name}.png"
        artwork = draw(size)
        write_bytes(style, encode_png(artwork))
        made = exporter.export(style, args.output / f"{name}.onnx")
        painter = Stylizer.load(made.path)
        rows.append(np.hstack([artwork, *(painter.stylize(p) for p in photographs)]))
        tqdm.write(f"{made.path}: {made.size_bytes:,} bytes, {made.seconds:.2f} s")
    sheet = args.output / "sheet.png"
    write_bytes(sheet, encode_png(np.vstack(rows)))
    print(f"{sheet}: artworks on the left, photographs at the top, the paintings between")
    return 0


def _finetuning(steps: int) -> Finetuner | None:
    """What finetunes the networks, if anything shall."""
    from tinystyle.commands.shared import require_torch
    from tinystyle.training.finetune.options import FinetuneOptions, FinetunerOptions, Method

    if steps == 0:
        return None
    options = FinetunerOptions(Method.HYPERNETWORK, FinetuneOptions(steps))
    require_torch("tinystyle demo --steps")
    from tinystyle.training.finetune.finetuner import Finetuner

    return Finetuner(options)


def _photographs() -> list[UInt8Array]:
    """The landscape, and scikit-image's free pictures where that package is installed."""
    from tinystyle.pictures.examples import landscape
    from tinystyle.pictures.images import middle_square, read_picture, resize

    size = 384
    found = [landscape(size)]
    package = importlib.util.find_spec("skimage")
    if package is None or package.origin is None:
        print(
            "photographs: drawn by formula only; pip install '.[demo]' in a checkout adds real ones"
        )
        return found
    for name in ("astronaut", "chelsea", "coffee"):  # public domain (NASA), CC0, CC0
        rgb = read_picture(Path(package.origin).parent / "data" / f"{name}.png").rgb
        found.append(resize(middle_square(rgb), size, size))
    return found
