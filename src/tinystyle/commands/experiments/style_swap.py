"""What the experiment with style swap calls, and what it prints."""

from __future__ import annotations

import argparse

from tinystyle.commands.experiments.parsers import (
    add_layers,
    add_perceptual,
    add_threads,
    experiment_parser,
)
from tinystyle.commands.experiments.runs import artworks, load_vgg, photographs, write
from tinystyle.commands.experiments.times import add_times, run_times
from tinystyle.commands.shared import Commands, set_torch_threads

__all__ = ["add_style_swap"]


def add_style_swap(kinds: Commands) -> None:
    """Add the experiments of Chen and Schmidt 2016."""
    swap = experiment_parser(
        kinds, "style-swap", "the inverse network beside optimisation (Chen and Schmidt 2016)"
    )
    swap.add_argument("--steps", type=int, default=100, help="of optimisation (100)")
    swap.add_argument("--pairs", type=int, default=4, help="photograph and artwork (4)")
    add_threads(swap)
    swap.set_defaults(run=style_swap, name="style-swap")
    layers = experiment_parser(
        kinds, "swap-layers", "style swap of VGG's layers by optimisation (Chen, Figures 1 and 2)"
    )
    add_perceptual(layers)
    add_threads(layers)
    add_layers(layers, "relu1_1,relu2_1,relu3_1,relu4_1")
    layers.add_argument("--steps", type=int, default=100, help="of optimisation (100)")
    layers.add_argument("--size", type=int, default=192, help="of the pictures in px (192)")
    layers.set_defaults(run=swap_layers, name="swap-layers")
    times = experiment_parser(kinds, "swap-times", "times of its methods (Chen, Table 1)")
    add_perceptual(times)
    add_times(times, "300x500")
    times.set_defaults(run=swap_times, name="swap-times")


def style_swap(args: argparse.Namespace) -> int:
    """The inverse network beside optimisation."""
    from tinystyle.pictures.images import encode_png

    contents = photographs(args)[: args.pairs]
    set_torch_threads(args.threads, "tinystyle experiment style-swap")
    from tinystyle.benchmarks.experiments.style_swap.optimisation import compare_with_optimisation

    found = compare_with_optimisation(
        contents,
        artworks(args)[: args.pairs],
        pairs=args.pairs,
        steps=args.steps,
    )
    figures = {
        "steps": args.steps,
        "loss_of_inverse_network": [round(v, 4) for v in found.losses],
        "loss_of_optimisation": [round(v, 4) for v in found.optimised],
        "equals_steps": list(found.equal_steps),
        "spread_over_starts": round(found.spread, 4),
        "seconds": {name: round(v, 4) for name, v in found.seconds.items()},
    }
    return write(args, encode_png(found.sheet), figures)


def swap_layers(args: argparse.Namespace) -> int:
    """Style swap of VGG's layers."""
    from tinystyle.pictures.images import encode_png

    photograph = photographs(args)[0]
    set_torch_threads(args.threads, "tinystyle experiment swap-layers")
    from tinystyle.benchmarks.experiments.style_swap.layers import compare_layers

    layers = tuple(args.layers.split(","))
    found = compare_layers(
        load_vgg(args),
        photograph,
        artworks(args)[0],
        layers=layers,
        steps=args.steps,
        side=args.size,
    )
    pairs = zip(layers, found.losses, found.spread, strict=True)
    figures = {
        layer: {"distance": round(loss, 4), "spread_over_starts": round(spread, 4)}
        for layer, loss, spread in pairs
    }
    return write(args, encode_png(found.sheet), figures)


def swap_times(args: argparse.Namespace) -> int:
    """Times of Table 1."""
    from tinystyle.benchmarks.experiments.times import patch_methods

    return run_times(args, patch_methods)
