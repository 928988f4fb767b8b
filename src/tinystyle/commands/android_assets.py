"""``tinystyle android-assets``: the networks that the Android app brings along."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import Commands

if TYPE_CHECKING:
    from tinystyle.export.android_assets import MadeStyle

__all__ = ["register"]

_STRIP = 12
"""Styles of a catalogue, unless said: 5 MB of the app."""

_EPILOG = """\
examples:
  tinystyle android-assets                          the four artworks of the demo
  tinystyle android-assets --style artworks/ b.jpg  these too
  tinystyle android-assets --network person-background.onnx
                                                    a network of export-net --io uint8, e.g. of
                                                    --region: the app asks for a mask
  tinystyle android-assets --catalogue catalogue/   twelve styles that stand for all of a catalogue
  tinystyle android-assets --catalogue catalogue/ --id dutch/a.jpg fauves/b.jpg

The Gradle task androidAssets calls this before each build. The folder is not committed: all in it
is made of files of the repository and of your pictures.
exit codes: 0 done; 2 bad option, or a network is made for another interface; 3 pyarrow is missing,
which a catalogue needs; 4 a picture cannot be used; 5 a network or catalogue cannot be used; 6 a
network differs from its reference; 7 the folder cannot be written, or holds files of others
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "android-assets",
        help="write networks and their index into the Android app",
        description="Write what the Android app brings along: a network of bytes for each of the\n"
        "four artworks of the demo and for each further artwork, thumbnails, the hypernetwork\n"
        "that makes new networks on the phone, the networks that paint large photographs in\n"
        "tiles, and index.json. The folder is replaced as a whole.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--style",
        nargs="+",
        type=Path,
        default=[],
        metavar="PICTURE",
        help="further artworks: pictures, or folders of pictures. The app shows a thumbnail of "
        "each: mind the rights of who painted it",
    )
    parser.add_argument(
        "--network",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="further networks, of export-net --io uint8: of --region, of other methods, finetuned",
    )
    parser.add_argument(
        "--catalogue",
        type=Path,
        metavar="DIR",
        help="styles of a catalogue that tinystyle catalogue build has made; each is shown by what "
        "it makes of a landscape, for a catalogue holds no artworks",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--representatives",
        type=int,
        metavar="K",
        help=f"of the catalogue: K styles that stand for all, most usual first ({_STRIP})",
    )
    which.add_argument("--id", nargs="+", metavar="ID", help="of the catalogue: these styles")
    parser.add_argument(
        "--hypernetwork",
        type=Path,
        metavar="FILE",
        help="the one that made the catalogue (default: the released)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("android-demo/app/src/main/assets"),
        metavar="DIR",
        help="default: android-demo/app/src/main/assets, seen from the root of the repository",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.export.android_assets import write_android_assets
    from tinystyle.pictures.files import find_pictures

    pictures = find_pictures(args.style) if args.style else []
    made = write_android_assets(args.output, pictures, args.network, _of_catalogue(args))
    print(
        f"{made.folder}: {len(made.styles)} styles ({', '.join(made.styles)}), "
        f"{made.size_bytes:,} bytes"
    )
    return 0


def _of_catalogue(args: argparse.Namespace) -> list[MadeStyle]:
    from tinystyle.errors import OptionError

    if args.catalogue is None:
        for name in ("representatives", "id", "hypernetwork"):
            if getattr(args, name) is not None:
                raise OptionError(f"--{name} says which styles of a catalogue; give --catalogue")
        return []
    from tinystyle.catalogue.app_strip import chosen_styles
    from tinystyle.catalogue.catalogue import Catalogue

    count = _STRIP if args.representatives is None else args.representatives
    return chosen_styles(Catalogue(args.catalogue, args.hypernetwork), args.id or count)
