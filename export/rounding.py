"""Weights rounded to half precision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinystyle.graph import Graph

__all__ = ["half_kernels"]

FloatArray = NDArray[np.float32]


def half_kernels(graph: Graph, but: Collection[str] = ()) -> Graph:
    """Kernels of half numbers, still held in single precision, with the sums that they had.

    Where a picture is smooth, a kernel computes little more than its sum, and the norms that follow
    enlarge what is wrong with that. So the error of each number is handed to its neighbour (error
    diffusion, Floyd and Steinberg 1976, along rows to and fro), and only the last one's is left.
    Other weights are rounded when they are written. Convolutions named in ``but`` are left alone.
    """
    kept = {f"{name}.weight" for name in but}
    weights = {
        name: _diffused(weight) if weight.ndim == 4 and name not in kept else weight
        for name, weight in graph.weights.items()
    }
    return replace(graph, weights=weights)


def _diffused(weight: FloatArray) -> FloatArray:
    rows = _to_and_fro(weight).reshape(-1, weight.shape[2] * weight.shape[3])
    rounded = np.empty_like(rows)
    carried = np.zeros(len(rows), np.float32)
    for index in range(rows.shape[1]):
        wanted = rows[:, index] + carried
        rounded[:, index] = wanted.astype(np.float16)
        carried = wanted - rounded[:, index]
    return _to_and_fro(rounded.reshape(weight.shape))


def _to_and_fro(weight: FloatArray) -> FloatArray:
    """Every second row turned round; twice is nothing."""
    turned = weight.copy()
    turned[:, :, 1::2] = weight[:, :, 1::2, ::-1]
    return turned
