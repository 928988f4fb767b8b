"""Style swap in operators of ONNX: matching by a convolution, putting back by looking up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_writer.nodes import END, Nodes
from tinystyle.network.graph import Graph
from tinystyle.network.ops import SwapPatches, SwapRegions

__all__ = ["emit_swap", "put_back", "tables_of"]


def tables_of(graph: Graph) -> frozenset[str]:
    """Constants that runtimes make of patches as they load. Stored, they would be the patches once
    more."""
    names = [op.name for op in graph.ops if isinstance(op, SwapPatches | SwapRegions)]
    parts = ("turned", "turned.s", "real", "half", "spare", "table")
    return frozenset(f"{name}.{part}" for name in names for part in parts)


def emit_swap(
    nodes: Nodes, source: str, op: SwapPatches, weights: Mapping[str, NDArray[np.float32]]
) -> None:
    """:class:`tinystyle.network.ops.SwapPatches` of the tensor ``source``."""
    bank = nodes.floats(f"{op.name}.weight", weights[f"{op.name}.weight"])
    scores = nodes.add("Conv", [source, bank], f"{op.name}.scores", kernel_shape=[3, 3])
    put_back(nodes, op, scores, bank, weights, op.name)


def put_back(
    nodes: Nodes,
    op: SwapPatches | SwapRegions,
    scores: str,
    bank: str,
    weights: Mapping[str, NDArray[np.float32]],
    output: str,
) -> str:
    """The patch of the ``bank`` that has the highest of the ``scores`` at each place.

    Patches overlap by nine places; at each place of the result the nine that cover it are looked
    up in a table and averaged. This is the transposed convolution of one-hot maps of Chen & Schmidt
    2016, section 3.2, without those maps, K values a place. Beyond the border stands one more
    patch, of zeros, which does not count.
    """
    name, count = op.name, op.patches
    column = weights[f"{name}.length"].reshape(-1, 1)
    lengths = nodes.floats(f"{name}.length", column, single=True)
    chosen = nodes.add("ArgMax", [scores], f"{name}.best", axis=1, keepdims=0)
    none = nodes.integer(f"{name}.none", count)
    frame = nodes.whole("frame2", 0, 2, 2, 0, 2, 2)
    around = nodes.add("Pad", [chosen, frame, none], f"{name}.framed")
    table = _table(nodes, op, bank, lengths)
    parts = []
    for at in range(9):
        down, right = divmod(at, 3)
        starts = nodes.whole(f"at{2 - down},{2 - right}", 2 - down, 2 - right)
        ends = nodes.whole(f"to{-down},{-right}", -down or END, -right or END)
        seen = nodes.add(
            "Slice", [around, starts, ends, nodes.whole("axes12", 1, 2)], f"{name}.seen{at}"
        )
        first = nodes.integer(f"{name}.first{at}", at * (count + 1))
        row = nodes.add("Add", [seen, first], f"{name}.row{at}")
        parts.append(nodes.add("Gather", [table, row], f"{name}.part{at}", axis=0))
    total = nodes.add("Sum", parts, f"{name}.sum")
    total = nodes.add("Transpose", [total], f"{name}.total", perm=[0, 3, 1, 2])
    return nodes.add("Div", [total, _overlaps(nodes, name, around, none)], output)


def _table(nodes: Nodes, op: SwapPatches | SwapRegions, bank: str, lengths: str) -> str:
    """The nine places of all patches, one more patch of zeros: ``(9 (K + 1), C)``."""
    name = op.name
    turned = nodes.add("Transpose", [bank], f"{name}.turned", perm=[2, 3, 0, 1])
    # onnxruntime neither multiplies nor pads half numbers on a CPU: every run would have to.
    real = nodes.add("Mul", [nodes.single(turned), lengths], f"{name}.real")
    frame = nodes.whole("last1", 0, 0, 0, 0, 0, 0, 1, 0)
    spare = nodes.add("Pad", [real, frame], f"{name}.spare")
    if nodes.halved:
        spare = nodes.cast(spare, f"{name}.half")
    shape = nodes.whole(f"{name}.rows", -1, op.channels)
    return nodes.add("Reshape", [spare, shape], f"{name}.table")


def _overlaps(nodes: Nodes, name: str, around: str, none: str) -> str:
    """How many patches cover each place: ``(N, 1, H, W)``, 1 to 9."""
    there = nodes.add("Less", [around, none], f"{name}.there")
    mask = nodes.cast(there, f"{name}.mask")
    mask = nodes.add("Unsqueeze", [mask, nodes.whole("i1", 1)], f"{name}.masks")
    share = nodes.add("AveragePool", [mask], f"{name}.share", kernel_shape=[3, 3])
    return nodes.add("Mul", [share, nodes.scalar(9.0)], f"{name}.overlaps")
