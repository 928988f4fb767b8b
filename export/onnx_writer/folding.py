"""Constants that nodes make of constants, stored as what they make."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

__all__ = ["folded"]


def folded(
    nodes: Sequence[onnx.NodeProto],
    constants: Sequence[onnx.TensorProto],
    opset: int,
    but: Collection[str] = (),
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes that read nothing but constants, computed; then constants that are still read.

    By ONNX's own reference. Kernels are put together of stored ones by moving, adding and repeating
    values, which is exact but for the sums. What is named in ``but`` is left to the engines: stored
    it would be large.
    """
    known = {tensor.name: tensor for tensor in constants}
    left = []
    for node in nodes:
        constant = all(name in known for name in node.input if name)
        if not constant or node.output[0] in but:
            left.append(node)
            continue
        graph = helper.make_graph(
            [node],
            "constant",
            [],
            [helper.make_empty_tensor_value_info(name) for name in node.output],
            [known[name] for name in dict.fromkeys(node.input) if name],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        values = ReferenceEvaluator(model).run(None, {})
        for name, value in zip(node.output, values, strict=True):
            known[name] = numpy_helper.from_array(value, name)
    read = {name for node in left for name in node.input}
    return left, [tensor for name, tensor in known.items() if name in read]
