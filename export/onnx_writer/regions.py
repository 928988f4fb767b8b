"""Regions in operators of ONNX: labels to shares, masked means by matrix products."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.export.onnx_writer.region_networks import one_hot
from tinystyle.network.graph import Graph
from tinystyle.network.methods.regions import EPSILON, LEAST, MOST_GAIN
from tinystyle.network.ops import MoveRegions, RegionKernel, SwapRegions

__all__ = [
    "ArtworkRegions",
    "as_features",
    "columns_of",
    "emit_regions",
    "in_rows",
    "in_single",
    "label_shares",
]

Weights = Mapping[str, NDArray[np.float32]]


def columns_of(graph: Graph) -> frozenset[str]:
    """Constants that runtimes turn as they load, so that files hold the network's own weights."""
    names = [op.name for op in graph.ops if isinstance(op, MoveRegions | SwapRegions)]
    return frozenset(f"{name}.{key}.columns" for name in names for key in ("mean", "deviation"))


def emit_regions(nodes: Nodes, source: str, op: MoveRegions, weights: Weights) -> None:
    """:class:`tinystyle.network.ops.MoveRegions` of the tensor ``source``."""
    name = op.name
    artwork = ArtworkRegions(nodes, name, weights, op.kernel)
    rows = in_rows(nodes, in_single(nodes, source), f"{name}.x")
    shares = label_shares(nodes, op.mask, name, op.regions)
    shares = in_rows(nodes, shares, f"{name}.shares")
    result = artwork.moved(rows, shares, name, artwork.balance)
    as_features(nodes, result, source, name)


def label_shares(nodes: Nodes, labels: str, name: str, regions: int, frame: int = 0) -> str:
    """As :func:`tinystyle.network.methods.regions.soft_regions`: ``(N, K + 1, h, w)``,
    in single precision.

    With a ``frame`` of so many pixels of the labels' mirror image.
    """
    masks = f"{name}.regions"
    one_hot(nodes, labels, name, regions + 1, masks)
    if frame:
        around = nodes.whole(f"pad{frame}", 0, 0, frame, frame, 0, 0, frame, frame)
        masks = nodes.add("Pad", [masks, around], f"{name}.around", mode="reflect")
    one_more = nodes.whole("last0011", 0, 0, 0, 0, 0, 0, 1, 1)
    masks = nodes.add("Pad", [masks, one_more], f"{name}.padded", mode="edge")
    tiles = {"kernel_shape": [4, 4], "strides": [4, 4]}
    return nodes.add("AveragePool", [masks], f"{name}.pooled", **tiles)


def in_single(nodes: Nodes, source: str) -> str:
    """The graph's floats in single precision."""
    return nodes.cast(source, f"{source}.single", TensorProto.FLOAT) if nodes.halved else source


def in_rows(nodes: Nodes, source: str, output: str) -> str:
    """``(N, C, h, w)`` as ``(N, C, P)``."""
    return nodes.add("Reshape", [source, nodes.whole("rows00", 0, 0, -1)], output)


def as_features(nodes: Nodes, rows: str, like: str, output: str) -> str:
    """``(N, C, P)`` in the shape of the tensor ``like``, and in the graph's type."""
    shape = nodes.add("Shape", [like], f"{output}.shape")
    if not nodes.halved:
        return nodes.add("Reshape", [rows, shape], output)
    return nodes.cast(nodes.add("Reshape", [rows, shape], f"{output}.last"), output)


class ArtworkRegions:
    """Moves features to an artwork's, as :func:`tinystyle.network.methods.regions.moved`.

    In single precision: sums over a picture leave the range of half numbers. C channels of P
    features are rows, K + 1 regions columns.
    """

    def __init__(self, nodes: Nodes, name: str, weights: Weights, kernel: RegionKernel) -> None:
        self._nodes = nodes
        keys = ["mean"] if kernel is RegionKernel.LINEAR else ["mean", "deviation"]
        # Held as the network holds it, and turned.
        held = {
            key: nodes.floats(f"{name}.{key}", weights[f"{name}.{key}"], single=True)
            for key in (*keys, "balance")
        }
        self.balance = held["balance"]
        self._columns = {
            key: nodes.add("Transpose", [held[key]], f"{name}.{key}.columns", perm=[1, 0])
            for key in keys
        }

    def moved(
        self,
        rows: str,
        shares: str,
        name: str,
        balance: str | None = None,
        most: float = MOST_GAIN,
    ) -> str:
        """``(N, C, P)`` by shares ``(N, K + 1, P)``; all the way without a ``balance``, deviations
        growing ``most`` times at most."""
        nodes = self._nodes
        places = nodes.add("Transpose", [shares], f"{name}.places", perm=[0, 2, 1])
        counts = nodes.add("ReduceSum", [places, nodes.whole("i1", 1)], f"{name}.sums")
        counts = nodes.add("Max", [counts, nodes.scalar(LEAST, single=True)], f"{name}.counts")

        def inside(values: str, output: str) -> str:
            """Means in each region: ``(N, C, P)`` to ``(N, C, K + 1)``."""
            total = nodes.add("MatMul", [values, places], f"{output}.total")
            return nodes.add("Div", [total, counts], output)

        means = inside(rows, f"{name}.means")
        local = nodes.add("MatMul", [means, shares], f"{name}.local")
        deviations = nodes.add("Sub", [rows, local], f"{name}.deviations")
        aims = self._columns["mean"]
        if balance:
            change = nodes.add("Sub", [aims, means], f"{name}.change")
            change = nodes.add("Mul", [balance, change], f"{name}.moved")
            aims = nodes.add("Add", [means, change], f"{name}.aims")
        if "deviation" in self._columns:
            squares = nodes.add("Mul", [deviations, deviations], f"{name}.squares")
            gains = self._gains(inside(squares, f"{name}.variance"), name, balance, most)
            gains = nodes.add("MatMul", [gains, shares], f"{name}.gain")
            deviations = nodes.add("Mul", [deviations, gains], f"{name}.scaled")
        level = nodes.add("MatMul", [aims, shares], f"{name}.level")
        return nodes.add("Add", [deviations, level], f"{name}.sum")

    def _gains(self, variance: str, name: str, balance: str | None, most: float) -> str:
        nodes = self._nodes
        held = nodes.add("Add", [variance, nodes.scalar(EPSILON, single=True)], f"{name}.held")
        own = nodes.add("Sqrt", [held], f"{name}.own")
        ratio = nodes.add("Div", [self._columns["deviation"], own], f"{name}.ratio")
        ratio = nodes.add("Min", [ratio, nodes.scalar(most, single=True)], f"{name}.most")
        if not balance:
            return ratio
        one = nodes.scalar(1.0, single=True)
        more = nodes.add("Sub", [ratio, one], f"{name}.more")
        more = nodes.add("Mul", [balance, more], f"{name}.share")
        return nodes.add("Add", [more, one], f"{name}.gains")
