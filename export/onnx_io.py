"""Pictures of bytes at both ends of an ONNX graph."""

from __future__ import annotations

from onnx import TensorProto

from tinystyle.export.onnx_nodes import Nodes
from tinystyle.graph_ops import FromBytes, ToBytes

__all__ = ["emit_from_bytes", "emit_to_bytes"]


def emit_from_bytes(nodes: Nodes, op: FromBytes, *, single: bool) -> None:
    """uint8 ``(N, H, W, 3)`` as floats ``(N, 3, H, W)``, in single precision where asked."""
    name = op.name
    nodes.cast(op.source, f"{name}.cast", TensorProto.FLOAT if single else None)
    inputs = [f"{name}.cast", nodes.scalar(op.divisor, single=single)]
    nodes.add("Div", inputs, f"{name}.last")
    nodes.add("Transpose", [f"{name}.last"], name, perm=[0, 3, 1, 2])


def emit_to_bytes(nodes: Nodes, op: ToBytes, source: str) -> None:
    """Floats ``(N, 3, H, W)`` of the tensor ``source``, rounded to uint8 ``(N, H, W, 3)``."""
    name = op.name
    # In single precision: half a grey level is less than half precision has at 255.
    if nodes.halved:
        source = nodes.cast(source, f"{name}.single", TensorProto.FLOAT)
    bounds = [nodes.scalar(bound, single=True) for bound in (0.0, 1.0)]
    nodes.add("Clip", [source, *bounds], f"{name}.clip")
    nodes.add("Mul", [f"{name}.clip", nodes.scalar(255.0, single=True)], f"{name}.scaled")
    nodes.add("Add", [f"{name}.scaled", nodes.scalar(0.5, single=True)], f"{name}.rounded")
    nodes.cast(f"{name}.rounded", f"{name}.first", TensorProto.UINT8)
    nodes.add("Transpose", [f"{name}.first"], name, perm=[0, 2, 3, 1])
