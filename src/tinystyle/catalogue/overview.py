"""All styles at a glance: few that stand for many, and a map as one page."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.checks import require_whole
from tinystyle.files import write_bytes

__all__ = ["Place", "places", "representatives", "write_map"]

_ROUNDS = 8
"""Of moving representatives to the middle of what they stand for."""

_ROWS = 4096
"""Styles that are compared with all representatives at a time."""

_MARGIN = 0.03
"""Of the map, on each side."""


@dataclass(frozen=True, slots=True)
class Place:
    """A style on the map; x and y 0..1."""

    id: str
    x: float
    y: float


def representatives(codes: NDArray[np.float16], count: int) -> list[int]:
    """Rows of ``codes`` ``(N, length)`` that stand for all, most usual first.

    The first is the most usual style, each further one the farthest from those before (Gonzalez
    1985); then each moves to the style nearest to the mean of those that it stands for. The same
    for the same codes. Fewer than ``count`` where there are fewer.
    """
    require_whole("count", count)
    values = codes.astype(np.float32)
    if not len(values):
        return []
    values /= np.maximum(values.std(axis=0), np.float32(1e-6))
    squares = np.einsum("ij,ij->i", values, values)

    def distances(point: NDArray[np.float32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = squares - 2.0 * (values @ point) + point @ point
        return found

    chosen = [int(np.argmin(distances(values.mean(axis=0))))]
    nearest = distances(values[chosen[0]])
    while len(chosen) < min(count, len(values)):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, distances(values[chosen[-1]]))
    owner = _owners(values, chosen)
    for _ in range(_ROUNDS):
        moved = []
        for k, old in enumerate(chosen):
            members = np.flatnonzero(owner == k)
            if not len(members):
                moved.append(old)
                continue
            middle = values[members].mean(axis=0)
            moved.append(int(members[np.argmin(distances(middle)[members])]))
        if moved == chosen:
            break
        chosen = moved
        owner = _owners(values, chosen)
    sizes = np.bincount(owner, minlength=len(chosen))
    return [chosen[k] for k in np.argsort(-sizes, kind="stable")]


def _owners(values: NDArray[np.float32], chosen: list[int]) -> NDArray[np.int64]:
    """Which of ``chosen`` is nearest to each row, some rows at a time: all take gigabytes."""
    points = values[chosen]
    lengths = np.einsum("ij,ij->i", points, points)
    found = [
        np.argmin(lengths - 2.0 * (values[top : top + _ROWS] @ points.T), axis=1)
        for top in range(0, len(values), _ROWS)
    ]
    return np.concatenate(found)


def places(ids: Sequence[str], codes: NDArray[np.float16]) -> list[Place]:
    """Where styles lie on a map: the two directions in which codes differ most (PCA), by rank.

    By rank, so that the map is filled evenly: which are neighbours stays.
    """
    values = codes.astype(np.float64)
    values /= np.maximum(values.std(axis=0), 1e-6)
    values -= values.mean(axis=0)
    _, vectors = np.linalg.eigh(values.T @ values)
    flat = values @ vectors[:, [-1, -2]]
    flat *= np.where(flat[np.abs(flat).argmax(axis=0), [0, 1]] < 0.0, -1.0, 1.0)
    ranks = flat.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    spread = _MARGIN + (1.0 - 2.0 * _MARGIN) * ranks / max(1, len(ids) - 1)
    return [Place(name, float(x), float(y)) for name, (x, y) in zip(ids, spread, strict=True)]


def write_map(catalogue: Catalogue, path: Path, count: int = 1000) -> int:
    """One HTML page without any other file: representatives of a catalogue, like beside like.

    Returns how many styles are on it.
    """
    chosen = representatives(catalogue.codes, count)
    ids = [catalogue.ids[k] for k in chosen]
    marks = []
    for place in places(ids, catalogue.codes[chosen]):
        row = catalogue.row(place.id)
        colors = row["palette"] or ["#888888"]
        if row["preview"] is not None:
            data = base64.b64encode(row["preview"]).decode()
            picture = f"url(data:image/webp;base64,{data})"
        else:
            picture = f"linear-gradient(135deg,{','.join([*colors, colors[-1]])})"
        words = " · ".join([place.id, *(f"{k}: {v}" for k, v in row["source"].items())])
        style = f"left:{100 * place.x:.2f}%;top:{100 * place.y:.2f}%;background-image:{picture}"
        text = html.escape(words, quote=True)
        marks.append(f'<li tabindex="0" style="{style}" aria-label="{text}"></li>')
    title = f"{len(ids):,} of {len(catalogue):,} styles"
    page = _PAGE.replace("TITLE", html.escape(title)).replace("MARKS", "\n".join(marks))
    write_bytes(path, page.encode())
    return len(ids)


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>TITLE</title>
<style>
:root { color-scheme: light dark; font: 16px/1.4 system-ui, sans-serif }
body { margin: 0 }
h1 { font-size: 1rem; margin: .5rem 1rem }
ul { list-style: none; margin: 0; padding: 0; position: relative; height: calc(100vh - 6rem) }
li { position: absolute; width: 32px; height: 32px; margin: -16px; background-size: cover;
  border-radius: 3px }
li:hover, li:focus { width: 96px; height: 96px; margin: -48px; z-index: 1;
  outline: 2px solid Highlight }
p { margin: .5rem 1rem; min-height: 1.4em; overflow-wrap: anywhere }
</style>
<h1>TITLE</h1>
<ul>
MARKS
</ul>
<p aria-live="polite">Point at a style for its name.</p>
<script>
const line = document.querySelector("p");
const tell = (event) => {
  const mark = event.target.closest("li");
  if (mark) line.textContent = mark.getAttribute("aria-label");
};
document.addEventListener("pointerover", tell);
document.addEventListener("focusin", tell);
</script>
</html>
"""
