"""What execution providers of phones take of a graph, by onnxruntime's own tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import onnx

from tinystyle.errors import OptionError
from tinystyle.export.ort_format import borrowed, optimised

__all__ = ["Verdict", "check"]

_COREML_TABLES = {
    "CoreML MLProgram": "coreml_supported_mlprogram_ops.md",
    "CoreML NeuralNetwork": "coreml_supported_neuralnetwork_ops.md",
}
# Table of onnxruntime's docs/execution-providers/Xnnpack-ExecutionProvider.md, without what
# networks of ours never hold. Kernels must be constant; they are, once constants are folded.
_XNNPACK_OPS = ("Conv", "ConvTranspose", "QLinearConv")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one execution provider takes of a graph. What it does not take runs on the CPU.

    Whoever takes a graph in one piece computes it without copies between processors. XNNPACK is
    on the CPU itself: its pieces cost no copies.
    """

    provider: str
    taken: int
    """Nodes that it takes."""
    nodes: int
    """Nodes in all once constants are folded: fewer than the file holds, and fewer than a session
    of the CPU runs, which adds changes of layout."""
    partitions: int
    """Pieces in which it takes them."""
    left: tuple[str, ...]
    """Kinds of nodes that it does not take, sorted."""

    @property
    def whole(self) -> bool:
        """Whether it takes everything, in one piece."""
        return self.taken == self.nodes and self.partitions == 1


def check(model: bytes) -> tuple[Verdict, ...]:
    """A verdict each for NNAPI, both formats of CoreML, and XNNPACK.

    ``model`` is an ONNX model of fixed size; NNAPI knows no other. The tables name operators and
    say little of attributes and types, so a device can still refuse a node that counts as taken.
    Two cases known to matter are looked at: padding with anything but zeros is not taken, and
    onnxruntime's NNAPI provider takes nothing in half precision. QNN has no
    verdict: what it takes depends on its backend and on types. Raises OptionError where the size is
    free, ModelError where the bytes are no model.
    """
    folded = onnx.load_from_string(optimised(model))
    _require_fixed(folded.graph.input[0])
    for node in folded.graph.node:
        if node.op_type == "Pad" and _mode(node) != "constant":
            node.op_type = f"Pad ({_mode(node)})"
    with borrowed():
        from onnxruntime.tools.mobile_helpers import usability_checker as tables  # noqa: PLC0415

        # False: not to look for fixed sizes. Where asked to, the checker takes an input left out,
        # as Resize has it, for one of free size.
        found = {"NNAPI": tables.check_nnapi_partitions(folded, False)}
        for provider, table in _COREML_TABLES.items():
            found[provider] = tables.check_coreml_partitions(folded, False, table)
        found["XNNPACK"] = tables.check_partitioning(folded.graph, _Xnnpack(), False)
    verdicts = [_verdict(provider, info) for provider, info in found.items()]
    if any(t.data_type == onnx.TensorProto.FLOAT16 for t in folded.graph.initializer):
        nodes = verdicts[0].nodes
        verdicts[0] = Verdict("NNAPI", 0, nodes, 0, ("everything in half precision",))
    return tuple(verdicts)


class _Xnnpack:
    """Asked by the checker for each node."""

    is_op_supported: Callable[[onnx.NodeProto], bool] = staticmethod(
        lambda node: node.op_type in _XNNPACK_OPS
    )


def _verdict(provider: str, info: Any) -> Verdict:
    left = {name.rpartition(":")[2] for name in info.unsupported_ops}
    return Verdict(
        provider, info.num_supported_nodes, info.num_nodes, info.num_partitions, tuple(sorted(left))
    )


def _mode(pad: onnx.NodeProto) -> str:
    modes = [onnx.helper.get_attribute_value(a) for a in pad.attribute if a.name == "mode"]
    return modes[0].decode() if modes else "constant"


def _require_fixed(entry: onnx.ValueInfoProto) -> None:
    sides = entry.type.tensor_type.shape.dim
    free = [side.dim_param or "?" for side in sides if not side.HasField("dim_value")]
    if free:
        raise OptionError(
            f"the model's {', '.join(free)} are free; execution providers of phones are asked "
            "about a model of fixed size"
        )
