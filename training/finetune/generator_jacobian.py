"""The directions in which a hypernetwork moves the weights of its networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from tinystyle.errors import ModelError
from tinystyle.network.manifest import Manifest
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.weights import released

__all__ = ["read_directions"]


def read_directions(spec: NetSpec, path: Path | None = None) -> dict[str, Tensor]:
    """By generated layer, the matrix ``(P, r)`` that leads from its hidden units to its P weights.

    Of a hypernetwork's ONNX file, by default the released one, which must generate ``spec``;
    weights are in the order of that. Where a filter is generated as a product, with its gain, they
    are the derivatives where all hidden units are 0. Raises ModelError where the file has none, or
    of another network; so do those of architecture ``plain``, whose filters are no such products.
    """
    path = released().hypernetwork if path is None else path
    model = onnx.load(path)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    made = Manifest.from_properties(properties, str(path)).spec
    if made != spec or spec.architecture is Architecture.PLAIN:
        raise ModelError(f"{path}: makes {made.to_json()}; no directions for {spec.to_json()}")
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    found: dict[str, Tensor] = {}
    for layer, parameters in spec.layers().items():
        matrix = _matrix(stored, f"generator.generators.{layer}.weight")
        if matrix is None:
            continue  # a layer that is the same for all styles
        size = sum(parameter.size for parameter in parameters)
        base = _stored(stored, f"generator.generators.{layer}.bias")
        gains = parameters[0].shape[0]
        # The other forms have as many rows, with gains that are weights of norms.
        if base is not None and matrix.shape[0] == size + gains:
            matrix = _of_product(matrix, base, gains)
        if matrix.shape[0] != size:
            raise ModelError(f"{path}: {layer} has {matrix.shape[0]} weights; needed are {size}")
        found[layer] = torch.from_numpy(matrix)
    if not found:
        raise ModelError(f"{path}: no matrices of a hypernetwork")
    return found


def _of_product(
    matrix: NDArray[np.float32], base: NDArray[np.float32], gains: int
) -> NDArray[np.float32]:
    """Derivative of filters times gains, both affine in the hidden units; biases stay.

    Rows of both are filters, gains, biases.
    """
    cuts = (len(base) - 2 * gains, len(base) - gains)
    filters, gain, _ = np.split(base, cuts)
    filters_by, gain_by, bias_by = np.split(matrix, cuts)
    each = len(filters) // gains
    by_filters = filters_by * np.repeat(gain, each)[:, None]
    by_gain = filters[:, None] * np.repeat(gain_by, each, axis=0)
    return np.concatenate([by_filters + by_gain, bias_by])


def _stored(stored: Mapping[str, onnx.TensorProto], name: str) -> NDArray[np.float32] | None:
    """A vector as :mod:`tinystyle.training.stages.release` stores it: float32 or float16."""
    tensor = stored.get(name) or stored.get(f"{name}.half")
    return None if tensor is None else numpy_helper.to_array(tensor).astype(np.float32)


def _matrix(stored: Mapping[str, onnx.TensorProto], name: str) -> NDArray[np.float32] | None:
    """As ``stages.release`` stores it: plain, or int8 with a scale for each row."""
    if name in stored:
        return numpy_helper.to_array(stored[name]).astype(np.float32)
    if f"{name}.q" not in stored:
        return None
    scale = stored.get(f"{name}.scale") or stored[f"{name}.scale.half"]
    rows = numpy_helper.to_array(stored[f"{name}.q"]).astype(np.float32)
    return rows * numpy_helper.to_array(scale).astype(np.float32)[:, None]
