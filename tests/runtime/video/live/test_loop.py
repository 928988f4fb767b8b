"""A camera painted while it is seen, with a camera and a window of the tests' own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.conftest import random_net
from tests.runtime.video.live.fakes import FakeSource, FakeWindow, UInt8Array
from tinystyle.errors import DeviceStateError, OutputError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.images import resize
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.video.live.controls import Controls
from tinystyle.runtime.video.live.loop import Live
from tinystyle.runtime.video.live.pace import Pace

RANDOM = np.random.default_rng(5)
FRAME = np.kron(RANDOM.integers(0, 256, (6, 8, 3), np.uint8), np.ones((80, 80, 1), np.uint8))
"""480 x 640, shown as large as it is; not its own mirror image."""


@pytest.fixture(scope="module")
def painters() -> list[Stylizer]:
    nets = [random_net(seed=seed) for seed in (0, 1)]
    return [Stylizer.from_bytes(to_onnx(net).SerializeToString(), "net") for net in nets]


class Saved(list[tuple[UInt8Array, str]]):
    failing = False

    def __call__(self, rgb: UInt8Array, style: str) -> str:
        if self.failing:
            raise OutputError("out/: disk is full")
        self.append((rgb, style))
        return "saved"


def _live(painters: list[Stylizer], **options: Any) -> tuple[Live, Saved]:
    saved = Saved()
    steady = options.pop("steady", False)
    size = options.pop("size", 640)
    controls = Controls(("one", "two"), notice="", **{"mirror": False, **options})
    return Live(painters, controls, Pace(120.0, size), saved, steady=steady), saved


def _still(count: int = 400) -> FakeSource:
    return FakeSource([FRAME] * count, seconds=0.005)


def test_frames_are_shown_as_photographs_are_painted(painters: list[Stylizer]) -> None:
    live, _ = _live(painters)
    window, source = FakeWindow({3: "q"}), _still()
    found = live.run(source, window)
    assert found.painted == 3 and len(window.shown) >= 3
    assert window.closed and source.closed_by == "camera"
    assert np.array_equal(window.shown[0], painters[0].stylize(FRAME))
    assert found.dropped + found.painted <= source.given


def test_keys_change_the_next_picture(painters: list[Stylizer]) -> None:
    keys: dict[int, str | list[str]] = {1: "2", 2: "-", 3: "c", 4: "m", 5: "q"}
    live, _ = _live(painters)
    window = FakeWindow(keys)
    live.run(_still(), window)
    upper = slice(0, 400)  # below are the words on the last key
    wanted = [
        painters[0].stylize(FRAME),
        painters[1].stylize(FRAME),
        painters[1].stylize(FRAME, strength=0.9),
        painters[1].stylize(FRAME, strength=0.9, keep_color=True),
        painters[1].stylize(FRAME[:, ::-1].copy(), strength=0.9, keep_color=True),
    ]
    for index, picture in enumerate(wanted):
        assert np.abs(window.shown[index][upper].astype(int) - picture[upper]).max() <= 1, index
    assert not np.array_equal(window.shown[1][400:], wanted[1][400:])  # "2 two"


def test_a_mirrored_picture_is_saved_as_it_is_shown(painters: list[Stylizer]) -> None:
    live, saved = _live(painters, mirror=True)
    window = FakeWindow({2: ["h", "s"], 3: "q"})
    live.run(_still(), window)
    ((rgb, style),) = saved
    assert style == "one"
    assert np.array_equal(rgb, painters[0].stylize(FRAME[:, ::-1].copy()))  # without words
    assert not np.array_equal(window.shown[-1][200:280], rgb[200:280])  # the help


def test_a_picture_that_cannot_be_saved_is_told_in_the_window(painters: list[Stylizer]) -> None:
    live, saved = _live(painters)
    saved.failing = True
    window = FakeWindow({1: "s", 3: "q"})
    assert live.run(_still(), window).painted >= 2
    assert not saved
    assert not np.array_equal(window.shown[2][400:], window.shown[0][400:])


def test_a_held_picture_stays_and_is_painted_anew_where_keys_ask(painters: list[Stylizer]) -> None:
    frames = [np.roll(FRAME, 8 * index, axis=1) for index in range(400)]
    live, _ = _live(painters)
    window = FakeWindow({2: " ", 6: "2", 9: " ", 11: "q"})
    found = live.run(FakeSource(frames, seconds=0.005), window)
    top = [picture[:400] for picture in window.shown]
    for index in range(2, 6):
        assert np.array_equal(top[index], top[1]), index
    assert not np.array_equal(top[6], top[1])
    assert np.array_equal(top[6], top[8])
    assert not np.array_equal(top[10], top[8])
    assert found.painted < len(window.shown)


def test_it_ends_with_its_source_and_with_its_window(painters: list[Stylizer]) -> None:
    live, _ = _live(painters)
    window = FakeWindow()
    live.run(_still(3), window)
    assert window.closed and window.shown
    live, _ = _live(painters)
    window = FakeWindow(closes=2)
    live.run(_still(), window)
    assert window.closed and len(window.shown) == 2


def test_a_camera_that_is_unplugged_is_told(painters: list[Stylizer]) -> None:
    live, _ = _live(painters)
    window = FakeWindow()
    source = FakeSource([FRAME] * 3, failure=DeviceStateError("unplugged"))
    with pytest.raises(DeviceStateError, match="unplugged"):
        live.run(source, window)
    assert window.closed and source.closed_by


def test_small_frames_are_painted_small_and_shown_large(painters: list[Stylizer]) -> None:
    frame = FRAME[::4, ::4].copy()
    live, _ = _live(painters, size=96)
    window = FakeWindow({1: "q"})
    live.run(FakeSource([frame] * 50, seconds=0.005), window)
    wanted = resize(painters[0].stylize(resize(frame, 72, 96)), 480, 640)
    assert np.array_equal(window.shown[0], wanted)


def test_steadied_pictures_change_less(painters: list[Stylizer]) -> None:
    noisy = [
        np.asarray(FRAME // 2 + RANDOM.integers(0, 9, FRAME.shape), np.uint8) for _ in "123456"
    ]
    changes = []
    for steady in (False, True):
        live, _ = _live(painters, steady=steady, size=160)
        window = FakeWindow(closes=7)
        live.run(FakeSource(noisy * 99, seconds=0.02), window)
        pictures = np.stack(window.shown).astype(float)
        moved = np.abs(np.diff(pictures, axis=0)).mean((1, 2, 3))
        changes.append(np.median(moved[moved > 0.0]))
    assert changes[1] < 0.9 * changes[0]
