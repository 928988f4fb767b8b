"""Builds that are stopped, killed and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from tinystyle.catalogue import engines
from tinystyle.catalogue.artworks import Artwork
from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.engines import on_this_machine
from tinystyle.catalogue.exporter import StyleExporter
from tinystyle.catalogue.parts import PartBuilder, PartDone, Plan, part_path
from tinystyle.errors import ModelError, OptionError, OutputError, PictureError

OPTIONS = BuildOptions(workers=1, rows_per_part=3)


def _files(folder: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_only_what_is_missing_is_made_and_all_is_the_same(
    artworks: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after kill -9: parts that were finished lie there, and a file that was begun."""
    again = tmp_path / "again"
    Plan.load(folder)
    for name, data in _files(folder).items():
        path = again / ("parts" if name.endswith(".parquet") else "") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    part_path(again, 1).unlink()
    (again / "parts" / ".000001.parquet.x").write_bytes(b"half of it")
    told: list[tuple[int, int]] = []
    options = BuildOptions(workers=2, rows_per_part=3)
    built = build(artworks, again, options, seen=lambda *numbers: told.append(numbers))
    assert (built.rows, built.made, built.errors) == (8, 3, 0)
    assert told == [(5, 8), (8, 8)]
    assert part_path(again, 1).read_bytes() == part_path(folder, 1).read_bytes()
    assert not [*again.rglob(".*")]  # what was begun is gone
    monkeypatch.setattr(engines, "_pool", None)  # nothing is left that would need one
    assert build(artworks, again, OPTIONS).made == 0


def test_errors_are_rows(folder: Path) -> None:
    catalogue = Catalogue(folder)
    assert len(catalogue) == 6
    assert set(catalogue.errors) == {"text.jpg", "torn.png"}
    assert "text.jpg: not a picture" in catalogue.errors["text.jpg"]
    row = catalogue.row("dutch/d.png")
    assert row["source"] == {"licence": "CC BY"} and row["preview"] and row["width"] == 96


def test_another_source_is_refused(artworks: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="rows_per_part 3, now it is 64"):
        build(artworks, folder)
    (tmp_path / "a.png").write_bytes((artworks / "a.png").read_bytes())
    with pytest.raises(OptionError, match="rows 8, now it is 1"):
        build(tmp_path, folder, OPTIONS)


def test_what_is_wrong_is_said_at_once(artworks: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="engine is 'spark'; allowed is local, ray"):
        BuildOptions(engine="spark")
    with pytest.raises(OptionError, match="for engine ray alone"):
        BuildOptions(address="auto")
    with pytest.raises(PictureError, match="no such"):
        build(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        build(artworks, tmp_path / "file")
    with pytest.raises(ModelError, match=r"catalogue\.json is not there"):
        Catalogue(tmp_path)
    (tmp_path / "catalogue.json").write_text(json.dumps({"format": "other", "version": 1}))
    with pytest.raises(ModelError, match="cannot be read"):
        Catalogue(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
def test_workers_end_with_a_build_that_was_killed(artworks: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from tinystyle.catalogue import build\n"
        "def seen(done, rows):\n"
        "    if done: print(*Path(f'/proc/{os.getpid()}/task/{os.getpid()}/children').read_text()"
        ".split(), flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__':\n"
        "    build.build(Path(sys.argv[1]), Path(sys.argv[2]), build.BuildOptions(workers=1,"
        " rows_per_part=3), seen=seen)\n"
    )
    script = tmp_path / "killed.py"
    script.write_text(code)
    words = [sys.executable, str(script), str(artworks), str(tmp_path / "out")]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    workers = [Path(f"/proc/{pid}/cmdline") for pid in ended.stdout.split()]
    assert workers
    for _ in range(100):
        if not any(path.exists() and b"spawn_main" in path.read_bytes() for path in workers):
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"a worker runs on: {workers}")


class _Three:
    """Three artworks; that the second kills whoever reads it is the builder's part."""

    def __init__(self, folder: Path) -> None:
        self._picture = (folder / "a.png").read_bytes()

    def __len__(self) -> int:
        return 3

    def identity(self) -> str:
        return "three"

    def read(self, start: int, stop: int) -> list[Artwork]:
        return [Artwork(str(k), self._picture) for k in range(start, stop)]


class _Builder(PartBuilder):
    """Dies as a process that was killed does."""

    def __init__(self, *parts: Any, mark: Path | None) -> None:
        super().__init__(*parts)
        self._mark = mark

    def __call__(self, part: int, unreadable: dict[int, str] | None = None) -> PartDone:
        if not unreadable and (self._mark is None or not self._mark.exists()):
            if self._mark is not None:
                self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(part, unreadable)

    def try_row(self, part: int, row: int) -> None:
        if row == 1:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("always", [False, True])
def test_a_killed_process_costs_nothing_and_a_deadly_picture_one_row(
    artworks: Path, tmp_path: Path, always: bool
) -> None:
    source = _Three(artworks)
    exporter = StyleExporter()
    plan = Plan.of(source, exporter, 3, False)
    assert plan.begin(tmp_path) == [0]
    mark = None if always else tmp_path / "killed once"
    builder = _Builder(source, exporter, tmp_path, plan, mark=mark)
    (done,) = on_this_machine(builder, [0], 1)
    assert done == PartDone(0, 3, int(always))
    catalogue = Catalogue(tmp_path)
    assert catalogue.ids == (["0", "2"] if always else ["0", "1", "2"])
    if always:
        assert "died" in catalogue.errors["1"]
