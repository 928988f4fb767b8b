"""What documents say can be looked up elsewhere, and is so there."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinystyle import cli
from tinystyle.commands import bench
from tinystyle.commands.export.options import export_parser

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/*.md")},
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
GUIDES = [path for path in DOCUMENTS if path == ROOT / "README.md" or "docs" in path.parts]


def _commands() -> dict[str, set[str]]:
    """Every command by its words, with the options that it takes."""
    found: dict[str, set[str]] = {}

    def add(parser: argparse.ArgumentParser, name: str) -> None:
        found[name] = {option for action in parser._actions for option in action.option_strings}
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for word, inner in action.choices.items():
                    add(inner, f"{name} {word}")

    add(cli._parser(), "tinystyle")
    add(export_parser(), "export-net")
    add(bench._parser(), "bench")
    add(bench._compare_parser(), "bench compare")
    return found


COMMANDS = _commands()


def _lines(text: str) -> Iterator[str]:
    """Command lines in code blocks and in code spans, without comments."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            yield re.sub(r"\s{2,}#.*|\s{3,}[a-z0-9].*$", "", line.strip())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def _named(words: list[str]) -> str | None:
    """The longest command that the words begin with."""
    names = [" ".join(words[:count]) for count in (3, 2, 1)]
    return next((name for name in names if name in COMMANDS), None)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_options_that_guides_name_are_there(path: Path) -> None:
    every = set().union(*COMMANDS.values())
    for line in _lines(path.read_text()):
        try:
            words = shlex.split(line)
        except ValueError:
            continue
        command = _named(words)
        known = every if command is None else COMMANDS[command]
        if command is None and not line.startswith("--"):
            continue
        for word in words:
            option = word.partition("=")[0]
            if re.fullmatch(r"--[a-z][a-z-]*", option):
                assert option in known, f"{line!r}: {command or 'no command'} has no {option}"


def test_options_are_looked_for_in_the_right_places() -> None:
    lines = [*_lines((ROOT / "docs" / "export.md").read_text())]
    assert "--size 720x1280" in lines
    assert any(line.startswith("tinystyle stylize art.onnx") for line in lines)
    assert _named(["tinystyle", "train", "hypernetwork", "--folder"]) == (
        "tinystyle train hypernetwork"
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            headings = re.findall(r"^#+ (.*)", found.read_text(), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, target


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_readmes_python_runs(
    styles: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    monkeypatch.chdir(tmp_path)
    from PIL import Image

    for name, size in (("art.jpg", (128, 96)), ("photo.jpg", (96, 80))):
        Image.open(styles[0]).convert("RGB").resize(size).save(name)
    exec(compile(block, "README.md", "exec"), {})
    assert Image.open("painted.jpg").size == (96, 80)
