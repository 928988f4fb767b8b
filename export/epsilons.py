"""Epsilons of instance norms that half precision can hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from tinystyle.graph import Graph
from tinystyle.graph_ops import SubpixelConv, read_by
from tinystyle.ops import Conv, ConvTranspose, Crop, InstanceNorm

__all__ = ["SMALLEST", "with_held_epsilons"]

SMALLEST = float(np.finfo(np.float16).tiny)
"""6.1e-5, the smallest normal half number. Devices may take smaller ones for zero."""

_LONGEST_FILTER = 8.0
"""Further, what filters make could leave the range of half precision."""


def with_held_epsilons(graph: Graph) -> Graph:
    """Filters before norms scaled up until epsilon, which grows by the square, is a normal number.

    Exact: a norm takes out any factor, and the factors are powers of two. Where filters would
    become too long, or something else than a convolution stands before the norm, epsilon is raised
    to the smallest normal number; ``notes`` then say so. Raised from 1e-5 everywhere, it would
    change a picture by up to 20/255. To be applied last.
    """
    made_by = {op.name: op for op in graph.ops}
    readers = Counter(name for op in graph.ops for name in read_by(op))
    weights = dict(graph.weights)
    ops = list(graph.ops)
    raised = 0
    for index, op in enumerate(ops):
        if not isinstance(op, InstanceNorm) or op.epsilon >= SMALLEST:
            continue
        epsilon = op.epsilon
        source = made_by.get(op.source)
        alone = readers[op.source] == 1
        while isinstance(source, Crop):  # stands between a subpixel convolution and its norm
            alone = alone and readers[source.source] == 1
            source = made_by.get(source.source)
        if alone and isinstance(source, Conv | ConvTranspose | SubpixelConv):
            key = f"{source.name}.weight"
            length = float(np.sqrt(np.square(weights[key]).sum() / op.channels))
            needed = np.ceil(np.log2(SMALLEST / max(epsilon, 1e-30)) / 2.0)
            possible = np.floor(np.log2(_LONGEST_FILTER / max(length, 1e-6)))
            factor = np.float32(2.0 ** max(0.0, min(needed, possible)))
            for name in (key, f"{source.name}.bias"):
                if name in weights:
                    weights[name] = weights[name] * factor
            epsilon *= float(factor) ** 2
        raised += epsilon < SMALLEST
        ops[index] = replace(op, epsilon=max(epsilon, SMALLEST))
    notes = dict(graph.notes)
    if raised:
        notes["epsilon"] = f"raised to {SMALLEST:.3g} in {raised} norms"
    return replace(graph, ops=tuple(ops), weights=weights, notes=notes)
