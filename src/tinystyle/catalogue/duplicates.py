"""Which styles of a catalogue are one: the same picture, or nearly the same code."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinystyle.catalogue.catalogue import Catalogue, scale_of
from tinystyle.errors import OptionError

__all__ = ["DEFAULT_DISTANCE", "Duplicate", "close_pairs", "duplicates"]

DEFAULT_DISTANCE = 0.1
"""Deviations. The same artwork as another JPEG or at another size is nearer, other artworks are
farther: docs/catalogue.md has the figures."""

_DIRECTIONS = 48
"""In which codes differ most: what lies apart in these need not be looked at in all."""

_ROWS, _COLUMNS = 1024, 4096
"""Codes that are compared with each other at a time."""

_PAIRS = 4096
"""That are compared exactly at a time."""

_ROUNDING = 1e-5
"""Of squares in single precision: pairs by so much too far are compared exactly, too."""

Numbers = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A style that is one with others."""

    id: str
    distance: float
    """From the first of its group, as of :class:`tinystyle.catalogue.catalogue.Neighbour`."""
    same_file: str | None
    """The first of its group whose picture has the same bytes, if it is not the first itself."""


def duplicates(
    catalogue: Catalogue,
    distance: float = DEFAULT_DISTANCE,
    *,
    seen: Callable[[int, int], None] = lambda done, rows: None,
) -> list[list[Duplicate]]:
    """Groups of styles that are one, in the catalogue's order.

    Two are one where their codes are no farther apart than ``distance``; so a group is a chain of
    such steps and may reach farther. Pictures of the same bytes have the same code. All pairs
    within the distance are found. Memory is some 3 kB a style and 100 MB; ``seen`` is told how many
    different codes are done. Raises OptionError for a distance outside 0..1.
    """
    if not 0.0 <= distance <= 1.0:  # also nan
        raise OptionError(f"distance is {distance}; allowed are 0 to 1 deviations")
    codes = np.ascontiguousarray(catalogue.codes)
    if not len(codes):
        return []
    scale = scale_of([codes])
    rows = codes.view(np.dtype((np.void, codes.dtype.itemsize * codes.shape[1])))[:, 0]
    _, first, code_of = np.unique(rows, return_index=True, return_inverse=True)
    merged = _Merged(len(first))
    for left, right in close_pairs(codes[first], scale, distance, merged.apart, seen):
        merged.join(left, right)
    groups = defaultdict(list)
    for row, root in enumerate(merged.roots(np.asarray(code_of).ravel()).tolist()):
        groups[root].append(row)
    return [_group(catalogue, codes, scale, rows) for rows in groups.values() if len(rows) > 1]


def _group(
    catalogue: Catalogue, codes: NDArray[np.float16], scale: Numbers, rows: list[int]
) -> list[Duplicate]:
    apart = codes[rows].astype(np.float64) * scale
    apart -= apart[0].copy()
    distances = np.sqrt((apart * apart).mean(axis=1))
    known: dict[str, str] = {}
    found = []
    for row, far in zip(rows, distances.tolist(), strict=True):
        name, digest = catalogue.ids[row], catalogue.sha256s[row]
        found.append(Duplicate(name, far, known.get(digest)))
        known.setdefault(digest, name)
    return found


def close_pairs(
    codes: NDArray[np.float16],
    scale: Numbers,
    distance: float,
    wanted: Callable[[Places, Places], NDArray[np.bool_]],
    seen: Callable[[int, int], None] = lambda done, rows: None,
) -> Iterator[tuple[Places, Places]]:
    """Rows of ``codes`` ``(N, length)``, two by two, that are no farther apart than ``distance``.

    ``wanted`` says which pairs need a look; it is asked again after each portion. Codes are turned
    to the directions in which they differ most: the distance in the first few of these, together
    with the difference of what the rest is long, is never more than the whole one, so only pairs
    that are near in them are compared in all numbers, in double precision.
    """
    seen(0, len(codes))
    few = _fewer(codes, scale)
    order = np.argsort(few[:, 0], kind="stable")
    few = few[order]
    squares = np.einsum("ij,ij->i", few, few)
    most = distance * distance * codes.shape[1]
    rough = most + _ROUNDING * max(1.0, float(squares.max()))
    along = few[:, 0].astype(np.float64)
    for top in range(0, len(few), _ROWS):
        block = few[top : top + _ROWS]
        last = np.searchsorted(along, along[top + len(block) - 1] + math.sqrt(rough), "right")
        for left in range(top, int(last), _COLUMNS):
            others = slice(left, min(left + _COLUMNS, int(last)))
            apart = squares[top : top + len(block), None] + squares[None, others]
            apart -= 2.0 * (block @ few[others].T)
            near = np.flatnonzero(apart <= rough)
            one, other = np.divmod(near, apart.shape[1])
            one, other = one + top, other + left
            once = one < other
            yield from _exactly(codes, scale, most, wanted, order[one[once]], order[other[once]])
        seen(top + len(block), len(few))


def _exactly(
    codes: NDArray[np.float16],
    scale: Numbers,
    most: float,
    wanted: Callable[[Places, Places], NDArray[np.bool_]],
    one: Places,
    other: Places,
) -> Iterator[tuple[Places, Places]]:
    while len(one):
        asked = wanted(one, other)
        one, other = one[asked], other[asked]
        first, second = one[:_PAIRS], other[:_PAIRS]
        apart = codes[first].astype(np.float64) - codes[second]
        apart *= scale
        near = np.einsum("ij,ij->i", apart, apart) <= most
        yield first[near], second[near]
        one, other = one[_PAIRS:], other[_PAIRS:]


def _fewer(codes: NDArray[np.float16], scale: Numbers) -> Numbers:
    """``(N, _DIRECTIONS + 1)``: codes in their main directions (PCA), and the rest's length."""
    portions = range(0, len(codes), _COLUMNS)
    middle = codes.mean(axis=0, dtype=np.float64) * scale
    spread = np.zeros((codes.shape[1], codes.shape[1]))
    for top in portions:
        values = codes[top : top + _COLUMNS] * scale - middle
        spread += values.T @ values
    _, vectors = np.linalg.eigh(spread)
    directions = vectors[:, ::-1][:, :_DIRECTIONS]
    found = []
    for top in portions:
        values = codes[top : top + _COLUMNS] * scale - middle
        turned = values @ directions
        rest = np.einsum("ij,ij->i", values, values) - np.einsum("ij,ij->i", turned, turned)
        found.append(np.column_stack([turned, np.sqrt(np.maximum(rest, 0.0))]).astype(np.float32))
    return np.concatenate(found)


class _Merged:
    """Which of some things are one, by trees (Galler and Fischer 1964)."""

    def __init__(self, count: int) -> None:
        self._above = np.arange(count)

    def roots(self, places: Places) -> Places:
        """The same number for all that are one."""
        above = self._above
        while not np.array_equal(above, further := above[above]):
            above = further
        self._above = above
        roots: Places = above[places]
        return roots

    def apart(self, one: Places, other: Places) -> NDArray[np.bool_]:
        """Whether they are not known to be one."""
        found: NDArray[np.bool_] = self.roots(one) != self.roots(other)
        return found

    def join(self, one: Places, other: Places) -> None:
        """Make each of ``one`` one with its fellow of ``other``; the smaller number is the root."""
        above = self._above
        for pair in zip(one.tolist(), other.tolist(), strict=True):
            low, high = sorted(map(self._root, pair))
            above[high] = low

    def _root(self, place: int) -> int:
        above = self._above
        while above[place] != place:
            above[place] = above[above[place]]
            place = int(above[place])
        return place
