"""``export-net --region``: several artworks in one network, each for a region of a photograph."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.export.refusals import refuse_learning
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.export.exporter import Exported
    from tinystyle.export.options import ExportOptions

__all__ = ["KEEP", "Region", "export_of", "joined", "named", "parse_region"]

KEEP = "keep"
"""In the place of a picture: the region stays as the photograph has it."""

Region = tuple[str, Path | None]
"""Its name and its artwork, None where the photograph is kept."""


def parse_region(text: str) -> Region:
    """``NAME=PICTURE`` or ``NAME=keep``."""
    name, equals, picture = text.partition("=")
    if not (name and equals and picture):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=PICTURE or NAME={KEEP}, e.g. person=art.jpg"
        )
    return name, None if picture == KEEP else Path(picture)


def named(args: argparse.Namespace) -> dict[str, Path | None]:
    """The regions in the order of their labels; none where ``--region`` is not given.

    Raises OptionError for regions that there cannot be, for options that could have no effect on
    them, and where neither they nor ``--style`` are given.
    """
    if not args.region:
        if not args.style:
            raise OptionError("give --style PICTURE, or --region NAME=PICTURE for each region")
        return {}
    from tinystyle.runtime.region_networks import require_regions

    regions = dict(args.region)
    if len(regions) < len(args.region):
        names = [name for name, _ in args.region]
        twice = next(name for name in names if names.count(name) > 1)
        raise OptionError(f"--region {twice} is given twice")
    require_regions(regions)
    _refuse(args)
    return regions


def _refuse(args: argparse.Namespace) -> None:
    others = {
        "--style": args.style,
        "--style-mask": args.style_mask,
        f"--method {args.method}": args.method != "hypernetwork",
    }
    reason = ", whose networks are generated, one for each region"
    refuse_learning(args, "--region", reason, others=others)


def joined(regions: dict[str, Path | None]) -> Path:
    """What the file is named after."""
    return Path("-".join(regions))


def export_of(
    regions: dict[str, Path | None], options: ExportOptions
) -> Callable[[Path, Path], Exported]:
    """What writes the network of all regions: its name, then the file.

    It raises PictureError for an artwork that cannot be used, and where it would be overwritten.
    """
    from tinystyle.export.exporter import Exporter
    from tinystyle.files import require_spared
    from tinystyle.runtime.region_networks import join_regions

    exporter = Exporter(options)

    def export(_: Path, output: Path) -> Exported:
        start = time.perf_counter()
        require_spared([output], [path for path in regions.values() if path is not None])
        made_of = {n: None if path is None else exporter.make(path) for n, path in regions.items()}
        net = join_regions(made_of)
        made = exporter.write(net.with_strength(options.strength), None, output)
        return replace(made, seconds=time.perf_counter() - start)

    return export
