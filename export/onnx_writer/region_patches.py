"""Style swap inside regions in operators of ONNX."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.export.onnx_writer.patches import put_back
from tinystyle.export.onnx_writer.regions import (
    ArtworkRegions,
    Weights,
    as_features,
    in_rows,
    in_single,
    label_shares,
)
from tinystyle.network.graph import Graph
from tinystyle.network.methods.regions import MOST_GAIN_OF_PATCHES
from tinystyle.network.ops import FRAME, RegionKernel, SwapRegions

__all__ = ["emit_region_swap", "labels_of"]

_BARRED = 10_000.0
"""By how much a patch of another region is less like: beyond all scores, and a half number."""


def labels_of(graph: Graph) -> frozenset[str]:
    """What runtimes first make of the patches' regions and of the balance, as they load."""
    names = [op.name for op in graph.ops if isinstance(op, SwapRegions)]
    return frozenset(f"{name}.{part}" for name in names for part in ("theirs", "balances"))


def emit_region_swap(nodes: Nodes, source: str, op: SwapRegions, weights: Weights) -> None:
    """:class:`tinystyle.network.ops.SwapRegions` of the tensor ``source``."""
    name = op.name
    artwork = ArtworkRegions(nodes, name, weights, RegionKernel.MOMENTS)
    soft = label_shares(nodes, op.mask, name, op.regions, 4 * FRAME)
    single = in_single(nodes, source)
    rows, shares = (in_rows(nodes, tensor, f"{tensor}.all") for tensor in (single, soft))
    matched = artwork.moved(rows, shares, f"{name}.match")
    matched = as_features(nodes, matched, source, f"{name}.matched")

    bank = nodes.floats(f"{name}.weight", weights[f"{name}.weight"])
    scores = nodes.add("Conv", [matched, bank], f"{name}.free", kernel_shape=[3, 3])
    bars = _bars(nodes, op, soft, weights)
    scores = nodes.add("Add", [scores, bars], f"{name}.scores")
    swapped = put_back(nodes, op, scores, bank, weights, f"{name}.swapped")

    inside = [
        nodes.slice(tensor, f"{tensor}.inside", [FRAME] * 2, [-FRAME] * 2)
        for tensor in (single, soft, in_single(nodes, swapped))
    ]
    rows, shares, patches = (in_rows(nodes, tensor, f"{tensor}.all") for tensor in inside)
    result = artwork.moved(patches, shares, f"{name}.again", most=MOST_GAIN_OF_PATCHES)
    change = nodes.add("Sub", [result, rows], f"{name}.change")
    balance = nodes.add("Unsqueeze", [artwork.balance, nodes.whole("i0", 0)], f"{name}.balances")
    share = nodes.add("MatMul", [balance, shares], f"{name}.balanced")
    change = nodes.add("Mul", [change, share], f"{name}.part")
    as_features(nodes, nodes.add("Add", [rows, change], f"{name}.whole"), inside[0], name)


def _bars(nodes: Nodes, op: SwapRegions, soft: str, weights: Weights) -> str:
    """What is added to the scores, ``(N, K, h - 2, w - 2)``: 0 for patches that a place may take.

    A 1x1 convolution of the places' regions, one channel for each, with what each region bars.
    """
    name, count = op.name, op.regions + 1
    inner = nodes.slice(soft, f"{name}.middles", [1, 1], [-1, -1])
    region = nodes.add("ArgMax", [inner], f"{name}.region", axis=1, keepdims=1)
    each = nodes.whole(f"{name}.numbers", *range(count))
    column = nodes.add("Reshape", [each, nodes.whole("column", 1, -1, 1, 1)], f"{name}.column")
    places = nodes.cast(nodes.add("Equal", [region, column], f"{name}.at"), f"{name}.hot")

    label = weights[f"{name}.label"].reshape(-1, 1, 1, 1)
    held = nodes.floats(f"{name}.label", label, single=True)
    numbers = np.arange(count, dtype=np.float32).reshape(1, count, 1, 1)
    regions = nodes.floats(f"{name}.each", numbers, single=True)
    own = nodes.add("Equal", [held, regions], f"{name}.theirs")
    own = nodes.cast(own, f"{name}.allowed", TensorProto.FLOAT)
    # A region without patches bars none.
    any_own = nodes.reduce("Max", own, f"{name}.any", [0])
    barred = nodes.add("Sub", [own, any_own], f"{name}.barred")
    bars = nodes.add("Mul", [barred, nodes.scalar(_BARRED, single=True)], f"{name}.bars")
    bars = nodes.cast(bars, f"{name}.bars.half") if nodes.halved else bars
    return nodes.add("Conv", [places, bars], f"{name}.bar", kernel_shape=[1, 1])
