"""The files that other engines are given."""

from __future__ import annotations

import onnx
from onnxruntime.tools.onnx_model_utils import fix_output_shapes, make_input_shape_fixed

from tinystyle.benchmarks.engines.list import FileSize
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, calibration_pictures, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.network.graph import Precision
from tinystyle.network.stylenet import StyleNet

__all__ = ["SIDE", "engine_file"]

SIDE = 256
"""Of the pictures, in pixels."""


def engine_file(net: StyleNet, precision: Precision, size: FileSize) -> bytes:
    """An ONNX file as ``export-net`` writes it, of pictures ``SIDE x SIDE`` or of any."""
    written = (SIDE, SIDE) if size is FileSize.WRITTEN else None
    options = ExportOptions(graph=GraphOptions(precision=precision), size=written)
    pictures = calibration_pictures(None) if options.calibrated else []
    data = onnx_bytes(prepare(net, options.graph), options, pictures)
    return _fixed(data) if size is FileSize.FIXED else data


def _fixed(data: bytes) -> bytes:
    """As ``python -m onnxruntime.tools.make_dynamic_shape_fixed`` does it."""
    model = onnx.load_from_string(data)
    make_input_shape_fixed(model.graph, model.graph.input[0].name, [1, 3, SIDE, SIDE])
    fix_output_shapes(model)
    return bytes(model.SerializeToString())
