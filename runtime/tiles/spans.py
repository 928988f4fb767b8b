"""What rows, or columns, of a tensor an operation reads to make others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Border", "Cut", "Enlarging", "Reach", "Same", "Span", "Window"]


class Span(NamedTuple):
    """Places from ``start`` to before ``end`` along one axis of a whole tensor."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many places."""
        return self.end - self.start

    def within(self, other: Span) -> Span:
        """What lies in both."""
        return Span(max(self.start, other.start), min(self.end, other.end))

    def around(self, other: Span) -> Span:
        """The shortest that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def seen_from(self, start: int) -> slice:
        """As part of an array that begins at the place ``start``."""
        return slice(self.start - start, self.end - start)


@dataclass(frozen=True, slots=True)
class Same:
    """Each place is made of itself alone."""

    def extent(self, length: int) -> int:
        """Places made of a whole source of ``length``."""
        return length

    def needed(self, wanted: Span, length: int) -> Span:
        """What of a source of ``length`` the places ``wanted`` are made of."""
        return wanted

    def usable(self, there: Span, length: int) -> Span:
        """What the operation is given, of what is ``there`` of the source."""
        return there

    def made(self, given: Span, length: int) -> Span:
        """The places that come of it."""
        return given


@dataclass(frozen=True, slots=True)
class Window:
    """A convolution without padding."""

    kernel: int
    stride: int

    def extent(self, length: int) -> int:
        """As :meth:`Same.extent`."""
        return (length - self.kernel) // self.stride + 1

    def needed(self, wanted: Span, length: int) -> Span:
        """As :meth:`Same.needed`."""
        return Span(wanted.start * self.stride, (wanted.end - 1) * self.stride + self.kernel)

    def usable(self, there: Span, length: int) -> Span:
        """As :meth:`Same.usable`: from a multiple of the stride on."""
        return Span(-(-there.start // self.stride) * self.stride, there.end)

    def made(self, given: Span, length: int) -> Span:
        """As :meth:`Same.made`."""
        first = given.start // self.stride
        return Span(first, first + self.extent(given.length))


@dataclass(frozen=True, slots=True)
class Enlarging:
    """Each place becomes ``scale``."""

    scale: int

    def extent(self, length: int) -> int:
        """As :meth:`Same.extent`."""
        return length * self.scale

    def needed(self, wanted: Span, length: int) -> Span:
        """As :meth:`Same.needed`."""
        return Span(wanted.start // self.scale, -(-wanted.end // self.scale))

    def usable(self, there: Span, length: int) -> Span:
        """As :meth:`Same.usable`."""
        return there

    def made(self, given: Span, length: int) -> Span:
        """As :meth:`Same.made`."""
        return Span(given.start * self.scale, given.end * self.scale)


@dataclass(frozen=True, slots=True)
class Cut:
    """The places from ``start`` to before ``end``."""

    start: int
    end: int

    def extent(self, length: int) -> int:
        """As :meth:`Same.extent`."""
        return self.end - self.start

    def needed(self, wanted: Span, length: int) -> Span:
        """As :meth:`Same.needed`."""
        return Span(wanted.start + self.start, wanted.end + self.start)

    def usable(self, there: Span, length: int) -> Span:
        """As :meth:`Same.usable`."""
        return there.within(Span(self.start, self.end))

    def made(self, given: Span, length: int) -> Span:
        """As :meth:`Same.made`."""
        return Span(given.start - self.start, given.end - self.start)


@dataclass(frozen=True, slots=True)
class Border:
    """Places made up beyond both ends of the whole tensor, and nowhere else."""

    before: int
    after: int
    reflects: bool = False
    """They are made of as many inside, not of the last alone."""

    def extent(self, length: int) -> int:
        """As :meth:`Same.extent`."""
        return self.before + length + self.after

    def _least(self, amount: int) -> int:
        return amount + 1 if self.reflects else 1

    def needed(self, wanted: Span, length: int) -> Span:
        """As :meth:`Same.needed`."""
        start, end = wanted.start - self.before, wanted.end - self.before
        if start <= 0:
            start, end = 0, max(end, self._least(self.before))
        if end >= length:
            end, start = length, min(start, length - self._least(self.after))
        return Span(max(0, start), end)

    def usable(self, there: Span, length: int) -> Span:
        """As :meth:`Same.usable`. Too short to be reflected, it is kept off the end."""
        start, end = there
        if start == 0 and end < min(length, self._least(self.before)):
            start = 1
        if end == length and start > max(0, length - self._least(self.after)):
            end -= 1
        return Span(start, end)

    def amounts(self, given: Span, length: int) -> tuple[int, int]:
        """What is made up before and after ``given``."""
        return (
            0 if given.start else self.before,
            0 if given.end < length else self.after,
        )

    def made(self, given: Span, length: int) -> Span:
        """As :meth:`Same.made`."""
        before, after = self.amounts(given, length)
        return Span(given.start + self.before - before, given.end + self.before + after)


Reach = Same | Window | Enlarging | Cut | Border
"""How far an operation looks along one axis."""
