"""Frames painted several at a time, as they are painted one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av")

from tests.conftest import random_net
from tests.runtime.video.clips import UInt8Array
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.images import to_uint8
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions, whole_bytes
from tinystyle.runtime.video import planes
from tinystyle.runtime.video.film import Frame
from tinystyle.runtime.video.painting import FramePainter, frames_at_a_time, painted_in_order

RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    model = to_onnx(random_net()).SerializeToString()
    return Stylizer.from_bytes(model, "net", SessionOptions(2))


def _view(height: int, width: int) -> UInt8Array:
    """As a reader gives them."""
    return RANDOM.integers(0, 256, (3, height, width), np.uint8).transpose(1, 2, 0)


CHOICES: list[dict[str, Any]] = [
    {},
    {"strength": 0.5},
    {"keep_color": True},
    {"stroke_size": 1.5},
    {"tiles": TileOptions(side=64)},
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize("size", [(120, 97), (40, 200)], ids=str)
def test_frames_are_painted_as_photographs(
    choice: dict[str, Any], size: tuple[int, int], painter: Stylizer
) -> None:
    paint = FramePainter(painter, *size, **choice)
    assert paint.at_a_time == (1 if "tiles" in choice and min(size) >= 64 else 2)
    for frame in (_view(*size), np.full((*size, 3), 77, np.uint8)):
        wanted = painter.stylize(np.ascontiguousarray(frame), **choice)
        # One thread adds up in another order than two.
        assert np.abs(paint(frame).astype(int) - wanted).max() <= 1
        assert np.mean(paint(frame) != wanted) < 0.001


def test_a_network_of_bytes_and_one_made_for_a_size() -> None:
    in_bytes = to_onnx(prepare(random_net(), GraphOptions(io=PictureIO.UINT8)))
    for model in (in_bytes, to_onnx(random_net(), size=(64, 80))):
        painter = Stylizer.from_bytes(model.SerializeToString(), "net", SessionOptions(2))
        frame = _view(70, 90)
        wanted = painter.stylize(np.ascontiguousarray(frame))
        painted = FramePainter(painter, 70, 90)(frame)
        assert np.abs(painted.astype(int) - wanted).max() <= 1


def test_memory_and_threads_tell_how_many_frames_are_painted_at_once() -> None:
    one = whole_bytes(720, 1280)
    assert frames_at_a_time(1, 720, 1280, 10**9) == 1
    assert frames_at_a_time(2, 720, 1280, 10**9) == 2
    assert frames_at_a_time(64, 64, 64, 10**9) == 8
    assert frames_at_a_time(8, 720, 1280, one) == 1
    assert frames_at_a_time(8, 720, 1280, 0) == 1
    two = 2 * one - whole_bytes(0, 0)
    assert [frames_at_a_time(8, 720, 1280, two - k) for k in (1, 0)] == [1, 2]


def test_who_waits_for_a_frame_gets_all_threads_for_it(painter: Stylizer) -> None:
    assert FramePainter(painter, 64, 64, in_turn=True).at_a_time == 1
    assert painter.with_options(SessionOptions(1)).options.threads == 1


@pytest.mark.parametrize("size", [(4, 6), (65, 79), (33, 130)], ids=str)
def test_planes_go_into_a_frame_and_come_back(size: tuple[int, int]) -> None:
    frame, rgb = av.VideoFrame(size[1], size[0], planes.FORMAT), _view(*size)
    planes.fill(frame, rgb)
    assert np.array_equal(planes.read(frame).transpose(1, 2, 0), rgb)
    assert np.array_equal(frame.to_ndarray(format="rgb24"), rgb)


def test_floats_become_bytes_as_elsewhere() -> None:
    batch = RANDOM.uniform(-0.1, 1.1, (1, 3, 70, 33)).astype(np.float32)
    assert np.array_equal(planes.bytes_of_batch(batch), to_uint8(batch))


def test_frames_keep_their_order_and_some_are_painted_at_once() -> None:
    both = threading.Barrier(2, timeout=20)

    def paint(rgb: UInt8Array) -> UInt8Array:
        both.wait()  # breaks where frames are painted one by one
        time.sleep(0.02 if rgb[0, 0, 0] % 2 else 0.0)  # odd ones come late
        return rgb + np.uint8(100)

    items: list[Any] = []
    for index in range(8):
        items += ["sound", Frame(np.full((2, 2, 3), index, np.uint8), index), "more"]
    made = list(painted_in_order(items, paint, 2))
    assert [item for item, _ in made] == items
    for item, painted in made:
        assert (painted is None) == isinstance(item, str)
        if painted is not None:
            assert painted[0, 0, 0] == item.time + 100


def test_much_sound_behind_a_slow_frame_does_not_pile_up() -> None:
    taken = 0

    def items() -> Iterator[Any]:
        nonlocal taken
        yield Frame(np.zeros((2, 2, 3), np.uint8), 0)
        for _ in range(2000):
            taken += 1
            yield "sound"

    def paint(rgb: UInt8Array) -> UInt8Array:
        time.sleep(0.3)
        assert taken < 300
        return rgb

    assert len(list(painted_in_order(items(), paint, 2))) == 2001


def test_what_painting_raises_is_raised_and_ends_it() -> None:
    begun: list[int] = []

    def paint(rgb: UInt8Array) -> UInt8Array:
        begun.append(int(rgb[0, 0, 0]))
        if begun[-1] == 3:
            raise KeyError("frame 3")
        return rgb

    frames = [Frame(np.full((2, 2, 3), index, np.uint8), index) for index in range(50)]
    with pytest.raises(KeyError, match="frame 3"):
        list(painted_in_order(frames, paint, 2))
    assert max(begun) <= 6
    assert not [t for t in threading.enumerate() if t.name.startswith("paint")]


def test_a_session_alone_stays_as_it_is(painter: Stylizer) -> None:
    alone = Stylizer(painter._session, painter.manifest, painter.options)
    assert alone.with_options(SessionOptions(1)) is alone
