"""What any ONNX model computes for one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import onnx
from onnx import shape_inference

from tinystyle.errors import ModelError
from tinystyle.export.ort_format import optimised
from tinystyle.runtime.session import is_ort

__all__ = ["Arithmetic", "count"]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Multiply-accumulates of convolutions and matrix products, and stored numbers."""

    macs: int
    parameters: int


def count(model: bytes, size: tuple[int, int], *, channels_first: bool = True) -> Arithmetic:
    """For one picture of ``size``. Raises ModelError where shapes cannot be told."""
    if is_ort(model):
        raise ModelError("an .ort file does not tell its shapes")
    proto = onnx.load_from_string(optimised(model))
    parameters = sum(
        math.prod(tensor.dims) for tensor in onnx.load_from_string(model).graph.initializer
    )
    shape = [1, 3, *size] if channels_first else [1, *size, 3]
    dimensions = proto.graph.input[0].type.tensor_type.shape.dim
    for dimension, value in zip(dimensions, shape, strict=True):
        dimension.Clear()
        dimension.dim_value = value
    del proto.graph.value_info[:]
    for output in proto.graph.output:
        output.type.tensor_type.ClearField("shape")
    graph = shape_inference.infer_shapes(proto, data_prop=True).graph
    known = {
        value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    known |= {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    total = 0
    for node in graph.node:
        if node.op_type not in ("Conv", "ConvTranspose", "MatMul", "Gemm", "QLinearConv"):
            continue
        weight = known.get(node.input[3 if node.op_type == "QLinearConv" else 1], [])
        source, made = known.get(node.input[0], []), known.get(node.output[0], [])
        if not all((weight, source, made)) or 0 in (*weight, *source, *made):
            raise ModelError(f"the shapes of {node.op_type} {node.output[0]!r} cannot be told")
        match node.op_type:
            case "Conv" | "QLinearConv":
                total += math.prod(made) * math.prod(weight[1:])
            case "ConvTranspose":
                total += math.prod(source) * math.prod(weight[1:])
            case _:
                total += math.prod(made) * source[-1]
    return Arithmetic(total, parameters)
