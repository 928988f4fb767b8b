"""Builds on a disk that is full, among processes that are killed at random, of poisoned sources."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pyarrow")

from tests.catalogue.poison import POISONS, poison
from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.engines import on_ray, on_this_machine
from tinystyle.catalogue.exporter import StyleExporter
from tinystyle.catalogue.parts import PartBuilder, PartDone, Plan, part_path
from tinystyle.catalogue.sources import open_source
from tinystyle.errors import OutputError
from tinystyle.pictures.examples import ARTWORKS

ENGINES = ["local", "ray"]


def _with(engine: str) -> None:
    if engine == "ray":
        pytest.importorskip("ray.data", reason="ray is not installed (the extra [ray])")


class _FullDisk(PartBuilder):
    """Its process may write files of no more than 2 kB while it makes the second part."""

    def __call__(self, part: int, unreadable: dict[int, str] | None = None) -> PartDone:
        import resource  # Linux and macOS

        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048 if part == 1 else hard, hard))
        return super().__call__(part, unreadable)


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits of files' sizes")
@pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=[pytest.mark.slow] * (name == "ray")) for name in ENGINES]
)
def test_what_cannot_be_written_leaves_no_torn_part_and_the_build_goes_on(
    engine: str, artworks: Path, folder: Path, tmp_path: Path
) -> None:
    _with(engine)
    source, exporter = open_source(artworks), StyleExporter(preview=True)
    plan = Plan.of(source, exporter, 3, True)
    missing = plan.begin(tmp_path)
    full = _FullDisk(source, exporter, tmp_path, plan)
    found = on_ray(full, missing, 1, None) if engine == "ray" else on_this_machine(full, missing, 1)
    with pytest.raises(OutputError, match=r"000001\.parquet: cannot be written \(File too large\)"):
        list(found)
    assert not part_path(tmp_path, 1).exists()
    assert not [*tmp_path.rglob(".*")]
    for part in (0, 2):  # what there is, is whole
        path = part_path(tmp_path, part)
        assert not path.exists() or path.read_bytes() == part_path(folder, part).read_bytes()
    build(artworks, tmp_path, BuildOptions(workers=1, rows_per_part=3))
    for part in range(3):
        assert part_path(tmp_path, part).read_bytes() == part_path(folder, part).read_bytes()


def _draw(folder: Path, count: int) -> Path:
    folder.mkdir()
    formulas = list(ARTWORKS.values())
    drawn = [formula(96) for formula in formulas]
    for k in range(count):
        picture = np.roll(drawn[k % len(drawn)], 5 * k, axis=k % 2)
        Image.fromarray(picture).save(folder / f"{k:04}.png")
    return folder


_BUILD = (
    "import sys; from pathlib import Path; from tinystyle.catalogue import build\n"
    "if __name__ == '__main__':\n"
    "    build.build(Path(sys.argv[1]), Path(sys.argv[2]), build.BuildOptions(workers=2,"
    " rows_per_part=4, preview=False, engine=sys.argv[3]))\n"
)


def _below(pid: int) -> list[int]:
    """Processes that a process has started, and those that these have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *_below(child)]
    return found


def _words(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("engine", "rounds"), [("local", 12), ("ray", 4)])
def test_killed_at_random_again_and_again(engine: str, rounds: int, tmp_path: Path) -> None:
    """Workers and builds, at moments that a seed chooses: every part is made once and is right."""
    _with(engine)
    artworks = _draw(tmp_path / "artworks", 120)
    whole, made = tmp_path / "whole", tmp_path / "made"
    build(artworks, whole, BuildOptions(workers=1, rows_per_part=4, preview=False))
    script = tmp_path / "build.py"
    script.write_text(_BUILD)
    command = [sys.executable, str(script), str(artworks), str(made), engine]
    random = np.random.default_rng(33)
    files: dict[str, int] = {}
    killed: list[str] = []
    for number in range(rounds):
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        begun: set[int] = set()
        until = time.monotonic() + random.uniform(1.0, 6.0 if engine == "local" else 20.0)
        while time.monotonic() < until and running.poll() is None:
            begun |= set(_below(running.pid))
            time.sleep(0.05)
        word = "spawn_main" if engine == "local" else "ray::"
        workers = [pid for pid in _below(running.pid) if word in _words(pid)]
        if number % 2 and workers:
            killed.append("worker")
            _kill(int(random.choice(workers)))
            time.sleep(random.uniform(0.0, 2.0))
        if running.poll() is None:
            killed.append("build")
        begun |= set(_below(running.pid))
        running.kill()
        running.wait()
        until = time.monotonic() + 30.0
        while any(_words(pid) for pid in begun) and time.monotonic() < until:
            time.sleep(0.1)
        for pid in begun:  # of Ray those that do not end by themselves
            _kill(pid)
        for path in sorted((made / "parts").glob("0*.parquet")):
            assert path.read_bytes() == (whole / "parts" / path.name).read_bytes()
            assert files.setdefault(path.name, path.stat().st_ino) == path.stat().st_ino
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "build" in killed
    for path in sorted((whole / "parts").iterdir()):
        again = made / "parts" / path.name
        assert again.read_bytes() == path.read_bytes()
        assert files.get(path.name, again.stat().st_ino) == again.stat().st_ino  # not made twice
    assert Catalogue(made).ids == Catalogue(whole).ids
    assert sorted(p.name for p in made.rglob(".*")) == []


def test_all_poison_is_named_and_all_others_are_done(tmp_path: Path) -> None:
    artworks = _draw(tmp_path / "artworks", 40)
    bad = poison(artworks, len(POISONS), seed=1)
    built = build(artworks, tmp_path / "made", BuildOptions(workers=2, preview=False))
    catalogue = Catalogue(tmp_path / "made")
    assert built.errors == len(POISONS) and len(catalogue) == 40 - len(POISONS)
    assert catalogue.errors.keys() == bad.keys()
    assert all(error and "\n" not in error for error in catalogue.errors.values())
    expected: dict[str, Any] = {"nothing": "0 bytes|empty|not a picture", "a bomb": "pixels"}
    for kind, words in expected.items():
        (name,) = [name for name, found in bad.items() if found == kind]
        assert any(word in catalogue.errors[name] for word in words.split("|")), kind
