"""The style studio in a browser, as ``tinystyle experiment studio`` measures and shows it."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinystyle.commands.experiments.parsers import add_output
from tinystyle.commands.shared import Commands

__all__ = ["add_studio"]


def add_studio(kinds: Commands) -> None:
    """Add ``studio``."""
    text = "what the style studio's page costs in a browser: bytes, times, frames, memory"
    parser = kinds.add_parser(
        "studio",
        help=text,
        description=f"{text[0].upper()}{text[1:]}. A table, and DIR/studio.json. A browser of the "
        "Chromium family visits the page, each time in a new profile; its camera is a film "
        "that is drawn here.",
    )
    add = parser.add_argument
    add("--site", type=Path, metavar="DIR", help="one of tinystyle web (default: a new one)")
    add("--browser", type=Path, metavar="FILE", help="program (one that is installed)")
    add("--num-runs", type=int, default=3, help="visits (3)")
    add(
        "--screenshots",
        type=Path,
        metavar="DIR",
        help="write pictures of the page into DIR (desktop and phone, light and dark) and measure "
        "nothing",
    )
    add("--web-runtime", type=Path, metavar="DIR", help="an unpacked copy of onnxruntime-web")
    add_output(parser)
    parser.set_defaults(run=_studio, name="studio")


def _studio(args: argparse.Namespace) -> int:
    import json
    import tempfile

    from tinystyle.benchmarks.studio.measurement import measure_studio
    from tinystyle.benchmarks.studio.screenshots import take_screenshots
    from tinystyle.benchmarks.studio.table import to_fields, to_markdown
    from tinystyle.benchmarks.web.browser import find_browser
    from tinystyle.benchmarks.web.runtime import runtime_folder
    from tinystyle.checks import require_whole
    from tinystyle.files import write_bytes
    from tinystyle.studio.site import write_site

    require_whole("number of runs", args.num_runs)
    program = find_browser(args.browser)
    with tempfile.TemporaryDirectory(prefix="tinystyle-web-") as temporary:
        site = args.site
        if site is None:
            runtime = runtime_folder(args.web_runtime)
            compress = args.screenshots is None
            site = write_site(Path(temporary) / "site", runtime, compress=compress).folder
        if args.screenshots is not None:
            for path in take_screenshots(site, program, args.screenshots):
                print(path)
            return 0
        costs = measure_studio(site, program, runs=args.num_runs)
    figures = json.dumps(to_fields(costs), indent=2)
    write_bytes(args.output / f"{args.name}.json", f"{figures}\n".encode())
    print(to_markdown(costs))
    print(args.output / f"{args.name}.json")
    return 0
