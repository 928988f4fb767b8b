"""Writing the nodes and constants of an ONNX graph, and pictures of bytes at both its ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tinystyle.network.graph_ops import FromBytes, ToBytes

__all__ = ["END", "Nodes", "emit_from_bytes", "emit_to_bytes"]


END = 2**31 - 1
"""Of a slice: beyond every picture."""


class Nodes:
    """Nodes in order of computation, and the constants that they read, each stored once.

    Float constants are stored as ``floats``, the type that the graph computes in.
    """

    def __init__(
        self,
        opset: int,
        floats: type[np.floating[Any]] = np.float32,
        *,
        portable: bool = False,
    ) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.portable = portable
        """Whether engines other than onnxruntime on a CPU are to compute the graph."""
        self._names: set[str] = set()
        self._opset = opset
        self._floats = floats

    @property
    def halved(self) -> bool:
        """Whether floats are half precision."""
        return self._floats is np.float16

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """A node of one output. Returns ``output``."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def rename(self, old: str, new: str) -> None:
        """Call a tensor by another name, wherever it stands."""
        for node in self.nodes:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]

    def floats(self, name: str, value: NDArray[np.float32], *, single: bool = False) -> str:
        """A constant in the graph's type, or in single precision. Returns its name."""
        return self._constant(name, value.astype(np.float32 if single else self._floats))

    def scalar(self, value: float, *, single: bool = False) -> str:
        """As :meth:`floats`, named after its value."""
        name = f"{value:g}f" if single and self.halved else f"{value:g}"
        return self.floats(name, np.array(value, np.float32), single=single)

    def whole(self, name: str, *values: int) -> str:
        """Integers in a row."""
        return self._constant(name, np.array(values, np.int64))

    def integer(self, name: str, value: int) -> str:
        """One integer, of no axis."""
        return self._constant(name, np.array(value, np.int64))

    def cast(self, source: str, output: str, to: int | None = None) -> str:
        """To a type of TensorProto, by default the graph's floats."""
        own = TensorProto.FLOAT16 if self.halved else TensorProto.FLOAT
        return self.add("Cast", [source], output, to=own if to is None else to)

    def single(self, constant: str) -> str:
        """A constant in single precision, however it is stored: runtimes cast it as they load."""
        return self.cast(constant, f"{constant}.s", TensorProto.FLOAT) if self.halved else constant

    def reduce(self, kind: str, source: str, output: str, axes: Sequence[int]) -> str:
        """``Mean``, ``Max`` or ``Min`` over axes, which are kept with one value."""
        if self._opset < 18:
            return self.add(f"Reduce{kind}", [source], output, axes=list(axes))
        name = "axes" + "".join(map(str, axes))  # axes became an input
        return self.add(f"Reduce{kind}", [source, self.whole(name, *axes)], output)

    def size(self, picture: str, name: str) -> str:
        """Height and width of a picture, read at run time."""
        shape = self.add("Shape", [picture], f"{name}.shape")
        ends = [self.whole(f"i{at}", at) for at in (2, 4)]
        return self.add("Slice", [shape, *ends], f"{name}.size")

    def slice(
        self,
        source: str,
        output: str,
        starts: Sequence[int],
        ends: Sequence[int] | str,
    ) -> str:
        """Rows and columns, as numpy counts them; ``ends`` may be a tensor."""
        if not isinstance(ends, str):
            ends = self.whole(_named("to", ends), *ends)
        inputs = [source, self.whole(_named("at", starts), *starts), ends]
        return self.add("Slice", [*inputs, self.whole("axes23", 2, 3)], output)

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self._names:
            self._names.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def _named(prefix: str, values: Sequence[int]) -> str:
    return prefix + ",".join(map(str, values))


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
