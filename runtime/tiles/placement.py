"""Pixels that are put in place by reshaping, told as the operation that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from tinystyle.runtime.tiles.local_graph import attributes_of

__all__ = ["with_depth_to_space"]

_STEPS = ("Reshape", "Transpose", "Reshape", "Transpose", "Reshape")
_TURNS = ([0, 1, 3, 2], [0, 2, 1, 3])
_PAIRS = [0, 2, 2, -1]


def with_depth_to_space(
    nodes: Sequence[onnx.NodeProto], constants: Mapping[str, NDArray[Any]]
) -> list[onnx.NodeProto]:
    """The nodes, each five that place 2x2 pixels by reshaping as one DepthToSpace.

    Files for onnxruntime's CPU are written so (``export-net --for onnxruntime-cpu``), since it is
    quicker there: (N, 4 C, H, W) by (N, 2, 2, C H W), (N, 2, C H W, 2), (N, 2, C H, 2 W) and
    (N, C H, 2, 2 W) to (N, C, 2 H, 2 W). Read in tiles, the sizes would have to be known.
    """
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in nodes:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    placed: dict[str, onnx.NodeProto] = {}
    inside: set[str] = set()
    for node in nodes:
        chain = _chain(node, readers)
        turns = [attributes_of(one).get("perm") for one in chain if one.op_type == "Transpose"]
        if len(chain) < len(_STEPS) or [list(turn or ()) for turn in turns] != list(_TURNS):
            continue
        pairs = constants.get(node.input[1])
        if pairs is not None and np.ravel(pairs).tolist() == _PAIRS:
            last = chain[-1].output[0]
            inside |= {one.output[0] for one in chain}
            placed[last] = helper.make_node(
                "DepthToSpace", [node.input[0]], [last], blocksize=2, mode="DCR"
            )
    kept = [node for node in nodes if node.output[0] not in inside or node.output[0] in placed]
    return [placed.get(node.output[0], node) for node in kept]


def _chain(
    node: onnx.NodeProto, readers: Mapping[str, list[onnx.NodeProto]]
) -> list[onnx.NodeProto]:
    """The five nodes that begin with this one, as far as they do."""
    chain: list[onnx.NodeProto] = []
    for kind in _STEPS:
        if node.op_type != kind:
            break
        chain.append(node)
        after = readers.get(node.output[0], [])
        if len(after) != 1:
            break
        node = after[0]
    return chain
