"""Writing a graph in one of the file formats, verified before it appears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.atomic import write_bytes
from tinystyle.errors import ParityError
from tinystyle.export.formats import Format
from tinystyle.export.options import ExportOptions
from tinystyle.export.parity import Parity, verify
from tinystyle.export.to_onnx import to_onnx
from tinystyle.graph import Graph, Precision
from tinystyle.stylenet import StyleNet

__all__ = ["Written", "model_bytes", "write_file"]

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Written:
    """A file, or a package of files."""

    size_bytes: int
    parity: Parity | None


def write_file(
    graph: Graph,
    net: StyleNet,
    output: Path,
    options: ExportOptions,
    pictures: Sequence[FloatArray] = (),
) -> Written:
    """Write ``graph``, made of ``net``, whole or not at all.

    ``pictures`` calibrate int8. Raises ParityError where the file computes something else; then
    nothing is written.
    """
    if options.format is Format.SAFETENSORS:
        net.save(output)
        return Written(output.stat().st_size, None)
    precision = options.graph.precision
    data = model_bytes(graph, options, pictures)
    parity = None
    if options.verify:
        try:
            parity = verify(data, graph, precision=precision)
        except ParityError as error:
            raise ParityError(f"{output}: {error}; nothing was written") from error
    write_bytes(output, data)
    return Written(len(data), parity)


def model_bytes(graph: Graph, options: ExportOptions, pictures: Sequence[FloatArray] = ()) -> bytes:
    """The file of an onnx or ort model."""
    precision = options.graph.precision
    model = to_onnx(
        graph,
        opset=options.opset,
        size=options.size,
        batch=options.batch,
        precision=Precision.FP32 if precision is Precision.INT8 else precision,
        assembled=precision is Precision.INT8,
    )
    data: bytes = model.SerializeToString()
    return data
