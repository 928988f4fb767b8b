"""The options of finetuning, shared by ``finetune`` and ``export-net``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinystyle.checks import chosen
from tinystyle.commands.shared import Renamed, require_torch
from tinystyle.console import remark
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.training.finetune.finetuner import Finetuner

__all__ = [
    "METASTYLE_STEPS",
    "STEPS",
    "add_options",
    "given",
    "make_finetuner",
    "refuse_unused",
    "say_course",
]

STEPS = 100
"""Of finetuning a generated network, unless told otherwise."""

METASTYLE_STEPS = 200
"""Of Zhang et al. 2018, section 5.2."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Photographs, perceptual network and step size."""
    group = parser.add_argument_group("fitting to the style (needs [train])")
    actions: list[argparse.Action] = []

    def add(*names: str, **options: Any) -> None:
        actions.append(group.add_argument(*names, **options))

    add(
        "--content-weight",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="how much of the photograph is kept, 0 to 100 (1); 2 is calmer, 0.5 bolder",
    )
    add(
        "--objective",
        default="artwork",
        help="what pictures shall be: artwork (default), moments (of versions to 0.16), shen2018 "
        "or zhang2018 (the papers')",
    )
    add(
        "--content",
        type=Path,
        metavar="DIR",
        help="photographs to fit on; default: 160 squares that come with the package",
    )
    add(
        "--perceptual",
        default="compact",
        metavar="SOURCE",
        help="compact (in the package, default), vgg16 (downloads the official weights) or a file",
    )
    add(
        "--crop",
        type=int,
        metavar="PX",
        help="side of the pictures fitted on, a multiple of 16 from 64 to 1024 (192; metastyle: "
        "256)",
    )
    add(
        "--finetune-batch",
        type=int,
        metavar="N",
        help="photographs in a step, 1 to 256 (4)",
    )
    add(
        "--learning-rate",
        type=float,
        default=1e-3,
        metavar="RATE",
        help="of Adam at its height, up to 1 (1e-3)",
    )
    add(
        "--finetune-precision",
        default="auto",
        metavar="TYPE",
        help="what the networks compute in: fp32, bf16, or auto (default): bf16 with the package's "
        "perceptual network on processors with AVX512-BF16, in 0.6 of the time; weights and "
        "Adam stay fp32",
    )
    add("--device", default="cpu", help="of torch: cpu (default), cuda, mps")
    add("--seed", type=int, default=0, help="of the random numbers (0)")
    for name, kind in (("batch", int), ("precision", str)):
        new = f"--finetune-{name}"
        group.add_argument(
            f"--fit-{name}", dest=f"finetune_{name}", type=kind, action=Renamed, const=new
        )
    parser.set_defaults(finetuning=tuple(actions))


def given(args: argparse.Namespace) -> list[str]:
    """The options of fitting, as they are called, whose value is another than their default."""
    return [
        action.option_strings[0]
        for action in args.finetuning
        if getattr(args, action.dest) != action.default
    ]


def refuse_unused(args: argparse.Namespace) -> None:
    """Raise OptionError for an option of fitting where nothing is fitted."""
    for option in given(args):
        raise OptionError(
            f"{option} is for fitting a network to its style; give --steps, too, above 0"
        )


def make_finetuner(
    args: argparse.Namespace, command: str, pictures: Sequence[Path], *, steps: int
) -> Finetuner | None:
    """What the options ask for; None where the generated network is all that they do.

    Raises OptionError for values outside the allowed ones, PictureError where one of ``pictures``
    cannot be used; only then MissingExtraError where torch is not installed.
    """
    if steps == 0 and args.method == "hypernetwork":
        refuse_unused(args)
        return None
    from tinystyle.pictures.images import read_picture
    from tinystyle.training.finetune.options import (
        BATCH,
        FinetuneOptions,
        FinetunePrecision,
        FinetunerOptions,
        Method,
    )

    offered = [method.value for method in Method if method is not Method.SCRATCH]
    if args.method not in offered:
        raise OptionError(f"method is {args.method!r}; allowed are {', '.join(offered)}")
    method = Method(args.method)
    batch = BATCH if args.finetune_batch is None else args.finetune_batch
    options = FinetunerOptions(
        method,
        FinetuneOptions(steps, batch, args.learning_rate),
        contents=args.content,
        source=args.perceptual,
        crop=args.crop,
        style_size=args.style_size,
        seed=args.seed,
        device=args.device,
        precision=chosen(FinetunePrecision, "finetune precision", args.finetune_precision),
        objective=args.objective,
        content_weight=args.content_weight,
    )
    for path in pictures:
        read_picture(path)
    require_torch(command)
    from tinystyle.training.finetune.finetuner import Finetuner

    return Finetuner(options)


def say_course(finetuner: Finetuner | None) -> None:
    """Tell how finetuning went, on standard error, if there was one."""
    found = None if finetuner is None else finetuner.last
    if found is None:
        return
    first, best = found.curve[0][1], min(loss for _, loss in found.curve)
    remark(
        f"loss on photographs kept apart {first:.4g} -> {best:.4g}, best after "
        f"{found.best_step} steps"
    )
    if found.stopped is not None:
        print(f"{found.stopped}; the best weights so far were kept", file=sys.stderr)
