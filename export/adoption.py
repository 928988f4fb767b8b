"""Giving a file back what a tool has removed from it."""

from __future__ import annotations

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import helper

from tinystyle.errors import ModelError, ParityError
from tinystyle.export.verify.files import precision_found
from tinystyle.export.verify.parity import Parity, checks, compare, first_of
from tinystyle.export.verify.tolerances import tolerance_of
from tinystyle.files import write_bytes
from tinystyle.network.graph import Precision
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.runtime.session import SessionOptions, is_ort, read_model
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["adopt"]


def adopt(model: Path, original: Path, output: Path) -> Parity:
    """Write ``model``, an ONNX file that was made of ``original``, with the latter's metadata.

    For files that other tools have rewritten: simplifiers, converters to half precision,
    quantisers. What precision it now has is read from it. It must paint what the original paints,
    as exactly as that precision allows; else ParityError is raised, and nothing is written. Raises
    ModelError for files that are no models, or whose input and output are others.
    """
    data = read_model(model)
    if is_ort(data):
        raise ModelError(f"{model}: is an .ort file, which cannot be changed; adopt its .onnx")
    reference = Stylizer.load(original, SessionOptions(threads=1))
    try:
        proto = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{model}: not an ONNX model ({error})") from error
    precision = precision_found(
        {tensor.data_type for tensor in proto.graph.initializer},
        {node.op_type for node in proto.graph.node},
    )
    manifest = reference.manifest
    notes = {key: value for key, value in manifest.notes.items() if key != "precision"}
    if precision is not Precision.FP32:
        notes["precision"] = precision.value
    told = Manifest(Kind.NETWORK, manifest.spec, notes, manifest.pictures)
    helper.set_model_props(proto, told.to_properties())
    data = proto.SerializeToString()
    painter = Stylizer.from_bytes(data, str(model), SessionOptions(threads=1))
    tolerance = tolerance_of(precision, bytes_io=manifest.bytes_io)
    pictures = checks(painter if reference.fixed_size is None else reference, precision)
    try:
        found = compare(first_of(painter), first_of(reference), tolerance, pictures)
    except ParityError as error:
        raise ParityError(
            f"{model}: is not the network of {original} ({error}); nothing was written"
        ) from error
    write_bytes(output, data)
    return found
