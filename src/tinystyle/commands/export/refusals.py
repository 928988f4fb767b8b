"""Options that could have no effect beside others."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from tinystyle.commands import finetune_options
from tinystyle.errors import OptionError

__all__ = ["refuse_learning"]


def refuse_learning(
    args: argparse.Namespace,
    beside: str,
    reason: str,
    *,
    others: Mapping[str, object] | None = None,
) -> None:
    """Raise OptionError for an option of fitting or mixing networks, for ``--norm frozen``, and for
    those of ``others`` whose value is not empty, beside one that makes networks another way.

    ``reason`` says how, after "--steps is not for --region".
    """
    given = {
        **(others or {}),
        "--steps": args.steps,
        "--mix": args.mix,
        **dict.fromkeys(finetune_options.given(args), True),
        "--norm frozen": args.norm == "frozen",
    }
    for option, value in given.items():
        if value:
            raise OptionError(f"{option} is not for {beside}{reason}")
