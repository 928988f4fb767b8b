"""A network's graph as operations that look a little way around, and statistics of the whole.

What depends on the whole picture are the means of the norms alone. They divide the graph: a tensor
of *level* 0 needs none of them, one of level 1 those of tensors of level 0, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import helper

from tinystyle.runtime.tiles.statistics import Measure

__all__ = ["POINTWISE", "LocalGraph", "Statistic", "Tensor", "attributes_of"]

POINTWISE = frozenset(
    {"Add", "Cast", "Clip", "Div", "Max", "Min", "Mul", "Relu", "Sigmoid", "Sqrt", "Sub", "Tanh"}
)
"""Operations that make each place of itself alone."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One with rows and columns: ONNX's type of its values, its channels, the axes of both."""

    kind: int
    channels: int
    axes: tuple[int, int] = (2, 3)


@dataclass(frozen=True, slots=True)
class Statistic:
    """A number for each channel of the tensor ``source``, ``(1, C, 1, 1)``."""

    measure: Measure
    source: str


@dataclass(slots=True)
class LocalGraph:
    """A graph of one picture in and one out, as :func:`tinystyle.runtime.tiles.reading.read_graph`
    makes it of a file."""

    picture: str
    """The input."""
    result: str
    """The output."""
    numbers: frozenset[str]
    """Inputs that are no pictures: the strength."""
    opset: int
    constants: dict[str, NDArray[Any]]
    initializers: dict[str, onnx.TensorProto]
    tensors: dict[str, Tensor] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    """Of tensors with rows and columns."""
    statistics: dict[str, Statistic] = field(default_factory=dict)
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    """What makes tensors with rows and columns, in order."""
    of_constants: list[onnx.NodeProto] = field(default_factory=list)
    """What needs no input."""
    of_statistics: list[onnx.NodeProto] = field(default_factory=list)
    """From statistics, or numbers, to such."""
    of_sizes: list[onnx.NodeProto] = field(default_factory=list)
    """From heights and widths to such."""

    def sources_of(self, node: onnx.NodeProto) -> list[str]:
        """The tensors with rows and columns that a node reads, each once."""
        return [name for name in dict.fromkeys(node.input) if name in self.tensors]

    def level_of(self, node: onnx.NodeProto) -> int:
        """That of what it makes."""
        return self.levels[node.output[0]]

    def copied(self) -> set[str]:
        """Tensors that are the picture in another form, each pixel for itself: cheaper to make
        again than to keep."""
        found = {self.picture}
        for node in self.nodes:
            plain = node.op_type in {*POINTWISE, "Transpose"} and not self.level_of(node)
            if plain and set(self.sources_of(node)) <= found:
                found.add(node.output[0])
        return found


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """By name."""
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}
