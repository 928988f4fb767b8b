"""A help text of one screen, and one of everything."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from tinystyle.commands.shared import HelpFormatter, Parser

__all__ = ["TwoLevelParser"]


class TwoLevelParser(Parser):
    """``--help`` tells the options of every day, ``--help-all`` those for experts, too."""

    def __init__(
        self, *, everyday: Collection[str], epilog: str, full_epilog: str, **kwargs: Any
    ) -> None:
        """``everyday`` are destinations of options; all others are marked as for experts."""
        formatter = partial(_EverydayFormatter, frozenset({"help", "help_all", *everyday}))
        super().__init__(epilog=epilog, formatter_class=formatter, **kwargs)
        self._full_epilog = full_epilog
        self.add_argument("--help-all", action=_HelpAll, help="show all options, and exit")

    def format_all(self) -> str:
        """What ``--help-all`` prints."""
        usual = self.formatter_class, self.epilog
        self.formatter_class, self.epilog = HelpFormatter, self._full_epilog
        try:
            return self.format_help()
        finally:
            self.formatter_class, self.epilog = usual


class _HelpAll(argparse.Action):
    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **kwargs)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        if not isinstance(parser, TwoLevelParser):
            raise TypeError("--help-all is an option of TwoLevelParser")
        print(parser.format_all(), end="")
        parser.exit()


class _EverydayFormatter(HelpFormatter):
    """Leaves out what is for experts."""

    def __init__(self, everyday: frozenset[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._everyday = everyday

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        told = [action for action in actions if action.dest in self._everyday]
        super().add_usage(usage, told, groups, prefix)

    def add_argument(self, action: argparse.Action) -> None:
        if action.dest in self._everyday:
            super().add_argument(action)
