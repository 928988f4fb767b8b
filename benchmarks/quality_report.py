"""Reports of an evaluation: JSON, CSV, Markdown, contact sheet."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from tinystyle.atomic import write_bytes
from tinystyle.benchmarks.quality import Pair, Quality
from tinystyle.images import encode_png

__all__ = ["summary", "to_csv", "to_markdown", "write_reports"]

MEASURES = {
    "style_mean_std": "style loss, mean and deviation of relu1_1 … relu5_1",
    "style_mean_std_unchanged": "the same of the unchanged photograph",
    "gram": "style error, Gram matrices, relative",
    "content_relu3_3": "content error relu3_3, relative",
    "content_relu4_1": "content error relu4_1, relative",
    "ssim": "SSIM to the photograph",
    "loss": "training loss",
    "loss_unchanged": "training loss of the unchanged photograph",
    "grid_energy": "energy at the 2- and 4-pixel period, times the photograph's",
    "grid_excess": "checkerboard: that energy over the energy beside it, times the photograph's",
    "blob": "blobs: unexplained near-black or clipped pixels, share",
    "noise_response": "noise response",
}
"""Measures with quartiles, and what they are called in tables."""


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
    }


def to_csv(quality: Quality) -> str:
    """One line a pair, all measures."""
    table = io.StringIO()
    names = [field.name for field in fields(Pair)]
    writer = csv.DictWriter(table, names, lineterminator="\n")
    writer.writeheader()
    for pair in quality.pairs:
        row = asdict(pair)
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    return table.getvalue()


def to_markdown(quality: Quality, title: str) -> str:
    """A table of medians with quartiles."""
    nearest = quality.values("own_style_nearest").mean()
    lines = [
        f"# {title}",
        "",
        f"{len(quality.pairs)} pairs. Own style nearest: {nearest:.1%}.",
        f"Style loss left, median over median: {quality.style_ratio:.3f}.",
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


def write_reports(
    quality: Quality, folder: Path, title: str, settings: Mapping[str, object]
) -> dict[str, object]:
    """Write evaluation.json, evaluation.md, pairs.csv and sheet.png; returns the JSON's content."""
    content = {"title": title, **settings, **summary(quality)}
    write_bytes(folder / "evaluation.json", (json.dumps(content, indent=2) + "\n").encode())
    write_bytes(folder / "evaluation.md", to_markdown(quality, title).encode())
    write_bytes(folder / "pairs.csv", to_csv(quality).encode())
    write_bytes(folder / "sheet.png", encode_png(quality.sheet))
    return content


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
