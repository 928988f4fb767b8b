"""``tinystyle catalogue``: artworks by the thousand, each a row with the code of its network."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinystyle.commands.shared import Commands, Parser, add_quiet
from tinystyle.console import bar_disabled, remark

__all__ = ["register"]

_MANY = 1_000_000
"""Rows from which on looking at all of them takes seconds and gigabytes."""

_EPILOG = """\
examples:
  tinystyle catalogue build artworks/ -o catalogue/                    a row for each artwork
  tinystyle catalogue info catalogue/                                  what is in it, what failed
  tinystyle catalogue near catalogue/ --style art.jpg                  the styles most like it
  tinystyle catalogue duplicates catalogue/                            one artwork more than once
  tinystyle catalogue export catalogue/ --id dutch/a.jpg -o a.onnx     the network of one
  tinystyle catalogue export catalogue/ --representatives 12 -o strip/ networks for an app's strip
  tinystyle catalogue map catalogue/ -o map.html                       all styles on one page

A build that was stopped, by whatever, goes on with the same words. Needs pyarrow:
pip install '.[catalogue]' in the folder of the source; '.[ray]' for --engine ray, '.[index]' for an
index of more than a million styles.
exit codes: 0 done (a picture that cannot be used is a row with an error); 2 bad option; 3 an
optional part is missing; 4 no picture; 5 no catalogue; 7 it cannot be written; 9 the engine failed;
130 interrupted; 143 terminated
"""


def register(commands: Commands) -> None:
    """Add the sub-command and its own."""
    parser = commands.add_parser(
        "catalogue",
        help="networks of thousands of artworks: build, search, export",
        description="Build and use a catalogue: for each artwork a row of some 2 kB, of which its "
        "network is made in milliseconds.",
        epilog=_EPILOG,
    )
    kinds = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_build(kinds)
    info = _command(kinds, "info", "how many styles, of what, and which pictures failed")
    info.set_defaults(run=_info)
    near = _command(kinds, "near", "the styles most like one")
    what = near.add_mutually_exclusive_group(required=True)
    what.add_argument("--style", type=Path, metavar="PICTURE", help="an artwork of your own")
    what.add_argument("--id", metavar="ID", help="a style of the catalogue")
    near.add_argument("--count", type=int, default=10, help="how many (10)")
    near.add_argument(
        "--index",
        type=Path,
        metavar="DIR",
        help="look there, where catalogue index wrote one: milliseconds, and may miss some "
        "(default: look at all styles, exactly)",
    )
    near.set_defaults(run=_near)
    index = _command(kinds, "index", "an index for near, for more than a million styles")
    _add_output(index, "DIR")
    add_quiet(index)
    index.set_defaults(run=_index)
    same = _command(kinds, "duplicates", "groups of styles that are one artwork")
    same.add_argument(
        "--distance",
        type=float,
        metavar="D",
        help="of codes that count as one, as near tells it, 0 to 1; 0: the same code alone (0.1)",
    )
    add_quiet(same)
    same.set_defaults(run=_duplicates)
    export = _command(kinds, "export", "networks of styles, as export-net writes them")
    which = export.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", metavar="ID", help="one style; -o is a file")
    which.add_argument(
        "--representatives",
        type=int,
        metavar="K",
        help="K styles that stand for all, most usual first; -o is a folder",
    )
    _add_output(export, "FILE_OR_DIR")
    add_quiet(export)
    export.set_defaults(run=_export)
    page = _command(kinds, "map", "styles on one page, like beside like")
    page.add_argument("--count", type=int, default=1000, help="representatives shown (1000)")
    _add_output(page, "FILE")
    page.set_defaults(run=_map)


def _command(kinds: Commands, name: str, text: str) -> Parser:
    parser = kinds.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("catalogue", type=Path, metavar="CATALOGUE", help="folder made by build")
    _add_hypernetwork(parser)
    return parser


def _add_hypernetwork(parser: Parser) -> None:
    parser.add_argument("--hypernetwork", type=Path, metavar="FILE", help="default: the released")


def _add_output(parser: Parser, what: str) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar=what, help="what is written"
    )


def _add_build(kinds: Commands) -> None:
    build = kinds.add_parser(
        "build",
        help="make the rows of all artworks, or of those that are missing",
        description="Make a catalogue, or go on with one. The result is the same, byte by byte, "
        "whatever the engine and the number of workers.",
    )
    build.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a folder of pictures (metadata.csv with file_name adds columns), .tar shards, "
        ".parquet files, or a folder that datasets has saved",
    )
    _add_output(build, "CATALOGUE")
    build.add_argument("--engine", default="local", help="local (processes; default), ray")
    build.add_argument("--workers", type=int, default=0, help="default 0: one for each core")
    build.add_argument("--address", help="of a Ray cluster; default: one that ends with the build")
    build.add_argument(
        "--no-preview", action="store_true", help="paint no small photograph with each network"
    )
    _add_hypernetwork(build)
    add_quiet(build)
    build.set_defaults(run=_build)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left; what is yielded is told how many of how many are done."""
    from tqdm import tqdm

    with tqdm(desc=what, unit="", disable=bar_disabled()) as bar:

        def show(done: int, rows: int) -> None:
            if bar.total is None:  # what was there before says nothing of the pace
                bar.initial, bar.n, bar.total = done, done, rows
            bar.update(done - bar.n)

        yield show


def _build(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.build import BuildOptions, build

    options = BuildOptions(
        engine=args.engine,
        workers=args.workers,
        preview=not args.no_preview,
        address=args.address,
        hypernetwork=args.hypernetwork,
    )
    with _bar("artworks") as seen:
        built = build(args.source, args.output, options, seen=seen)
    print(
        f"{args.output}: {built.rows:,} artworks, {built.made:,} of them now, "
        f"{built.errors:,} of these cannot be used"
    )
    return 0


def _info(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.catalogue import Catalogue

    catalogue = Catalogue(args.catalogue, args.hypernetwork)
    plan, errors = catalogue.plan, catalogue.errors
    print(f"styles: {len(catalogue):,}")
    print(f"bytes: {catalogue.size_bytes:,}")
    print(f"hypernetwork: {plan.hypernetwork} (tinystyle {plan.tinystyle})")
    print(f"pictures that cannot be used: {len(errors):,}")
    for name, error in errors.items():
        print(f"  {name!r}: {error!r}")
    return 0


def _near(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.pictures.images import read_picture

    catalogue = Catalogue(args.catalogue, args.hypernetwork)
    if args.style is not None:
        code = catalogue.coder.encode(read_picture(args.style))
    else:
        code = catalogue.code(args.id)
    if args.index is not None:
        from tinystyle.catalogue.near_index import NearIndex

        neighbours = NearIndex(catalogue, args.index).near(code, args.count)
    else:
        if catalogue.plan.rows > _MANY:
            remark(f"looks at all {catalogue.plan.rows:,} rows; catalogue index makes it quicker")
        neighbours = catalogue.near(code, args.count)
    for found in neighbours:
        print(f"{found.distance:.4f}  {found.id}")
    return 0


def _index(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.catalogue.near_index import NearIndex

    with _bar("rows") as seen:
        made = NearIndex.build(Catalogue(args.catalogue, args.hypernetwork), args.output, seen=seen)
    print(f"{args.output}: {len(made):,} styles")
    return 0


def _duplicates(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.catalogue.duplicates import DEFAULT_DISTANCE, duplicates

    distance = DEFAULT_DISTANCE if args.distance is None else args.distance
    with _bar("codes") as seen:
        groups = duplicates(Catalogue(args.catalogue, args.hypernetwork), distance, seen=seen)
    for group in groups:
        for style in group:
            same = "" if style.same_file is None else f"  the same file as {style.same_file}"
            print(f"{style.distance:.4f}  {style.id}{same}")
        print()
    spare = sum(map(len, groups)) - len(groups)
    print(f"{len(groups):,} groups, {spare:,} styles more than artworks")
    return 0


def _export(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.catalogue.overview import representatives
    from tinystyle.errors import OptionError
    from tinystyle.export.exporter import Exporter, name_outputs
    from tinystyle.export.formats import Format
    from tinystyle.export.options import ExportOptions

    catalogue = Catalogue(args.catalogue, args.hypernetwork)
    if args.id is not None:
        ids = [args.id]
    else:
        ids = [catalogue.ids[k] for k in representatives(catalogue.codes, args.representatives)]
        if args.output.suffix and not args.output.is_dir():
            raise OptionError(f"{args.output}: a folder is needed for {len(ids)} networks")
    outputs = name_outputs([Path(name) for name in ids], args.output, Format.ONNX)
    exporter = Exporter(ExportOptions(), source=lambda _, name: catalogue.network(name))
    for name, output in zip(ids, outputs, strict=True):
        made = exporter.write(catalogue.network(name), None, output)
        print(f"{made.path}: {name}")
    return 0


def _map(args: argparse.Namespace) -> int:
    from tinystyle.catalogue.catalogue import Catalogue
    from tinystyle.catalogue.overview import write_map

    count = write_map(Catalogue(args.catalogue, args.hypernetwork), args.output, args.count)
    print(f"{args.output}: {count:,} styles")
    return 0
