"""Tables of times, as experiments measure them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from tinystyle.commands.experiments.runs import artworks, load_vgg, photographs, write
from tinystyle.commands.shared import parse_size, set_torch_threads

if TYPE_CHECKING:
    from tinystyle.benchmarks.experiments.times import Method, Scene

__all__ = ["add_times", "run_times"]


def add_times(parser: argparse.ArgumentParser, size: str) -> None:
    """The options."""
    parser.add_argument(
        "--size", type=parse_size, default=size, metavar="HxW", help=f"of the photograph ({size})"
    )
    parser.add_argument("--num-runs", type=int, default=3, help="timed runs, or steps (3)")


def run_times(args: argparse.Namespace, methods_of: Callable[[Scene], list[Method]]) -> int:
    """Measure the methods in turns, on one thread."""
    set_torch_threads(1, f"tinystyle experiment {args.name}")
    from tinystyle.benchmarks.experiments.plots import bars
    from tinystyle.benchmarks.experiments.times import Scene, measure_methods

    scene = Scene.of(load_vgg(args), photographs(args)[0], artworks(args)[0], args.size)
    found = measure_methods(methods_of(scene), args.num_runs)
    methods = {
        time.name: {
            "steps": time.steps,
            "seconds_a_step": round(time.seconds_a_step, 5),
            "seconds": round(time.seconds, 4),
        }
        for time in found
    }
    height, width = args.size
    figures = {"size": f"{height}x{width}", "methods": methods}
    seconds = {time.name: time.seconds for time in found}
    return write(args, bars(seconds, f"seconds on one core, {height} x {width}"), figures)
