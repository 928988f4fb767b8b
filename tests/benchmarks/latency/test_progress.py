"""One bar over a whole benchmark: on a terminal, also one of unknown width; nowhere else."""

from __future__ import annotations

import io
import os
import re
import select
import sys
from pathlib import Path

import pytest

from tests.conftest import random_net
from tinystyle.benchmarks.latency.case import PROFILES, Profile
from tinystyle.benchmarks.latency.progress import Progress
from tinystyle.commands.bench import main


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def _shares(text: str) -> list[int]:
    return [int(share) for share in re.findall(r"(\d+)%\|", text)]


def test_parts_add_up_and_may_hold_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Progress() as progress:
        progress.expect(10.0)
        with progress.part("first", 4.0) as tell:
            tell(0.5)
            progress.describe("half of first")
        with pytest.raises(ValueError, match="fails"), progress.part("outer", 6.0):
            with progress.part("inner", 3.0) as tell:
                tell(7.0)
            progress.describe("after inner")
            raise ValueError("it fails")
        progress.describe("end")
    shown = terminal.getvalue()
    for label, share in (
        *(("first", 0), ("half of first", 20), ("outer", 40), ("after inner", 70), ("end", 100)),
    ):
        assert re.search(rf"\r{label} +{share}%\|", shown), label


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_terminal_of_unknown_width_sees_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``script`` makes them: 0 columns, for which tqdm alone draws nothing."""
    monkeypatch.delenv("COLUMNS", raising=False)
    reader, writer = os.openpty()
    with os.fdopen(reader, "rb"), os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with Progress(1.0) as progress, progress.part("a label", 1.0):
            stream.flush()
            seen = b""
            while b"a label   0%|" not in seen:
                assert select.select([reader], [], [], 5.0)[0], seen
                seen += os.read(reader, 4096)


def test_one_bar_over_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setitem(PROFILES, "rapid", Profile("short", 5, 0.5, 60.0, 1))
    random_net().save(tmp_path / "net.safetensors")
    given = str(tmp_path / "net.safetensors")
    assert main([given, "--size", "64x64,64x80", "--precision", "fp32,fp16"]) == 0
    shown = terminal.getvalue()
    assert _shares(shown.partition("in turns")[2]) == sorted(
        _shares(shown.partition("in turns")[2])
    )
    assert max(_shares(shown)) > 90
    for what in ("export", "64x64, 1 thread, in turns", "64x80, 1 thread, end to end", "fresh"):
        assert what in shown
    assert re.search(r"\| \d\d:\d\d", shown)  # the time left
    assert shown.endswith("\r")


def test_nothing_is_drawn_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(1.0) as progress, progress.part("a label", 1.0) as tell:
        progress.expect(2.0)
        tell(0.5)
    assert capsys.readouterr().err == ""
