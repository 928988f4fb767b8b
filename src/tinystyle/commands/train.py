"""``tinystyle train``: the stages from pictures to a released hypernetwork."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinystyle.commands.shared import Commands, require_torch

if TYPE_CHECKING:
    from tinystyle.training.data import Crops

__all__ = ["register"]

_EPILOG = """\
the stages, in order, in one run folder:
  tinystyle train features --run runs/a --styles 'data/style-*.tar'
  tinystyle train meta     --run runs/a --contents 'data/content-*.tar' --minutes 60
  tinystyle train encoder  --run runs/a --styles 'data/style-*.tar' --minutes 30
  tinystyle train meta     --run runs/a --contents 'data/content-*.tar' --minutes 30 --init
                           runs/a/meta.safetensors --see-through-encoder
  tinystyle train identity --run runs/a --contents 'data/content-*.tar' --minutes 5
  tinystyle train release  --run runs/a --output hypernetwork-dim8.onnx
Pictures are folders, tar files, or patterns of tar files. Ctrl-C ends a stage early and keeps what
it has.
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "train",
        help="train a hypernetwork (needs [train])",
        description="Train the meta network, the style encoder and the identity network, and "
        "release them as one ONNX file.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stages = parser.add_subparsers(title="stages", required=True, metavar="STAGE")
    features = _stage(stages, "features", _features, "style features of all artworks, by VGG")
    meta = _stage(stages, "meta", _meta, "the meta network")
    encoder = _stage(stages, "encoder", _encoder, "the compact style encoder, taught by VGG")
    identity = _stage(stages, "identity", _identity, "the network of strength 0")
    release = _stage(stages, "release", _release, "all parts as one ONNX file")
    for stage in (features, encoder):
        stage.add_argument("--styles", required=True, metavar="SOURCE", help="artworks")
    for stage in (meta, identity):
        stage.add_argument("--contents", required=True, metavar="SOURCE", help="photographs")
        stage.add_argument("--crop", type=int, default=128, help="side of a crop in px (128)")
    for stage in (meta, encoder, identity):
        budget = stage.add_mutually_exclusive_group(required=True)
        budget.add_argument("--minutes", type=float, help="how long to train")
        budget.add_argument("--steps", type=int, help="how many steps to train")
    for stage in (features, meta):
        stage.add_argument(
            "--perceptual",
            default="vgg16",
            metavar="SOURCE",
            help="vgg16 (official weights, default) or an .npz file",
        )
    meta.add_argument(
        "--config",
        default="tiny-dim8",
        help="tiny-dim8 (default), tiny-dim16, tiny-dim32, paper-dim8, …",
    )
    for stage in (meta, encoder):
        stage.add_argument("--init", type=Path, metavar="FILE", help="start from these weights")
    meta.add_argument(
        "--see-through-encoder",
        action="store_true",
        help="show it the encoder's features in place of VGG's",
    )
    meta.add_argument(
        "--reconstruct-steps",
        type=int,
        default=500,
        help="steps of fitting photographs before styles, without --init (500)",
    )
    for name in (
        "styles",
        "contents",
        "steps-per-style",
        "learning-rate",
        "content-weight",
        "style-weight",
        "tv-weight",
        "spike-weight",
    ):
        kind = int if name in ("styles", "contents", "steps-per-style") else float
        flag = {"styles": "batch-styles", "contents": "batch-contents"}.get(name, name)
        meta.add_argument(f"--{flag}", type=kind, help="see MetaOptions")
    release.add_argument("--output", "-o", type=Path, required=True, metavar="FILE")
    release.add_argument(
        "--gain", type=float, default=1.0, help="multiplies the encoder's features (1.0)"
    )
    release.add_argument(
        "--limit",
        type=float,
        help="largest root mean square of the features; default: the 99th percentile in training",
    )
    release.add_argument(
        "--note",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an entry for the file's metadata; may be repeated",
    )


def _stage(
    stages: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    stage = stages.add_parser(name, help=text, description=f"Train: {text}.")
    stage.add_argument(
        "--run",
        dest="folder",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder that the stages share",
    )
    stage.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch decides)")
    stage.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
    stage.set_defaults(run=_prepared, stage=run)
    return stage


def _prepared(args: argparse.Namespace) -> int:
    require_torch("tinystyle train")
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    return int(args.stage(args))


def _features(args: argparse.Namespace) -> int:
    from tinystyle.training import perceptual
    from tinystyle.training.data import expand_shards
    from tinystyle.training.features import compute_features

    network = perceptual.load(args.perceptual)
    compute_features(network, expand_shards(args.styles), args.folder / "features.safetensors")
    return 0


def _crops(args: argparse.Namespace) -> Crops:
    from tinystyle.training.data import Crops, expand_shards, read_pictures

    return Crops(read_pictures(expand_shards(args.contents), 272), args.crop, args.seed)


def _meta(args: argparse.Namespace) -> int:
    import torch

    from tinystyle.errors import OptionError
    from tinystyle.training import perceptual
    from tinystyle.training.budget import Budget
    from tinystyle.training.features import load_features
    from tinystyle.training.meta import CONFIGS, MetaNetwork, load_meta, save_meta
    from tinystyle.training.train_meta import PAPER, MetaOptions, reconstruct, train_meta

    if args.config not in CONFIGS:
        raise OptionError(f"config is {args.config!r}; allowed are {', '.join(CONFIGS)}")
    targets = torch.from_numpy(load_features(args.folder / "features.safetensors"))
    photographs = _crops(args)
    if args.init is not None:
        meta = load_meta(args.init)
    else:
        meta = MetaNetwork(CONFIGS[args.config])
        meta.set_feature_scale(targets)
        reconstruct(meta, photographs, Budget("reconstruction", steps=args.reconstruct_steps))
    conditions = meta.standardise(targets)
    if args.see_through_encoder:
        conditions = torch.from_numpy(load_features(args.folder / "encoded.safetensors"))
    given: dict[str, Any] = {
        "styles": args.batch_styles,
        "contents": args.batch_contents,
        "steps_per_style": args.steps_per_style,
        "learning_rate": args.learning_rate,
        "content_weight": args.content_weight,
        "style_weight": args.style_weight,
        "tv_weight": args.tv_weight,
        "spike_weight": args.spike_weight,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    base = MetaOptions() if meta.config.stable else PAPER
    options = replace(base, minutes=args.minutes, steps=args.steps, seed=args.seed, **chosen)
    output = args.folder / "meta.safetensors"
    network = perceptual.load(args.perceptual)
    losses = train_meta(
        meta, network, photographs, conditions, targets, options, lambda: save_meta(meta, output)
    )
    print(json.dumps({"file": str(output), **losses}))
    return 0


def _encoder(args: argparse.Namespace) -> int:
    import torch

    from tinystyle.training.data import expand_shards, read_pictures
    from tinystyle.training.encoder import StyleEncoder
    from tinystyle.training.features import load_features, save_features
    from tinystyle.training.meta import load_meta
    from tinystyle.training.train_encoder import (
        EncoderOptions,
        encode_all,
        load_encoder,
        save_encoder,
        train_encoder,
    )

    meta = load_meta(args.folder / "meta.safetensors")
    features = torch.from_numpy(load_features(args.folder / "features.safetensors"))
    pictures = read_pictures(expand_shards(args.styles), 272, limit=len(features))
    encoder = load_encoder(args.init) if args.init is not None else StyleEncoder()
    options = EncoderOptions(minutes=args.minutes, steps=args.steps, seed=args.seed)
    explained = train_encoder(encoder, pictures, meta.standardise(features), options)
    save_encoder(encoder, args.folder / "encoder.safetensors")
    save_features(encode_all(encoder, pictures).numpy(), args.folder / "encoded.safetensors")
    print(json.dumps({"explained_variance_held_out": explained}))
    return 0


def _identity(args: argparse.Namespace) -> int:
    from tinystyle.stylenet import StyleNet
    from tinystyle.training.budget import Budget
    from tinystyle.training.identity import fit_identity
    from tinystyle.training.meta import load_meta

    meta = load_meta(args.folder / "meta.safetensors")
    budget = Budget("identity network", steps=args.steps, minutes=args.minutes)
    weights = fit_identity(meta, _crops(args), budget)
    StyleNet.from_flat(meta.config.spec, weights.numpy()).save(args.folder / "identity.safetensors")
    print(json.dumps(budget.losses))
    return 0


def _release(args: argparse.Namespace) -> int:
    import numpy as np
    import torch

    from tinystyle.errors import OptionError
    from tinystyle.stylenet import StyleNet
    from tinystyle.training.features import load_features
    from tinystyle.training.meta import load_meta
    from tinystyle.training.release import release
    from tinystyle.training.train_encoder import load_encoder

    notes = dict(note.partition("=")[::2] for note in args.note)
    if any(not key or not value for key, value in notes.items()):
        raise OptionError(f"note is {args.note}; needed is KEY=VALUE")
    identity = StyleNet.load(args.folder / "identity.safetensors")
    flat = np.concatenate([identity.weights[p.name].ravel() for p in identity.spec.parameters()])
    limit = args.limit
    if limit is None:
        encoded = load_features(args.folder / "encoded.safetensors")
        limit = float(np.quantile(np.sqrt(np.square(encoded).mean(axis=1)), 0.99))
    difference = release(
        load_encoder(args.folder / "encoder.safetensors"),
        load_meta(args.folder / "meta.safetensors"),
        torch.from_numpy(flat),
        args.output,
        notes,
        gain=args.gain,
        limit=limit,
    )
    size = args.output.stat().st_size
    print(json.dumps({"file": str(args.output), "bytes": size, "int8_difference": difference}))
    return 0
