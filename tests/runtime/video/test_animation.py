"""Animated pictures, painted frame by frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av")

from tests.runtime.video.clips import moving_square
from tinystyle.errors import PictureError
from tinystyle.pictures.images import Picture
from tinystyle.runtime.video.animation import count_frames, paint_animation

DURATIONS = [40, 120, 300, 80]


def _animated(path: Path, *, alpha: bool = False, loop: int | None = 3) -> Path:
    frames = [Image.fromarray(frame) for frame in moving_square(4)]
    if alpha:
        for frame in frames:
            frame.putalpha(Image.new("L", frame.size, 255))
            frame.paste((0, 0, 0, 0), (0, 0, 80, 8))
    options: dict[str, Any] = {} if loop is None else {"loop": loop}
    if path.suffix == ".webp":
        options["lossless"] = True
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=DURATIONS, **options)
    return path


def _inverted(picture: Picture) -> Picture:
    return replace(picture, rgb=np.asarray(255 - picture.rgb, np.uint8))


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_durations_and_loops_are_kept(name: str, tmp_path: Path) -> None:
    source, output = _animated(tmp_path / name), tmp_path / f"out-{name}"
    assert count_frames(source) == 4
    assert paint_animation(source, output, _inverted) == 4
    with Image.open(source) as before, Image.open(output) as after:
        assert after.info["loop"] == before.info["loop"] == 3
        for index in range(4):
            for image in (before, after):
                image.seek(index)
                image.load()
            assert after.info["duration"] == DURATIONS[index]
            film, painted = (np.asarray(i.convert("RGB")).astype(int) for i in (before, after))
            assert np.abs(255 - film - painted).mean() < 8


def test_what_plays_once_plays_once(tmp_path: Path) -> None:
    source = _animated(tmp_path / "a.gif", loop=None)
    paint_animation(source, tmp_path / "b.gif", _inverted)
    with Image.open(tmp_path / "b.gif") as image:
        assert "loop" not in image.info
    paint_animation(source, tmp_path / "b.webp", _inverted)
    with Image.open(tmp_path / "b.webp") as image:
        assert image.info["loop"] == 1


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_what_is_transparent_stays_so(name: str, tmp_path: Path) -> None:
    source = _animated(tmp_path / name, alpha=True)
    paint_animation(source, tmp_path / f"out-{name}", _inverted)
    with Image.open(tmp_path / f"out-{name}") as image:
        for index in range(4):
            image.seek(index)
            alpha = np.asarray(image.convert("RGBA"))[..., 3]
            assert alpha[:8].max() == 0
            assert alpha[8:].min() == 255


def test_size_and_steadiness(tmp_path: Path) -> None:
    source = _animated(tmp_path / "a.gif")
    count = 0

    def advance() -> None:
        nonlocal count
        count += 1

    paint_animation(
        source, tmp_path / "b.gif", _inverted, max_size=40, steady=True, advanced=advance
    )
    assert count == 4
    with Image.open(tmp_path / "b.gif") as image:
        assert image.size == (40, 32)
    assert count_frames(tmp_path / "b.gif") == 4


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    source = _animated(tmp_path / "a.png")
    source.write_bytes(source.read_bytes()[:-400])
    with pytest.raises(PictureError, match="is damaged or cut off after frame"):
        paint_animation(source, tmp_path / "b.png", _inverted)
    assert not (tmp_path / "b.png").exists()
    assert count_frames(tmp_path / "no.gif") == 0
