"""Queues between threads."""

from __future__ import annotations

import threading

import pytest

from tinystyle.runtime.video.belt import Belt, Stopped


def test_who_puts_too_much_waits() -> None:
    belt: Belt[int] = Belt(2)
    put: list[int] = []

    def fill() -> None:
        for number in range(6):
            belt.put(number)
            put.append(number)
        belt.end()

    thread = threading.Thread(target=fill)
    thread.start()
    thread.join(0.2)
    assert put == [0, 1]
    assert list(belt) == [0, 1, 2, 3, 4, 5]
    thread.join()


def test_light_items_do_not_count_as_much() -> None:
    belt: Belt[str] = Belt(1)
    for _ in range(3):
        belt.put("sound", 0.25)
    belt.put("frame")  # the load is 0.75 before
    belt.end()
    assert list(belt) == ["sound", "sound", "sound", "frame"]


def test_a_failure_ends_both_sides() -> None:
    belt: Belt[int] = Belt(1)
    belt.put(0)
    seen: list[BaseException] = []

    def fill() -> None:
        try:
            belt.put(1)
        except OSError as error:
            seen.append(error)

    thread = threading.Thread(target=fill)
    thread.start()
    error = OSError("disk")
    belt.fail(error)
    thread.join(5)
    assert seen == [error]
    with pytest.raises(OSError, match="disk"):
        next(iter(belt))
    other: Belt[int] = Belt(1)
    other.fail()
    with pytest.raises(Stopped):
        other.put(0)
