"""Instance norms in the plain operations of ONNX."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tinystyle.export.onnx_nodes import Nodes
from tinystyle.ops import InstanceNorm

__all__ = ["emit_norm"]


def emit_norm(
    nodes: Nodes,
    source: str,
    op: InstanceNorm,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    last: bool,
) -> None:
    """The norm of the tensor ``source``, in single precision also where the graph is in half.

    ``last`` says that no norm follows.
    """
    # Short names: there are 15 norms, and each name is stored twice.
    layer = op.name.partition(".")[0]
    affine = []
    if op.affine:
        for key in ("weight", "bias"):
            name = f"{op.name}.{key}"
            affine.append(nodes.floats(name, weights[name][:, None, None]))
    if nodes.halved:
        _half(nodes, source, op, layer, affine)
        return
    if last:
        # Even a mean of equal values is off by an ulp, and no norm follows that would remove the
        # offset. From zeros it is exact.
        corner = nodes.slice(source, f"{layer}.first", [0, 0], [1, 1])
        source = nodes.add("Sub", [source, corner], f"{layer}.shift")
    centred, root = _parts(nodes, source, op, layer)
    if not affine:
        nodes.add("Div", [centred, root], op.name)
        return
    nodes.add("Div", [affine[0], root], f"{layer}.g")
    nodes.add("Mul", [centred, f"{layer}.g"], f"{layer}.s")
    nodes.add("Add", [f"{layer}.s", affine[1]], op.name)


def _half(nodes: Nodes, source: str, op: InstanceNorm, layer: str, affine: list[str]) -> None:
    source = nodes.cast(source, f"{layer}.f", TensorProto.FLOAT)
    centred, root = _parts(nodes, source, op, layer)
    unit = nodes.add("Div", [centred, root], f"{layer}.u")
    unit = nodes.cast(unit, f"{layer}.h" if affine else op.name)
    if affine:
        nodes.add("Mul", [unit, affine[0]], f"{layer}.s")
        nodes.add("Add", [f"{layer}.s", affine[1]], op.name)


def _parts(nodes: Nodes, source: str, op: InstanceNorm, layer: str) -> tuple[str, str]:
    """What is left when the mean is taken away, and its deviation."""
    centred = nodes.add("Sub", [source, _mean(nodes, source, f"{layer}.m")], f"{layer}.c")
    squares = nodes.add("Mul", [centred, centred], f"{layer}.q")
    epsilon = nodes.scalar(op.epsilon, single=True)
    shifted = nodes.add("Add", [_mean(nodes, squares, f"{layer}.v"), epsilon], f"{layer}.e")
    return centred, nodes.add("Sqrt", [shifted], f"{layer}.d")


def _mean(nodes: Nodes, source: str, name: str) -> str:
    """Along rows first, then along columns.

    onnxruntime's own operator adds up all H x W values of a channel in float32. On a flat
    720 x 1280 picture that makes its mean wrong by 1e-6 and its variance by 1e-3, and division by
    sqrt(epsilon) turns the former into 3e-4 and more on an all-white picture. Where the rest of the
    graph is in half precision, that does not matter.
    """
    if nodes.halved:
        return nodes.mean(source, name, [2, 3])
    return nodes.mean(nodes.mean(source, f"{name}r", [3]), name, [2])
