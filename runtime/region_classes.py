"""Which classes of a segmentation network make which region of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinystyle.errors import OptionError

__all__ = [
    "REST",
    "Assignment",
    "RegionClasses",
    "assign",
    "default_classes",
    "parse_classes",
]

REST = "*"
"""In the place of numbers: all classes that no other region has."""

_BACKGROUND = "background"
"""Class 0 of the field's networks, and so of a region of this name."""

_FORM = 'NAME=CLASS, e.g. "person=15,animal=8+12,background=*"'

RegionClasses = Mapping[str, tuple[int, ...] | None]
"""The classes of each region by its name; None for all others'."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The region of each class."""

    labels: Mapping[int, int]
    """Region, 0 and up, by class."""
    rest: int | None
    """The region of all classes that ``labels`` has not."""

    def region(self, number: int) -> int | None:
        """Of a class; None where it has none."""
        return self.labels.get(number, self.rest)


def parse_classes(text: str) -> dict[str, tuple[int, ...] | None]:
    """``person=15,animal=8+12,background=*``: classes by region, None for all the others.

    Raises OptionError for another form, and where a region comes twice.
    """
    found: dict[str, tuple[int, ...] | None] = {}
    for part in text.split(","):
        name, equals, numbers = (word.strip() for word in part.rpartition("="))
        words = [word.strip() for word in numbers.split("+")]
        if not (name and equals) or not (numbers == REST or all(map(_is_number, words))):
            raise OptionError(f"segment classes: {part.strip()!r} is not {_FORM}")
        if name in found:
            raise OptionError(f"segment classes: region {name} is given twice")
        found[name] = None if numbers == REST else tuple(map(int, words))
    if list(found.values()).count(None) > 1:
        raise OptionError(f"segment classes: {REST} is given twice; one region has all the others")
    return found


def default_classes(regions: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """One class for each region, in their order, but for one named ``background``: that has class
    0, as networks of segmentation have it, and the others follow."""
    ordered = sorted(regions, key=lambda name: name != _BACKGROUND)
    return {name: (ordered.index(name),) for name in regions}


def assign(
    given: RegionClasses | None, regions: Sequence[str], classes: int | None, label: str
) -> Assignment:
    """The region of each class. ``regions`` are the names of the painting network's, in the order
    of their labels; ``given`` names them so, or by number, and is :func:`default_classes` where it
    is None. ``classes`` is how many the segmentation network has, None where that is not known.
    ``label`` names it in errors.

    Raises OptionError unless each class has one region and each region a class.
    """
    if given is None:
        if classes not in (None, len(regions)):
            raise OptionError(
                f"{label}: has {classes} classes, the network {len(regions)} regions "
                f'({", ".join(regions)}); say which is which: --segment-classes "{regions[0]}=1,'
                f'{regions[-1]}={REST}"'
            )
        given = default_classes(regions)
    labels: dict[int, int] = {}
    rest: int | None = None
    for name, numbers in given.items():
        region = _region(name, regions)
        if numbers is None:
            rest = region
        for number in numbers or ():
            if labels.setdefault(number, region) != region:
                raise OptionError(f"segment classes: class {number} is in two regions")
    _require_all(Assignment(labels, rest), regions, classes, label)
    return Assignment(labels, rest)


def _require_all(
    found: Assignment, regions: Sequence[str], classes: int | None, label: str
) -> None:
    for region, name in enumerate(regions):
        if region not in found.labels.values() and region != found.rest:
            raise OptionError(
                f"segment classes: region {name} has no class; give it one, or {REST}"
            )
    if classes is None:
        return
    high = max(found.labels, default=0)
    if high >= classes:
        raise OptionError(f"segment classes: class {high}; {label} has 0 to {classes - 1}")
    left = classes - len(found.labels)
    if left and found.rest is None:
        raise OptionError(
            f"segment classes: {left} of {classes} classes of {label} have no region; give one "
            f"region {REST}, all the others"
        )
    if not left and found.rest is not None and found.rest not in found.labels.values():
        raise OptionError(
            f"segment classes: no class of {label} is left for region {regions[found.rest]}"
        )


def _region(name: str, regions: Sequence[str]) -> int:
    if name in regions:
        return regions.index(name)
    if _is_number(name) and int(name) < len(regions):
        return int(name)
    raise OptionError(
        f"segment classes: there is no region {name}; the network has {', '.join(regions)}"
    )


def _is_number(text: str) -> bool:
    # int() takes other scripts' digits and refuses very many of ours.
    return text.isascii() and text.isdigit() and len(text) <= 6
