"""Styles of a catalogue for an app, which brings their networks along."""

from __future__ import annotations

from collections.abc import Sequence

from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.overview import representatives
from tinystyle.export.android_assets import MadeStyle

__all__ = ["chosen_styles"]

_LONGEST = 300
"""Characters of what the app says of an artwork's origin."""


def chosen_styles(catalogue: Catalogue, which: Sequence[str] | int) -> list[MadeStyle]:
    """The styles of these ids, each once, or so many that stand for all, most usual first.

    What the source said of an artwork (licence, title …) goes into its origin. Raises OptionError
    for an id that is not there, or that is no style.
    """
    if isinstance(which, int):
        ids = [catalogue.ids[k] for k in representatives(catalogue.codes, which)]
    else:
        ids = list(dict.fromkeys(which))
    return [MadeStyle(name, catalogue.network(name), _origin(catalogue, name)) for name in ids]


def _origin(catalogue: Catalogue, name: str) -> str:
    told = catalogue.row(name)["source"]
    words = [f"the artwork {name} of a catalogue", *(f"{k}: {v}" for k, v in told.items() if v)]
    if not told:
        words.append("its rights are its owner's")
    line = " ".join("; ".join(words).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
