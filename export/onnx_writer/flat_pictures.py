"""Scales of 8 bits with which a picture of one colour is painted in the right one.

In such a picture every pixel is rounded alike, and where the errors of a photograph cancel out
these add up: behind the last norm to ten of 255. A norm takes out the colour itself, so all such
pictures are the same numbers there, and scales can be found that round these well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from tinystyle.network import reference
from tinystyle.network.graph import Graph
from tinystyle.network.ops import InstanceNorm, Sigmoid

__all__ = ["fit_flat_pictures"]

Values = NDArray[np.float64]

_WIDER = np.linspace(1.0, 1.08, 33)
"""Factors of a scale that are tried. The steps for photographs become coarser by as much."""

_MORE_ROUNDS = 2
"""In which each scale is chosen anew."""

_SIDE = 64
"""Of the picture of one colour, in pixels; its middle is far from what is done at borders."""


@dataclass(frozen=True, slots=True)
class _Rounding:
    """One tensor's rounding to 8 bits; one that has the same scale again follows it."""

    scales: tuple[TensorProto, ...]
    zero: float

    def __call__(self, values: Values, factor: float) -> Values:
        step = float(numpy_helper.to_array(self.scales[0])) * factor
        return (np.clip(np.rint(values / step) + self.zero, 0.0, 255.0) - self.zero) * step

    def widen(self, factor: float) -> None:
        for scale in self.scales:
            wider = numpy_helper.to_array(scale) * np.float32(factor)
            scale.CopyFrom(numpy_helper.from_array(wider, scale.name))


_IN_CHAIN = ("Conv", "DepthToSpace", "DequantizeLinear", "Pad", "QuantizeLinear", "Relu")

_Step = _Rounding | Callable[[Values], Values]


def fit_flat_pictures(model: onnx.ModelProto, graph: Graph) -> None:
    """Widen the scales behind the last norm of ``model``, by 8 % at most, in place.

    ``graph`` is what ``model`` computes, in float. Each scale is chosen by the colour that comes
    out, at first with what follows it not yet rounded. Biases have to be given their units again
    (:func:`rescale_biases`). A graph without norms is left as it is: it keeps the colour. So is
    one that ends otherwise than in a sigmoid, as that of Zhang et al. 2018.
    """
    if not all(any(isinstance(op, kind) for op in graph.ops) for kind in (InstanceNorm, Sigmoid)):
        return
    source, steps = _chain_to_sigmoid(model)
    values = _flat_values(graph, source)
    wanted = _colour(_painted(steps, values, {}))

    def error(factors: dict[int, float]) -> float:
        return float(np.abs(_colour(_painted(steps, values, factors)) - wanted).max())

    chosen: dict[int, float] = {}
    roundings = [at for at, step in enumerate(steps) if isinstance(step, _Rounding)]
    # First from front to back, then again with all the others in place.
    for at in roundings * (1 + _MORE_ROUNDS):
        errors = [error(chosen | {at: factor}) for factor in _WIDER]
        chosen[at] = float(_WIDER[int(np.argmin(errors))])
    for at, factor in chosen.items():
        rounding = steps[at]
        if isinstance(rounding, _Rounding):
            rounding.widen(factor)


def _colour(logits: Values) -> Values:
    """What the sigmoid makes of it: 0..1."""
    return 1.0 / (1.0 + np.exp(-logits))


def _painted(steps: list[_Step], values: Values, factors: dict[int, float]) -> Values:
    """What the sigmoid is given; only roundings that have a factor take place."""
    for at, step in enumerate(steps):
        if not isinstance(step, _Rounding):
            values = step(values)
        elif at in factors:
            values = step(values, factors[at])
    return values


def _chain_to_sigmoid(model: onnx.ModelProto) -> tuple[str, list[_Step]]:
    """The tensor where the chain of convolutions that ends in the sigmoid begins, and its steps."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node}
    (name,) = (node.input[0] for node in model.graph.node if node.op_type == "Sigmoid")
    steps: list[_Step] = []
    while (node := makers[name]).op_type in _IN_CHAIN:
        if node.op_type == "Conv":
            steps.insert(0, _convolution(node, makers, stored))
        elif node.op_type == "QuantizeLinear":
            scale, zero = (stored[each] for each in node.input[1:])
            _insert(_Rounding((scale,), float(numpy_helper.to_array(zero))), steps)
        elif node.op_type == "Relu":
            steps.insert(0, _relu)
        elif node.op_type == "DepthToSpace":
            steps.insert(0, _pixel_of_block)
        name = node.input[0]
    return name, steps


def _insert(rounding: _Rounding, steps: list[_Step]) -> None:
    """At the front. Where pixels are but moved before they are rounded again, scales stay equal."""
    if len(steps) > 1 and steps[0] is _pixel_of_block and isinstance(again := steps[1], _Rounding):
        rounding = _Rounding((*rounding.scales, *again.scales), rounding.zero)
        del steps[1]
    steps.insert(0, rounding)


def _relu(values: Values) -> Values:
    return np.maximum(values, 0.0)


def _pixel_of_block(values: Values) -> Values:
    """Of DepthToSpace (CRD): the four pixels of a block are equal."""
    return values[::4]


def _convolution(
    node: onnx.NodeProto, makers: dict[str, onnx.NodeProto], stored: dict[str, TensorProto]
) -> Callable[[Values], Values]:
    """On a picture of one colour a kernel is its sum."""

    def constant(name: str) -> Values:
        if name in stored:
            return numpy_helper.to_array(stored[name]).astype(np.float64)
        numbers, scale = (numpy_helper.to_array(stored[n]) for n in makers[name].input[:2])
        shape = (-1, *[1] * (numbers.ndim - 1))
        return numbers.astype(np.float64) * scale.astype(np.float64).reshape(shape)

    kernel = constant(node.input[1]).sum(axis=(2, 3))
    bias = constant(node.input[2]) if len(node.input) > 2 else 0.0
    return lambda values: kernel @ values + bias


def _flat_values(graph: Graph, name: str) -> Values:
    """The tensor ``name`` in the middle of a picture of one colour."""
    found: list[Values] = []

    def observe(op: object, value: NDArray[np.float32]) -> None:
        if getattr(op, "name", None) == name:
            height, width = value.shape[2:]
            found.append(value[0, :, height // 2, width // 2].astype(np.float64))

    white = (
        np.full((1, _SIDE, _SIDE, 3), 255, np.uint8)
        if graph.takes_bytes
        else np.ones((1, 3, _SIDE, _SIDE), np.float32)
    )
    reference.run(graph, white, observe=observe)
    return found[0]
