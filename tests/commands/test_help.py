"""What --help of every command tells."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from tinystyle import cli
from tinystyle.commands import bench
from tinystyle.commands.export.options import export_parser

PARSERS = (cli._parser(), export_parser(), bench._parser(), bench._compare_parser())


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


@pytest.mark.parametrize(
    "name", ["", "stylize", "finetune", "verify", "evaluate", "android-assets"]
)
def test_commands_show_examples_and_exit_codes(name: str) -> None:
    (parser,) = (p for p in _all(PARSERS[0]) if p.prog == f"tinystyle {name}".strip())
    text = parser.format_help()
    assert re.search(r"^examples?:$", text, re.MULTILINE)
    for parser_text in (text, PARSERS[1].format_help(), PARSERS[2].format_help()):
        assert "exit codes: 0 " in parser_text


def test_help_of_export_net_is_one_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = export_parser().format_help().splitlines()
    assert len(lines) <= 40
    for option in ("--style ", "--format ", "--output ", "--for ", "--size ", "--precision "):
        assert any(line.startswith(f"  {option}") for line in lines), option
    for option in ("--steps ", "--strength ", "--mix ", "--style-size ", "--help-all "):
        assert any(line.startswith(f"  {option}") for line in lines), option
    assert any("--help-all lists all options" in line for line in lines)
    assert not any("--pad" in line for line in lines)


def test_help_all_of_export_net_has_every_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    parser = export_parser()
    short = parser.format_help()
    with pytest.raises(SystemExit) as end:
        parser.parse_args(["--help-all"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue  # a former name
        for option in action.option_strings:
            assert re.search(rf"(^|\s){option}\b", text, re.MULTILINE), option
    assert "130 interrupted" in text
    assert parser.format_help() == short
