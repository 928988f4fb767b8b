"""The ONNX emitter of a network's operation list: no torch, no tracing, nothing to simplify."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tinystyle import __version__
from tinystyle.errors import OptionError
from tinystyle.manifest import Kind, Manifest
from tinystyle.ops import (
    Add,
    Blend,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    Op,
    Pad,
    Relu,
    Sigmoid,
    Trim,
    Upsample,
)
from tinystyle.stylenet import StyleNet

__all__ = ["DEFAULT_OPSET", "MAX_OPSET", "MIN_OPSET", "to_onnx"]

MIN_OPSET = 13
MAX_OPSET = 21
DEFAULT_OPSET = 17
"""Old enough for every mobile runtime of the last years."""


def to_onnx(
    net: StyleNet, *, opset: int = DEFAULT_OPSET, size: tuple[int, int] | None = None
) -> onnx.ModelProto:
    """The network as an ONNX model of exactly ``opset``.

    Input and output are float32 RGB ``(N, 3, H, W)``, 0..1. ``size`` (height, width) makes a graph
    for one picture of that size; without it N, H and W are free. Raises OptionError for an opset
    outside 13..21 or a size below 64.
    """
    if not MIN_OPSET <= opset <= MAX_OPSET:
        raise OptionError(f"opset is {opset}; allowed are {MIN_OPSET} to {MAX_OPSET}")
    manifest = Manifest(Kind.NETWORK, net.spec, net.notes)
    emitter = _Emitter(net, opset, size)
    ops = net.spec.ops()
    for op in ops:
        emitter.emit(op)
    emitter.rename(emitter.tensor(ops[-1].name), manifest.output_name)
    shape: list[int | str] = [1, 3, *size] if size else ["batch", 3, "height", "width"]
    graph = helper.make_graph(
        emitter.nodes,
        net.notes.get("style_name") or "tinystyle",
        [helper.make_tensor_value_info(manifest.input_name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(manifest.output_name, TensorProto.FLOAT, shape)],
        emitter.initializers,
    )
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph,
        opset_imports=imports,
        ir_version=helper.find_min_ir_version_for(imports),
        producer_name="tinystyle",
        producer_version=__version__,
    )
    helper.set_model_props(model, manifest.to_properties())
    return model


def _is_thin(op: Conv) -> bool:
    """Whether it is the last convolution: three outputs, which leave most of a register idle.

    Others with few outputs may read the photograph, whose size can be odd.
    """
    return op.name == "out"


class _Emitter:
    """Writes ONNX nodes. Tensors that an operation leaves as they are go by their older name."""

    def __init__(self, net: StyleNet, opset: int, size: tuple[int, int] | None) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._net = net
        self._shapes = net.spec.shapes(*size) if size else None
        self._alias: dict[str, str] = {}
        self._constants: set[str] = set()
        self._opset = opset
        norms = [op.name for op in net.spec.ops() if isinstance(op, InstanceNorm)]
        self._last_norm = norms[-1] if norms else None

    def tensor(self, name: str) -> str:
        return self._alias.get(name, name)

    def rename(self, old: str, new: str) -> None:
        for node in self.nodes:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]

    def emit(self, op: Op) -> None:
        match op:
            case Pad(amount=a):
                pads = self._constant(f"pad{a}", np.array([0, 0, a, a, 0, 0, a, a], np.int64))
                self._node("Pad", op, [pads], mode="reflect")
            case Conv() if _is_thin(op):
                self._blocked_conv(op)
            case Conv(name, kernel=k, stride=s, padding=p):
                inputs = [self._weight(f"{name}.weight")]
                inputs += [self._weight(f"{name}.bias")] if op.bias else []
                self._node("Conv", op, inputs, kernel_shape=[k] * 2, strides=[s] * 2, pads=[p] * 4)
            case ConvTranspose(name):
                self._node(
                    "ConvTranspose",
                    op,
                    [self._weight(f"{name}.weight")],
                    kernel_shape=[3, 3],
                    strides=[2, 2],
                    pads=[1, 1, 1, 1],
                    output_padding=[1, 1],
                )
            case InstanceNorm():
                self._norm(op)
            case Relu() | Sigmoid():
                self._node(type(op).__name__, op, [])
            case Clip():
                bounds = [self._constant(f"{b:g}", np.array(b, np.float32)) for b in (0.0, 1.0)]
                self._node("Clip", op, bounds)
            case Add(other=other):
                self._node("Add", op, [self.tensor(other)])
            case Upsample(scale=s):
                scales = self._constant(f"scale{s}", np.array([1, 1, s, s], np.float32))
                self._node(
                    "Resize",
                    op,
                    ["", scales],
                    mode="nearest",
                    coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )
            case Crop(amount=a):
                self._slice(op, [a, a], [-a, -a])
            case Trim():
                self._trim(op)
            case Blend(name, other=other, amount=amount):
                base = self.tensor(other)
                share = self._constant("blend.amount", np.array(amount, np.float32))
                self._raw("Sub", [self.tensor(op.source), base], f"{name}.change")
                self._raw("Mul", [f"{name}.change", share], f"{name}.share")
                self._raw("Add", [base, f"{name}.share"], name)

    def _blocked_conv(self, op: Conv) -> None:
        """Four neighbouring pixels as channels of one strided convolution, then put in place.

        onnxruntime computes 8 or 16 channels at a time, so the last layer's 3 cost as much as 16.
        As 2 x 2 x 3 = 12 channels with the kernel one wider and stride 2, each pixel costs a third.
        The wider kernel is four shifted copies of the stored one, made at load:
        the file does not grow. Exact. Needs even height and width, as two upsamplings give.
        """
        name, k, p = op.name, op.kernel, op.padding
        weight = self._weight(f"{name}.weight")
        copies = []
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            pads = np.array([0, 0, row, column, 0, 0, 1 - row, 1 - column], np.int64)
            copies.append(f"{name}.weight{row}{column}")
            self._raw("Pad", [weight, self._constant(f"shift{row}{column}", pads)], copies[-1])
        self._raw("Concat", copies, f"{name}.weights", axis=0)
        inputs = [self.tensor(op.source), f"{name}.weights"]
        if op.bias:
            bias = self._weight(f"{name}.bias")
            self._raw("Concat", [bias] * 4, f"{name}.biases", axis=0)
            inputs.append(f"{name}.biases")
        size = {"kernel_shape": [k + 1] * 2, "strides": [2, 2], "pads": [p] * 4}
        self._raw("Conv", inputs, f"{name}.blocks", **size)
        self._raw("DepthToSpace", [f"{name}.blocks"], name, blocksize=2)

    def _norm(self, op: InstanceNorm) -> None:
        """The norm in plain operations, its means taken along rows first, then along columns.

        onnxruntime's own operator adds up all H x W values of a channel in float32. On a flat
        720 x 1280 picture that makes its mean wrong by 1e-6 and its variance by 1e-3, and division
        by sqrt(epsilon) turns the former into 3e-4 and more on an all-white picture.
        """
        layer, source = op.name.partition(".")[0], self.tensor(op.source)
        if op.name == self._last_norm:
            # Even a mean of equal values is off by an ulp, and no norm follows that would remove
            # the offset. From zeros it is exact.
            corner = [self._constant(f"corner{i}", np.array([i, i], np.int64)) for i in (0, 1)]
            self._raw("Slice", [source, *corner, self._axes()], f"{layer}.first")
            self._raw("Sub", [source, f"{layer}.first"], f"{layer}.shift")
            source = f"{layer}.shift"
        # Short names: there are 15 norms, and each name is stored twice.
        centred, squares, root = f"{layer}.c", f"{layer}.q", f"{layer}.d"
        self._raw("Sub", [source, self._mean(source, f"{layer}.m")], centred)
        self._raw("Mul", [centred, centred], squares)
        epsilon = self._constant("epsilon", np.array(op.epsilon, np.float32))
        self._raw("Add", [self._mean(squares, f"{layer}.v"), epsilon], f"{layer}.e")
        self._raw("Sqrt", [f"{layer}.e"], root)
        if not op.affine:
            self._raw("Div", [centred, root], op.name)
            return
        gain, bias = (
            self._constant(f"{op.name}.{key}", self._net.weights[f"{op.name}.{key}"][:, None, None])
            for key in ("weight", "bias")
        )
        self._raw("Div", [gain, root], f"{layer}.g")
        self._raw("Mul", [centred, f"{layer}.g"], f"{layer}.s")
        self._raw("Add", [f"{layer}.s", bias], op.name)

    def _mean(self, source: str, name: str) -> str:
        """Mean over width, then over height."""
        for axis, target in ((3, f"{name}r"), (2, name)):
            if self._opset < 18:
                self._raw("ReduceMean", [source], target, axes=[axis])
            else:  # axes became an input
                axes = self._constant(f"axis{axis}", np.array([axis], np.int64))
                self._raw("ReduceMean", [source, axes], target)
            source = target
        return name

    def _axes(self) -> str:
        return self._constant("axes", np.array([2, 3], np.int64))

    def _trim(self, op: Trim) -> None:
        if self._shapes is not None:
            height, width = self._shapes[op.like][1:]
            if self._shapes[op.source][1:] == (height, width):
                self._alias[op.name] = self.tensor(op.source)
            else:
                self._slice(op, [0, 0], [height, width])
            return
        # The only place where a size is read at run time: a slice, never a resize.
        self._raw("Shape", [self.tensor(op.like)], f"{op.name}.shape")
        ends = [self._constant(f"at{i}", np.array([i], np.int64)) for i in (2, 4)]
        self._raw("Slice", [f"{op.name}.shape", *ends], f"{op.name}.size")
        self._slice(op, [0, 0], f"{op.name}.size")

    def _slice(self, op: Op, starts: Sequence[int], ends: Sequence[int] | str) -> None:
        if not isinstance(ends, str):
            ends = self._constant(f"{op.name}.ends", np.array(ends, np.int64))
        first = self._constant(f"{op.name}.starts", np.array(starts, np.int64))
        self._node("Slice", op, [first, ends, self._axes()])

    def _node(self, kind: str, op: Op, inputs: list[str], **attributes: Any) -> None:
        self._raw(kind, [self.tensor(op.source), *inputs], op.name, **attributes)

    def _raw(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def _weight(self, name: str) -> str:
        return self._constant(name, self._net.weights[name])

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self._constants:
            self._constants.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name
