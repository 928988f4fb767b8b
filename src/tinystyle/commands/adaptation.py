"""The options of fitting a network to its style, shared by ``adapt`` and ``export-net``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.commands.shared import require_torch
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.training.adapter import Adapter

__all__ = ["METHODS", "add_options", "make_adapter", "say_course"]

METHODS = ("hypernetwork", "metastyle")
METASTYLE_STEPS = 200
"""Of Zhang et al. 2018, section 5.2."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Photographs, perceptual network and step size."""
    add = parser.add_argument_group("fitting to the style (needs [train])").add_argument
    add(
        "--content",
        type=Path,
        metavar="DIR",
        help="photographs to fit on; default: seven that come with the package",
    )
    add(
        "--perceptual",
        default="compact",
        metavar="SOURCE",
        help="compact (in the package, default), vgg16 (downloads the official weights) or a file",
    )
    add("--crop", type=int, default=256, metavar="PX", help="side of the pictures fitted on (256)")
    add("--learning-rate", type=float, default=1e-3, help="of Adam at its height (1e-3)")
    add("--device", default="cpu", help="of torch: cpu (default), cuda, mps")
    add("--seed", type=int, default=0, help="of the random numbers (0)")


def make_adapter(args: argparse.Namespace, command: str, *, steps: int) -> Adapter:
    """What the options ask for. Raises OptionError for values outside the allowed ones."""
    if args.method not in METHODS:
        raise OptionError(f"method is {args.method!r}; allowed are {', '.join(METHODS)}")
    if steps < 1:
        raise OptionError(f"steps is {steps}; it starts at 1")
    if args.seed < 0:
        raise OptionError(f"seed is {args.seed}; it starts at 0")
    require_torch(command)
    from tinystyle.training.adapt import AdaptOptions
    from tinystyle.training.adapter import Adapter, Method

    return Adapter(
        Method(args.method),
        AdaptOptions(steps=steps, learning_rate=args.learning_rate),
        contents=args.content,
        source=args.perceptual,
        size=args.crop,
        style_size=args.style_size,
        seed=args.seed,
        device=args.device,
    )


def say_course(adapter: Adapter) -> None:
    """Tell how the last adaptation went, on standard error."""
    found = adapter.last
    if found is None:
        return
    first, best = found.curve[0][1], min(loss for _, loss in found.curve)
    print(
        f"loss on photographs kept apart {first:.4g} -> {best:.4g}, best after "
        f"{found.best_step} steps",
        file=sys.stderr,
    )
    if found.stopped is not None:
        print(f"{found.stopped}; the best weights so far were kept", file=sys.stderr)
