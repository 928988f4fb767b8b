"""Encoder and inverse network of style swap in a file: what all artworks share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from tinystyle.errors import ModelError
from tinystyle.files import write_safetensors
from tinystyle.network.methods.specs import SwapSpec
from tinystyle.network.methods.style_swap import OF_THE_ARTWORK
from tinystyle.network.spec import Architecture, NetSpec

__all__ = ["load_parts", "save_parts"]

FloatArray = NDArray[np.float32]

_WIDTH = "width"
"""Metadata entry: the number of features."""


def save_parts(weights: Mapping[str, FloatArray], width: int, path: Path) -> None:
    """Write them as float16 safetensors; weights of an artwork are left out."""
    state = {
        name: value.astype(np.float16)
        for name, value in weights.items()
        if name.partition(".")[0] not in OF_THE_ARTWORK
    }
    write_safetensors(path, state, {"kind": "style swap", _WIDTH: str(width)})


def load_parts(path: Path) -> tuple[dict[str, FloatArray], int]:
    """Read :func:`save_parts`: weights by name, and the number of features.

    Raises ModelError on any other file.
    """
    try:
        with safe_open(os.fspath(path), framework="np") as file:
            width = int((file.metadata() or {})[_WIDTH])
            weights = {name: file.get_tensor(name).astype("f4") for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(f"{path}: no encoder and decoder of style swap ({reason})") from error
    if not 4 <= width <= 256 or width % 4:
        raise ModelError(f"{path}: has {width} features; allowed are 4, 8 … 256")
    spec = NetSpec(Architecture.STYLE_SWAP, width, 0, method=SwapSpec(1))
    wanted = {p.name: p.shape for p in spec.parameters() if p.layer not in OF_THE_ARTWORK}
    if {name: value.shape for name, value in weights.items()} != wanted:
        raise ModelError(f"{path}: holds other weights than encoder and decoder have")
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise ModelError(f"{path}: has values that are not finite")
    return weights, width
