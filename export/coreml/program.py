"""The CoreML emitter of a network's operation list: a MIL program, no torch, no tracing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.export.coreml.patches import emit_swap
from tinystyle.export.coreml.region_networks import (
    emit_blend,
    emit_one_hot,
    emit_region_norm,
    emit_smooth,
    emit_weights,
)
from tinystyle.export.coreml.regions import emit_region_swap, emit_regions
from tinystyle.network import subpixel
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import (
    Concat,
    FromBytes,
    FromCorner,
    GraphOp,
    Scale,
    SubpixelConv,
    ToBytes,
    read_by,
)
from tinystyle.network.ops import (
    IMAGE,
    MASK,
    Add,
    Blend,
    BlendRegions,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    MaxPool,
    MoveRegions,
    OneHot,
    Pad,
    PadMode,
    RegionNorm,
    RegionWeights,
    Relu,
    Sigmoid,
    Slice,
    Smooth,
    SwapPatches,
    SwapRegions,
    Trim,
    Upsample,
)

__all__ = ["ProgramBody", "Size"]

FloatArray = NDArray[np.float32]
Size = tuple[int, int]
"""Height, width."""

_PAD_MODES = {
    PadMode.REFLECT: "reflect",
    PadMode.REPLICATE: "replicate",
    PadMode.ZERO: "constant",
}


class ProgramBody:
    """Writes the operations of ``graph`` into the MIL block that is open.

    ``builder`` is coremltools' MIL builder. ``sizes`` are all picture sizes that may come, or empty
    where they are known at run time only.
    """

    def __init__(self, builder: Any, graph: Graph, *, half: bool, sizes: Sequence[Size]) -> None:
        self._mb = builder
        self._graph = graph
        self._type = np.float16 if half else np.float32
        self._type_name = "fp16" if half else "fp32"
        self._shapes = [graph.shapes(*size) for size in sizes]
        self._tensors: dict[str, Any] = {}
        self._constants: dict[tuple[str, bytes], Any] = {}

    def write(self, image: Any, output: str, mask: Any = None) -> Any:
        """From the pixels ``image``, float32 0..255, to those of the result, named ``output``.

        A graph with regions reads their labels from ``mask``, float32 ``(1, 1, H, W)``.
        """
        mb = self._mb
        self._tensors[MASK] = mask
        if self._type is np.float16:
            image = mb.cast(x=image, dtype=self._type_name, name="pixels")
        self._pixels = image
        for op in self._graph.ops:
            if isinstance(op, Scale) and op.source == IMAGE:  # 1/128 is exact, 1/255 is not
                factor = self._scalar(op.factor / 255.0)
                self._tensors[op.name] = mb.mul(x=image, y=factor, name="levels")
                continue
            # Of what Trim is like, the pixels tell the size.
            values = (op.source,) if isinstance(op, Trim) else read_by(op)
            if IMAGE in values and IMAGE not in self._tensors:
                factor = self._scalar(1.0 / 255.0)
                self._tensors[IMAGE] = mb.mul(x=image, y=factor, name="scaled")
            self._tensors[op.name] = self._emit(op)
        whole = {"x": self._tensors[self._graph.result], "y": self._scalar(255.0)}
        if self._type is np.float32:
            return mb.mul(**whole, name=output)
        return mb.cast(x=mb.mul(**whole, name="painted"), dtype="fp32", name=output)

    def _emit(self, op: GraphOp) -> Any:
        mb = self._mb
        if isinstance(op, FromBytes | ToBytes):
            raise OptionError(
                f"{type(op).__name__} has no place in a CoreML program, whose input and output are "
                "pictures already; export the graph without pictures as bytes"
            )
        x, name = self._tensors[op.source], re.sub(r"\W", "_", op.name)
        half = self._type is np.float16
        match op:
            case Pad(amount=a, mode=mode):
                return mb.pad(
                    x=x,
                    pad=self._constant(np.array([0, 0, 0, 0, a, a, a, a], np.int32)),
                    mode=self._constant(np.array(_PAD_MODES[mode])),
                    constant_val=self._scalar(0.0),
                    name=name,
                )
            case Conv():
                bias = self._graph.weights[f"{op.name}.bias"] if op.bias else None
                weight = self._graph.weights[f"{op.name}.weight"]
                return self._conv(x, weight, bias, op.stride, op.padding, name)
            case SubpixelConv():
                return self._subpixel_conv(op, x, name)
            case MaxPool():
                sides = [2, 2]
                return mb.max_pool(
                    x=x, kernel_sizes=sides, strides=sides, pad_type="valid", name=name
                )
            case SwapPatches():
                return self._swap(op, x)
            case MoveRegions(mask=mask):
                labels, weights = self._tensors[mask], self._graph.weights
                return emit_regions(mb, x, labels, op, weights, half=half)
            case SwapRegions(mask=mask):
                labels, weights = self._tensors[mask], self._graph.weights
                return emit_region_swap(mb, x, labels, op, weights, match=self._match, half=half)
            case OneHot():
                return emit_one_hot(mb, x, op, name)
            case Smooth():
                return emit_smooth(mb, x, op, name)
            case RegionWeights():
                return emit_weights(mb, x, op, name)
            case RegionNorm(other=other):
                affine = self._affine(op) if op.affine else None
                return emit_region_norm(mb, x, self._tensors[other], op, affine, name, half=half)
            case BlendRegions(others=others):
                pictures = [self._tensors[other] for other in others]
                return emit_blend(mb, x, op, pictures, name, half=half)
            case ConvTranspose():
                return self._conv_transpose(op, x, name)
            case InstanceNorm():
                return self._norm(op, x, name)
            case Relu():
                return mb.relu(x=x, name=name)
            case Scale(factor=factor):
                return mb.mul(x=x, y=self._scalar(factor), name=name)
            case Sigmoid():
                return mb.sigmoid(x=x, name=name)
            case Clip():
                return mb.clip(x=x, alpha=self._scalar(0.0), beta=self._scalar(1.0), name=name)
            case Add(other=other):
                return mb.add(x=x, y=self._tensors[other], name=name)
            case Upsample(scale=s):
                factor = self._constant(np.array(s, np.int32))
                return mb.upsample_nearest_neighbor(
                    x=x, scale_factor_height=factor, scale_factor_width=factor, name=name
                )
            case Crop(amount=a):
                return self._slice(x, [0, 0, a, a], [0, 0, -a, -a], name)
            case Trim():
                return self._trim(op, x, name)
            case Slice(axis=axis, start=start, end=end):
                starts, ends = [0] * 4, [0] * 4
                starts[axis], ends[axis] = start, end or 0
                return self._slice(x, starts, ends, name)
            case Concat(others=others, axis=axis):
                values = [x, *(self._tensors[other] for other in others)]
                return mb.concat(values=values, axis=axis, name=name)
            case FromCorner():
                corner = self._slice(x, [0] * 4, [0, 0, 1, 1], f"{name}_corner")
                return mb.sub(x=x, y=corner, name=name)
            case Blend(other=other, amount=amount):
                base = self._tensors[other]
                change = mb.sub(x=x, y=base, name=f"{name}_change")
                share = mb.mul(x=change, y=self._scalar(amount), name=f"{name}_share")
                return mb.add(x=base, y=share, name=name)

    def _conv(
        self,
        x: Any,
        weight: FloatArray,
        bias: FloatArray | None,
        stride: int,
        padding: int,
        name: str,
    ) -> Any:
        given = {} if bias is None else {"bias": self._weight(bias, name)}
        return self._mb.conv(
            x=x,
            weight=self._weight(weight, name),
            **given,
            strides=self._constant(np.array([stride] * 2, np.int32)),
            pad_type=self._constant(np.array("custom")),
            pad=self._constant(np.array([padding] * 4, np.int32)),
            dilations=self._constant(np.array([1, 1], np.int32)),
            groups=self._constant(np.array(1, np.int32)),
            name=name,
        )

    def _swap(self, op: SwapPatches, x: Any) -> Any:
        bank, lengths = (self._graph.weights[f"{op.name}.{k}"] for k in ("weight", "length"))
        half = self._type is np.float16
        return emit_swap(self._mb, x, op, bank, lengths, match=self._match, half=half)

    def _match(self, x: Any, weight: FloatArray, name: str) -> Any:
        return self._conv(x, weight, None, 1, 0, name)

    def _subpixel_conv(self, op: SubpixelConv, x: Any, name: str) -> Any:
        weight = _channels_first(subpixel.kernel(op, self._graph.weights[f"{op.name}.weight"]))
        bias = None
        if op.bias:
            bias = _channels_first(subpixel.bias(self._graph.weights[f"{op.name}.bias"]))
        blocks = self._conv(x, weight, bias, subpixel.stride(op), 0, f"{name}_blocks")
        factor = self._constant(np.array(2, np.int32))
        return self._mb.pixel_shuffle(x=blocks, upscale_factor=factor, name=name)

    def _conv_transpose(self, op: ConvTranspose, x: Any, name: str) -> Any:
        shape = {}
        if len(self._shapes) == 1:  # the runtime need not infer it
            shape["output_shape"] = np.array([1, *self._shapes[0][op.name]], np.int32)
        return self._mb.conv_transpose(
            x=x,
            weight=self._weight(self._graph.weights[f"{op.name}.weight"], name),
            strides=np.array([2, 2], np.int32),
            pad_type="custom",
            # Padding 1 at both ends; output padding 1 gives the last row and column back.
            pad=np.array([1, 0, 1, 0], np.int32),
            **shape,
            name=name,
        )

    def _norm(self, op: InstanceNorm, x: Any, name: str) -> Any:
        if op.affine:
            gain, shift = self._affine(op)
        else:
            gain, shift = np.ones(op.channels, np.float32), np.zeros(op.channels, np.float32)
        return self._mb.instance_norm(
            x=x,
            gamma=self._weight(gain, name),
            beta=self._weight(shift, name),
            epsilon=self._scalar(op.epsilon),
            name=name,
        )

    def _affine(self, op: InstanceNorm | RegionNorm) -> tuple[FloatArray, FloatArray]:
        """Gain and shift."""
        return self._graph.weights[f"{op.name}.weight"], self._graph.weights[f"{op.name}.bias"]

    def _trim(self, op: Trim, x: Any, name: str) -> Any:
        targets = {found[op.like][1:] for found in self._shapes}
        if self._shapes and all(f[op.source][1:] == f[op.like][1:] for f in self._shapes):
            return x
        if len(targets) == 1:
            return self._slice(x, [0] * 4, [0, 0, *next(iter(targets))], name)
        # The only place where a size is read at run time: a slice, never a resize.
        like = self._pixels if op.like == IMAGE else self._tensors[op.like]
        size = self._mb.shape(x=like, name=f"{name}_size")
        mask = [True, True, False, False]
        return self._mb.slice_by_index(x=x, begin=[0] * 4, end=size, end_mask=mask, name=name)

    def _slice(self, x: Any, starts: Sequence[int], ends: Sequence[int], name: str) -> Any:
        """``x[starts:ends]``; an end of 0 stands for the size."""
        # Constants of their own: coremltools writes the sizes that it infers into them.
        return self._mb.slice_by_index(
            x=x,
            begin=np.array(starts, np.int32),
            end=np.array(ends, np.int32),
            end_mask=self._constant(np.array([end == 0 for end in ends])),
            name=name,
        )

    def _weight(self, values: FloatArray, layer: str) -> NDArray[Any]:
        with np.errstate(over="ignore"):
            stored = np.ascontiguousarray(values, dtype=self._type)
        if not np.isfinite(stored).all():
            raise OptionError(
                f"weights of {layer} reach {np.abs(values).max():.3g}; {self._type_name} holds up "
                f"to {np.finfo(self._type).max:.3g}"
            )
        return stored

    def _scalar(self, value: float) -> Any:
        return self._constant(np.array(value, self._type))

    def _constant(self, value: NDArray[Any]) -> Any:
        """One constant for all that read it: each costs 100 bytes of the program."""
        key = f"{value.dtype}{value.shape}", value.tobytes()
        if key not in self._constants:
            val = str(value) if value.dtype.kind == "U" else value if value.ndim else value[()]
            self._constants[key] = self._mb.const(val=val, name=f"k{len(self._constants)}")
        return self._constants[key]


def _channels_first(values: FloatArray) -> FloatArray:
    """Of four pixels, each with its channels, to channels, each with its four pixels.

    The order that ``pixel_shuffle`` reads. Weights are turned here, once, not pixels at run time.
    """
    parts = values.reshape(4, -1, *values.shape[1:])
    return np.ascontiguousarray(np.moveaxis(parts, 0, 1)).reshape(values.shape)
