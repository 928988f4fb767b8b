"""onnxruntime's own file format, read by its minimal builds on phones."""

from __future__ import annotations

import contextlib
import importlib
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
import onnxruntime
from google.protobuf.message import DecodeError

from tinystyle.errors import ModelError, OutputError
from tinystyle.export.silence import silence, without_torch
from tinystyle.runtime.session import ORT_ERRORS

__all__ = ["borrowed", "contents", "optimised", "to_ort"]

_NAME = "model"
_BASIC = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
_EXTENDED = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED


def to_ort(model: bytes) -> tuple[bytes, str]:
    """An ONNX model as the bytes of an .ort file, and the operators that it needs, as text.

    The text is what onnxruntime's build takes as ``--include_ops_by_config``, with
    ``--enable_reduced_operator_type_support`` if wanted: a runtime of these operators alone, each
    for the types in use. Metadata stays. Raises ModelError where the bytes are no model.

    Nodes are changed at level "basic": constants folded, what does nothing taken out. The next
    level, "extended", puts operators of onnxruntime's own for several of ONNX, which few execution
    providers know; it is for int8 models alone, which without it compute in float: an .ort file is
    run as it is. Where weights are stored in 8 bits and computed with as floats nothing is folded,
    else the file would hold the floats; they are made at every run. The last, "layout", arranges
    weights for the processor at hand, which can be one that a phone has not.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{_NAME}.ort"
        computed, stored = _in_eight_bits(model)
        level = _EXTENDED if computed else _BASIC
        _save(model, path, "ORT", level, fold=computed or not stored)
        config = path.with_suffix(".config")
        with borrowed():
            from onnxruntime.tools.ort_format_model import create_config_from_models  # noqa: PLC0415

            create_config_from_models([path], config, True)
        lines = config.read_text().splitlines()
        # Its comments name files of a folder that is about to go.
        needed = [line for line in lines if not line.startswith("#")]
        return path.read_bytes(), "".join(f"{line}\n" for line in needed)


def contents(model: bytes) -> tuple[frozenset[int], frozenset[str]]:
    """Types of the constants of an .ort file, as onnx numbers them, and kinds of its nodes.

    Of a file that onnxruntime has opened before: this reads what it is told to. Raises ModelError
    for one that is damaged all the same.
    """
    with borrowed():
        root = "onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession"
        session = importlib.import_module(root).InferenceSession
    try:
        graph = session.GetRootAsInferenceSession(model, 0).Model().Graph()
        types = {graph.Initializers(i).DataType() for i in range(graph.InitializersLength())}
        kinds = {graph.Nodes(i).OpType().decode() for i in range(graph.NodesLength())}
    except (struct.error, ValueError, TypeError, AttributeError, LookupError) as error:
        raise ModelError(f"not an ORT model; its bytes cannot be read ({error})") from error
    return frozenset(types), frozenset(kinds)


def optimised(model: bytes) -> bytes:
    """An ONNX model with its constants folded, again as ONNX. Raises ModelError as above."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{_NAME}.onnx"
        _save(model, path, "ONNX", _BASIC)
        return path.read_bytes()


@contextlib.contextmanager
def borrowed() -> Iterator[None]:
    """Within it ``onnxruntime.tools`` is imported and used: quietly, and without torch.

    The package of those tools imports torch where it is installed, for tools that are not needed
    here; that takes seconds.
    """
    path = sys.path[:]
    try:
        with without_torch(), silence():
            yield
    finally:
        sys.path[:] = path


def _in_eight_bits(model: bytes) -> tuple[bool, bool]:
    """Whether a model computes in 8 bits, and whether weights are stored in them."""
    try:
        graph = onnx.load_from_string(model).graph
    except DecodeError as error:
        raise ModelError("not an ONNX model; its bytes cannot be read") from error
    computed = any(node.op_type == "QuantizeLinear" for node in graph.node)
    return computed, any(t.data_type == onnx.TensorProto.INT8 for t in graph.initializer)


def _save(model: bytes, path: Path, form: str, level: Any, *, fold: bool = True) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 4  # errors reach the caller as exceptions
    options.add_session_config_entry("session.save_model_format", form)
    try:
        onnxruntime.InferenceSession(
            model,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=[] if fold else ["ConstantFolding"],
        )
    except ORT_ERRORS as error:
        reason = str(error).splitlines()[0][:200]
        if "save" in reason.lower():
            raise OutputError(f"onnxruntime cannot write its temporary file ({reason})") from error
        raise ModelError(f"not a model that onnxruntime can convert ({reason})") from error
