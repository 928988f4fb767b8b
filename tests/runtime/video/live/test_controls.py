"""Keys, the size of frames, the newest frame, words on a picture."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from tests.runtime.video.live.fakes import FakeSource, plain_frames
from tinystyle.errors import DeviceStateError, OptionError
from tinystyle.runtime.video.live.controls import HELP, Controls
from tinystyle.runtime.video.live.newest import Newest
from tinystyle.runtime.video.live.overlay import with_words
from tinystyle.runtime.video.live.pace import LARGEST, Pace


def test_styles_are_chosen_in_turn_and_by_number() -> None:
    controls = Controls(("night", "wave", "candy"))
    seen = []
    for key in ("right", "right", "right", "left", "2", "]", "[", "9"):
        assert controls.press(key)
        seen.append(controls.style)
    assert seen == ["wave", "candy", "night", "candy", "wave", "candy", "wave", "wave"]
    assert controls.notice == "there are 3 styles"


def test_strength_stays_between_0_and_1() -> None:
    controls = Controls(("night",), strength=0.85)
    seen = []
    for key in ("+", "up", "=", "-", "down"):
        controls.press(key)
        seen.append(controls.strength)
    assert seen == [0.95, 1.0, 1.0, 0.9, 0.8]
    for _ in range(20):
        controls.press("-")
    assert controls.strength == 0.0
    assert controls.notice == "strength 0.0"


def test_switches_and_the_end() -> None:
    controls = Controls(("night",))
    for key, name in ((" ", "paused"), ("h", "help"), ("C", "keep_color"), ("m", "mirror")):
        before = getattr(controls, name)
        controls.press(key)
        assert getattr(controls, name) is not before
    controls.press("s")
    assert controls.save
    assert not controls.press("x")
    assert not controls.press("unknown")
    assert not controls.press("0")
    for key in ("q", "escape"):
        controls.quit = False
        controls.press(key)
        assert controls.quit


def test_size_follows_the_pace_of_the_machine() -> None:
    pace = Pace(10.0)
    for _ in range(400):  # a machine that paints 400 x 400 in a tenth of a second
        pace.took(0.1 * (pace.size / 400) ** 2, pace.size)
    assert 340 <= pace.size <= 460
    settled = pace.size
    for index in range(100):
        pace.took((0.09, 0.11)[index % 2] * (pace.size / settled) ** 2, pace.size)
    assert pace.size == settled  # it does not change to and fro
    for _ in range(400):
        pace.took(1.0, pace.size)
    assert pace.size == 128
    for _ in range(400):
        pace.took(0.001, pace.size)
    assert pace.size == LARGEST


def test_a_size_that_is_given_or_all_there_is_stays() -> None:
    fixed, small = Pace(10.0, 500), Pace(10.0)
    for _ in range(50):
        fixed.took(3.0, 500)
        small.took(0.001, 160)  # the camera has no larger frames
    assert (fixed.size, small.size) == (500, 320)
    for rate, size in ((0.5, None), (500.0, None), (float("nan"), None), (12.0, 20)):
        with pytest.raises(OptionError, match="allowed are"):
            Pace(rate, size)


def test_the_newest_frame_is_taken_and_the_others_are_dropped() -> None:
    source = FakeSource(plain_frames(10), hold=4)
    with Newest(source) as newest:
        source.wait_until_held()
        frame = newest.take(5.0)
        assert frame is not None and frame[0, 0, 0] == 3
        assert newest.dropped == 3
        assert newest.take(0.01) is None  # not the same again
        source.go_on()
        while not newest.ended:
            last = newest.take(5.0)
            frame = frame if last is None else last
        assert frame[0, 0, 0] == 9
    assert source.closed_by == "camera"


def test_what_a_source_raises_is_raised() -> None:
    source = FakeSource(plain_frames(2), failure=DeviceStateError("unplugged"))
    with Newest(source) as newest, pytest.raises(DeviceStateError, match="unplugged"):
        while True:
            newest.take(5.0)
    assert source.closed_by
    assert not [t for t in threading.enumerate() if t.name == "camera"]


def test_a_source_is_left_at_once() -> None:
    source = FakeSource(plain_frames(10_000), seconds=0.01)
    start = time.monotonic()
    with Newest(source) as newest:
        newest.take(5.0)
    assert time.monotonic() - start < 4.0
    assert source.closed_by


@pytest.mark.parametrize("size", [(480, 640), (64, 64), (300, 70)], ids=str)
def test_words_are_light_on_a_darker_ground(size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), 120, np.uint8)
    assert with_words(rgb) is rgb
    low = with_words(rgb, notice="2 wave")
    assert np.array_equal(low[: size[0] // 2], rgb[: size[0] // 2])
    assert low.min() == 42 and low.max() > 200
    helped = with_words(rgb, HELP)
    assert helped.shape == rgb.shape and helped.max() > 200
    assert (rgb == 120).all()  # itself unchanged
