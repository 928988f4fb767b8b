"""``tinystyle stylize`` of films and animated pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.runtime.video.clips import frames_of, moving_square, sound_of, write_clip, write_sound
from tinystyle.cli import main
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions
from tinystyle.runtime.video import painting
from tinystyle.runtime.video.animation import count_frames
from tinystyle.runtime.video.painting import FramePainter


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("films")
    (place / "net.onnx").write_bytes(to_onnx(random_net()).SerializeToString())
    write_clip(place / "clip.mp4", moving_square(6), sound="aac")
    write_clip(place / "odd.mkv", [frame[:65, :79] for frame in moving_square(2, 66)])
    write_sound(place / "sound.mp4")
    data = (place / "clip.mp4").read_bytes()
    (place / "cut.mp4").write_bytes(data[: len(data) // 2])
    frames = [Image.fromarray(frame) for frame in moving_square(3)]
    frames[0].save(place / "moves.gif", save_all=True, append_images=frames[1:], duration=70)
    frames[0].save(place / "photo.png")
    return place


def _run(line: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(place)
    return main(["stylize", *line.split()])


def test_a_film_is_painted_as_its_frames(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("net.onnx clip.mp4 -o new/out.mp4 --strength 0.8", place, monkeypatch) == 0
    said = capsys.readouterr()
    assert said.out == f"{Path('new/out.mp4')}\n"
    assert "6 frames, 64x80, 1 of sound copied" in said.err
    painter = Stylizer.load(place / "net.onnx")
    pairs = zip(frames_of(place / "clip.mp4"), frames_of(place / "new" / "out.mp4"), strict=True)
    for (time, film), (painted_time, painted) in pairs:
        wanted = painter.stylize(film, strength=0.8)
        assert time == painted_time
        assert np.abs(wanted.mean((0, 1)) - painted.mean((0, 1))).max() < 4
    assert sound_of(place / "clip.mp4") == sound_of(place / "new" / "out.mp4")


def test_colour_size_and_steadiness(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "net.onnx clip.mp4 -o small.webm --max-size 70 --keep-color --steady -q"
    write_clip(place / "silent.mp4", moving_square(6))
    assert _run(line.replace("clip", "silent"), place, monkeypatch) == 0
    made = frames_of(place / "small.webm")
    assert len(made) == 6
    assert made[0][1].shape == (56, 70, 3)
    assert np.ptp(made[0][1].astype(int).mean((0, 1))) < 3  # the film is grey


@pytest.mark.parametrize(
    ("choice", "memory", "side"),
    [("--memory 300MB", 300_000_000, None), ("--tile 64", None, 64), ("", None, None)],
)
def test_memory_and_tiles_are_for_films_too(
    choice: str, memory: int | None, side: int | None, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TileOptions] = []

    class Seen(FramePainter):
        def __init__(self, *args: Any, tiles: TileOptions, **options: Any) -> None:
            seen.append(tiles)
            super().__init__(*args, tiles=tiles, **options)

    monkeypatch.setattr(painting, "FramePainter", Seen)
    assert _run(f"net.onnx clip.mp4 -o tiled.mp4 -q {choice}", place, monkeypatch) == 0
    assert seen == [TileOptions(memory, side)]
    assert _run(f"net.onnx moves.gif -o tiled.gif -q {choice}", place, monkeypatch) == 0
    assert len(frames_of(place / "tiled.mp4")) == 6


def test_odd_sides_are_told(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("net.onnx odd.mkv -o even.mp4", place, monkeypatch) == 0
    assert "frames are 65x79; films have even sides" in capsys.readouterr().err
    assert frames_of(place / "even.mp4")[0][1].shape == (64, 78, 3)


def test_an_animated_picture_keeps_its_kind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run("net.onnx moves.gif -o painted.gif -q", place, monkeypatch) == 0
    with Image.open(place / "painted.gif") as image:
        assert (image.size, image.info["duration"]) == ((80, 64), 70)
    assert count_frames(place / "painted.gif") == 3
    assert _run("net.onnx moves.gif -o painted.mp4 -q", place, monkeypatch) == 0
    assert len(frames_of(place / "painted.mp4")) == 3


CASES = [
    ("net.onnx cut.mp4 -o out.mp4", 4, "cut off"),
    ("net.onnx sound.mp4 -o out.mp4", 4, "holds no moving picture"),
    ("net.onnx absent.mp4 -o out.mp4", 4, "no such file"),
    ("net.onnx clip.mp4 -o out.webm", 7, "cannot hold the film's sound (aac)"),
    ("net.onnx clip.mp4 -o photo.png/out.mp4", 7, "is a file; needed is a folder"),
    ("net.onnx clip.mp4 -o clip.mp4", 7, "would overwrite"),
    ("net.onnx clip.mp4 -o out.jpg", 2, "allowed are .mp4 .m4v .mov .mkv .webm"),
    ("net.onnx clip.mp4 -o out.gif", 2, "allowed are .mp4 .m4v .mov .mkv .webm"),
    ("net.onnx clip.mp4 photo.png -o out", 2, "a film is painted alone"),
    ("net.onnx clip.mp4 -o out.mp4 --mask photo.png", 2, "are for photographs"),
    ("net.onnx clip.mp4 -o out.mp4 --strength 2", 2, "strength"),
    ("net.onnx photo.png -o out.png --steady", 2, "--steady is for films"),
]


@pytest.mark.parametrize(("line", "code", "words"), CASES)
def test_one_line_says_what_is_wrong(
    line: str,
    code: int,
    words: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {path: path.lstat().st_mtime_ns for path in place.rglob("*")}
    assert _run(line, place, monkeypatch) == code
    errors = [text for text in capsys.readouterr().err.splitlines() if text.startswith("error: ")]
    assert len(errors) == 1 and words in errors[0]
    assert {path: path.lstat().st_mtime_ns for path in place.rglob("*")} == before


def test_without_pyav_films_say_what_to_install_and_photographs_are_painted(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert _run("net.onnx clip.mp4 -o none.mp4", place, monkeypatch) == 3
    assert "[video]" in capsys.readouterr().err
    assert _run("net.onnx photo.png -o painted.png", place, monkeypatch) == 0
    assert _run("net.onnx moves.gif -o again.gif", place, monkeypatch) == 0


def test_the_experiment_measures_films_and_peers(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    (tmp_path / "peer").mkdir()
    for index, (_, frame) in enumerate(frames_of(place / "clip.mp4")):
        Image.fromarray(255 - frame).save(tmp_path / "peer" / f"{index}.png")
    line = ["experiment", "video", "--model", "net.onnx", "--clip", "clip.mp4", "--frames", "4"]
    line += ["--moved", "1", "--size", "80"]
    line += ["--peer", str(tmp_path / "peer"), "-o", str(tmp_path / "out")]
    assert main(line) == 0
    found = json.loads((tmp_path / "out" / "video.json").read_text())
    assert found["clip.mp4"]["peer"]["unsteadiness"] == pytest.approx(2.0, abs=0.05)
    ours = found["clip.mp4"]["net.onnx"]
    assert ours["ratio"] == pytest.approx(ours["with_steady"] / ours["unsteadiness"], abs=0.001)
    moved = found["moved photograph 1"]["net.onnx"]
    assert moved["unsteadiness"] > 0.0
    assert main([*line, "--clip", "clip.mp4"]) == 2  # of which film would the peer's frames be?
