"""Regions in operators of ONNX: labels to shares, masked means by matrix products."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.export.onnx_writer.region_networks import one_hot
from tinystyle.network.graph import Graph
from tinystyle.network.ops import MoveRegions, RegionKernel
from tinystyle.network.regions import EPSILON, LEAST, MOST_GAIN

__all__ = ["columns_of", "emit_regions"]


def columns_of(graph: Graph) -> frozenset[str]:
    """Constants that runtimes turn as they load, so that files hold the network's own weights."""
    names = [op.name for op in graph.ops if isinstance(op, MoveRegions)]
    return frozenset(f"{name}.{key}.columns" for name in names for key in ("mean", "deviation"))


def emit_regions(
    nodes: Nodes, source: str, op: MoveRegions, weights: Mapping[str, NDArray[np.float32]]
) -> None:
    """:class:`tinystyle.network.ops.MoveRegions` of the tensor ``source``.

    As :func:`tinystyle.network.regions.moved`, in single precision: sums over a picture leave the
    range of half numbers. C channels of P features are rows, K + 1 regions columns.
    """
    name = op.name
    whole = nodes.cast(source, f"{name}.single", TensorProto.FLOAT) if nodes.halved else source
    rows = nodes.add("Reshape", [whole, nodes.whole(f"{name}.rows", 0, 0, -1)], f"{name}.x")
    shares = _shares(nodes, op)  # (N, K + 1, P)
    places = nodes.add("Transpose", [shares], f"{name}.places", perm=[0, 2, 1])
    counts = nodes.add("ReduceSum", [places, nodes.whole("i1", 1)], f"{name}.sums")
    counts = nodes.add("Max", [counts, nodes.scalar(LEAST, single=True)], f"{name}.counts")

    def inside(values: str, output: str) -> str:
        """Means in each region: ``(N, C, P)`` to ``(N, C, K + 1)``."""
        total = nodes.add("MatMul", [values, places], f"{output}.total")
        return nodes.add("Div", [total, counts], output)

    def artwork(key: str) -> str:
        """``(C, K + 1)``; held as the network holds it."""
        held = nodes.floats(f"{name}.{key}", weights[f"{name}.{key}"], single=True)
        return nodes.add("Transpose", [held], f"{name}.{key}.columns", perm=[1, 0])

    balance = nodes.floats(f"{name}.balance", weights[f"{name}.balance"], single=True)
    means = inside(rows, f"{name}.means")
    local = nodes.add("MatMul", [means, shares], f"{name}.local")
    deviations = nodes.add("Sub", [rows, local], f"{name}.deviations")
    change = nodes.add("Sub", [artwork("mean"), means], f"{name}.change")
    change = nodes.add("Mul", [balance, change], f"{name}.moved")
    aims = nodes.add("Add", [means, change], f"{name}.aims")
    if op.kernel is RegionKernel.MOMENTS:
        squares = nodes.add("Mul", [deviations, deviations], f"{name}.squares")
        variance = inside(squares, f"{name}.variance")
        held = nodes.add("Add", [variance, nodes.scalar(EPSILON, single=True)], f"{name}.held")
        own = nodes.add("Sqrt", [held], f"{name}.own")
        ratio = nodes.add("Div", [artwork("deviation"), own], f"{name}.ratio")
        ratio = nodes.add("Min", [ratio, nodes.scalar(MOST_GAIN, single=True)], f"{name}.most")
        one = nodes.scalar(1.0, single=True)
        more = nodes.add("Sub", [ratio, one], f"{name}.more")
        more = nodes.add("Mul", [balance, more], f"{name}.share")
        gains = nodes.add("Add", [more, one], f"{name}.gains")
        gains = nodes.add("MatMul", [gains, shares], f"{name}.gain")
        deviations = nodes.add("Mul", [deviations, gains], f"{name}.scaled")
    level = nodes.add("MatMul", [aims, shares], f"{name}.level")
    result = nodes.add("Add", [deviations, level], f"{name}.sum")
    shape = nodes.add("Shape", [source], f"{name}.shape")
    if not nodes.halved:
        nodes.add("Reshape", [result, shape], name)
        return
    result = nodes.add("Reshape", [result, shape], f"{name}.last")
    nodes.cast(result, name)


def _shares(nodes: Nodes, op: MoveRegions) -> str:
    """As :func:`tinystyle.network.regions.soft_regions`, places in a row: ``(N, K + 1, P)``."""
    name, count = op.name, op.regions + 1
    masks = f"{name}.masks"
    one_hot(nodes, op.mask, name, count, masks)
    one_more = nodes.whole("last0011", 0, 0, 0, 0, 0, 0, 1, 1)
    masks = nodes.add("Pad", [masks, one_more], f"{name}.padded", mode="edge")
    frame = {"kernel_shape": [4, 4], "strides": [4, 4]}
    pooled = nodes.add("AveragePool", [masks], f"{name}.pooled", **frame)
    return nodes.add("Reshape", [pooled, nodes.whole(f"{name}.rows", 0, 0, -1)], f"{name}.shares")
