"""Reading a network back from the files that hold its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper

from tinystyle.errors import ModelError
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.stylenet import StyleNet
from tinystyle.network.subpixel import own_weight
from tinystyle.runtime.session import is_ort, read_model

__all__ = ["read_network"]

_OF_THE_NETWORK = (
    *("style_name", "style_sha256", "style_size", "mix", "strength"),
    *("method", "steps", "perceptual", "photographs"),
    *("balance", "mask_colors", "mask_sha256", "region_names", "region_styles"),
)
"""Notes that are true of the weights; the others tell of the file."""


def read_network(path: Path) -> StyleNet:
    """The network in a ``.safetensors`` file, or in an fp32 ONNX file of ours.

    Raises ModelError for other files, and for those whose graph no longer tells the network's own
    weights: half and 8-bit precision, frozen norms.
    """
    if path.suffix.lower() == ".safetensors":
        return StyleNet.load(path)
    data = read_model(path)
    if is_ort(data):
        raise ModelError(
            f"{path}: an .ort file no longer tells its weights by name; give the .safetensors file "
            "or the fp32 ONNX file that was made of the same style"
        )
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{path}: neither a safetensors nor an ONNX file ({error})") from error
    manifest = Manifest.from_properties({p.key: p.value for p in model.metadata_props}, str(path))
    if manifest.kind is not Kind.NETWORK:
        raise ModelError(f"{path}: is a {manifest.kind.value}; needed is a network")
    stored = {
        tensor.name: _values(tensor, path)
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
    }
    weights = {}
    for parameter in manifest.spec.parameters():
        try:
            found = own_weight(stored, parameter.name, parameter.shape)
            weights[parameter.name] = np.ascontiguousarray(found).reshape(parameter.shape)
        except (ValueError, TypeError, IndexError) as error:
            if parameter.name not in stored:
                raise ModelError(
                    f"{path}: does not hold the network's own {parameter.name} in fp32; give the "
                    ".safetensors file or the fp32 ONNX file that was made of the same style"
                ) from error
            raise ModelError(f"{path}: {parameter.name} is damaged ({error})") from error
    notes = {k: v for k, v in manifest.notes.items() if k in _OF_THE_NETWORK}
    if manifest.takes_strength:  # the file's, not the network's
        del notes["strength"]
    return StyleNet(manifest.spec, weights, notes)


def _values(tensor: onnx.TensorProto, path: Path) -> NDArray[np.float32]:
    if onnx.external_data_helper.uses_external_data(tensor):
        raise ModelError(f"{path}: keeps {tensor.name} in another file; ours never do")
    try:
        return np.ascontiguousarray(numpy_helper.to_array(tensor), np.float32)
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path}: {tensor.name} is damaged ({error})") from error
