"""Options that stages of ``tinystyle train`` share, and what they say."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinystyle.training.style_run import StyleRun

__all__ = ["add_bilevel", "add_loop", "add_losses", "plain_run", "style_run"]


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
        default="one-norm-dim8",
        help="one-norm-dim8 (default), tiny-dim8: our networks and loss; moments-dim8, -dim16, "
        "-dim32: the paper's network, our loss; paper-dim8, -dim16, -dim32: both of Zhang et al. "
        "2018",
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


def add_losses(stage: argparse.ArgumentParser) -> None:
    """Of stages that learn to paint."""
    add = stage.add_argument
    add("--batch-contents", type=int, default=1, help="photographs a style (1; paper: 8)")
    add("--steps-per-style", type=int, default=1, help="before styles change (1; paper: 20)")
    add(
        "--steps-per-photograph",
        type=int,
        default=1,
        help="before photographs change: from 2 on a step is up to a third faster (1)",
    )
    add(
        "--vary-styles",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the artworks get other colours and another scale, 0..1 (0)",
    )
    add(
        "--content",
        default="relu3_3=1",
        metavar="LAYER=WEIGHT,…",
        help="layers and weights of the content loss (relu3_3=1)",
    )
    add(
        "--style-layers",
        metavar="LAYER,…",
        help="layers of the style loss (relu1_2,relu2_2,relu3_3,relu4_3)",
    )
    add("--style-weight", type=float, default=3.0, help="of the style loss (3)")
    add("--tv-weight", type=float, default=10.0, help="of total variation (10)")
    add("--ssim-weight", type=float, default=0.0, help="of 1 - SSIM to the photograph (0)")
    add(
        "--identification-weight",
        type=float,
        default=0.0,
        help="against being taken for another style (0)",
    )
    add("--grid-weight", type=float, default=0.0, help="against checkerboards (0)")
    add(
        "--grid-allowed",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="of a photograph's own excess on the grid, which costs nothing (1)",
    )
    add(
        "--noise-weight",
        type=float,
        default=0.0,
        help="against noise of photographs growing in the painting (0)",
    )
    add("--spike-weight", type=float, default=300.0, help="against droplets (300)")


def plain_run(args: argparse.Namespace) -> StyleRun:
    """Where the pictures are and how long to train, of what :func:`add_loop` adds."""
    from tinystyle.training.style_run import StyleRun
    from tinystyle.training.trainer import TrainerOptions

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
    from tinystyle.training.objective import LossWeights
    from tinystyle.training.perceptual import STYLE_LAYERS

    style_layers = tuple(args.style_layers.split(",")) if args.style_layers else STYLE_LAYERS
    losses = LossWeights(
        content=LossWeights.parse_content(args.content),
        style=args.style_weight,
        style_layers=style_layers,
        tv=args.tv_weight,
        ssim=args.ssim_weight,
        grid=args.grid_weight,
        grid_allowed=args.grid_allowed,
        identification=args.identification_weight,
        noise=args.noise_weight,
        spike=args.spike_weight,
    )
    return replace(
        plain_run(args),
        batch_contents=args.batch_contents,
        steps_per_style=args.steps_per_style,
        steps_per_photograph=args.steps_per_photograph,
        vary_styles=args.vary_styles,
        losses=losses,
    )
