"""JSON that a phone or a page wrote, read as hostile: its types, its numbers, its lengths."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from tinystyle.benchmarks.latency.case import printable
from tinystyle.errors import TargetError

__all__ = ["Fields"]

_MAX_TEXT = 300
_MAX_COUNT = 2**53
_MAX_RUNS = 100_000
_MAX_MS = 3.6e6


class Fields:
    """An object of the JSON. What is not as it must be raises an error when it is looked at."""

    def __init__(self, content: Any, sender: str, error: type[TargetError]) -> None:
        """``sender`` is who wrote it, as messages begin; ``error`` is what is raised."""
        self._sender, self._error = sender, error
        if not isinstance(content, dict):
            raise error(f"{sender} is no JSON object where one is needed")
        self._content = content

    @classmethod
    def read(cls, data: bytes, sender: str, error: type[TargetError]) -> Fields:
        """The object that ``data`` holds."""
        try:
            content = json.loads(data, parse_constant=_refuse)
        except (ValueError, RecursionError) as reason:
            raise error(f"{sender} is no JSON ({reason})") from reason
        return cls(content, sender, error)

    def get(self, key: str) -> Any:
        """Whatever there is."""
        if key not in self._content:
            raise self._error(f"{self._sender} has no {key}")
        return self._content[key]

    def must(self, key: str, fits: bool, needed: object) -> None:
        """Raise the error where the value does not fit."""
        if not fits:
            value = self._content.get(key)
            raise self._error(f"{self._sender}: {key} is {value!r:.80}; needed is {needed}")

    def require(self, key: str, expected: str | int) -> None:
        """One value and no other."""
        value = self.get(key)
        self.must(key, type(value) is type(expected) and value == expected, repr(expected))

    def inner(self, key: str) -> Fields:
        """An object."""
        return Fields(self.get(key), self._sender, self._error)

    def inners(self, key: str) -> list[Fields]:
        """A list of objects."""
        return [Fields(v, self._sender, self._error) for v in self._values(key, 0, _MAX_RUNS)]

    def text(self, key: str, *, cut: bool = False) -> str:
        """One line for a terminal; too long a text is ``cut`` or refused."""
        value = self.get(key)
        fits = isinstance(value, str) and (cut or len(value) <= _MAX_TEXT)
        self.must(key, fits, f"a text of at most {_MAX_TEXT} letters")
        return printable(" ".join(value[:_MAX_TEXT].split()))

    def number(self, key: str, most: float = _MAX_MS) -> float:
        """A number from 0."""
        value = self.get(key)
        self.must(key, _is_number(value, most), f"a number 0 to {most:g}")
        return float(value)

    def times(self, key: str, least: int) -> tuple[float, ...]:
        """Milliseconds of at least so many runs, each of which took some time."""
        values = self._values(key, least, _MAX_RUNS)
        fit = all(_is_number(value, _MAX_MS) and value > 0 for value in values)
        self.must(key, fit, f"times above 0, up to {_MAX_MS:g}")
        return tuple(map(float, values))

    def whole(self, key: str, most: int = _MAX_COUNT) -> int:
        """A whole number from 0."""
        value: int = self.get(key)
        self.must(key, type(value) is int and 0 <= value <= most, f"a whole number 0 to {most:,}")
        return value

    def wholes(self, key: str) -> dict[str, int]:
        """An object of whole numbers."""
        inner = self.inner(key)
        return {printable(name[:_MAX_TEXT]): inner.whole(name) for name in inner._content}

    def texts(self, key: str, least: int, most: int) -> tuple[str, ...]:
        """A list of short texts."""
        values = self._values(key, least, most)
        fit = all(isinstance(value, str) and len(value) <= _MAX_TEXT for value in values)
        self.must(key, fit, f"texts of at most {_MAX_TEXT} letters")
        return tuple(map(printable, values))

    def _values(self, key: str, least: int, most: int) -> list[Any]:
        value: list[Any] = self.get(key)
        fits = isinstance(value, list) and least <= len(value) <= most
        self.must(key, fits, f"a list of {least} to {most:,} values")
        return value


def _is_number(value: Any, most: float) -> bool:
    return type(value) in (int, float) and 0.0 <= value <= most  # nor NaN


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
