"""``tinystyle camera``, with a camera and a window of the tests' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.runtime.video.live.fakes import FakeSource, FakeWindow
from tinystyle.cli import main
from tinystyle.commands.moving.camera import saver
from tinystyle.errors import AbsentTargetError, OutputError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.video.live import opencv

FRAME = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)


class Place:
    """Two networks, and what the command opens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = FakeSource([FRAME] * 300, seconds=0.005)
        self.window = FakeWindow({2: "s", 3: "q"})
        self.opened: list[Any] = []

    def run(self, line: str = "") -> int:
        models = [str(self.folder / f"{name}.onnx") for name in ("night", "wave")]
        return main(["camera", *models, "-o", str(self.folder / "saved"), *line.split()])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    for seed, name in enumerate(("night", "wave")):
        model = to_onnx(random_net(seed=seed))
        (tmp_path / f"{name}.onnx").write_bytes(model.SerializeToString())

    def source(wanted: int | Path) -> FakeSource:
        place.opened.append(wanted)
        return place.source

    monkeypatch.setattr(opencv, "OpenCvSource", source)
    monkeypatch.setattr(opencv, "OpenCvWindow", lambda _title: place.window)
    monkeypatch.setattr(opencv, "require_display", lambda: None)
    return place


def test_it_paints_saves_and_quits(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("--size 640 --device 3 --strength 0.7") == 0
    said = capsys.readouterr()
    (saved,) = (place.folder / "saved").iterdir()
    assert said.out == f"{saved}\n"
    assert saved.name.startswith("night-") and saved.suffix == ".png"
    assert "frames painted" in said.err and "dropped" in said.err
    painter = Stylizer.load(place.folder / "night.onnx")
    wanted = painter.stylize(FRAME[:, ::-1].copy(), strength=0.7)
    with Image.open(saved) as image:
        assert np.abs(np.asarray(image).astype(int) - wanted).max() <= 1
    assert place.opened == [3] and place.window.closed and place.source.closed_by


def test_films_are_not_mirrored_unless_asked(place: Place) -> None:
    pictures = []
    for line, is_film in (("", True), ("--mirror", True), ("", False), ("--no-mirror", False)):
        place.source = FakeSource([FRAME] * 300, seconds=0.005)
        place.source.is_film = is_film
        place.window = FakeWindow({1: "q"})
        place.run(f"--source clip.mp4 --size 320 -q {line}")
        pictures.append(place.window.shown[0][:300])
    assert place.opened == [Path("clip.mp4")] * 4
    assert np.array_equal(pictures[0], pictures[3])
    assert np.array_equal(pictures[1], pictures[2])
    assert not np.array_equal(pictures[0], pictures[1])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--rate 0", "rate is 0"),
        ("--size 10", "size is 10 px"),
        ("--strength 2", "strength is 2"),
        ("--device -1", "cameras are numbered from 0"),
        ("--threads 999", "threads"),
    ],
)
def test_one_line_says_what_is_wrong(
    line: str, words: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run(line) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1 and words in errors[0]
    assert not place.opened


def test_a_camera_is_freed_where_there_is_no_display(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> None:
        raise AbsentTargetError("there is no display")

    monkeypatch.setattr(opencv, "require_display", none)
    assert place.run() == 9
    assert capsys.readouterr().err == "error: there is no display\n"
    assert place.source.closed_by == "MainThread"


def test_ctrl_c_frees_the_camera(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(place.window, "key", interrupt)
    assert place.run("-q") == 130
    assert place.window.closed and place.source.closed_by == "camera"


def test_saved_pictures_never_replace_each_other(tmp_path: Path) -> None:
    save = saver(tmp_path)
    words = {save(FRAME[:8, :8], "night") for _ in range(4)}
    assert len(words) == len(list(tmp_path.iterdir())) == 4
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        saver(tmp_path / "file")(FRAME, "night")
