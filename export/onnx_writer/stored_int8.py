"""Weights stored in 8 bits, computed with in single precision: a file of a quarter of the size."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

__all__ = ["stored_in_int8"]

_SMALLEST = 1024
"""Values below which a constant's bytes do not count."""


def stored_in_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """``model`` with its matrices and kernels as int8, one scale for each row or filter.

    Runtimes make floats of them as they load, by Cast and Mul; DequantizeLinear would be computed
    in every run of onnxruntime. For style swap, whose ArgMax must not see activations in steps: of
    two patches that are nearly as like it would take the wrong one.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph, made = result.graph, []
    kept = []
    for tensor in graph.initializer:
        large = tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 1
        values = numpy_helper.to_array(tensor)
        if not large or values.size < _SMALLEST:
            kept.append(tensor)
            continue
        most = np.abs(values).max(axis=tuple(range(1, values.ndim)))
        scale = (np.maximum(most, 1e-12) / 127.0).astype(np.float32)
        scale = scale.reshape(-1, *[1] * (values.ndim - 1))
        rows = values / scale
        name = tensor.name
        kept += [
            numpy_helper.from_array(np.rint(rows).astype(np.int8), f"{name}.int8"),
            numpy_helper.from_array(scale, f"{name}.scale"),
        ]
        as_float = f"{name}.float"
        kind = onnx.TensorProto.FLOAT
        made += [
            helper.make_node("Cast", [f"{name}.int8"], [as_float], name=as_float, to=kind),
            helper.make_node("Mul", [as_float, f"{name}.scale"], [name], name=name),
        ]
    nodes = [*made, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    return result
