"""A short queue between two threads that learns of it when either of them fails."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Belt", "Stopped"]

_Item = TypeVar("_Item")


class Stopped(Exception):
    """The other side has given up."""


class Belt(Generic[_Item]):
    """Takes items until their weights are ``room`` together; who puts another waits."""

    def __init__(self, room: float) -> None:
        self._room = room
        self._load = 0.0
        self._items: deque[tuple[_Item, float]] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._failure: BaseException | None = None

    def put(self, item: _Item, weight: float = 1.0) -> None:
        """Raises Stopped, or what :meth:`fail` was given."""
        with self._changed:
            self._changed.wait_for(lambda: self._load < self._room or self._failure is not None)
            self.require_intact()
            self._items.append((item, weight))
            self._load += weight
            self._changed.notify_all()

    def __iter__(self) -> Iterator[_Item]:
        """Items until :meth:`end`. Raises as :meth:`put` does."""
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._items or self._ended or self._failure is not None
                )
                self.require_intact()
                if not self._items:
                    return
                item, weight = self._items.popleft()
                self._load = self._load - weight if self._items else 0.0
                self._changed.notify_all()
            yield item

    def end(self) -> None:
        """No more items come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def fail(self, error: BaseException | None = None) -> None:
        """What is still on it is of no use; both sides raise ``error``, by default Stopped."""
        with self._changed:
            self._failure = self._failure or error or Stopped()
            self._items.clear()
            self._changed.notify_all()

    def require_intact(self) -> None:
        """Raise what :meth:`fail` was given, if it was called."""
        if self._failure is not None:
            raise self._failure
