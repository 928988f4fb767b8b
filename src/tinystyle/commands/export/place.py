"""``export-net --for``: the place that a file is made for, and the options that this stands for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinystyle.commands.shared import parse_sizes
from tinystyle.console import remark
from tinystyle.errors import OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.presets import PRESETS, Preset

__all__ = ["PLACES", "Place", "say", "settle"]

PLACES = (*PRESETS, *(layout.value for layout in Layout))
"""What ``--for`` takes: presets, and layouts alone."""

_USUAL = {
    "format": "onnx",
    "io": "float",
    "pad": "reflect",
    "norm": "instance",
    "upsample": "subpixel",
}
"""Where neither the user nor a preset says otherwise. Of other options None stands for that."""

_PARSED: dict[str, Callable[[str], Any]] = {"size": parse_sizes, "opset": int}


@dataclass(frozen=True, slots=True)
class Place:
    """A preset, and what is left of it beside the options that were given."""

    preset: Preset
    stands_for: dict[str, str]
    """Options that the preset has set, as typed."""
    given: tuple[str, ...]
    """Options of the preset that the user gave, which win."""

    @property
    def flags(self) -> str:
        """What the preset has set, as a command line."""
        return " ".join(f"--{name} {value}" for name, value in self.stands_for.items())

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.preset.name,
            "options": self.stands_for,
            "given": list(self.given),
            "layout": self.preset.layout.value,
            "why": self.preset.why,
            "verified": self.preset.verified,
        }


def settle(args: argparse.Namespace) -> Place | None:
    """Fill in what was not given: from the preset that ``--for`` names, then what is usual.

    Options that were not given are None in ``args`` before. ``args.layout`` is set, too. Raises
    OptionError for a place that is not known, and for options that contradict it.
    """
    place = None
    args.layout = None
    if args.place in PRESETS:
        place = _place(PRESETS[args.place], args)
        for name, value in place.stands_for.items():
            setattr(args, name, _PARSED[name](value) if name in _PARSED else value)
        args.layout = place.preset.layout if args.format in ("onnx", "ort", None) else None
    elif args.place is not None:
        try:
            args.layout = Layout(args.place)
        except ValueError:
            known = ", ".join(PLACES)
            raise OptionError(f"for is {args.place!r}; allowed is {known}") from None
    for name, value in _USUAL.items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    return place


def say(place: Place) -> None:
    """Tell what the preset stands for and what was verified, on standard error."""
    preset = place.preset
    parts = [place.flags]
    if preset.layout is not Layout.ANY:
        parts.append(f"laid out as by --for {preset.layout.value}")
    parts += [f"--{name} as given" for name in place.given]
    of_what = "verified, without what was given" if place.given else "verified"
    remark(
        f"--for {preset.name}: {', '.join(parts)}; {preset.why}; {of_what}: {preset.verified}",
    )


def _place(preset: Preset, args: argparse.Namespace) -> Place:
    names = sorted({*preset.options, *preset.takes})
    given = {name: str(v) for name in names if (v := getattr(args, name)) is not None}
    preset.require_taken({**given, **({} if args.strength is not None else {"strength": "input"})})
    left = {name: value for name, value in preset.options.items() if name not in given}
    return Place(preset, left, tuple(name for name in preset.options if name in given))
