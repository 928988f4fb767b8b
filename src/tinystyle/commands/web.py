"""``tinystyle web``: the style studio as a static site, written or shown."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinystyle.commands.shared import Commands

__all__ = ["register"]

_EPILOG = """\
examples:
  tinystyle web --serve                  the studio on this machine, at http://127.0.0.1:8031/
  tinystyle web --output site/           a folder for GitHub Pages, a Hugging Face Space, any server
  tinystyle web --output site/ --serve   both

onnxruntime-web is fetched once from the npm registry and checked against a known hash; offline,
--web-runtime DIR takes an unpacked copy. With Python's brotli (pip install brotli) files are
compressed by it, too: a minute or two, once.
exit codes: 0 done; 2 a port that is taken; 7 the folder cannot be written, or holds files of
others; 9 onnxruntime-web cannot be fetched
"""

_PORT = 8031


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "web",
        help="the style studio: a web page that makes networks and paints, offline",
        description="Write a static site whose page makes a network of any artwork and paints\n"
        "with it, in the visitor's browser; or show it on this machine.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="folder to write; a site that was written there before is replaced. Without it "
        "--serve shows one in a temporary folder",
    )
    parser.add_argument("--serve", action="store_true", help="show it on 127.0.0.1 until Ctrl-C")
    parser.add_argument(
        "--port", type=int, default=_PORT, help=f"port of --serve; 0 takes a free one ({_PORT})"
    )
    parser.add_argument(
        "--web-runtime", type=Path, metavar="DIR", help="an unpacked copy of onnxruntime-web"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    import contextlib
    import tempfile

    from tinystyle.benchmarks.web.runtime import runtime_folder
    from tinystyle.errors import OptionError
    from tinystyle.studio.server import SiteServer
    from tinystyle.studio.site import write_site

    if args.output is None and not args.serve:
        raise OptionError("nothing to do; --output DIR writes the site, --serve shows it")
    with tempfile.TemporaryDirectory(prefix="tinystyle-web-") as temporary:
        made = write_site(
            args.output or Path(temporary) / "site",
            runtime_folder(args.web_runtime),
            compress=args.output is not None,
        )
        if args.output is not None:
            print(
                f"{made.folder}: {made.files} files, {made.size_bytes / 1e6:.1f} MB; over the wire "
                f"{made.first_bytes / 1e6:.2f} MB to the first picture, "
                f"{made.own_bytes / 1e6:.2f} MB to one of the visitor's own artwork"
            )
        if args.serve:
            with SiteServer(made.folder, args.port) as server:
                print(f"{server.url} (Ctrl-C ends it)", flush=True)
                with contextlib.suppress(KeyboardInterrupt):
                    server.wait()
    return 0
