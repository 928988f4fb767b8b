"""What ``tinystyle experiment`` runs: one library call each, then a picture and its figures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import require_torch, set_torch_threads

if TYPE_CHECKING:
    from tinystyle.benchmarks.experiments.manifold import Walk
    from tinystyle.benchmarks.quality.painters import Painter
    from tinystyle.network.stylenet import StyleNet
    from tinystyle.pictures.images import Picture
    from tinystyle.runtime.hypernetwork import Hypernetwork
    from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = [
    "artworks",
    "distribution",
    "engines",
    "formats",
    "gatys",
    "interpolation",
    "load_vgg",
    "photographs",
    "prepared",
    "random",
    "run_walk",
    "strength",
    "table1",
    "texture",
    "training",
    "write",
]


def artworks(args: argparse.Namespace) -> list[Picture]:
    """Those of ``--style``, by default drawn ones."""
    from tinystyle.pictures.examples import ARTWORKS
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import Picture, read_picture

    if not args.style:
        return [Picture(draw(384)) for draw in ARTWORKS.values()]
    return [read_picture(path) for path in find_pictures(args.style)]


def photographs(args: argparse.Namespace) -> list[Picture]:
    """Those of ``--content``, by default the package's."""
    from tinystyle.assets import asset
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import read_picture

    return [read_picture(path) for path in find_pictures(args.content or [asset("photographs")])]


def _photograph(args: argparse.Namespace) -> Picture:
    from tinystyle.pictures.examples import landscape
    from tinystyle.pictures.files import find_pictures
    from tinystyle.pictures.images import Picture, read_picture, shrink

    if not args.content:
        return Picture(landscape(256))
    return shrink(read_picture(find_pictures(args.content)[0]), 384)


def _network(args: argparse.Namespace) -> Hypernetwork:
    from tinystyle.runtime.hypernetwork import Hypernetwork

    return Hypernetwork(args.hypernetwork)


def interpolation(args: argparse.Namespace) -> Walk:
    """From one style to another."""
    from tinystyle.benchmarks.experiments.manifold import interpolate
    from tinystyle.errors import OptionError

    styles = artworks(args)
    if len(styles) < 2:
        raise OptionError("interpolation needs two styles: --style A --style B")
    source: Callable[[Picture], StyleNet] = _network(args).generate
    if args.method == "metastyle":
        from tinystyle.training.finetune.options import FinetuneOptions, FinetunerOptions, Method

        options = FinetunerOptions(
            Method.METASTYLE, FinetuneOptions(args.adapt_steps), contents=args.fit_on
        )
        require_torch("tinystyle experiment interpolation --method metastyle")
        from tinystyle.training.finetune.finetuner import Finetuner

        finetuner = Finetuner(options)
        source = partial(finetuner, name="")
    return interpolate(source, _photograph(args), styles[0], styles[1], args.steps)


def strength(args: argparse.Namespace) -> Walk:
    """From the photograph to the style."""
    from tinystyle.benchmarks.experiments.manifold import strengths

    return strengths(_network(args), _photograph(args), artworks(args)[0], args.steps)


def random(args: argparse.Namespace) -> Walk:
    """Random hidden states."""
    from tinystyle.benchmarks.experiments.manifold import random_styles

    return random_styles(_network(args), _photograph(args), artworks(args), args.steps, args.seed)


def texture(args: argparse.Namespace) -> Walk:
    """What networks make of noise."""
    from tinystyle.benchmarks.experiments.manifold import textures

    return textures(_network(args), artworks(args)[: args.steps], seed=args.seed)


def run_walk(args: argparse.Namespace) -> int:
    """Paint the pictures of a walk and write the strip."""
    from tinystyle.pictures.images import encode_png

    walk = args.make(args)
    figures = {"mean_absolute_change": [round(value, 6) for value in walk.changes]}
    return write(args, encode_png(walk.strip), figures)


def gatys(args: argparse.Namespace) -> int:
    """Steps of Gatys' optimisation that a network is worth."""
    objects = prepared(args)
    import torch

    from tinystyle.benchmarks.experiments.optimisation import compare_with_gatys
    from tinystyle.benchmarks.experiments.plots import curves
    from tinystyle.files import write_bytes
    from tinystyle.pictures.images import encode_png, to_uint8

    found = compare_with_gatys(
        *objects, pairs=args.pairs, steps=args.steps, optimizer=args.optimizer, rate=args.rate
    )
    rows = torch.cat([torch.cat(list(row), dim=2) for row in found.sheet], dim=1)
    write_bytes(args.output / "gatys-pictures.png", encode_png(to_uint8(rows[None].numpy())))
    mean = float(sum(found.losses) / len(found.losses))
    image = curves({f"Gatys, {args.optimizer}": found.curves.mean(axis=0)}, {"network": mean})
    figures = {
        "optimizer": args.optimizer,
        "steps_computed": args.steps,
        "pairs": [
            {"content": c, "style": s, "loss": loss, "equals_steps": steps}
            for (c, s), loss, steps in zip(found.pairs, found.losses, found.steps, strict=True)
        ],
        "equals_steps_of_the_mean_curve": found.mean_curve_steps,
        "mean_curve": [round(float(v), 4) for v in found.curves.mean(axis=0)],
    }
    return write(args, image, figures)


def distribution(args: argparse.Namespace) -> int:
    """Loss over many styles."""
    objects = prepared(args)
    from tinystyle.benchmarks.experiments.optimisation import loss_distribution
    from tinystyle.benchmarks.experiments.plots import histogram

    values = loss_distribution(*objects)
    return write(args, histogram(values), dict(values))


def table1(args: argparse.Namespace) -> int:
    """Times and sizes."""
    from tinystyle.benchmarks.experiments.table1 import measure_generated, measure_spec, to_markdown
    from tinystyle.network.spec import Architecture, NetSpec

    rows = [measure_generated(args.hypernetwork, args.threads, args.num_runs)]
    for width in (8, 16, 32):
        spec = NetSpec(Architecture.SHEN2018, width)
        rows.append(measure_spec(f"Shen 2018, dim{width}", spec, args.threads, args.num_runs))
    for name, width in (("MetaStyle, dim8", 8), ("Johnson 2016 / MetaStyle, dim32", 32)):
        spec = NetSpec(Architecture.ZHANG2018, width)
        styles = "any, by 200 steps"
        rows.append(measure_spec(name, spec, args.threads, args.num_runs, styles))
    print(to_markdown(rows, args.threads), end="")
    return 0


def engines(args: argparse.Namespace) -> int:
    """Files of one style in other engines."""
    from tinystyle.benchmarks.engines.check import check_engines, faults, to_markdown
    from tinystyle.benchmarks.engines.list import ENGINES, FileSize
    from tinystyle.errors import AbsentTargetError, ParityError
    from tinystyle.pictures.examples import ARTWORKS
    from tinystyle.pictures.images import Picture, read_picture
    from tinystyle.runtime.hypernetwork import Hypernetwork

    picture = Picture(ARTWORKS["mosaic"](384))
    if args.style is not None:
        picture = read_picture(args.style)
    net = Hypernetwork().generate(picture)
    wanted = [name for name, engine in ENGINES.items() if engine.quick or not args.quick]
    sizes = [FileSize(size) for size in args.size or ()]
    report = check_engines(net, args.environments, args.engine or wanted, sizes=sizes)
    print(to_markdown(report.rows))
    if wrong := faults(report.rows):
        raise ParityError("; ".join((*wrong, *report.absent)))
    if report.absent:
        raise AbsentTargetError("; ".join(report.absent))
    return 0


def formats(args: argparse.Namespace) -> int:
    """Forms of the file of one style."""
    from tinystyle.benchmarks.experiments.formats import measure_forms, to_markdown
    from tinystyle.export.coreml.writer import coremltools
    from tinystyle.pictures.examples import ARTWORKS
    from tinystyle.pictures.images import Picture, read_picture

    coremltools(torch=False)
    picture = Picture(ARTWORKS["mosaic"](384))
    if args.style is not None:
        picture = read_picture(args.style)
    net = _network(args).generate(picture)
    rows = measure_forms(net, threads=args.threads, runs=args.num_runs, full=args.full)
    print(to_markdown(rows, args.threads), end="")
    return 0


def prepared(
    args: argparse.Namespace,
) -> tuple[Painter, PerceptualNetwork, list[Path], list[Path]]:
    """What the experiments with VGG take: painter, network, photographs, artworks."""
    from tinystyle.benchmarks.quality.painters import GeneratedPainter
    from tinystyle.errors import OptionError
    from tinystyle.pictures.files import find_pictures
    from tinystyle.training.perceptual.source import VGG16_NAME, require_source

    if not args.style or not args.content:
        raise OptionError(f"{args.name} needs pictures: --style DIR --content DIR")
    contents, styles = find_pictures(args.content), find_pictures(args.style)
    require_source(args.perceptual, VGG16_NAME)
    painter = GeneratedPainter(_network(args))
    set_torch_threads(args.threads, f"tinystyle experiment {args.name}")
    from tinystyle.training.perceptual import vgg as perceptual

    return painter, perceptual.load(args.perceptual), contents, styles


def load_vgg(args: argparse.Namespace) -> PerceptualNetwork:
    """VGG of ``--perceptual``. Raises OptionError for another source; needs torch."""
    from tinystyle.training.perceptual import vgg as perceptual
    from tinystyle.training.perceptual.source import VGG16_NAME, require_source

    require_source(args.perceptual, VGG16_NAME)
    return perceptual.load(args.perceptual)


def training(args: argparse.Namespace) -> int:
    """Step rate of the training loop."""
    set_torch_threads(args.threads, "tinystyle experiment training")
    from tinystyle.benchmarks.experiments.training_speed import measure_step
    from tinystyle.training.stages.style_run import device_named

    cost = measure_step(
        styles=args.batch_styles,
        crop=args.crop,
        device=device_named(args.device),
        runs=args.num_runs,
        bfloat16=args.bf16,
    )
    print(
        f"step {cost.seconds:.3f} s, floor {cost.floor:.3f} s ({cost.floor / cost.seconds:.0%}): "
        f"{cost.gmacs:.1f} GMAC at {cost.peak_gmacs:.1f} GMAC/s, "
        f"{cost.gigabytes:.2f} GB at {cost.bandwidth:.1f} GB/s"
    )
    return 0


def write(args: argparse.Namespace, image: bytes, figures: Mapping[str, object]) -> int:
    """The picture and the figures of an experiment, to files and to standard output."""
    from tinystyle.files import write_bytes

    write_bytes(args.output / f"{args.name}.png", image)
    text = json.dumps(figures, indent=2)
    write_bytes(args.output / f"{args.name}.json", f"{text}\n".encode())
    print(text)
    print(args.output / f"{args.name}.png")
    return 0
