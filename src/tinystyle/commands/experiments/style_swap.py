"""What the experiment with style swap calls, and what it prints."""

from __future__ import annotations

import argparse

from tinystyle.commands.experiments.runs import artworks, write
from tinystyle.commands.shared import set_torch_threads

__all__ = ["style_swap", "swap_layers"]


def style_swap(args: argparse.Namespace) -> int:
    """The inverse network beside optimisation."""
    from tinystyle.assets import asset
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import encode_png, read_picture

    photographs = find_pictures(args.content or [asset("photographs")])
    set_torch_threads(args.threads, "tinystyle experiment style-swap")
    from tinystyle.benchmarks.experiments.style_swap import compare_with_optimisation

    found = compare_with_optimisation(
        [read_picture(path) for path in photographs[: args.pairs]],
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
    from tinystyle.assets import asset
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import encode_png, read_picture
    from tinystyle.training.perceptual.source import VGG16_NAME, require_source

    photograph = read_picture(find_pictures(args.content or [asset("photographs")])[0])
    require_source(args.perceptual, VGG16_NAME)
    set_torch_threads(args.threads, "tinystyle experiment swap-layers")
    from tinystyle.benchmarks.experiments.style_swap_layers import compare_layers
    from tinystyle.training.perceptual import vgg as perceptual

    layers = tuple(args.layers.split(","))
    found = compare_layers(
        perceptual.load(args.perceptual),
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
