"""``tinystyle experiment``: the experiments of the papers, each a picture and its figures."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.experiments import (
    catalogue,
    metastyle,
    runs,
    semantic,
    stroke_size,
    studio,
    style_swap,
    tiles,
    video,
)
from tinystyle.commands.experiments.parsers import add_perceptual, add_threads, experiment_parser
from tinystyle.commands.shared import Commands

if TYPE_CHECKING:
    from tinystyle.benchmarks.experiments.manifold import Walk

__all__ = ["register"]

_EPILOG = """\
Each writes DIR/<experiment>.png and DIR/<experiment>.json; table1, formats,
engines, studio and tiles print a table.
Without --style and --content the pictures that come with the package are used. gatys, starts,
distribution, ranking and adaptation need [train], --style and --content; training, style-swap,
swap-…, and semantic-… need [train], formats needs [coreml],
studio a browser.

examples:
  tinystyle experiment strength                        no pictures, no torch: out/experiments/
  tinystyle experiment interpolation --style a.jpg --style b.jpg --content photo.jpg
  tinystyle experiment gatys --style artworks/ --content photos/
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "experiment",
        help="repeat an experiment of the papers",
        description="Repeat an experiment of Shen et al. 2018, Zhang et al. 2018, Chen and Schmidt "
        "2016 or Lu et al. 2017: a picture and its figures.",
        epilog=_EPILOG,
    )
    kinds = parser.add_subparsers(title="experiments", required=True, metavar="EXPERIMENT")
    walks: tuple[tuple[str, str, Callable[[argparse.Namespace], Walk]], ...] = (
        (
            "interpolation",
            "from the first style to the second (Figure 7)",
            runs.interpolation,
        ),
        ("strength", "from the photograph to the style (Figure 7)", runs.strength),
        (
            "random",
            "random hidden states: styles that nobody painted (Figure 8)",
            runs.random,
        ),
        ("texture", "what networks make of noise (Figure 6)", runs.texture),
    )
    for name, text, make in walks:
        walk = experiment_parser(kinds, name, text)
        walk.add_argument("--steps", type=int, default=6, help="pictures in the strip (6)")
        walk.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
        walk.set_defaults(run=runs.run_walk, name=name, make=make)
        if name == "interpolation":
            walk.add_argument(
                "--method",
                default="hypernetwork",
                choices=("hypernetwork", "metastyle"),
                help="how the two networks are made (hypernetwork); metastyle needs [train]",
            )
            walk.add_argument("--adapt-steps", type=int, default=200, help="of metastyle (200)")
            _add_fit_on(walk)
    for name, text, run in (
        (
            "gatys",
            "steps of optimisation that a network is worth (Figure 3c)",
            runs.gatys,
        ),
        ("distribution", "loss over many styles (Figure 3b)", runs.distribution),
        (
            "starts",
            "optimisation from a photograph and a neutral picture (Zhang, Fig. 7)",
            metastyle.starts,
        ),
        (
            "adaptation",
            "loss against steps from several starts (Zhang, Figure 6)",
            metastyle.adaptation,
        ),
        ("ranking", "whether the compact network ranks pictures as VGG", metastyle.ranking),
    ):
        trained = experiment_parser(kinds, name, text)
        add_perceptual(trained)
        add_threads(trained)
        if name in ("starts", "adaptation", "ranking"):
            trained.add_argument("--size", type=int, default=256, help="judged at, in px (256)")
        if name in ("adaptation", "ranking"):
            trained.add_argument(
                "--fit-with",
                default="compact",
                metavar="SOURCE",
                help="perceptual network of the adaptation (compact); --perceptual is the judge",
            )
        if name != "distribution":
            steps = {"adaptation": 200, "ranking": 100}.get(name, 300)
            trained.add_argument("--steps", type=int, default=steps, help=f"of each run ({steps})")
        if name in ("gatys", "starts"):
            trained.add_argument("--pairs", type=int, default=8, help="photograph and style (8)")
        if name == "gatys":
            trained.add_argument(
                "--optimizer", default="adam", help="adam (default), lbfgs, gradient-descent"
            )
            trained.add_argument("--rate", type=float, help="step size; default: by optimizer")
        if name == "adaptation":
            _add_adaptation(trained)
        trained.set_defaults(run=run, name=name)
    _add_training(kinds)
    video.add_video(kinds)
    style_swap.add_style_swap(kinds)
    semantic.add_semantic(kinds)
    stroke_size.add_stroke_size(kinds)
    catalogue.add_catalogue(kinds)
    _add_formats(kinds)
    _add_engines(kinds)
    studio.add_studio(kinds)
    tiles.add_tiles(kinds)
    text = "encode time, transfer time, size (Table 1)"
    table = kinds.add_parser("table1", help=text, description=f"{text[0].upper()}{text[1:]}.")
    table.add_argument(
        "--hypernetwork", type=Path, metavar="FILE", help="default: the released one"
    )
    table.add_argument("--threads", type=int, default=1, help="CPU threads (1)")
    table.add_argument("--num-runs", type=int, default=20, help="timed runs (20)")
    table.set_defaults(run=runs.table1, name="table1")


def _add_training(kinds: Commands) -> None:
    training = kinds.add_parser(
        "training",
        help="step rate of the training loop beside its floor",
        description="Time training steps; the floor is the arithmetic at the rate of a matrix "
        "product, or the bytes at the rate of a copy, both measured now.",
    )
    training.add_argument("--batch-styles", type=int, default=4, help="styles in a step (4)")
    training.add_argument("--crop", type=int, default=128, help="side of a crop in px (128)")
    add_threads(training)
    training.add_argument("--num-runs", type=int, default=12, help="timed steps (12)")
    training.add_argument("--device", default="cpu", help="cpu (default), cuda, mps")
    training.add_argument("--bf16", action="store_true", help="perceptual network in bfloat16")
    training.set_defaults(run=runs.training)


def _add_formats(kinds: Commands) -> None:
    text = "every form of a file: bytes, exactness, time"
    forms = kinds.add_parser("formats", help=text, description=f"{text.capitalize()}. A table.")
    forms.add_argument("--style", type=Path, metavar="FILE", help="artwork (one of the package)")
    forms.add_argument(
        "--hypernetwork", type=Path, metavar="FILE", help="default: the released one"
    )
    forms.add_argument("--threads", type=int, default=1, help="CPU threads (1)")
    forms.add_argument("--num-runs", type=int, default=30, help="timed runs (30)")
    forms.add_argument("--full", action="store_true", help="compare on twenty pictures (minutes)")
    forms.set_defaults(run=runs.formats, name="formats")


def _add_engines(kinds: Commands) -> None:
    text = "what other engines make of the files"
    engines = kinds.add_parser(
        "engines",
        help=text,
        description=f"{text.capitalize()}, beside onnxruntime: a table. Installs each engine from "
        "PyPI in an environment of its own, once; torch among them takes 1 GB, tensorflow 2.6 GB. "
        "onnxruntime-web needs a browser, as bench --target web.",
    )
    engines.add_argument("--style", type=Path, metavar="FILE", help="artwork (one of the package)")
    engines.add_argument(
        "--environments",
        type=Path,
        default=Path("out/engines"),
        metavar="DIR",
        help="where the environments are (out/engines)",
    )
    engines.add_argument(
        "--engine",
        action="append",
        metavar="NAME",
        help="one of the table; may be repeated (default: all)",
    )
    engines.add_argument(
        "--size",
        action="append",
        choices=("any", "256x256", "fixed"),
        help="of the files: written for any size or for 256x256, or for any and then fixed by "
        "onnxruntime's tool; may be repeated (any, or 256x256 for engines that need one size)",
    )
    engines.add_argument(
        "--quick", action="store_true", help="those that are installed in under a minute"
    )
    engines.set_defaults(run=runs.engines, name="engines")


def _add_adaptation(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--method",
        action="append",
        choices=("hypernetwork", "metastyle", "scratch"),
        help="where networks begin; may be repeated (default: all three)",
    )
    add("--crop", type=int, default=256, help="side of the pictures fitted on, in px (256)")
    add("--rate", type=float, default=1e-3, help="learning rate of Adam (1e-3)")
    add("--batch", type=int, help="photographs in a step (as many as tinystyle finetune takes)")
    add("--constant-rate", action="store_true", help="no cosine: curves that need no end")
    add("--look-steps", type=int, help="steps between measurements (a fifth of --steps)")
    _add_fit_on(parser)


def _add_fit_on(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fit-on", type=Path, metavar="DIR", help="photographs fitted on (the package's)"
    )
