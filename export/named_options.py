"""Export options from plain names, as Python callers write them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from tinystyle.checks import chosen
from tinystyle.errors import OptionError
from tinystyle.export.formats import Format, default_precision, ending
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, Norm, PictureIO, Upsampling
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.structure import Padding
from tinystyle.network.graph import Precision

__all__ = ["named_options"]

_CHOICES: dict[str, type[Enum]] = {
    "precision": Precision,
    "padding": Padding,
    "norm": Norm,
    "upsampling": Upsampling,
    "io": PictureIO,
    "layout": Layout,
}
_OF_THE_GRAPH = frozenset(field.name for field in dataclasses.fields(GraphOptions))
_OF_THE_FILE = frozenset(field.name for field in dataclasses.fields(ExportOptions)) - {
    *("format", "graph", "mix", "style_size"),  # decided by the path and the network
}


def named_options(path: Path, options: Mapping[str, Any]) -> ExportOptions:
    """What ``options`` say of a file at ``path``, whose ending names the format.

    Raises OptionError for an unknown ending, option or value.
    """
    known = {ending(form): form for form in Format}
    form = known.get(path.suffix.lower())
    if form is None:
        raise OptionError(f"{path}: unknown ending; allowed are {', '.join(known)}")
    unknown = sorted(set(options) - _OF_THE_GRAPH - _OF_THE_FILE)
    if unknown:
        allowed = ", ".join(sorted(_OF_THE_GRAPH | _OF_THE_FILE))
        raise OptionError(f"unknown option {', '.join(unknown)}; allowed are {allowed}")
    given = {name: _member(name, value) for name, value in options.items()}
    given.setdefault("precision", default_precision(form))
    graph = GraphOptions(**{k: v for k, v in given.items() if k in _OF_THE_GRAPH})
    rest = {k: v for k, v in given.items() if k not in _OF_THE_GRAPH}
    if rest.get("calibration") is not None:
        rest["calibration"] = Path(rest["calibration"])
    return ExportOptions(format=form, graph=graph, **rest)


def _member(name: str, value: Any) -> Any:
    choices = _CHOICES.get(name)
    if choices is None or value is None or isinstance(value, choices):
        return value
    return chosen(choices, name, value)
