"""``tinystyle experiment video``: how much painted films flicker."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinystyle.commands.experiments.parsers import experiment_parser
from tinystyle.commands.experiments.runs import write
from tinystyle.commands.shared import Commands

__all__ = ["add_video"]


def add_video(kinds: Commands) -> None:
    """Add the experiment."""
    parser = experiment_parser(kinds, "video", "steadiness frame by frame (Zhang, Figure 5b)")
    add = parser.add_argument
    add("--model", type=Path, action="append", default=[], metavar="FILE", help="may be repeated")
    add(
        "--clip",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a film to paint, with and without --steady; may be repeated; needs [video]",
    )
    add(
        "--peer",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="what another program made of the frames of --clip, a picture each",
    )
    add("--frames", type=int, default=48, help="of each film, from its beginning (48)")
    add("--size", type=int, metavar="PX", help="longest side of a film's frames (as they are)")
    parser.set_defaults(run=_run, name="video")


def _run(args: argparse.Namespace) -> int:
    import numpy as np

    from tinystyle.benchmarks.experiments.video import measure_steadiness
    from tinystyle.checks import require_whole
    from tinystyle.errors import OptionError
    from tinystyle.pictures.examples import landscape
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import Picture, encode_png, read_picture, to_uint8
    from tinystyle.runtime.stylizer import Stylizer

    if not args.model:
        raise OptionError("video needs networks: --model FILE, from export-net")
    if args.peer and len(args.clip) != 1:
        raise OptionError(f"--peer is of one film: give one --clip; got {len(args.clip)}")
    require_whole("frames", args.frames, 2)
    if args.size is not None:
        require_whole("size", args.size, 64)
    photograph = Picture(landscape(384))
    if args.content:
        photograph = read_picture(find_pictures(args.content)[0])
    figures: dict[str, object] = {}
    rows = []
    for path in args.model:
        found = measure_steadiness(Stylizer.load(path).run, photograph.rgb)
        rows.append(np.concatenate(found.frames[::2], axis=3))
        figures[path.name] = {
            "flicker": round(found.flicker, 5),
            "flicker_noisy": round(found.flicker_noisy, 5),
            "noise": round(found.noise, 5),
        }
    figures.update(_of_clips(args))
    return write(args, encode_png(to_uint8(np.concatenate(rows, axis=2))), figures)


def _of_clips(args: argparse.Namespace) -> dict[str, object]:
    """By film, then by network or peer."""
    from tinystyle.benchmarks.experiments.video import (
        clip_frames,
        measure_clip,
        peer_frames,
        unsteadiness,
    )
    from tinystyle.runtime.stylizer import Stylizer

    figures: dict[str, object] = {}
    for clip in args.clip:
        film = clip_frames(clip, args.frames, args.size)
        rows: dict[str, object] = {}
        for path in args.model:
            found = measure_clip(Stylizer.load(path).stylize, film)
            rows[path.name] = {
                "unsteadiness": round(found.plain, 4),
                "with_steady": round(found.steady, 4),
                "ratio": round(found.steady / found.plain, 4),
                "cuts": found.cuts,
            }
        for folder in args.peer:
            of_peer = unsteadiness(peer_frames(folder, film), film)
            rows[folder.name] = {"unsteadiness": round(of_peer, 4)}
        figures[clip.name] = rows
    return figures
