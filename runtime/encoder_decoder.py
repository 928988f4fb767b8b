"""The released encoder and inverse network, which style swap and semantic style transfer share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.assets import asset
from tinystyle.network.methods.style_swap import FEATURES, encoder_layers
from tinystyle.network.methods.swap_parts import load_parts
from tinystyle.network.ops import IMAGE
from tinystyle.network.reference import compute

__all__ = ["EncoderDecoder"]

FloatArray = NDArray[np.float32]


class EncoderDecoder:
    """Weights of both, and the encoder by the numpy reference."""

    def __init__(self, path: Path | None = None) -> None:
        """From ``path``, by default the package's. Raises ModelError for another file."""
        path = asset("style-swap.safetensors") if path is None else path
        self.weights, self.width = load_parts(path)

    def encode(self, picture: FloatArray) -> FloatArray:
        """The features of ``(N, 3, H, W)``, 0..1: ``(N, C, h, w)`` at a quarter of the size."""
        tensors: dict[str, FloatArray] = {IMAGE: picture}
        for op in encoder_layers(self.width):
            tensors = {op.name: compute(op, self.weights, tensors)}  # each reads the one before
        return tensors[FEATURES]
