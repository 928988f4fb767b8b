"""What --help of every command tells."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from tinystyle import cli
from tinystyle.commands import bench, export_net

PARSERS = (cli._parser(), export_net._parser(), bench._parser(), bench._compare_parser())


def _all(*parsers: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for parser in parsers:
        yield parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from _all(*action.choices.values())


def _told(default: object, text: str) -> bool:
    """Whether a help text names the default, as it is or as an equal number."""
    words = [word.strip("():;,=").removesuffix(".") for word in re.split(r"[\s(]", text)]
    if isinstance(default, int | float):
        numbers = [float(word) for word in words if re.fullmatch(r"\d+(\.\d+)?(e-?\d+)?", word)]
        return float(default) in numbers
    return str(default) in words


@pytest.mark.parametrize("parser", [*_all(*PARSERS)], ids=lambda parser: parser.prog)
def test_every_option_is_explained_with_its_default(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue
        assert action.help, action.dest
        if action.default not in (None, False, [], argparse.SUPPRESS):
            assert _told(action.default, action.help), (action.dest, action.default, action.help)


@pytest.mark.parametrize("parser", [*_all(*PARSERS)], ids=lambda parser: parser.prog)
def test_help_fits_a_terminal(
    parser: argparse.ArgumentParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert max(map(len, parser.format_help().splitlines())) <= 100


@pytest.mark.parametrize("name", ["", "stylize", "adapt", "verify", "evaluate", "android-assets"])
def test_commands_show_examples_and_exit_codes(name: str) -> None:
    (parser,) = (p for p in _all(PARSERS[0]) if p.prog == f"tinystyle {name}".strip())
    text = parser.format_help()
    assert re.search(r"^examples?:$", text, re.MULTILINE)
    for parser_text in (text, PARSERS[1].format_help(), PARSERS[2].format_help()):
        assert "exit codes: 0 " in parser_text
