"""What each stage of ``tinystyle train`` calls, and what it prints."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

from tinystyle.commands.training.options import plain_run, pooled_run, style_run

__all__ = [
    "features",
    "hypernetwork",
    "meta",
    "metastyle",
    "perceptual",
    "readout",
    "regression",
    "release",
    "squares",
    "style_swap",
    "widen",
]


def features(args: argparse.Namespace) -> int:
    """Statistics of all artworks."""
    from tinystyle.training.data.shards import expand_shards
    from tinystyle.training.data.style_features import compute_features
    from tinystyle.training.perceptual import vgg as perceptual

    network = perceptual.load(args.perceptual)
    compute_features(network, expand_shards(args.styles), args.folder / "features.safetensors")
    return 0


def meta(args: argparse.Namespace) -> int:
    """The meta network on VGG's features."""
    from tinystyle.errors import OptionError
    from tinystyle.training.networks.meta import CONFIGS, MetaNetwork, load_meta
    from tinystyle.training.stages.joint import prepare_meta
    from tinystyle.training.stages.meta import train_meta

    if args.config not in CONFIGS:
        raise OptionError(f"config is {args.config!r}; allowed are {', '.join(CONFIGS)}")
    run = replace(style_run(args), steps_per_style=args.steps_per_style)
    if args.init is not None:
        network = load_meta(args.init)
    else:
        network = MetaNetwork(CONFIGS[args.config])
        if not args.resume:
            prepare_meta(network, run, args.reconstruct_steps)
    return _report(args.folder / "meta.safetensors", train_meta(network, run))


def readout(args: argparse.Namespace) -> int:
    """A meta network's knowledge, read from what the compact encoder sees."""
    from tinystyle.assets import asset
    from tinystyle.training.data.shards import expand_shards
    from tinystyle.training.data.style_features import StyleFeatures
    from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
    from tinystyle.training.networks.meta import load_meta
    from tinystyle.training.perceptual.compact import CompactPerceptual
    from tinystyle.training.stages.joint import read_out_hypernetwork, read_out_meta

    source = args.encoder or asset("perceptual-compact.safetensors")
    encoder, styles = StyleEncoder.of(CompactPerceptual.load(source)), expand_shards(args.styles)
    if args.init is not None:
        before = StyleHypernetwork.load(args.init)
        network, explained = read_out_hypernetwork(before, encoder, styles, args.group_size)
    else:
        meta = load_meta(args.folder / "meta.safetensors")
        features = StyleFeatures.load(args.folder / "features.safetensors")
        network, explained = read_out_meta(meta, features, encoder, styles, args.group_size)
    output: Path = args.folder / "hypernetwork.safetensors"
    network.save(output)
    return _report(output, {"explained_variance_held_out": explained})


def widen(args: argparse.Namespace) -> int:
    """A hypernetwork with room to learn more."""
    from tinystyle.training.data.shards import expand_shards
    from tinystyle.training.networks.hypernetwork import StyleHypernetwork
    from tinystyle.training.stages.widen import widen_hypernetwork

    before = StyleHypernetwork.load(args.init)
    network = widen_hypernetwork(
        before,
        expand_shards(args.styles),
        group_size=args.group_size or before.config.group_size,
        residual_units=args.residual_units,
        colour_bins=args.colour_bins,
    )
    output: Path = args.folder / "hypernetwork.safetensors"
    network.save(output)
    return _report(output, {"features": float(network.config.features)})


def hypernetwork(args: argparse.Namespace) -> int:
    """The generator, from what the encoder sees."""
    from tinystyle.training.networks.hypernetwork import StyleHypernetwork
    from tinystyle.training.stages.hypernetwork import train_hypernetwork

    output = args.folder / "hypernetwork.safetensors"
    network = StyleHypernetwork.load(args.init or output)
    losses = train_hypernetwork(network, pooled_run(args))
    if args.parts and output.exists():
        for part in StyleHypernetwork.load(output).save_parts(output):
            print(part)
    return _report(output, losses)


def style_swap(args: argparse.Namespace) -> int:
    """Encoder and inverse network of style swap."""
    from tinystyle.training.stages.style_swap import SWAP_LOSSES, train_style_swap

    losses = train_style_swap(
        plain_run(args),
        width=args.width,
        losses=replace(SWAP_LOSSES, swapped=args.swapped),
        start=args.init,
    )
    return _report(args.folder / "style-swap.safetensors", losses)


def perceptual(args: argparse.Namespace) -> int:
    """The compact perceptual network."""
    from tinystyle.errors import OptionError
    from tinystyle.training.distillation.distillation import distill
    from tinystyle.training.perceptual.compact import CompactPerceptual
    from tinystyle.training.perceptual.source import STYLE_LAYERS

    layers = tuple(args.only.split(",")) if args.only else STYLE_LAYERS
    if not set(layers) <= set(STYLE_LAYERS):
        raise OptionError(f"only is {args.only!r}; allowed are {', '.join(STYLE_LAYERS)}")
    start = None if args.init is None else CompactPerceptual.load(args.init)
    losses = distill(plain_run(args), start, layers, args.replay)
    return _report(args.folder / "perceptual.safetensors", losses)


def regression(args: argparse.Namespace) -> int:
    """All but the first stage of the compact perceptual network, by regression."""
    from tinystyle.assets import asset
    from tinystyle.checks import require_whole
    from tinystyle.training.distillation.pictures import mixture
    from tinystyle.training.distillation.regression import regress
    from tinystyle.training.perceptual import vgg as perceptual
    from tinystyle.training.perceptual.compact import CompactPerceptual
    from tinystyle.training.stages.style_run import StyleRun

    require_whole("pictures", args.pictures, 8)
    before = CompactPerceptual.load(args.init or asset("perceptual-compact.safetensors"))
    teacher = perceptual.load(args.perceptual)
    steps = args.pictures // 8  # a step is a batch of eight
    run = StyleRun(
        args.folder, args.styles, args.contents, steps=steps, crop=args.crop, seed=args.seed
    )
    network, unexplained = regress(before, teacher, mixture(run).unchanging(steps, 8))
    output: Path = args.folder / "perceptual.safetensors"
    network.save(output)
    return _report(output, unexplained)


def squares(args: argparse.Namespace) -> int:
    """Squares of photographs that look like others together."""
    from tinystyle.checks import require_whole
    from tinystyle.files import write_bytes
    from tinystyle.pictures.images import encode_jpeg
    from tinystyle.training.data.coreset import choose_squares
    from tinystyle.training.data.shards import expand_shards
    from tinystyle.training.finetune.finetuner import load_perceptual
    from tinystyle.training.perceptual.source import COMPACT

    for name in ("count", "each", "candidates"):
        require_whole(name, getattr(args, name))
    found = choose_squares(
        load_perceptual(COMPACT),
        args.photographs,
        expand_shards(args.contents),
        count=args.count,
        each=args.each,
        candidates=args.candidates,
        seed=args.seed,
    )
    folder: Path = args.folder / "squares"
    folder.mkdir(parents=True, exist_ok=True)
    for name, square in found.squares.items():
        write_bytes(folder / f"{name}.jpg", encode_jpeg(square, quality=80))
    return _report(folder, {"off": found.off})


def metastyle(args: argparse.Namespace) -> int:
    """Style-neutral weights."""
    from tinystyle.errors import OptionError
    from tinystyle.network.stylenet import StyleNet
    from tinystyle.training.stages.bilevel import CONFIGS
    from tinystyle.training.stages.metastyle import train_metastyle

    if args.config not in CONFIGS:
        raise OptionError(f"config is {args.config!r}; allowed are {', '.join(CONFIGS)}")
    config = CONFIGS[args.config]
    changes = {"steps": args.inner_steps, "rate": args.inner_rate}
    given = {name: value for name, value in changes.items() if value is not None}
    bilevel = replace(config.bilevel, first_order=args.first_order, **given)
    run = replace(plain_run(args), batch_contents=args.batch_contents)
    run = replace(run, trainer=replace(run.trainer, decay=args.decay))
    start = None if args.init is None else StyleNet.load(args.init)
    losses = train_metastyle(replace(config, bilevel=bilevel), run, start)
    return _report(args.folder / "metastyle.safetensors", losses)


def release(args: argparse.Namespace) -> int:
    """All parts as one ONNX file."""
    from tinystyle.errors import OptionError
    from tinystyle.training.data.shards import expand_shards
    from tinystyle.training.networks.hypernetwork import StyleHypernetwork
    from tinystyle.training.stages.joint import code_limit
    from tinystyle.training.stages.release import release as write

    notes = dict(note.partition("=")[::2] for note in args.note)
    if any(not key or not value for key, value in notes.items()):
        raise OptionError(f"note is {args.note}; needed is KEY=VALUE")
    network = StyleHypernetwork.load(args.folder / "hypernetwork.safetensors")
    limit: float | None = args.limit
    if limit is None and args.styles is not None:
        limit = code_limit(network, expand_shards(args.styles))
    difference = write(network, args.output, notes, gain=args.gain, limit=limit)
    size = args.output.stat().st_size
    return _report(args.output, {"bytes": size, "int8_difference": difference})


def _report(output: Path, figures: dict[str, float]) -> int:
    if os.environ.get("RANK", "0") == "0":  # of several processes one speaks
        print(json.dumps({"file": str(output), **figures}))
    return 0
