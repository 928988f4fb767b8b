"""Reports of an evaluation: JSON, CSV, Markdown, contact sheet."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from tinystyle.benchmarks.quality.evaluation import Quality
from tinystyle.benchmarks.quality.pair import Pair
from tinystyle.benchmarks.quality.table import (
    COLUMNS,
    LEGEND,
    Row,
    artwork_rows,
    markdown,
    reference_rows,
)
from tinystyle.files import write_bytes
from tinystyle.pictures.images import encode_png

__all__ = [
    "pairs_csv",
    "sizes_markdown",
    "summary",
    "summary_csv",
    "to_markdown",
    "write_reports",
    "write_size_reports",
]

MEASURES = {
    "palette": "palette: distance of colours to the artwork's, Lab",
    "smooth_texture": "texture where the photograph is smooth, times the artwork's",
    "smooth_gram": "style error there, Gram matrices of relu2_1 and relu3_1, relative",
    "orientation": "hatching there: distance of the directions of edges to the artwork's",
    "gram_relative": "style error, Gram matrices of relu1_1 … relu4_1, relative",
    "gram": "style error, Gram matrices of relu1_1 … relu5_1, relative",
    "style_mean_std": "style loss, mean and deviation of relu1_1 … relu5_1",
    "style_mean_std_unchanged": "the same of the unchanged photograph",
    "content_relu3_3": "content error relu3_3, relative",
    "content_relu4_1": "content error relu4_1, relative",
    "ssim": "SSIM to the photograph",
    "loss": "training loss",
    "loss_unchanged": "training loss of the unchanged photograph",
    "blob": "blobs: unexplained near-black or clipped pixels, share",
    "grid_ratio": "grid: energy at the 2- and 4-pixel period, times photograph's or artwork's",
    "grid_energy": "the same, times the photograph's",
    "grid_excess": "checkerboard: that energy over the energy beside it, times the photograph's",
    "noise_response": "noise response",
}
"""Measures with quartiles, and what they are called in tables."""

PAINTED = "painted"


def summary(quality: Quality) -> dict[str, object]:
    """All figures, for JSON. None stands for what could not be measured."""
    measures = {
        name: dict(zip(("q1", "median", "q3"), map(_finite, quality.quartiles(name)), strict=True))
        for name in MEASURES
    }
    return {
        "pairs": len(quality.pairs),
        "style_ratio": quality.style_ratio,
        "own_style_nearest_share": float(quality.values("own_style_nearest").mean()),
        "blob_mean": float(quality.values("blob").mean()),
        "measures": measures,
        "table": _json_rows([Row.of(PAINTED, quality.pairs), *reference_rows(quality)]),
        "artworks": _json_rows(artwork_rows(quality.pairs)),
    }


def pairs_csv(quality: Quality) -> str:
    """One line a pair, all measures."""
    names = [field.name for field in fields(Pair)]
    return _csv(names, (asdict(pair) for pair in quality.pairs))


def summary_csv(qualities: Mapping[int, Quality] | Mapping[None, Quality]) -> str:
    """The tables, for each style size: one line for what was painted, for the unchanged photograph
    and for the artwork itself, then one for each artwork, which ``artwork`` names.
    """
    lines: list[dict[str, object]] = []
    for size, quality in qualities.items():
        whole = [Row.of(PAINTED, quality.pairs), *reference_rows(quality)]
        named = [(row.name, "", row) for row in whole]
        named += [(PAINTED, row.name, row) for row in artwork_rows(quality.pairs)]
        for picture, artwork, row in named:
            place = {"style_size": "" if size is None else size, "picture": picture}
            lines.append({**place, "artwork": artwork, **row.values})
    return _csv(["style_size", "picture", "artwork", *COLUMNS], lines)


def to_markdown(quality: Quality, title: str, level: int = 1) -> str:
    """Tables: medians beside the two references, a row an artwork, quartiles of all measures.

    ``level`` is that of the heading.
    """
    nearest = quality.values("own_style_nearest").mean()
    below = "#" * (level + 1)
    lines = [
        f"{'#' * level} {title}",
        "",
        f"{len(quality.pairs)} pairs. Own style nearest: {nearest:.1%}.",
        f"Style loss left, median over median: {quality.style_ratio:.3f}.",
        "",
        *markdown("picture", [Row.of(PAINTED, quality.pairs), *reference_rows(quality)]),
        "",
        *LEGEND.splitlines(),
        "",
        f"{below} Artwork by artwork",
        "",
        *markdown("artwork", artwork_rows(quality.pairs)),
        "",
        f"{below} All measures",
        "",
        "| measure | median | quartiles |",
        "|---|---|---|",
    ]
    for name, text in MEASURES.items():
        low, middle, high = quality.quartiles(name)
        if math.isnan(middle):
            lines.append(f"| {text} | not measured | |")
        else:
            lines.append(f"| {text} | {middle:.4g} | {low:.4g} … {high:.4g} |")
    return "\n".join(lines) + "\n"


def sizes_markdown(qualities: Mapping[int, Quality], title: str) -> str:
    """A table over the sizes at which the artworks were looked at, then a section for each."""
    rows = [Row.of(f"{size} px", quality.pairs) for size, quality in qualities.items()]
    references = reference_rows(next(iter(qualities.values())))  # they do not depend on the size
    lines = [f"# {title}", "", *markdown("style size", [*rows, *references]), ""]
    sections = [to_markdown(q, f"Style size {size} px", 2) for size, q in qualities.items()]
    return "\n".join([*lines, *sections])


def write_reports(
    quality: Quality, folder: Path, title: str, settings: Mapping[str, object]
) -> dict[str, object]:
    """Write evaluation.json, evaluation.md, summary.csv, pairs.csv and sheet.png; returns the
    JSON's content.
    """
    content = {"title": title, **settings, **summary(quality)}
    _write_text(folder / "evaluation.json", json.dumps(content, indent=2) + "\n")
    _write_text(folder / "evaluation.md", to_markdown(quality, title))
    _write_text(folder / "summary.csv", summary_csv({None: quality}))
    _write_text(folder / "pairs.csv", pairs_csv(quality))
    write_bytes(folder / "sheet.png", encode_png(quality.sheet))
    return content


def write_size_reports(
    qualities: Mapping[int, Quality], folder: Path, title: str, settings: Mapping[str, object]
) -> dict[str, object]:
    """The same for several style sizes; pairs and sheets are pairs-128.csv, sheet-128.png, …"""
    sizes = {str(size): summary(quality) for size, quality in qualities.items()}
    content = {"title": title, **settings, "style_sizes": sizes}
    _write_text(folder / "evaluation.json", json.dumps(content, indent=2) + "\n")
    _write_text(folder / "evaluation.md", sizes_markdown(qualities, title))
    _write_text(folder / "summary.csv", summary_csv(qualities))
    for size, quality in qualities.items():
        _write_text(folder / f"pairs-{size}.csv", pairs_csv(quality))
        write_bytes(folder / f"sheet-{size}.png", encode_png(quality.sheet))
    return content


def _json_rows(rows: Sequence[Row]) -> dict[str, dict[str, float | None]]:
    return {row.name: {k: _finite(v) for k, v in row.values.items()} for row in rows}


def _csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    table = io.StringIO()
    writer = csv.DictWriter(table, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    return table.getvalue()


def _write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
