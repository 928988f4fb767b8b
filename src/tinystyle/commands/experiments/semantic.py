"""The figures of Lu et al. 2017, as ``tinystyle experiment`` runs them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.experiments.parsers import (
    add_layers,
    add_perceptual,
    add_threads,
    experiment_parser,
)
from tinystyle.commands.experiments.runs import artworks, load_vgg, photographs, write
from tinystyle.commands.experiments.times import add_times, run_times
from tinystyle.commands.shared import Commands, set_torch_threads

if TYPE_CHECKING:
    from tinystyle.benchmarks.experiments.semantic.measures import Measures
    from tinystyle.benchmarks.experiments.semantic.pairs import RegionPair

__all__ = ["add_semantic"]

_MASKS = """\
Regions are those of --style-mask and --mask, one file for each artwork and photograph, made as for
export-net --method semantic. Without them each picture has two: where its surroundings are lighter
than the picture is on average, and where they are darker."""


def add_semantic(kinds: Commands) -> None:
    """Add the experiments."""
    steps = _figure(
        kinds, "semantic-iterations", "repetitions of eq. 5 and its closed form (Fig. 7)"
    )
    steps.add_argument("--steps", type=int, default=500, help="most repetitions, and steps (500)")
    steps.add_argument("--weight", type=float, default=0.95, help="of the style, below 1 (0.95)")
    add_threads(steps)
    steps.set_defaults(run=iterations, name="semantic-iterations")
    layers = _figure(kinds, "semantic-layers", "regions in layers of VGG (Lu, Figures 8, 12)", 1)
    add_perceptual(layers)
    add_threads(layers)
    add_layers(layers, "relu2_1,relu3_1,relu4_1,relu5_1")
    layers.add_argument("--steps", type=int, default=100, help="of optimisation (100)")
    layers.set_defaults(run=in_layers, name="semantic-layers")
    single = _figure(kinds, "semantic-single", "style in one layer and in several (Lu, Figure 10)")
    add_perceptual(single)
    add_threads(single)
    single.add_argument("--steps", type=int, default=200, help="of optimisation (200)")
    single.set_defaults(run=single_layer, name="semantic-single")
    swap = _figure(kinds, "semantic-swap", "reconstruction beside patches (Lu, Figure 11)")
    swap.add_argument("--steps", type=int, default=100, help="of optimisation (100)")
    add_threads(swap)
    swap.set_defaults(run=against_swap, name="semantic-swap")
    times = experiment_parser(kinds, "semantic-times", "times of its methods (Lu, section 5.2)")
    add_perceptual(times)
    add_times(times, "600x800")
    times.set_defaults(run=semantic_times, name="semantic-times")


def _figure(kinds: Commands, name: str, text: str, pairs: int = 2) -> argparse.ArgumentParser:
    parser = experiment_parser(kinds, name, text)
    parser.epilog = _MASKS
    for option, whose in (("--style-mask", "an artwork"), ("--mask", "a photograph")):
        parser.add_argument(
            option,
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help=f"of {whose}; may be repeated",
        )
    parser.add_argument("--pairs", type=int, default=pairs, help=f"of pictures ({pairs})")
    parser.add_argument("--size", type=int, default=256, help="of the pictures in px (256)")
    return parser


def iterations(args: argparse.Namespace) -> int:
    """Figure 7."""
    pairs = _pairs(args)
    from tinystyle.benchmarks.experiments.inversion import Inverse
    from tinystyle.benchmarks.experiments.semantic.iterations import compare_iterations
    from tinystyle.pictures.images import encode_png

    found = compare_iterations(pairs, Inverse.load(), weight=args.weight, steps=args.steps)
    figures = {
        "weight": args.weight,
        "repetitions": list(found.counts),
        "distance_to_closed_form": [float(f"{value:.3g}") for value in found.distances],
        "loss_of_features": _rounded(found.losses),
        "loss_of_pictures": _rounded(found.painted),
        "loss_of_back_propagation": _rounded(found.optimised),
        "seconds": {name: round(value, 5) for name, value in found.seconds.items()},
    }
    return write(args, encode_png(found.sheet), figures)


def in_layers(args: argparse.Namespace) -> int:
    """Figures 8 and 12, and 11 by back-propagation."""
    pairs = _pairs(args)
    from tinystyle.benchmarks.experiments.semantic.layers import compare_layers
    from tinystyle.pictures.images import encode_png

    layers = tuple(args.layers.split(","))
    found = compare_layers(load_vgg(args), pairs, layers=layers, steps=args.steps)
    figures = {
        method: {
            layer: {"distance": round(left, 4), **measures.rounded()}
            for layer, left, measures in zip(
                layers, found.distances[method], found.measures[method], strict=True
            )
        }
        for method in found.distances
    }
    return write(args, encode_png(found.sheet), figures)


def single_layer(args: argparse.Namespace) -> int:
    """Figure 10."""
    pairs = _pairs(args)
    from tinystyle.benchmarks.experiments.inversion import Inverse
    from tinystyle.benchmarks.experiments.semantic.single_layer import compare_styles
    from tinystyle.pictures.images import encode_png

    found = compare_styles(load_vgg(args), pairs, Inverse.load(), steps=args.steps)
    return write(args, encode_png(found.sheet), {"steps": args.steps, **_told(found.measures)})


def against_swap(args: argparse.Namespace) -> int:
    """Figure 11."""
    pairs = _pairs(args)
    from tinystyle.benchmarks.experiments.inversion import Inverse
    from tinystyle.benchmarks.experiments.semantic.swap import compare_methods
    from tinystyle.pictures.images import encode_png
    from tinystyle.training.perceptual.loading import load_perceptual
    from tinystyle.training.perceptual.source import COMPACT

    found = compare_methods(load_perceptual(COMPACT), pairs, Inverse.load(), steps=args.steps)
    figures = {
        "inverse_network": _told(found.measures),
        "back_propagation": {"steps": args.steps, **_told(found.optimised)},
        "seconds_in_features": {name: round(value, 4) for name, value in found.seconds.items()},
    }
    return write(args, encode_png(found.sheet), figures)


def semantic_times(args: argparse.Namespace) -> int:
    """Times of section 5.2."""
    from tinystyle.benchmarks.experiments.times import region_methods

    return run_times(args, region_methods)


def _pairs(args: argparse.Namespace) -> list[RegionPair]:
    """The first photograph with the first artwork, and so on, from the start again where one list
    ends."""
    from tinystyle.checks import require_whole
    from tinystyle.errors import OptionError

    require_whole("pairs", args.pairs, 1, 64)
    contents, styles = photographs(args)[: args.pairs], artworks(args)[: args.pairs]
    if bool(args.mask) != bool(args.style_mask):
        raise OptionError("--mask and --style-mask go together")
    for option, files, pictures in (
        ("--mask", args.mask, contents),
        ("--style-mask", args.style_mask, styles),
    ):
        if files and len(files) != len(pictures):
            raise OptionError(f"{option} is given {len(files)} times for {len(pictures)} pictures")
    set_torch_threads(args.threads, f"tinystyle experiment {args.name}")
    from tinystyle.benchmarks.experiments.semantic.pairs import masked, pair_of, require_side
    from tinystyle.pictures.images import read_picture
    from tinystyle.pictures.masks import artwork_mask, photograph_mask

    require_side(args.size)
    found = []
    for index in range(args.pairs):
        at, by = index % len(contents), index % len(styles)
        own = theirs = None
        if args.mask:
            of_artwork = artwork_mask(read_picture(args.style_mask[by]), str(args.style_mask[by]))
            theirs, regions, colors = of_artwork.labels, of_artwork.regions, of_artwork.colors
            mask = read_picture(args.mask[at])
            own = photograph_mask(mask, str(args.mask[at]), regions, colors)
        photograph, artwork = contents[at], styles[by]
        found.append(
            pair_of(masked(photograph, own, args.size), masked(artwork, theirs, args.size))
        )
    return found


def _told(measures: Mapping[str, Measures]) -> dict[str, dict[str, float]]:
    return {name: each.rounded() for name, each in measures.items()}


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(value, 4) for value in values]
