"""Frames as VGG sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinystyle.benchmarks.experiments.video.flicker import View
from tinystyle.pictures.images import UInt8Array, to_batch
from tinystyle.training.perceptual.source import CONTENT_LAYER
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["features_of"]


def features_of(perceptual: PerceptualNetwork, layer: str = CONTENT_LAYER) -> View:
    """What gives the activations of a layer, ``(C, h, w)``, of a frame ``(H, W, 3)``."""

    @torch.inference_mode()
    def see(rgb: UInt8Array) -> NDArray[Any]:
        found = perceptual(torch.from_numpy(to_batch(rgb)), (layer,))[layer]
        activations: NDArray[np.float32] = found[0].numpy()
        return activations

    return see
