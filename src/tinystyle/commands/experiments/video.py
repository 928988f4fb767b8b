"""``tinystyle experiment video``: how much painted films flicker."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.experiments.parsers import experiment_parser
from tinystyle.commands.experiments.runs import artworks, load_vgg, photographs, write
from tinystyle.commands.shared import Commands, set_torch_threads

if TYPE_CHECKING:
    from tinystyle.benchmarks.experiments.video.flicker import JudgedFilm, View
    from tinystyle.runtime.stylizer import Stylizer

__all__ = ["add_video"]


def add_video(kinds: Commands) -> None:
    """Add the experiment."""
    parser = experiment_parser(kinds, "video", "steadiness frame by frame (Zhang, Figure 5b)")
    add = parser.add_argument
    add("--model", type=Path, action="append", default=[], metavar="FILE", help="may be repeated")
    add(
        "--style-swap",
        action="store_true",
        help="of each --style a network by style swap as well, beside that of the hypernetwork",
    )
    add(
        "--clip",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a film to paint, with and without --steady; may be repeated; needs [video]",
    )
    add(
        "--moved",
        type=int,
        default=0,
        metavar="N",
        help="so many photographs (--content, default those of the package) are panned and zoomed: "
        "a film of each (0)",
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
    add(
        "--size",
        type=int,
        metavar="PX",
        help="longest side of a film's frames (as they are; moved photographs: 320)",
    )
    add(
        "--perceptual",
        metavar="SOURCE",
        help="films are compared at relu3_3, too, of vgg16 (downloads the official weights) or of "
        "an .npz file; needs [train]",
    )
    add("--threads", type=int, default=0, help="CPU threads, to 256 (default 0)")
    parser.set_defaults(run=_run, name="video")


def _run(args: argparse.Namespace) -> int:
    import numpy as np

    from tinystyle.benchmarks.experiments.video.panning import measure_steadiness
    from tinystyle.checks import require_whole
    from tinystyle.errors import OptionError
    from tinystyle.pictures.examples import landscape
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import Picture, encode_png, read_picture, to_uint8

    if args.peer and len(args.clip) != 1:
        raise OptionError(f"--peer is of one film: give one --clip; got {len(args.clip)}")
    require_whole("frames", args.frames, 2)
    require_whole("moved", args.moved, 0)
    if args.size is not None:
        require_whole("size", args.size, 64)
    painters = _painters(args)
    views = _views(args)
    photograph = Picture(landscape(384))
    if args.content:
        photograph = read_picture(find_pictures(args.content)[0])
    figures: dict[str, object] = {}
    rows = []
    for name, painter in painters.items():
        found = measure_steadiness(painter.run, photograph.rgb)
        rows.append(np.concatenate(found.frames[::2], axis=3))
        figures[name] = {
            "flicker": round(found.flicker, 5),
            "flicker_noisy": round(found.flicker_noisy, 5),
            "noise": round(found.noise, 5),
        }
    figures.update(_of_films(args, painters, views))
    return write(args, encode_png(to_uint8(np.concatenate(rows, axis=2))), figures)


def _painters(args: argparse.Namespace) -> dict[str, Stylizer]:
    """Those of --model and of --style, by the names of files."""
    from tinystyle.errors import OptionError
    from tinystyle.export.onnx_writer.emitter import to_onnx
    from tinystyle.pictures.files import find_pictures
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.runtime.session import SessionOptions
    from tinystyle.runtime.style_swap import StyleSwap
    from tinystyle.runtime.stylizer import Stylizer

    if not (args.model or args.style):
        raise OptionError("video needs networks: --model FILE, from export-net, or --style FILE")
    options = SessionOptions(args.threads)
    painters = {path.name: Stylizer.load(path, options) for path in args.model}
    methods: dict[str, Hypernetwork | StyleSwap] = {}
    if args.style:
        methods[""] = Hypernetwork(args.hypernetwork)
        if args.style_swap:
            methods[" by style swap"] = StyleSwap()
    elif args.style_swap:
        raise OptionError("--style-swap makes networks of artworks: give --style FILE")
    paths = find_pictures(args.style) if args.style else []
    for path, artwork in zip(paths, artworks(args) if paths else [], strict=True):
        for suffix, method in methods.items():
            model = to_onnx(method.generate(artwork)).SerializeToString()
            painters[path.stem + suffix] = Stylizer.from_bytes(model, path.name, options)
    return painters


def _views(args: argparse.Namespace) -> dict[str, View]:
    """Of VGG, where it is asked for."""
    if args.perceptual is None:
        return {}
    set_torch_threads(args.threads, "tinystyle experiment video --perceptual")
    from tinystyle.benchmarks.experiments.video.features import features_of

    return {"features": features_of(load_vgg(args))}


def _of_films(
    args: argparse.Namespace, painters: dict[str, Stylizer], views: dict[str, View]
) -> dict[str, object]:
    """By film, then by network or peer."""
    from tinystyle.benchmarks.experiments.video.clips import clip_frames, moved_frames, peer_frames
    from tinystyle.benchmarks.experiments.video.flicker import JudgedFilm

    figures: dict[str, object] = {}
    for clip in args.clip:
        film = JudgedFilm(clip_frames(clip, args.frames, args.size), views)
        rows = _of_networks(film, painters)
        for folder in args.peer:
            rows[folder.name] = _rounded(film.unsteadiness(peer_frames(folder, film.frames)))
        figures[clip.name] = rows
    for index, picture in enumerate(photographs(args)[: args.moved] if args.moved else []):
        film = JudgedFilm(moved_frames(picture.rgb, args.frames, args.size or 320), views)
        figures[f"moved photograph {index + 1}"] = _of_networks(film, painters)
    return figures


def _of_networks(film: JudgedFilm, painters: dict[str, Stylizer]) -> dict[str, object]:
    rows: dict[str, object] = {}
    for name, painter in painters.items():
        found = film.measure(painter.stylize)
        rows[name] = {
            **_rounded(found.plain),
            **_rounded(found.steady, "with_steady"),
            "ratio": round(found.steady["pixels"] / found.plain["pixels"], 4),
            "cuts": found.cuts,
        }
    return rows


def _rounded(found: dict[str, float], name: str = "unsteadiness") -> dict[str, float]:
    """Of pixels by that name, of other views with theirs behind it."""
    return {
        name if view == "pixels" else f"{name}_{view}": round(value, 4)
        for view, value in found.items()
    }
