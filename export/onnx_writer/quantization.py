"""Convolutions in int8, everything between them in float: a file a third as large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from tinystyle.errors import OptionError
from tinystyle.export.onnx_writer.int8_biases import CONVOLUTIONS
from tinystyle.export.silence import silence
from tinystyle.pictures.images import resize, to_batch, to_uint8

__all__ = ["FLOAT_CONVOLUTIONS", "quantized"]

FloatArray = NDArray[np.float32]

FLOAT_CONVOLUTIONS = 2
"""So many at the start stay in float: of all layers these two lose most likeness, and they hold
few weights."""

_PERCENTILE = 99.99
"""Of the values seen; the few beyond, on both sides, are cut, so that the steps between are finer.
The extremes themselves, and 99.9, paint less alike."""


def quantized(model: onnx.ModelProto, pictures: Sequence[FloatArray]) -> onnx.ModelProto:
    """The model with convolutions in int8 by QuantizeLinear and DequantizeLinear.

    Weights are int8 with a scale for each output channel, what goes in and out of a convolution is
    uint8, its range taken from ``pictures``, ``(1, 3, H, W)``, 0..1. Input, output and metadata
    stay as they are. Kernels must be stored in the model, not put together by nodes. Raises
    OptionError where there is no picture, one of another shape, or nothing to quantise.
    """
    if not pictures:
        raise OptionError("int8 takes its ranges from pictures, but there are none")
    source = onnx.ModelProto()
    source.CopyFrom(model)
    convolutions = [node for node in source.graph.node if node.op_type in CONVOLUTIONS]
    stored = {tensor.name for tensor in source.graph.initializer}
    for node in convolutions:
        node.name = node.output[0]  # the quantiser chooses by name
    left = [node.name for node in convolutions[:FLOAT_CONVOLUTIONS]]
    chosen = convolutions[FLOAT_CONVOLUTIONS:]
    loose = [node.name for node in chosen if node.input[1] not in stored]
    if loose or not chosen:
        raise OptionError(
            f"int8 is for models of more than {FLOAT_CONVOLUTIONS} convolutions with stored "
            f"kernels; this one has {len(convolutions)}, not stored are those of {loose}"
        )
    with TemporaryDirectory() as folder, silence():
        # From a file: onnxruntime before 1.21 loses the weights of a model in memory.
        whole, path = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(source, whole)
        quantize_static(
            whole,
            path,
            _Pictures(source.graph.input, pictures),
            quant_format=QuantFormat.QDQ,
            # A Relu behind them is done by cutting their results off at 0, in finer steps.
            op_types_to_quantize=[*CONVOLUTIONS, "Relu"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=left,
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": _PERCENTILE},
        )
        result = onnx.load(path)
    return _cleaned(result, model)


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Pictures as the model's input takes them, at full strength."""

    def __init__(
        self, inputs: Sequence[onnx.ValueInfoProto], pictures: Sequence[FloatArray]
    ) -> None:
        entry, *others = inputs
        full = {other.name: np.ones(1, np.float32) for other in others}  # the strength
        self._left = iter([{entry.name: _fitted(entry, each), **full} for each in pictures])

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next one, None after the last."""
        return next(self._left, None)

    def __iter__(self) -> Iterator[dict[str, NDArray[Any]]]:
        return self._left


def _fitted(entry: onnx.ValueInfoProto, picture: FloatArray) -> NDArray[Any]:
    """One picture in the size and the type of the model's input."""
    if picture.ndim != 4 or picture.shape[:2] != (1, 3) or picture.dtype != np.float32:
        raise OptionError(
            f"a picture is {picture.dtype}{picture.shape}; needed is float32 (1, 3, H, W)"
        )
    kind = entry.type.tensor_type
    picture = np.repeat(picture, kind.shape.dim[0].dim_value or 1, axis=0)
    takes_bytes = kind.elem_type == TensorProto.UINT8
    sides = kind.shape.dim[1:3] if takes_bytes else kind.shape.dim[2:4]
    height, width = (
        side.dim_value or length for side, length in zip(sides, picture.shape[2:], strict=True)
    )
    if takes_bytes or picture.shape[2:] != (height, width):
        pixels = [resize(to_uint8(part[None]), height, width) for part in picture]
        return np.stack(pixels) if takes_bytes else np.concatenate([to_batch(p) for p in pixels])
    return picture


def _cleaned(model: onnx.ModelProto, source: onnx.ModelProto) -> onnx.ModelProto:
    """Metadata and producer of ``source``; nothing that a runtime infers by itself.

    A Relu that the quantiser has left to the cutting off at 0 stands there again: some engines
    (MNN) leave out the rounding to 8 bits and with it what it does besides. Others fuse all three.
    """
    relus = {node.output[0]: node for node in source.graph.node if node.op_type == "Relu"}
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        relu = relus.get(node.output[0])
        if node.op_type in CONVOLUTIONS and relu is not None:
            node.output[0] = relu.input[0]
            nodes.append(relu)
    written = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(written)
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.name = node.output[0]
    model.producer_name, model.producer_version = source.producer_name, source.producer_version
    del model.metadata_props[:]
    model.metadata_props.extend(source.metadata_props)
    return model
