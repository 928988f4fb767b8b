"""What half precision asks of a graph: a first layer, epsilons and weights that it can hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import SubpixelConv, read_by
from tinystyle.network.ops import IMAGE, Conv, ConvTranspose, Crop, InstanceNorm, RegionNorm, Relu

__all__ = [
    "SMALLEST",
    "first_convolutions",
    "first_layer",
    "half_kernels",
    "single_kernels",
    "with_held_epsilons",
]


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
        if not isinstance(op, InstanceNorm | RegionNorm) or op.epsilon >= SMALLEST:
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


def first_convolutions(graph: Graph) -> frozenset[str]:
    """The name of the first convolution; of several networks in one, of each one's."""
    convs = [op.name for op in graph.ops if isinstance(op, Conv)]
    own = convs[0].rpartition(".")[2]
    return frozenset(name for name in convs if name.rpartition(".")[2] == own)


def first_layer(graph: Graph) -> frozenset[str]:
    """Tensors from the picture to the first convolution, and this cut off below zero.

    ARM processors with half numbers add up in half numbers, too, one product after the other. Of
    the 243 products of a 9x9 kernel, which networks had up to 0.9, up to 0.05 was lost, nearly
    alike all over a smooth part of a picture, and the norms that follow enlarged that to 5/255, in
    some styles to 20/255. Sums of the other convolutions lose as much of themselves, but a norm
    follows each: docs/precision.md.
    """
    firsts = first_convolutions(graph)
    found = set(firsts)
    for op in reversed(graph.ops):
        if op.name in found:
            found.update(read_by(op))
    relus = {op.name for op in graph.ops if isinstance(op, Relu) and op.source in firsts}
    return frozenset(found - {IMAGE} | relus)


def single_kernels(graph: Graph) -> frozenset[str]:
    """Tensors of :func:`first_layer` whose weights are single numbers in a file, too.

    Where few norms enlarge the errors of the others, those of the first kernel are
    most of what rounded weights cost: up to 1.7 of 2.3/255. It is 1.2 kB.
    """
    return first_layer(graph) if graph.few_norms else frozenset()
