"""CoreML packages read back from disk: the program, with the weights in their place."""

from __future__ import annotations

import importlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.export.coreml.writer import coremltools, package_bytes
from tinystyle.network.manifest import Manifest
from tinystyle.network.ops import MASK
from tinystyle.network.spec import MAX_SIZE, MIN_SIZE
from tinystyle.runtime.description import Facts, precision_facts, spec_facts, with_notes
from tinystyle.runtime.session import MAX_MODEL_BYTES

__all__ = ["Array", "Operation", "Package", "TensorKind", "describe_package", "read_package"]


Array = NDArray[Any]

_BLOB_HEADER = struct.Struct("<IIQQ40x")
"""Of each array in a weight file: sentinel, type, bytes, where they begin; 64 bytes in all."""
_BLOB_SENTINEL = 0xDEADBEEF
_BLOB_TYPES: dict[int, type[np.generic]] = {1: np.float16, 2: np.float32}


@dataclass(frozen=True, slots=True)
class TensorKind:
    """What a program declares of a tensor: MIL's name of its type, and its shape, None unknown."""

    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A MIL operation with one result. Each input is one or more names of tensors, or values."""

    kind: str
    inputs: Mapping[str, tuple[str | Array, ...]]
    output: str
    output_kind: TensorKind


@dataclass(frozen=True, slots=True)
class Package:
    """A program that makes a picture of a picture, and of a mask, if it has regions."""

    input_name: str
    mask_name: str | None
    """The second input: labels as a picture of greys, of the size of the first."""
    output_name: str
    operations: tuple[Operation, ...]
    constants: Mapping[str, Array]
    description: Any
    """The protobuf message ``ModelDescription``."""
    opset: str
    """The set of operations: ``CoreML6`` is iOS 16."""

    @property
    def default_size(self) -> tuple[int, int]:
        """Height and width of a picture where nothing else is chosen."""
        kind = self.description.input[0].type.imageType
        return kind.height, kind.width

    @property
    def only_size(self) -> tuple[int, int] | None:
        """The one size that it takes; None where there are several."""
        kind = self.description.input[0].type.imageType
        return None if kind.WhichOneof("SizeFlexibility") else self.default_size

    @property
    def properties(self) -> Mapping[str, str]:
        """What we have written of the network, as :meth:`Manifest.from_properties` reads it."""
        return dict(self.description.metadata.userDefined)

    def takes(self, height: int, width: int) -> bool:
        """Whether the input allows pictures of this size."""
        kind = self.description.input[0].type.imageType
        match kind.WhichOneof("SizeFlexibility"):
            case "enumeratedSizes":
                return any(
                    (s.height, s.width) == (height, width) for s in kind.enumeratedSizes.sizes
                )
            case "imageSizeRange":
                tall, wide = kind.imageSizeRange.heightRange, kind.imageSizeRange.widthRange
                return bool(
                    tall.lowerBound <= height <= tall.upperBound
                    and wide.lowerBound <= width <= wide.upperBound
                )
            case _:
                return (kind.height, kind.width) == (height, width)


def read_package(path: Path) -> Package:
    """The program of a package. ModelError for one that is damaged or computes something else."""
    coremltools()
    model_path = _model_path(path)
    messages = importlib.import_module("coremltools.proto.Model_pb2")
    decode_error = importlib.import_module("google.protobuf.message").DecodeError
    try:
        spec = messages.Model.FromString(_contents(model_path))
    except decode_error as error:
        raise ModelError(f"{model_path}: not a CoreML model ({error})") from error
    kind = spec.WhichOneof("Type")
    if kind != "mlProgram" or "main" not in spec.mlProgram.functions:
        raise ModelError(f"{model_path}: holds {kind or 'nothing'}, not a program")
    function = spec.mlProgram.functions["main"]
    block = function.block_specializations.get(function.opset)
    names = [value.name for value in function.inputs]
    if block is None or len(block.outputs) != 1 or names[1:] not in ([], [MASK]):
        raise ModelError(
            f"{model_path}: not a program of one input, or one and {MASK!r}, and one output"
        )
    features = (*spec.description.input, *spec.description.output)
    if [f.type.WhichOneof("Type") for f in features] != ["imageType"] * (len(names) + 1):
        raise ModelError(f"{model_path}: input and output are not pictures")
    sides = (features[0].type.imageType.height, features[0].type.imageType.width)
    if not all(MIN_SIZE <= side <= MAX_SIZE for side in sides):
        raise ModelError(f"{model_path}: is made for {sides[0]}x{sides[1]}; not a size of ours")
    reader = _Reader(model_path)
    for operation in block.operations:
        reader.read(operation)
    return Package(
        names[0],
        names[1] if len(names) > 1 else None,
        block.outputs[0],
        tuple(reader.operations),
        reader.constants,
        spec.description,
        function.opset,
    )


def _model_path(package: Path) -> Path:
    """The model file that ``Manifest.json`` names."""
    manifest = package / "Manifest.json"
    try:
        content = json.loads(_contents(manifest))
        item = content["itemInfoEntries"][content["rootModelIdentifier"]]
        return _inside(package / "Data", item["path"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{manifest}: not the manifest of a CoreML package") from error


def _inside(folder: Path, name: str) -> Path:
    """A file of the folder; ModelError for a name that leads out of it."""
    path = folder / name
    if "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise ModelError(f"{folder}: names a file outside the package: {name!r}")
    return path


def _contents(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would make us wait
            raise ModelError(f"{path}: no such file")
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise ModelError(f"{path}: larger than {MAX_MODEL_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error


class _Reader:
    """Collects constants and operations of a block."""

    def __init__(self, model_path: Path) -> None:
        self.operations: list[Operation] = []
        self.constants: dict[str, Array] = {}
        self._path = model_path
        self._files: dict[str, bytes] = {}

    def read(self, message: Any) -> None:
        if len(message.outputs) != 1:
            raise ModelError(f"{self._path}: {message.type!r} has {len(message.outputs)} results")
        output = message.outputs[0]
        if message.type == "const":
            if "val" not in message.attributes:
                raise ModelError(f"{self._path}: the constant {output.name!r} has no value")
            self.constants[output.name] = self._value(message.attributes["val"], output.name)
            return
        inputs: dict[str, tuple[str | Array, ...]] = {}
        for key, argument in message.inputs.items():
            inputs[key] = tuple(
                binding.name
                if binding.WhichOneof("binding") == "name"
                else self._value(binding.value, key)
                for binding in argument.arguments
            )
        kind = self._kind(output.type, output.name)
        self.operations.append(Operation(message.type, inputs, output.name, kind))

    def _kind(self, message: Any, name: str) -> TensorKind:
        types = importlib.import_module("coremltools.proto.MIL_pb2").DataType
        if message.WhichOneof("type") != "tensorType":
            raise ModelError(f"{self._path}: {name!r} is not a tensor")
        tensor = message.tensorType
        if tensor.dataType not in types.values():
            raise ModelError(f"{self._path}: {name!r} has the unknown type {tensor.dataType}")
        shape = tuple(
            d.constant.size if d.WhichOneof("dimension") == "constant" else None
            for d in tensor.dimensions
        )
        return TensorKind(types.Name(tensor.dataType), shape)

    def _value(self, message: Any, name: str) -> Array:
        kind = self._kind(message.type, name)
        sizes = [size for size in kind.shape if size is not None]
        if len(sizes) < len(kind.shape):
            raise ModelError(f"{self._path}: the constant {name!r} has no shape")
        count = math.prod(sizes)
        if message.WhichOneof("value") == "blobFileValue":
            values = self._blob(message.blobFileValue)
        else:
            values = _immediate(message.immediateValue.tensor, kind.dtype, count)
        names = {"FLOAT16": "f2", "FLOAT32": "f4", "INT32": "i4", "BOOL": "b1", "STRING": "U"}
        if values.size != count or not values.dtype.str[1:].startswith(names.get(kind.dtype, "?")):
            raise ModelError(
                f"{self._path}: {name!r} is declared as {kind.dtype} {tuple(sizes)}, but holds "
                f"{values.size} values of {values.dtype}"
            )
        return values.reshape(sizes)

    def _blob(self, value: Any) -> Array:
        """An array of a weight file, whose name is relative to the model."""
        name = value.fileName.removeprefix("@model_path/")
        path = _inside(self._path.parent, name)
        if name not in self._files:
            self._files[name] = _contents(path)
        data = self._files[name]
        if value.offset + _BLOB_HEADER.size > len(data):
            raise ModelError(f"{path}: has {len(data)} bytes, but weights at {value.offset}")
        sentinel, kind, size, start = _BLOB_HEADER.unpack_from(data, value.offset)
        if sentinel != _BLOB_SENTINEL or kind not in _BLOB_TYPES:
            raise ModelError(f"{path}: no weights at {value.offset}")
        dtype = np.dtype(_BLOB_TYPES[kind])
        if start + size > len(data) or size % dtype.itemsize:
            raise ModelError(
                f"{path}: has {len(data)} bytes; weights take {start} to {start + size}"
            )
        return np.frombuffer(data, dtype, size // dtype.itemsize, start)


def _immediate(tensor: Any, dtype: str, count: int) -> Array:
    """A value that stands in the program itself."""
    match tensor.WhichOneof("value"):
        case "floats":
            return np.array(tensor.floats.values, np.float32)
        case "ints":
            return np.array(tensor.ints.values, np.int32)
        case "bools":
            return np.array(tensor.bools.values, np.bool_)
        case "strings":
            return np.array(list(tensor.strings.values), np.str_)
        case "bytes" if dtype == "FLOAT16" and len(tensor.bytes.values) == 2 * count:
            return np.frombuffer(tensor.bytes.values, np.float16)
        case _:
            return np.empty(0, np.void)


def describe_package(path: Path) -> Facts:
    """As :func:`tinystyle.runtime.description.describe`. ModelError for a damaged package."""
    package = read_package(path)
    manifest = Manifest.from_properties(package.properties, str(path))
    facts: Facts = {
        "file": str(path),
        "kind": manifest.kind.value,
        "size_bytes": package_bytes(path),
        "opset": package.opset,
        "operations": len(package.operations),
        "sizes": _sizes(package),
        **precision_facts(manifest),
        **spec_facts(manifest.spec),
    }
    return with_notes(facts, manifest.notes)


def _sizes(package: Package) -> str:
    kind = package.description.input[0].type.imageType
    match kind.WhichOneof("SizeFlexibility"):
        case "enumeratedSizes":
            return ", ".join(f"{size.height} x {size.width}" for size in kind.enumeratedSizes.sizes)
        case "imageSizeRange":
            tall, wide = kind.imageSizeRange.heightRange, kind.imageSizeRange.widthRange
            low = f"{tall.lowerBound} x {wide.lowerBound}"
            return f"{low} to {tall.upperBound} x {wide.upperBound}"
        case _:
            return f"{kind.height} x {kind.width}"
