"""Finding a browser, starting it with the right flags, and leaving nothing of it behind."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tinystyle.benchmarks.web.browser import BROWSER_VARIABLE, Browser, find_browser, flags
from tinystyle.errors import AbsentTargetError, OptionError, TargetError

posix = pytest.mark.skipif(os.name != "posix", reason="programs here are shell scripts")


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@posix
def test_browsers_are_found_by_option_variable_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    chrome = _program(tmp_path / "bin" / "google-chrome", "exit 0")
    other = _program(tmp_path / "other", "exit 0")
    environment = {"PATH": str(tmp_path / "bin")}
    assert find_browser(None, environment) == chrome
    chromium = _program(tmp_path / "bin" / "chromium", "exit 0")
    assert find_browser(None, environment) == chromium
    environment[BROWSER_VARIABLE] = str(other)
    assert find_browser(None, environment) == other
    assert find_browser(chrome, environment) == chrome
    assert find_browser(Path("google-chrome"), environment) == chrome


def test_no_browser_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    nothing = {"PATH": str(tmp_path)}
    with pytest.raises(AbsentTargetError, match=r"install Chromium .*--browser PATH"):
        find_browser(None, nothing)
    with pytest.raises(OptionError, match="browser is '/missing/x'"):
        find_browser(Path("/missing/x"), nothing)
    with pytest.raises(OptionError, match=f"{BROWSER_VARIABLE} is 'nowhere'"):
        find_browser(None, {**nothing, BROWSER_VARIABLE: "nowhere"})
    (tmp_path / "text").write_text("no program")
    with pytest.raises(OptionError, match="no program that can be started"):
        find_browser(tmp_path / "text", nothing)


@posix
@pytest.mark.parametrize(("user", "present"), [(0, True), (1000, False)])
def test_only_root_goes_without_sandbox(
    user: int, present: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--no-sandbox" in flags()) == present


def test_flags_of_graphics() -> None:
    assert "--disable-gpu" in flags()
    assert "--disable-gpu" not in flags(webgpu=True)
    assert not any("swiftshader" in flag for flag in flags(webgpu=True))
    assert any("swiftshader" in flag for flag in flags(webgpu=True, software_adapter=True))
    assert all("--headless=new" in flags(webgpu=gpu) for gpu in (False, True))


def _gone(process: int) -> bool:
    """Also when nobody has asked for its exit code yet."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


@posix
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc: Linux only")
def test_it_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither heeds a request to end."""
    monkeypatch.setattr("tinystyle.benchmarks.web.browser._END_SECONDS", 0.3)
    body = f'trap "" TERM; (trap "" TERM; sleep 60) & echo $! >{tmp_path}/child; echo "$@"; wait'
    program = _program(tmp_path / "browser", body)
    with Browser(program, "http://127.0.0.1/x", ("--flag",)) as browser:
        while not (tmp_path / "child").exists() or browser.last_words() == "no message":
            time.sleep(0.01)
        child = int((tmp_path / "child").read_text())
        folder = browser._folder
        assert browser.exit_code is None
        assert (
            browser.last_words()
            == (f"--flag --user-data-dir={folder}/profile http://127.0.0.1/x"[:200])
        )
        assert (folder.stat().st_mode & 0o777) == 0o700
    assert not folder.exists()
    end = time.monotonic() + 5.0
    while not _gone(child) and time.monotonic() < end:
        time.sleep(0.01)
    assert _gone(child)


@posix
def test_it_is_killed_by_an_interruption_too(tmp_path: Path) -> None:
    browser = Browser(_program(tmp_path / "browser", "exec sleep 60"), "http://127.0.0.1/x", ())
    with pytest.raises(KeyboardInterrupt), browser:
        raise KeyboardInterrupt
    assert browser.exit_code is not None
    assert not browser._folder.exists()


@posix
def test_its_temporary_folders_are_removed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium leaves one behind where it is killed."""
    with tempfile.TemporaryDirectory(prefix="t") as short:  # pytest's may be too long for a socket
        folder = Path(short)
        monkeypatch.setattr(tempfile, "tempdir", short)
        monkeypatch.setenv("TMPDIR", short)
        program = _program(folder / "browser", "mktemp -d; exec sleep 60")
        with Browser(program, "http://127.0.0.1/x", ()) as browser:
            while browser.last_words() == "no message":
                time.sleep(0.01)
            assert Path(browser.last_words()).is_dir()
        assert list(folder.iterdir()) == [program]
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with Browser(_program(deep / "browser", "echo $TMPDIR"), "x", ()) as browser:
        while browser.last_words() == "no message":
            time.sleep(0.01)
        assert browser.last_words() == short


@posix
def test_a_program_that_cannot_start(tmp_path: Path) -> None:
    program = tmp_path / "browser"
    program.write_bytes(b"\x7fELF no program")
    program.chmod(0o755)
    with pytest.raises(TargetError, match="cannot be started"), Browser(program, "x", ()):
        pytest.fail("it did start")
