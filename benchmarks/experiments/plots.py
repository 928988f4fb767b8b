"""The plots of the experiments."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

__all__ = ["bars", "curves", "histogram", "scatter"]


def curves(lines: Mapping[str, NDArray[np.float64]], levels: Mapping[str, float]) -> bytes:
    """Loss against steps, one line a method; ``levels`` are drawn as horizontals. A PNG file."""
    figure = Figure(figsize=(7, 4.5))
    axes = figure.subplots()
    for name, line in lines.items():
        axes.plot(np.arange(len(line)), line, label=name)
    for index, (name, level) in enumerate(levels.items()):
        axes.axhline(level, linestyle="--", color=f"C{len(lines) + index}", label=name)
    axes.set_xlabel("steps")
    axes.set_ylabel("perceptual loss, mean over pairs")
    axes.set_yscale("log")
    axes.legend()
    return _png(figure)


def histogram(values: Mapping[str, Sequence[float]]) -> bytes:
    """Distributions of the loss over styles, with common bins. A PNG file."""
    figure = Figure(figsize=(7, 4.5))
    axes = figure.subplots()
    everything = np.concatenate([np.asarray(v) for v in values.values()])
    bins = np.histogram_bin_edges(everything, bins=30)
    for name, losses in values.items():
        axes.hist(losses, bins=bins.tolist(), alpha=0.6, label=name)
    axes.set_xlabel("perceptual loss of a style, mean over photographs")
    axes.set_ylabel("styles")
    axes.legend()
    return _png(figure)


def scatter(
    first: NDArray[np.float64], second: NDArray[np.float64], names: tuple[str, str]
) -> bytes:
    """Losses of the same pictures by two networks, ``(styles, pictures)``; a PNG file."""
    figure = Figure(figsize=(5, 5))
    axes = figure.subplots()
    for one, other in zip(first, second, strict=True):
        axes.plot(one, other, ".", markersize=3)
    axes.set_xlabel(f"loss by {names[0]}")
    axes.set_ylabel(f"loss by {names[1]}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    return _png(figure)


def bars(values: Mapping[str, float], unit: str) -> bytes:
    """One bar for each name, from the top, lengths as logarithms. A PNG file."""
    figure = Figure(figsize=(8, 0.6 + 0.4 * len(values)))
    axes = figure.subplots()
    names = list(values)[::-1]
    drawn = axes.barh(names, [values[name] for name in names])
    # Whole numbers where "%.3g" would write powers of ten.
    labels = [
        f" {v:,.0f}" if v >= 1000.0 else f" {v:.3g}" for v in (values[name] for name in names)
    ]
    axes.bar_label(drawn, labels)
    axes.set_xscale("log")
    axes.margins(x=0.2)
    axes.set_xlabel(unit)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    # Without the software's version in the file the same figures make the same bytes.
    figure.savefig(stream, format="png", dpi=120, bbox_inches="tight", metadata={"Software": None})
    return stream.getvalue()
