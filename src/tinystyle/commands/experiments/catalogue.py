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
        "catalogue",
        help=text,
        description=f"{text[0].upper()}{text[1:]}; searches, and what duplicates take.",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="as of tinystyle catalogue")
    parser.add_argument(
        "--workers", type=int, nargs="+", metavar="N", help="of builds (default: 1 2)"
    )
    parser.add_argument(
        "--engine", action="append", metavar="NAME", help="local (default), ray; may be repeated"
    )
    parser.add_argument("--codes", type=int, default=100_000, help="that are searched (100000)")
    parser.add_argument(
        "--preview", action="store_true", help="paint previews, too (default: none)"
    )
    parser.add_argument(
        "--index", action="store_true", help="make an approximate index, too ('.[index]')"
    )
    parser.set_defaults(run=_run, name="catalogue")


def _run(args: argparse.Namespace) -> int:
    import tempfile
    import time

    from tinystyle.benchmarks.experiments.catalogue import (
        floor_of,
        grown,
        measure_build,
        measure_index,
        measure_near,
        to_markdown,
    )
    from tinystyle.catalogue.build import BuildOptions, build
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.catalogue.duplicates import DEFAULT_DISTANCE, duplicates
    from tinystyle.checks import require_whole

    require_whole("codes", args.codes, 1, 10_000_000)
    counts = args.workers or [1, 2]
    for workers in counts:
        require_whole("workers", workers)
    cases = [(engine, n) for engine in args.engine or ["local"] for n in counts]
    rows = [measure_build(args.source, engine, workers, args.preview) for engine, workers in cases]
    print(to_markdown(floor_of(args.source), rows))
    with tempfile.TemporaryDirectory(prefix="tinystyle-catalogue-") as place:
        folder = Path(place)
        build(args.source, folder / "own", BuildOptions(preview=False))
        large = grown(Catalogue(folder / "own"), args.codes, folder / "grown")
        near = measure_near(large)
        print(
            f"near: {near.codes:,} codes in {1e3 * near.seconds:.0f} ms, of the processor "
            f"{1e3 * near.processor_seconds:.0f} ms; the first query "
            f"{1e3 * near.first_seconds:.0f} ms"
        )
        start, used = time.perf_counter(), time.process_time()
        groups = duplicates(large, DEFAULT_DISTANCE)
        seconds, used = time.perf_counter() - start, time.process_time() - used
        print(f"duplicates: {seconds:.0f} s, of the processor {used:.0f} s; {len(groups)} groups")
        if args.index:
            index = measure_index(large, folder / "index")
            print(
                f"index: made in {index.build_seconds:.0f} s, of the processor "
                f"{index.build_processor_seconds:.0f} s; {index.size_bytes / index.codes:.0f} "
                f"bytes a code; a query {1e3 * index.seconds:.1f} ms; of the ten nearest it finds "
                f"{index.recall:.1%}, in the worst query {index.worst:.0%}"
            )
    return 0
