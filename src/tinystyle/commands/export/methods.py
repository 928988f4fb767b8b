"""Methods that learn nothing: networks made of what an artwork's features are."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tinystyle.checks import chosen
from tinystyle.commands.export.refusals import refuse_learning
from tinystyle.console import remark
from tinystyle.errors import OptionError

if TYPE_CHECKING:
    from tinystyle.export.exporter import Source

__all__ = ["SEMANTIC", "STYLE_SWAP", "WITHOUT_LEARNING", "source_of"]

STYLE_SWAP = "style-swap"
SEMANTIC = "semantic"
WITHOUT_LEARNING = (STYLE_SWAP, SEMANTIC)

_OWN = {
    "--patches": (STYLE_SWAP, SEMANTIC),
    "--match": (STYLE_SWAP,),
    "--style-mask": (SEMANTIC,),
    "--kernel": (SEMANTIC,),
    "--balance": (SEMANTIC,),
}
"""Options that are for some methods."""

MATCHES = ("moments", "published")
"""Of ``--match``."""

_HAS = {
    STYLE_SWAP: "has patches, not weights, of one artwork",
    SEMANTIC: "has statistics and patches of regions, not weights, of one artwork",
}


def source_of(args: argparse.Namespace, styles: list[Path]) -> Source | None:
    """What makes networks by one of these methods; None where ``--method`` is another one.

    Raises OptionError for options that could have no effect.
    """
    for option, methods in _OWN.items():
        given = getattr(args, option[2:].replace("-", "_"))
        if given is not None and args.method not in methods:
            raise OptionError(f"{option} is for --method {' or '.join(methods)}")
    if args.method not in WITHOUT_LEARNING:
        return None
    reason = f": it learns nothing and {_HAS[args.method]}"
    refuse_learning(args, f"--method {args.method}", reason)
    return _swap(args) if args.method == STYLE_SWAP else _semantic(args, styles)


def _swap(args: argparse.Namespace) -> Source:
    from tinystyle.runtime.style_swap import StyleSwap

    if args.match not in (None, *MATCHES):
        raise OptionError(f"match is {args.match!r}; allowed are {', '.join(MATCHES)}")
    swap = StyleSwap(
        _patches(args),
        moments=args.match != "published",
        exact=args.patches is not None,
    )
    return partial(swap.generate, style_size=args.style_size)


def _patches(args: argparse.Namespace) -> int | None:
    """How many were asked for; None for all."""
    from tinystyle.runtime.patch_choice import DEFAULT_PATCHES

    asked: int | str | None = args.patches
    if asked is None:
        return DEFAULT_PATCHES
    return asked if isinstance(asked, int) else None


def _semantic(args: argparse.Namespace, styles: list[Path]) -> Source:
    from tinystyle.network.ops import RegionKernel
    from tinystyle.runtime.semantic import SemanticTransfer

    if args.style_mask is None:
        raise OptionError("--method semantic needs --style-mask MASK, the regions of the artwork")
    if len(styles) > 1:
        raise OptionError(f"--style-mask is of one artwork; {len(styles)} are given")
    kernel = RegionKernel.PATCHES
    if args.kernel is not None:
        kernel = chosen(RegionKernel, "kernel", args.kernel)
    if args.patches is not None and kernel is not RegionKernel.PATCHES:
        raise OptionError(f"--patches is for --kernel patches; {kernel.value} swaps none")
    balance = 1.0 if args.balance is None else args.balance
    transfer = SemanticTransfer(
        *(args.style_mask, kernel, balance),
        patches=_patches(args),
        exact=args.patches is not None,
    )
    if transfer.mask.absent:
        names = ", ".join(map(str, transfer.mask.absent))
        remark(
            f"{args.style_mask}: no pixel has label {names}; such regions of a photograph are "
            "painted as the whole artwork"
        )
    return partial(transfer.generate, style_size=args.style_size)
