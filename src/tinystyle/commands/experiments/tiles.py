"""Large pictures: ``tinystyle experiment tiles``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tinystyle.commands.experiments.parsers import add_output
from tinystyle.commands.shared import Commands

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["add_tiles"]


def add_tiles(kinds: Commands) -> None:
    """Add ``tiles``."""
    parser = kinds.add_parser(
        "tiles",
        help="pictures painted in tiles against whole ones",
        description="Pictures painted in tiles against whole ones: twelve artworks, five sizes, "
        "tiles of three sides, landscapes, noise and pictures of one colour. A table, and "
        "DIR/tiles.json.",
    )
    add = parser.add_argument
    add("--artworks", type=int, default=12, metavar="N", help="the first N of them, to 12 (12)")
    add(
        "--cost",
        action="store_true",
        help="measure time and memory of 12, 24 and 101 megapixels instead, and whether 4K at once "
        "takes as long a pixel as 1024 x 1024; DIR/tiles-cost.json",
    )
    add(
        "--memory",
        metavar="SIZE",
        help="of --cost: what the program may take, from 256MB (default: as stylize does)",
    )
    add("--num-runs", type=int, default=3, help="rounds of --cost (3)")
    add("--threads", type=int, default=0, help="CPU threads")
    add_output(parser)
    parser.set_defaults(run=_tiles, name="tiles")


def _tiles(args: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from tqdm import tqdm as bars

    from tinystyle.benchmarks.tiles.cost import measure_cost
    from tinystyle.benchmarks.tiles.exactness import SIZES, TILES, measure_exactness
    from tinystyle.benchmarks.tiles.linear import measure_linear
    from tinystyle.benchmarks.tiles.pictures import KINDS
    from tinystyle.benchmarks.tiles.table import cost_table, exactness_table, linear_table
    from tinystyle.checks import require_threads, require_whole
    from tinystyle.console import bar_disabled
    from tinystyle.files import write_bytes
    from tinystyle.runtime.tiles.memory import TileOptions, bytes_of

    require_threads(args.threads)
    require_whole("number of runs", args.num_runs)
    require_whole("artworks", args.artworks, most=12)
    if args.cost:
        memory = None if args.memory is None else bytes_of(args.memory)
        TileOptions(memory)  # raises what is wrong with it at once
        linear = measure_linear(args.threads, args.num_runs)
        print(f"{linear_table(linear)}\n")
        costs = measure_cost(args.threads, args.num_runs, memory=memory)
        name, table = "tiles-cost", cost_table(costs)
        fields: Any = {"linear": asdict(linear), "sizes": [asdict(cost) for cost in costs]}
    else:
        count = args.artworks * len(KINDS) * len(SIZES) * len(TILES)
        with bars(total=count, desc="pictures", unit="", disable=bar_disabled()) as bar:
            found = measure_exactness(args.threads, lambda _: _step(bar), artworks=args.artworks)
        name, table, fields = "tiles", exactness_table(found), [asdict(one) for one in found]
    path = args.output / f"{name}.json"
    write_bytes(path, f"{json.dumps(fields, indent=2)}\n".encode())
    print(table)
    print(path)
    return 0


def _step(bar: tqdm[Any]) -> None:
    bar.update()
