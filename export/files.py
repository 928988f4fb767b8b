"""Writing a graph in one of the file formats, verified before it appears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from tinystyle.errors import OptionError, ParityError
from tinystyle.export.coreml.writer import write_coreml
from tinystyle.export.formats import Format
from tinystyle.export.given.model import with_given_statistics
from tinystyle.export.lowering import Norm
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.stored_int8 import stored_in_int8
from tinystyle.export.options import ExportOptions
from tinystyle.export.verify.packages import verify_package
from tinystyle.export.verify.parity import Parity, verify
from tinystyle.files import write_bytes
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.stylenet import StyleNet

__all__ = ["CONFIG_ENDING", "Written", "onnx_bytes", "write_file"]

CONFIG_ENDING = ".required_operators.config"
"""Of the file beside an .ort file, for building an onnxruntime that has what it needs."""

_LARGEST_COMPARED = 2048 * 2048
"""Pixels of a picture on which a file is compared: half a minute, 1 GB."""

_SIDE_COMPARED = 1024

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Written:
    """A file, or a package of files."""

    size_bytes: int
    parity: Parity | None
    model: bytes = b""
    """The ONNX model that the file is, or was made of."""
    compared_at: tuple[int, int] | None = None
    """Height and width of the sibling that was compared in its place, where it is for too large
    pictures."""


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
    try:
        match options.format:
            case Format.SAFETENSORS:
                net.save(output)
                return Written(output.stat().st_size, None)
            case Format.COREML:
                return _write_package(graph, output, options)
            case Format.ONNX | Format.ORT:
                return _write_model(graph, output, options, pictures)
    except ParityError as error:
        raise ParityError(f"{output}: {error}; nothing was written") from error


def _write_model(
    graph: Graph, output: Path, options: ExportOptions, pictures: Sequence[FloatArray]
) -> Written:
    model, config = onnx_bytes(graph, options, pictures), ""
    data = model
    if options.format is Format.ORT:
        from tinystyle.export.ort_format import to_ort  # noqa: PLC0415  (loads flatbuffers)

        data, config = to_ort(model)
    parity, sibling = None, _sibling(options)
    if options.verify:
        compared = data
        if sibling is not None:
            compared = onnx_bytes(graph, sibling, pictures)
        parity = verify(compared, graph, precision=options.graph.precision)
    write_bytes(output, data)
    if config:
        write_bytes(output.with_suffix(CONFIG_ENDING), config.encode())
    compared_at = None if sibling is None or parity is None else sibling.size
    return Written(len(data), parity, model, compared_at)


def _sibling(options: ExportOptions) -> ExportOptions | None:
    """The same for smaller pictures, where those of the file would take minutes and gigabytes.

    Sides leave the same remainders, which decide about borders and what is cut off.
    """
    if options.size is None or options.size[0] * options.size[1] <= _LARGEST_COMPARED:
        return None
    height, width = (
        side if side <= _SIDE_COMPARED else _SIDE_COMPARED + side % 8 for side in options.size
    )
    return replace(options, size=(height, width))


def _write_package(graph: Graph, output: Path, options: ExportOptions) -> Written:
    found: list[Parity] = []
    precision = options.graph.precision

    def examine(package: Path) -> None:
        if options.verify:
            found.append(verify_package(package, graph, precision=precision))

    size = write_coreml(
        graph,
        output,
        precision=precision,
        sizes=options.package_sizes,
        minimum_deployment_target=options.target,
        examine=examine,
    )
    return Written(size, found[0] if found else None)


def onnx_bytes(graph: Graph, options: ExportOptions, pictures: Sequence[FloatArray] = ()) -> bytes:
    """The ONNX model of a graph. ``pictures`` calibrate int8."""
    opset, size, batch = options.opset, options.size, options.batch
    layout = options.engines
    if options.graph.precision is Precision.INT8 and graph.computes_in_floats:
        whole = to_onnx(graph, opset=opset, size=size, batch=batch, layout=layout)
        model = stored_in_int8(whole)
    elif options.graph.precision is Precision.INT8:
        model = _quantiser()(graph, pictures, opset=opset, size=size, batch=batch)
    else:
        precision = options.graph.precision
        model = to_onnx(
            graph, opset=opset, size=size, batch=batch, precision=precision, layout=layout
        )
    if options.graph.norm is Norm.INPUT:
        model = with_given_statistics(model)
    data: bytes = model.SerializeToString()
    return data


def _quantiser() -> Callable[..., onnx.ModelProto]:
    try:
        from tinystyle.export.onnx_writer.int8 import to_int8  # noqa: PLC0415  (loads slowly)
    except ImportError as error:
        # onnxruntime 1.26 needs it and does not ask for it.
        raise OptionError(
            f"precision int8: the quantiser of onnxruntime cannot be loaded ({error}); "
            "pip install sympy, or another onnxruntime"
        ) from error
    return to_int8
