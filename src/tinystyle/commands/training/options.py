"""Options that stages of ``tinystyle train`` share, and what they say."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinystyle.training.stages.style_run import StyleRun

__all__ = [
    "add_bilevel",
    "add_loop",
    "add_losses",
    "add_pool",
    "plain_run",
    "pooled_run",
    "style_run",
]


def add_loop(stage: argparse.ArgumentParser) -> None:
    """Of every stage that takes gradient steps."""
    add = stage.add_argument
    add("--resume", action="store_true", help="continue from the run's checkpoint, exactly")
    add("--device", default="cpu", help="cpu (default), cuda, mps")
    add(
        "--precision",
        default="fp32",
        help="of the perceptual network: fp32 (default), tf32 (CUDA), bf16",
    )
    add("--shrink", type=float, default=2.0, help="largest reduction of a photograph (2.0)")
    add("--batch-styles", type=int, default=4, help="styles in a step of a process (4)")
    add("--learning-rate", type=float, default=1e-3, help="of Adam at its height (1e-3)")
    add("--average-decay", type=float, default=0.999, help="of the weights' average (0.999)")
    add("--checkpoint-minutes", type=float, default=5.0, help="between checkpoints (5)")
    add("--sheet-minutes", type=float, default=5.0, help="between contact sheets (5)")
    add("--log-steps", type=int, default=50, help="between rows of the log (50)")
    add("--tensorboard", action="store_true", help="write TensorBoard files, too")


def add_bilevel(stage: argparse.ArgumentParser) -> None:
    """Of the stage metastyle."""
    add = stage.add_argument
    add(
        "--perceptual",
        default="compact",
        metavar="SOURCE",
        help="compact (in the package, default), vgg16 (official weights) or an .npz file",
    )
    add(
        "--config",
        default="artwork-six-norm-dim8",
        help="artwork-six-norm-dim8 (default): our network, the objective artwork; six-norm-dim8: "
        "the same, the objective moments; "
        "moments-dim8, -dim16, -dim32: the paper's network, that objective; paper-dim8, -dim16, "
        "-dim32: both of Zhang et al. 2018",
    )
    add("--batch-contents", type=int, default=4, help="photographs of each objective (4)")
    add("--inner-steps", type=int, help="T, steps of the inner objective (1)")
    add("--inner-rate", type=float, help="delta, their size (paper: 1e-4)")
    add("--first-order", action="store_true", help="without second derivatives")
    add(
        "--decay",
        type=float,
        metavar="K",
        help="learning rate / (1 + K steps), paper: 2.5e-5; default: a cosine over the run",
    )


def add_losses(stage: argparse.ArgumentParser, objective: str) -> None:
    """Of stages that learn to paint; ``objective`` is the one without options."""
    add = stage.add_argument
    add("--batch-contents", type=int, default=1, help="photographs a style (1; paper: 8)")
    add(
        "--steps-per-photograph",
        type=int,
        default=1,
        help="before photographs change: from 2 on a step is up to a third faster (1)",
    )
    add(
        "--objective",
        default=objective,
        help="artwork (relative Gram errors, of smooth areas too, palette, content), moments (of "
        "versions to 0.16), "
        f"shen2018, zhang2018: exactly the papers' (default: {objective})",
    )
    add(
        "--content-weight",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="how much of the photograph is kept, 0 to 100 (1)",
    )
    add("--content", metavar="LAYER=WEIGHT,…", help="layers and weights of the content loss")
    add("--style-layers", metavar="LAYER,…", help="layers of the style losses")
    for name, text in _WEIGHTS.items():
        flags = [f"--{name.replace('_', '-')}-weight", *_FORMER_FLAGS.get(name, ())]
        add(*flags, type=float, metavar="W", help=f"of {text}")
    add(
        "--grid-allowed",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="of a photograph's own excess on the grid, which costs nothing (1)",
    )


_WEIGHTS = {
    "gram_relative": "relative errors of Gram matrices",
    "gram_smooth": "the same where the photograph is smooth",
    "orientation": "strokes in other directions than the artwork's, where the photograph is smooth",
    "gram": "squared errors of Gram matrices",
    "moments": "squared errors of channels' means and deviations",
    "palette": "the distance of colour distributions",
    "tv": "total variation",
    "ssim": "1 - SSIM to the photograph",
    "identification": "being taken for another style",
    "grid_ratio": "energy at the 2- and 4-pixel period beyond the artwork's and the photograph's",
    "grid": "checkerboards",
    "noise": "noise of photographs growing in the painting",
    "motion": "unsteadiness from one frame to the next",
    "outlier": "activation outliers, which show as droplets",
}
"""Weights of losses; what is not given keeps that of the objective."""

_FORMER_FLAGS = {"outlier": ("--spike-weight",)}
"""Names of before 0.27, read in this release, too."""


def add_pool(stage: argparse.ArgumentParser) -> None:
    """Of the stage hypernetwork: what artworks are made of, and what watches over it."""
    add = stage.add_argument
    add(
        "--stream",
        type=int,
        default=0,
        metavar="N",
        help="for what is larger than memory: read the .tar shards again and again from front to "
        "back, shuffled among N pictures at a time; each process reads shards of its own (0: keep "
        "all pictures in memory)",
    )
    add("--pool", type=int, default=32, metavar="N", help="artworks kept described (32)")
    add("--uses", type=int, default=3, help="steps that each is painted in (3)")
    add(
        "--recoloured",
        type=float,
        default=0.3,
        metavar="SHARE",
        help="of the artworks get their colours in another order, 0..1 (0.3)",
    )
    add(
        "--formulas",
        type=float,
        default=0.15,
        metavar="SHARE",
        help="of the artworks are drawn by formulas, 0..1 (0.15)",
    )
    add(
        "--held-out",
        type=int,
        metavar="N",
        help="artworks and photographs that are never trained on (0; 16 with --watch)",
    )
    add(
        "--watch",
        metavar="SOURCE",
        help="vgg16 or an .npz file of VGG: judges those, every --watch-minutes",
    )
    add("--watch-minutes", type=float, default=30.0, help="between two looks of the watch (30)")
    add("--clip", type=float, metavar="LENGTH", help="largest length of the gradient")
    add(
        "--decay",
        type=float,
        metavar="K",
        help="learning rate / (1 + K steps), 0: constant; default: a cosine over the run",
    )


def plain_run(args: argparse.Namespace) -> StyleRun:
    """Where the pictures are and how long to train, of what :func:`add_loop` adds."""
    from tinystyle.training.loop.trainer import TrainerOptions
    from tinystyle.training.stages.style_run import StyleRun

    return StyleRun(
        folder=args.folder,
        styles=args.styles,
        contents=args.contents,
        perceptual=args.perceptual,
        minutes=args.minutes,
        steps=args.steps,
        resume=args.resume,
        seed=args.seed,
        device=args.device,
        precision=args.precision,
        crop=args.crop,
        shrink=args.shrink,
        batch_styles=args.batch_styles,
        trainer=TrainerOptions(
            learning_rate=args.learning_rate,
            average_decay=args.average_decay,
            checkpoint_minutes=args.checkpoint_minutes,
            sheet_minutes=args.sheet_minutes,
            log_steps=max(1, args.log_steps),
        ),
        tensorboard=args.tensorboard,
    )


def style_run(args: argparse.Namespace) -> StyleRun:
    """The same with what :func:`add_losses` adds."""
    from tinystyle.training.objective.weights import LossWeights, objective_named

    losses = objective_named(args.objective, args.content_weight)
    given: dict[str, Any] = {
        name: getattr(args, f"{name}_weight")
        for name in _WEIGHTS
        if getattr(args, f"{name}_weight") is not None
    }
    if args.content is not None:
        given["content"] = LossWeights.parse_content(args.content)
    if args.style_layers is not None:
        given["style_layers"] = tuple(args.style_layers.split(","))
    return replace(
        plain_run(args),
        batch_contents=args.batch_contents,
        steps_per_photograph=args.steps_per_photograph,
        losses=replace(losses, grid_allowed=args.grid_allowed, **given),
    )


def pooled_run(args: argparse.Namespace) -> StyleRun:
    """The same with what :func:`add_pool` adds."""
    from tinystyle.training.data.artwork_pool import PoolOptions

    run = style_run(args)
    held_out = args.held_out
    if held_out is None:
        held_out = 0 if args.watch is None else 16
    trainer = replace(
        run.trainer, clip=args.clip, watch_minutes=args.watch_minutes, decay=args.decay
    )
    pool = PoolOptions(
        held=args.pool, uses=args.uses, recoloured=args.recoloured, formulas=args.formulas
    )
    return replace(
        run, pool=pool, stream=args.stream, held_out=held_out, watch=args.watch, trainer=trainer
    )
