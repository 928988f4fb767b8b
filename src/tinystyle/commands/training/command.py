"""``tinystyle train``: the stages from pictures to a released hypernetwork."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tinystyle.commands.shared import Commands, set_torch_threads
from tinystyle.commands.training import stages as train_stages
from tinystyle.commands.training.options import add_bilevel, add_loop, add_losses, add_pool

__all__ = ["register"]

_EPILOG = """\
the stages, in order, in one run folder:
  tinystyle train features     --folder runs/a --styles 'data/style-*.tar'
  tinystyle train meta         --folder runs/a --styles 'data/style-*.tar'
                               --contents 'data/content-*.tar' --minutes 60
  tinystyle train readout      --folder runs/a --styles 'data/style-*.tar'
  tinystyle train hypernetwork --folder runs/a --styles 'data/style-*.tar'
                               --contents 'data/content-*.tar' --minutes 120
  tinystyle train release      --folder runs/a --output hypernetwork.onnx
for tinystyle finetune, on their own:
  tinystyle train perceptual   --folder runs/p --styles … --contents … --minutes 40 --crop 96
                               --learning-rate 0.012 --average-decay 0.99
  tinystyle train metastyle    --folder runs/m --styles … --contents … --minutes 60
  tinystyle train style-swap   --folder runs/s --styles … --contents … --minutes 60
To improve a hypernetwork that exists, begin with the stage hypernetwork --init; to give it another
compact perceptual network as its encoder, with readout --init. Where it no longer learns, widen
--init gives it room.
Pictures are folders, tar files, or patterns of tar files. Ctrl-C or SIGTERM ends a stage early and
keeps what it has; --resume continues exactly there. Several GPUs or machines: torchrun
--nproc-per-node N -m tinystyle train hypernetwork … --device cuda.
"""


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "train",
        help="train a hypernetwork (needs [train])",
        description="Train the meta network, give it an encoder of its own, train on, and release "
        "all as one ONNX file.",
        epilog=_EPILOG,
    )
    stages = parser.add_subparsers(title="stages", required=True, metavar="STAGE")
    features = _stage(
        stages, "features", train_stages.features, "style features of all artworks, by VGG"
    )
    meta = _stage(stages, "meta", train_stages.meta, "the meta network, seeing VGG's features")
    readout = _stage(
        stages, "readout", train_stages.readout, "the same, seeing by the compact encoder"
    )
    hypernetwork = _stage(
        stages, "hypernetwork", train_stages.hypernetwork, "the whole, from pictures to painting"
    )
    widen = _stage(
        stages, "widen", train_stages.widen, "room to learn more, which counts nothing at first"
    )
    perceptual = _stage(
        stages, "perceptual", train_stages.perceptual, "the compact perceptual network, from VGG"
    )
    regression = _stage(
        stages,
        "regression",
        train_stages.regression,
        "all but its first stage in closed form: minutes, no gradient step; needs VGG-19",
    )
    squares = _stage(
        stages,
        "squares",
        train_stages.squares,
        "squares of a few photographs that together look like many others, to fit networks on",
    )
    metastyle = _stage(
        stages, "metastyle", train_stages.metastyle, "style-neutral weights (Zhang et al. 2018)"
    )
    style_swap = _stage(
        stages,
        "style-swap",
        train_stages.style_swap,
        "encoder and inverse network of style swap (Chen and Schmidt 2016)",
    )
    release = _stage(stages, "release", train_stages.release, "all parts as one ONNX file")
    for stage in (
        *(features, meta, readout, hypernetwork, perceptual, regression),
        *(metastyle, release, widen, style_swap),
    ):
        needed = stage is not release
        stage.add_argument("--styles", required=needed, metavar="SOURCE", help="artworks")
    painting = (meta, hypernetwork, perceptual, regression, metastyle, style_swap)
    for stage in painting:
        stage.add_argument("--contents", required=True, metavar="SOURCE", help="photographs")
        stage.add_argument("--crop", type=int, default=128, help="side of a crop in px (128)")
    for stage in (meta, hypernetwork, perceptual, metastyle, style_swap):
        budget = stage.add_mutually_exclusive_group(required=True)
        budget.add_argument("--minutes", type=float, help="how long to train")
        budget.add_argument("--steps", type=int, help="how many steps to train")
    hypernetwork.add_argument(
        "--perceptual",
        default="compact",
        metavar="SOURCE",
        help="the judge: compact (in the package, default), vgg16 (official weights) or a file",
    )
    style_swap.add_argument(
        "--perceptual",
        default="compact",
        metavar="SOURCE",
        help="whose features they are: compact (in the package, default) or a file of that kind",
    )
    style_swap.add_argument("--width", type=int, default=64, help="features (64)")
    style_swap.add_argument(
        "--swapped",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="of activations with swapped patches among those inverted, 0 to 1 (0.5)",
    )
    for stage in (features, meta, perceptual, regression):
        stage.add_argument(
            "--perceptual",
            default="vgg16",
            metavar="SOURCE",
            help="vgg16 (official weights, default) or an .npz file",
        )
    for stage in (meta, readout, hypernetwork, perceptual, regression, metastyle, style_swap):
        stage.add_argument("--init", type=Path, metavar="FILE", help="start from these weights")
    for stage in (meta, hypernetwork, perceptual, metastyle, style_swap):
        add_loop(stage)
    add_bilevel(metastyle)
    add_losses(meta, "moments")
    meta.add_argument(
        "--steps-per-style", type=int, default=1, help="before styles change (1; paper: 20)"
    )
    add_losses(hypernetwork, "artwork")
    add_pool(hypernetwork)
    hypernetwork.add_argument(
        "--parts", action="store_true", help="also write float16 weights in files below 15 MB"
    )
    regression.add_argument(
        "--pictures", type=int, default=192, help="crops that the filters are fitted to (192)"
    )
    perceptual.add_argument(
        "--only", metavar="LAYER,…", help="learn these alone (needs --init; default: all four)"
    )
    perceptual.add_argument(
        "--replay",
        type=int,
        default=0,
        metavar="N",
        help="pictures of before that join each step: VGG need not look at them again (0)",
    )
    squares.add_argument(
        "--photographs", type=Path, required=True, metavar="DIR", help="what squares are cut from"
    )
    squares.add_argument(
        "--contents", required=True, metavar="SOURCE", help="photographs that they shall look like"
    )
    for name, value, text in (
        ("--count", 64, "squares to choose"),
        ("--each", 2, "squares of one photograph, at most"),
        ("--candidates", 12, "squares of each photograph to choose from"),
    ):
        squares.add_argument(name, type=int, default=value, help=f"{text} ({value})")
    meta.add_argument(
        "--config",
        default="six-norm-dim8",
        help="six-norm-dim8 (default), tiny-dim8, plain-dim8, paper-dim8 and dim16, dim32",
    )
    meta.add_argument(
        "--reconstruct-steps",
        type=int,
        default=500,
        help="steps of fitting photographs before styles, without --init (500)",
    )
    _add_widths(widen)
    readout.add_argument(
        "--group-size", type=int, default=48, help="hidden units kept for each layer (48)"
    )
    readout.add_argument(
        "--encoder",
        type=Path,
        metavar="FILE",
        help="the compact perceptual network that sees artworks (default: the package's)",
    )
    _add_release(release)


def _add_widths(widen: argparse.ArgumentParser) -> None:
    widen.add_argument(
        "--init", type=Path, required=True, metavar="FILE", help="the hypernetwork's weights"
    )
    for name, value, text in (
        ("--residual-units", 384, "units of a path with ReLU beside the affine one"),
        ("--colour-bins", 5, "steps of each axis of a colour histogram that a style is told by"),
    ):
        widen.add_argument(name, type=int, default=value, metavar="N", help=f"{text} ({value})")
    widen.add_argument(
        "--group-size", type=int, metavar="N", help="hidden units for each layer (as they are)"
    )


def _add_release(release: argparse.ArgumentParser) -> None:
    release.add_argument(
        "--output", "-o", type=Path, required=True, metavar="FILE", help="the .onnx file to write"
    )
    release.add_argument(
        "--gain", type=float, default=1.0, help="multiplies the code of a style (1.0)"
    )
    release.add_argument(
        "--limit",
        type=float,
        help="largest root mean square of a style's code; default: the 99th percentile over "
        "--styles, or no limit without it",
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
        "--folder",  # torchrun takes --run for one of its own options
        "--run",
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
    from tinystyle.checks import require_seed

    require_seed(args.seed)
    set_torch_threads(args.threads, "tinystyle train")
    import torch

    torch.manual_seed(args.seed)
    return int(args.stage(args))
