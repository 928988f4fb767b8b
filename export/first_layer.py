"""The part of a graph that keeps to single precision where the rest is in half."""

from __future__ import annotations

from tinystyle.graph import Graph
from tinystyle.graph_ops import read_by
from tinystyle.ops import IMAGE, Conv, Relu

__all__ = ["first_layer", "single_kernels"]


def first_layer(graph: Graph) -> frozenset[str]:
    """Tensors from the picture to the first convolution, and this cut off below zero.

    ARM processors with half numbers add up in half numbers, too, one product after the other. Of
    the 243 products of a 9x9 kernel, which networks had up to 0.9, up to 0.05 was lost, nearly
    alike all over a smooth part of a picture, and the norms that follow enlarged that to 5/255, in
    some styles to 20/255. Sums of the other convolutions lose as much of themselves, but a norm
    follows each: docs/precision.md.
    """
    first = next(op.name for op in graph.ops if isinstance(op, Conv))
    found = {first}
    for op in reversed(graph.ops):
        if op.name in found:
            found.update(read_by(op))
    relus = {op.name for op in graph.ops if isinstance(op, Relu) and op.source == first}
    return frozenset(found - {IMAGE} | relus)


def single_kernels(graph: Graph) -> frozenset[str]:
    """Tensors of :func:`first_layer` whose weights are single numbers in a file, too.

    Where few norms enlarge the errors of the others, those of the first kernel are
    most of what rounded weights cost: up to 1.7 of 2.3/255. It is 1.2 kB.
    """
    return first_layer(graph) if graph.few_norms else frozenset()
