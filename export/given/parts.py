"""Parts of a network whose statistics are an input: what measures one norm after another.

The first norm's statistics need a sixth of the network; who computes all of it for each norm takes
twice the time. The web page does the same (assets/studio/graph-part.mjs).
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper

from tinystyle.export.given.model import reached
from tinystyle.runtime.given.statistics import MEASURED

__all__ = ["MeasuringPart", "measuring_parts"]


@dataclass(frozen=True, slots=True)
class MeasuringPart:
    """A model with the inputs of the whole and one output, ``measured``: float32
    ``(3, channels, 1, 1)`` of one norm, as :mod:`tinystyle.runtime.given.statistics` has them."""

    model: onnx.ModelProto
    channels: int
    convolutions: int
    """Of the network's; what a run takes, for who tells the time that is left."""


def measuring_parts(whole: onnx.ModelProto) -> list[MeasuringPart]:
    """One for each norm, in the order of the channels of ``statistics``.

    ``whole`` is of :func:`tinystyle.export.given.model.with_given_statistics`. All of its
    initializers stay, as a template's weights do, and none of its metadata: a part is no network.
    """
    makers = {name: node for node in whole.graph.node for name in node.output}
    # Means, variances and places of all norms are joined to rows, and the rows to one tensor.
    (joined, _) = makers[MEASURED].input
    rows = [makers[row].input for row in makers[joined].input]
    return [_part(whole, list(names)) for names in zip(*rows, strict=True)]


def _part(whole: onnx.ModelProto, names: list[str]) -> MeasuringPart:
    nodes = reached(list(whole.graph.node), names)
    held = {tensor.name: tensor for tensor in whole.graph.initializer}
    (places,) = (node for node in nodes if names[2] in node.output)
    channels = int(onnx.numpy_helper.to_array(held[places.input[1]])[1])
    part = onnx.ModelProto()
    part.CopyFrom(whole)
    del part.graph.node[:], part.graph.output[:], part.metadata_props[:]
    part.graph.node.extend([*nodes, helper.make_node("Concat", names, [MEASURED], axis=0)])
    shape = [3, channels, 1, 1]
    part.graph.output.append(helper.make_tensor_value_info(MEASURED, TensorProto.FLOAT, shape))
    return MeasuringPart(part, channels, sum(node.op_type == "Conv" for node in nodes))
