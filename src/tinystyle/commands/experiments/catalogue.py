"""What the experiment with catalogues calls, and what it prints."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinystyle.commands.shared import Commands

__all__ = ["add_catalogue"]


def add_catalogue(kinds: Commands) -> None:
    """Add the experiment."""
    text = "rows of a catalogue a second, by engine and workers, beside the floor"
    parser = kinds.add_parser(
        "catalogue", help=text, description=f"{text[0].upper()}{text[1:]}; and a search."
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="as of tinystyle catalogue")
    parser.add_argument(
        "--workers", type=int, nargs="+", metavar="N", help="of builds (default: 1 2)"
    )
    parser.add_argument(
        "--engine", action="append", metavar="NAME", help="local (default), ray; may be repeated"
    )
    parser.add_argument("--codes", type=int, default=100_000, help="that are searched (100000)")
    parser.set_defaults(run=_run, name="catalogue")


def _run(args: argparse.Namespace) -> int:
    import tempfile

    from tinystyle.benchmarks.experiments.catalogue import (
        floor_of,
        measure_build,
        measure_near,
        to_markdown,
    )
    from tinystyle.catalogue.build import BuildOptions, build
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.checks import require_whole

    require_whole("codes", args.codes, 1, 1_000_000)
    counts = args.workers or [1, 2]
    for workers in counts:
        require_whole("workers", workers)
    cases = [(engine, n) for engine in args.engine or ["local"] for n in counts]
    rows = [measure_build(args.source, engine, workers) for engine, workers in cases]
    print(to_markdown(floor_of(args.source), rows))
    with tempfile.TemporaryDirectory(prefix="tinystyle-catalogue-") as folder:
        build(args.source, Path(folder), BuildOptions(preview=False))
        near = measure_near(Catalogue(Path(folder)), args.codes)
    print(
        f"near: {near.codes:,} codes in {1e3 * near.seconds:.0f} ms, of the processor "
        f"{1e3 * near.processor_seconds:.0f} ms; the first query {1e3 * near.first_seconds:.0f} ms"
    )
    return 0
