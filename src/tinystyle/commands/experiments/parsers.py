"""Options that several experiments have."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinystyle.commands.shared import Commands

__all__ = ["add_layers", "add_output", "add_perceptual", "add_threads", "experiment_parser"]


def experiment_parser(kinds: Commands, name: str, text: str) -> argparse.ArgumentParser:
    """The parser of an experiment that takes pictures and writes some."""
    parser = kinds.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    add = parser.add_argument
    add("--style", type=Path, action="append", default=[], metavar="FILE_OR_DIR", help="artworks")
    add("--content", type=Path, action="append", default=[], metavar="FILE_OR_DIR", help="photos")
    add("--hypernetwork", type=Path, metavar="FILE", help="default: the released one")
    add_output(parser)
    return parser


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where pictures and figures go."""
    parser.add_argument(
        "--output",
        "-o",
        type=Path,
        default=Path("out/experiments"),
        metavar="DIR",
        help="default: out/experiments",
    )


def add_perceptual(parser: argparse.ArgumentParser) -> None:
    """VGG."""
    parser.add_argument(
        "--perceptual",
        default="vgg16",
        metavar="SOURCE",
        help="vgg16 (downloads the official weights, default) or an .npz file",
    )


def add_layers(parser: argparse.ArgumentParser, layers: str) -> None:
    """Those of VGG, with a default."""
    parser.add_argument("--layers", default=layers, metavar="LAYER,…", help=f"of VGG ({layers})")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """How many torch takes."""
    parser.add_argument("--threads", type=int, default=0, help="CPU threads")
