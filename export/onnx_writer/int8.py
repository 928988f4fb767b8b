"""A graph as an ONNX model in 8 bits, in the form that loses least by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from tinystyle.export.layout import Layout
from tinystyle.export.onnx_writer.emitter import DEFAULT_OPSET, to_onnx
from tinystyle.export.onnx_writer.flat_pictures import fit_flat_pictures
from tinystyle.export.onnx_writer.int8_biases import rescale_biases
from tinystyle.export.onnx_writer.quantization import quantized
from tinystyle.export.passes.norms import equalised
from tinystyle.export.passes.structure import without_corners
from tinystyle.export.verify.parity import golden_picture
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import SubpixelConv
from tinystyle.network.ops import Conv, Sigmoid
from tinystyle.network.subpixel import BY_CHANNEL, by_channel, kernel

__all__ = ["to_int8"]

FloatArray = NDArray[np.float32]

_LARGEST_KERNEL_NUMBER = 126
"""One below the largest of int8: rounding for the sum's sake may add one."""

_SATURATED = 6.0
"""Beyond it a sigmoid is within 0.7 of 255 of its ends, and steps are better spent inside."""


def to_int8(
    graph: Graph,
    pictures: Sequence[FloatArray],
    *,
    opset: int = DEFAULT_OPSET,
    size: tuple[int, int] | None = None,
    batch: int | None = None,
) -> onnx.ModelProto:
    """As ``emitter.to_onnx`` and :func:`tinystyle.export.onnx_writer.quantization.quantized`.

    For every engine: kernels in 8 bits are stored in any case. ``pictures``, ``(1, 3, H, W)``,
    0..1, give the ranges, and so does a picture of formulas: ramps and waves of full colour, which
    photographs may lack. Raises OptionError as those do.
    """
    drawn = [golden_picture("scene", *picture.shape[2:]) for picture in pictures[:1]]
    # A range that counts from the corner's value would depend on the corners of these pictures.
    source = without_corners(equalised(graph, pictures))
    model = to_onnx(source, opset=opset, size=size, batch=batch, layout=Layout.ANY)
    model = quantized(model, [*pictures, *drawn])
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node}
    readers = {node.input[0]: node for node in model.graph.node}
    saturated = {op.source for op in graph.ops if isinstance(op, Sigmoid)}
    for node in model.graph.node:
        weight = makers.get(node.input[1]) if node.op_type == "Conv" else None
        if weight is None:  # no convolution, or one that stays in float
            continue
        (op,) = (
            op
            for op in graph.ops
            if isinstance(op, Conv | SubpixelConv) and weight.input[0].startswith(f"{op.name}.")
        )
        if isinstance(op, SubpixelConv) and op.upsampled:
            whole = kernel(op, source.weights[f"{op.name}.weight"])
            placed = weight.input[0].startswith(f"{op.name}.k{BY_CHANNEL}")
            rows = by_channel(op.out_channels) if placed else None
            _make_alike(whole, rows, *(constants[name] for name in weight.input[:2]))
        if op.name in saturated:
            _narrow(*(constants[name] for name in readers[node.output[0]].input[1:3]))
    fit_flat_pictures(model, source)
    rescale_biases(model)
    return model


def _make_alike(
    whole: FloatArray,
    rows: NDArray[np.int64] | None,
    numbers: onnx.TensorProto,
    scales: onnx.TensorProto,
) -> None:
    """Equal sums of whole numbers, and one scale, for the kernels of a block's four pixels.

    Where a picture is smooth, a kernel computes little more than its sum, and those of the four are
    the same. Rounded apart they would not be: blocks become a pattern, which the norm after them
    enlarges, on a picture of one colour to full contrast. Numbers are rounded down, and those with
    the largest remainders up, until the sum over the taps is right. ``rows`` are the places of the
    file's rows in ``whole``, where it has another order.
    """
    four = whole.astype(np.float64).reshape(4, -1, whole.shape[1], 4)
    largest = np.abs(four).max(axis=(0, 2, 3))
    scale = np.maximum(largest, 1e-12) / _LARGEST_KERNEL_NUMBER
    exact = four / scale[:, None, None]
    below = np.floor(exact)
    missing = np.rint(exact.sum(axis=-1).mean(axis=0)) - below.sum(axis=-1)
    rank = np.argsort(np.argsort(below - exact, axis=-1), axis=-1)
    rounded = (below + (rank < missing[..., None])).astype(np.int8).reshape(whole.shape)
    each = np.tile(scale, 4).astype(np.float32)
    if rows is not None:
        rounded, each = rounded[rows], each[rows]
    numbers.CopyFrom(numpy_helper.from_array(rounded, numbers.name))
    scales.CopyFrom(numpy_helper.from_array(each, scales.name))


def _narrow(scale: onnx.TensorProto, zero: onnx.TensorProto) -> None:
    """The steps of uint8 for what a sigmoid tells apart."""
    step, start = (float(numpy_helper.to_array(tensor)) for tensor in (scale, zero))
    low = max(-start * step, -_SATURATED)
    high = min((255.0 - start) * step, _SATURATED)
    step = (high - low) / 255.0
    at_zero = np.array(np.clip(np.rint(-low / step), 0, 255), np.uint8)
    scale.CopyFrom(numpy_helper.from_array(np.array(step, np.float32), scale.name))
    zero.CopyFrom(numpy_helper.from_array(at_zero, zero.name))
