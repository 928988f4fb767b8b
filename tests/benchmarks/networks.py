"""Models to measure: a network of ours, and somebody else's that gives back what it takes."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from tests.conftest import random_net
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx

__all__ = ["identity", "ours"]


def ours(path: Path, options: GraphOptions | None = None, seed: int = 0) -> Path:
    """A network of random weights, written to ``path``."""
    graph = prepare(random_net(seed=seed), options or GraphOptions())
    path.write_bytes(to_onnx(graph).SerializeToString())
    return path


def identity(path: Path, shape: list[int | str], kind: int = TensorProto.FLOAT) -> Path:
    """A network of one node, of an input of ``shape`` and ``kind``, written to ``path``."""
    values = [helper.make_tensor_value_info(name, kind, shape) for name in ("in", "out")]
    node = helper.make_node("Identity", ["in"], ["out"])
    graph = helper.make_graph([node], "same", values[:1], values[1:])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path
