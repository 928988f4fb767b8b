"""The units of biases in a model of 8 bits, which engines take for granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

__all__ = ["CONVOLUTIONS", "false_bias_scales", "rescale_biases"]

CONVOLUTIONS = ("Conv", "ConvTranspose")
"""What is computed in 8 bits."""

_TOLERANCE = 1e-5
"""Relative, of a product of two float32 numbers that another program has rounded."""


@dataclass(frozen=True, slots=True)
class _Bias:
    """The bias of a convolution in int8."""

    convolution: str
    numbers: onnx.TensorProto
    scales: onnx.TensorProto
    wanted: NDArray[np.float32]
    """Scale of the input times that of the weight, for each output channel."""

    @property
    def false(self) -> bool:
        found = numpy_helper.to_array(self.scales)
        return not np.allclose(found, self.wanted, rtol=_TOLERANCE, atol=0.0)


def false_bias_scales(model: onnx.ModelProto) -> list[str]:
    """Convolutions whose bias is in other units than input scale times weight scale.

    Engines add the bias to whole-number sums, so they all take these units for granted: onnxruntime
    before 1.27, OpenCV and QNN compute another picture, onnxruntime from 1.27 on computes such a
    convolution in float.
    """
    return [bias.convolution for bias in _biases(model) if bias.false]


def rescale_biases(model: onnx.ModelProto) -> None:
    """Give every bias the units that :func:`false_bias_scales` asks for. Changes ``model``.

    For after scales of weights were changed. A unit is far below the step of an output, so that
    rounding again costs nothing.
    """
    for bias in _biases(model):
        if not bias.false:
            continue
        numbers, scales = (numpy_helper.to_array(t) for t in (bias.numbers, bias.scales))
        exact = numbers.astype(np.float64) * scales
        whole = np.rint(exact / bias.wanted).astype(np.int32)
        bias.numbers.CopyFrom(numpy_helper.from_array(whole, bias.numbers.name))
        bias.scales.CopyFrom(numpy_helper.from_array(bias.wanted, bias.scales.name))


def _biases(model: onnx.ModelProto) -> Iterator[_Bias]:
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node}
    for node in model.graph.node:
        if node.op_type not in CONVOLUTIONS or len(node.input) < 3:
            continue
        parts = [makers.get(name) for name in node.input]
        if any(part is None or part.op_type != "DequantizeLinear" for part in parts):
            continue
        (_, of_input), (_, of_weight), (numbers, scales) = (
            [stored.get(name) for name in part.input[:2]] for part in parts if part is not None
        )
        if of_input is None or of_weight is None or numbers is None or scales is None:
            continue  # a scale that is computed is none of ours
        wanted = numpy_helper.to_array(of_input) * numpy_helper.to_array(of_weight)
        yield _Bias(node.output[0], numbers, scales, wanted.astype(np.float32))
