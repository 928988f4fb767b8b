"""onnxruntime sessions over files that are not trusted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from tinystyle.checks import require_threads
from tinystyle.errors import ModelError, OptionError
from tinystyle.network.graph_ops import STRENGTH
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.ops import MASK

__all__ = [
    "COREML_UNITS",
    "MAX_MODEL_BYTES",
    "ORT_ERRORS",
    "PROVIDERS",
    "SessionOptions",
    "available_providers",
    "is_ort",
    "open_session",
    "read_manifest",
    "read_model",
    "require_finite",
    "run_session",
    "short_name",
]

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "xnnpack": "XnnpackExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "nnapi": "NnapiExecutionProvider",
    "qnn": "QNNExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "directml": "DmlExecutionProvider",
    "webgpu": "WebGpuExecutionProvider",
}
"""Short names of onnxruntime's execution providers."""

COREML_UNITS = {
    "cpu_only": "CPUOnly",
    "cpu_and_gpu": "CPUAndGPU",
    "cpu_and_ne": "CPUAndNeuralEngine",
    "all": "ALL",
}
"""Compute units of provider ``coreml`` by coremltools' names, and as onnxruntime calls them."""

MAX_MODEL_BYTES = 2**30

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
"""How files of pictures begin."""

_FLOAT, _BYTES = "tensor(float)", "tensor(uint8)"
_NOWHERE = "/nonexistent/tinystyle"

ORT_ERRORS: tuple[type[Exception], ...] = tuple(
    value
    for value in vars(ort_errors).values()
    if isinstance(value, type) and issubclass(value, Exception)
)
"""What onnxruntime raises. Which types there are depends on its version."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a network is run."""

    threads: int = 0
    """Threads inside an operator; 0 lets onnxruntime decide."""
    providers: tuple[str, ...] = ("cpu",)
    """Execution providers by short name, most wanted first."""
    coreml_units: str | None = None
    """What provider ``coreml`` may compute on, one of COREML_UNITS, as an ML program; None leaves
    both to onnxruntime."""
    rests: bool = False
    """Its threads stop spinning when a run ends: for sessions that run in turns, which would take
    the processors from each other. Else they spin on for the next run."""

    def __post_init__(self) -> None:
        require_threads(self.threads)
        unknown = [p for p in self.providers if p not in PROVIDERS]
        if unknown or not self.providers:
            given = ", ".join(map(repr, unknown)) or "none"
            raise OptionError(f"provider is {given}; known are {', '.join(PROVIDERS)}")
        if self.coreml_units not in (None, *COREML_UNITS):
            known = ", ".join(COREML_UNITS)
            raise OptionError(f"compute units {self.coreml_units!r}: known are {known}")

    @property
    def requests(self) -> list[str | tuple[str, dict[str, str]]]:
        """The providers as onnxruntime takes them, with their options."""
        found: list[str | tuple[str, dict[str, str]]] = []
        for provider in self.providers:
            name = PROVIDERS[provider]
            if provider == "coreml" and self.coreml_units is not None:
                units = COREML_UNITS[self.coreml_units]
                found.append((name, {"ModelFormat": "MLProgram", "MLComputeUnits": units}))
            else:
                found.append(name)
        return found


def short_name(provider: str) -> str:
    """Of an execution provider as onnxruntime calls it; that itself where there is none."""
    return next((short for short, name in PROVIDERS.items() if name == provider), provider)


def available_providers() -> tuple[str, ...]:
    """Short names of the execution providers that this onnxruntime was built with."""
    present = onnxruntime.get_available_providers()
    return tuple(short for short, name in PROVIDERS.items() if name in present)


def open_session(
    model: bytes, label: str, options: SessionOptions | None = None
) -> onnxruntime.InferenceSession:
    """A session on a model's bytes. ``label`` names it in errors.

    Raises OptionError where a provider is not built in, ModelError where the bytes are no model.
    """
    options = options or SessionOptions()
    absent = [p for p in options.providers if p not in available_providers()]
    if absent:
        raise OptionError(
            f"execution provider {', '.join(absent)} is not in this onnxruntime; it has "
            f"{', '.join(available_providers())}"
        )
    _refuse_subgraphs(model, label)
    settings = onnxruntime.SessionOptions()
    # More threads than processors wait for each other: 256 of them take seconds to start.
    settings.intra_op_num_threads = min(options.threads, os.cpu_count() or 1)
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4  # errors reach the caller as exceptions
    if options.rests:
        settings.add_session_config_entry("session.force_spinning_stop", "1")
    # Else onnxruntime reads external data of a hostile file from the working directory.
    settings.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", _NOWHERE
    )
    try:
        return onnxruntime.InferenceSession(model, settings, providers=options.requests)
    except ORT_ERRORS as error:
        reason = str(error).splitlines()[0][:200]
        raise ModelError(f"{label}: not a model that onnxruntime can load ({reason})") from error


def _refuse_subgraphs(model: bytes, label: str) -> None:
    """Raise ModelError for a model with loops or branches: it may never end.

    An ``.ort`` file has its graphs elsewhere and is left to onnxruntime.
    """
    if is_ort(model):
        return
    import onnx  # noqa: PLC0415  (only where a model is opened)
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    try:
        loaded = onnx.load_model_from_string(model)
    except DecodeError:
        return  # onnxruntime says what is wrong with it
    for node in [*loaded.graph.node, *(node for f in loaded.functions for node in f.node)]:
        kinds = {attribute.type for attribute in node.attribute}
        if kinds & {onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS}:
            raise ModelError(
                f"{label}: holds a {node.op_type}; no loops and branches are run, since they may "
                "never end"
            )


def run_session(
    session: onnxruntime.InferenceSession,
    output: str,
    name: str,
    value: NDArray[Any],
    *,
    others: Mapping[str, NDArray[Any]] | None = None,
    smaller: str = "--max-size",
) -> NDArray[Any]:
    """One output for one input. Raises ModelError where onnxruntime cannot compute it.

    ``others`` are further inputs by name; ``smaller`` is the option by which a user gets smaller
    pictures, empty where there is none.
    """
    try:
        result: NDArray[Any] = session.run([output], {name: value, **(others or {})})[0]
    except ORT_ERRORS as error:
        reason = str(error).splitlines()[0][:200]
        hint = f"; where memory is short, a smaller picture helps ({smaller})" if smaller else ""
        raise ModelError(
            f"onnxruntime cannot run the network on {value.shape} ({reason}){hint}"
        ) from error
    return result


def require_finite(result: NDArray[np.float32]) -> NDArray[np.float32]:
    """The result itself. Raises ModelError where it holds infinities or NaN."""
    if not np.isfinite(result).all():
        raise ModelError("the model's result holds values that are not numbers; it is damaged")
    return result


def read_model(path: Path) -> bytes:
    """The bytes of a model file. Raises ModelError where there is none or it is too large."""
    try:
        if path.is_dir():
            kind = "a CoreML package" if path.suffix.lower() == ".mlpackage" else "a folder"
            raise ModelError(f"{path}: is {kind}; needed is an .onnx or .ort file")
        size = path.stat().st_size
        if not 0 < size <= MAX_MODEL_BYTES:
            raise ModelError(f"{path}: {size:,} bytes; a model has 1 to {MAX_MODEL_BYTES:,}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    if data.startswith(_PICTURES):
        raise ModelError(f"{path}: is a picture; needed is a model, which is named before pictures")
    return data


def is_ort(model: bytes) -> bool:
    """Whether a model is in onnxruntime's own file format."""
    return model[4:8] == b"ORTM"


def read_manifest(session: onnxruntime.InferenceSession, kind: Kind, label: str) -> Manifest:
    """The manifest in a session's model, which must be of ``kind``."""
    try:
        manifest = Manifest.from_properties(session.get_modelmeta().custom_metadata_map, label)
    except UnicodeDecodeError as error:
        raise ModelError(f"{label}: its metadata is not text") from error
    if manifest.kind is not kind:
        raise ModelError(f"{label}: is a {manifest.kind.value}; needed is a {kind.value}")
    values = _BYTES if manifest.bytes_io else _FLOAT
    inputs = [(i.name, i.type, len(i.shape)) for i in session.get_inputs()]
    wanted = [(manifest.input_name, values, 4)]
    if manifest.takes_mask:
        wanted.append((MASK, _BYTES, 4))
    if manifest.takes_strength:
        wanted.append((STRENGTH, _FLOAT, 1))
    if manifest.takes_statistics:
        wanted += [("statistics", _FLOAT, 2), ("core", "tensor(int64)", 1)]
    outputs = {o.name: o.type for o in session.get_outputs()}
    if inputs != wanted or outputs.get(manifest.output_name) != values:
        raise ModelError(f"{label}: its inputs or outputs are not those its metadata names")
    return manifest
