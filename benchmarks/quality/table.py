"""The rows of an evaluation's tables: one for a painter or an artwork, one column a measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinystyle.benchmarks.quality.evaluation import Quality
from tinystyle.benchmarks.quality.pair import Pair

__all__ = ["ARTWORK", "COLUMNS", "UNCHANGED", "Row", "artwork_rows", "markdown", "reference_rows"]

UNCHANGED = "unchanged photograph"
ARTWORK = "the artwork itself"

COLUMNS = {
    # What people see of the artwork.
    "palette": "palette",
    "smooth_texture": "smooth texture",
    "smooth_gram": "smooth Gram",
    "orientation": "smooth directions",
    "gram_relative": "Gram",
    "gram": "Gram to relu5_1",
    "style_mean_std": "mean-std",
    # Facts.
    "content_relu4_1": "content relu4_1",
    "ssim": "SSIM",
    # Faults.
    "own_style_nearest": "own style nearest",
    "blob": "blobs",
    "grid_ratio": "grid",
    "grid_excess": "grid excess",
    "noise_response": "noise",
}
"""Measures in the order of the tables, and what they are called there."""

SHARES = frozenset({"own_style_nearest", "blob"})
"""Whose mean is told: their median is nearly always the same."""

LEGEND = """\
Medians; own style nearest and blobs are means. To come near to the artwork: palette (distance of
colours, Lab), smooth Gram, smooth directions (of strokes; hatching the artwork does not have), Gram
and mean-std → 0, smooth texture → 1 (in the smoothest 40 % of the photograph). Content and SSIM say
how much of the photograph is left. Grid is the energy at the 2- and 4-pixel period, times the
larger of photograph's and artwork's; grid excess what of it is locked to the grid, times the
photograph's."""


@dataclass(frozen=True, slots=True)
class Row:
    """The middle of some pairs."""

    name: str
    values: Mapping[str, float]
    """By the names of COLUMNS; NaN where no pair has the measure."""

    @classmethod
    def of(cls, name: str, pairs: Sequence[Pair]) -> Row:
        """Medians over pairs, of SHARES means; pairs without a measure do not count for it."""
        values = {}
        for measure in COLUMNS:
            known = [v for v in (getattr(p, measure) for p in pairs) if not math.isnan(v)]
            middle = np.mean if measure in SHARES else np.median
            values[measure] = float(middle(known)) if known else float("nan")
        return cls(name, values)


def reference_rows(quality: Quality) -> list[Row]:
    """What the measures say of the photographs as they are, and of the artworks."""
    return [Row.of(UNCHANGED, quality.unchanged), Row.of(ARTWORK, quality.artwork)]


def artwork_rows(pairs: Sequence[Pair]) -> list[Row]:
    """A row an artwork, over all photographs."""
    names = dict.fromkeys(pair.style for pair in pairs)
    return [Row.of(name, [pair for pair in pairs if pair.style == name]) for name in names]


def markdown(first: str, rows: Sequence[Row]) -> list[str]:
    """Lines of a table; ``first`` is the heading of the rows' names."""
    lines = [
        "| " + " | ".join([first, *COLUMNS.values()]) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for row in rows:
        name = row.name.replace("|", "\\|")
        lines.append("| " + " | ".join([name, *(_cell(*v) for v in row.values.items())]) + " |")
    return lines


def _cell(measure: str, value: float) -> str:
    if math.isnan(value):
        return "-"
    if measure == "own_style_nearest":
        return f"{value:.1%}"
    return f"{value:.2g}" if measure == "blob" else f"{value:#.3g}".removesuffix(".")
