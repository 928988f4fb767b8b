"""Networks of regions in operators of ONNX: labels to shares, weights of norms, the blend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.network.methods.region_networks import LEAST_SHARE
from tinystyle.network.ops import BlendRegions, OneHot, RegionWeights, Smooth

__all__ = ["emit_blend", "emit_one_hot", "emit_smooth", "emit_weights", "one_hot"]


def one_hot(nodes: Nodes, labels: str, name: str, count: int, output: str) -> None:
    """Labels ``(N, 1, H, W)`` as floats ``(N, count, H, W)``; those from ``count`` on are the last.

    In single precision, as all shares are.
    """
    labels = nodes.cast(labels, f"{name}.labels", TensorProto.FLOAT)
    most = nodes.scalar(float(count - 1), single=True)
    labels = nodes.add("Min", [labels, most], f"{name}.known")
    each = np.arange(count, dtype=np.float32).reshape(1, count, 1, 1)
    held = nodes.floats(f"{name}.each", each, single=True)
    equal = nodes.add("Equal", [labels, held], f"{name}.equal")
    nodes.cast(equal, output, TensorProto.FLOAT)


def emit_one_hot(nodes: Nodes, source: str, op: OneHot) -> None:
    """:class:`tinystyle.network.ops.OneHot` of the tensor ``source``."""
    one_hot(nodes, source, op.name, op.regions, op.name)


def emit_smooth(nodes: Nodes, source: str, op: Smooth) -> None:
    """:class:`tinystyle.network.ops.Smooth` of the tensor ``source``."""
    r, side = op.radius, 2 * op.radius + 1
    pads = nodes.whole(f"pad{r}", 0, 0, r, r, 0, 0, r, r)
    padded = nodes.add("Pad", [source, pads], f"{op.name}.pad", mode="edge")
    frame = {"kernel_shape": [side, side], "strides": [op.stride, op.stride]}
    nodes.add("AveragePool", [padded], op.name, **frame)


def emit_weights(nodes: Nodes, source: str, op: RegionWeights) -> None:
    """:class:`tinystyle.network.ops.RegionWeights` of the tensor ``source``."""
    share = _channel(nodes, source, op.region, f"{op.name}.share")
    held = nodes.add("Add", [share, nodes.scalar(LEAST_SHARE, single=True)], f"{op.name}.held")
    rows = nodes.reduce("Mean", held, f"{op.name}.rows", [3])
    mean = nodes.reduce("Mean", rows, f"{op.name}.mean", [2])
    nodes.add("Div", [held, mean], op.name)


def emit_blend(nodes: Nodes, source: str, op: BlendRegions, pictures: Sequence[str]) -> None:
    """:class:`tinystyle.network.ops.BlendRegions`: ``pictures`` by the shares ``source``."""
    name, total = op.name, ""
    shares = nodes.cast(source, f"{name}.shares") if nodes.halved else source
    for region, picture in enumerate(pictures):
        share = _channel(nodes, shares, region, f"{name}.share{region}")
        part = nodes.add("Mul", [picture, share], f"{name}.part{region}")
        last = name if region == len(pictures) - 1 else f"{name}.sum{region}"
        total = nodes.add("Add", [total, part], last) if total else part


def _channel(nodes: Nodes, source: str, at: int, output: str) -> str:
    numbers = [nodes.whole(f"i{number}", number) for number in (at, at + 1, 1)]
    return nodes.add("Slice", [source, *numbers], output)
