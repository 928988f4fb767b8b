"""Style features of the training artworks, computed once and kept in a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch import Tensor
from tqdm import tqdm

from tinystyle.atomic import write_safetensors
from tinystyle.errors import ModelError
from tinystyle.training.data import centre_crop, iterate_pictures
from tinystyle.training.losses import style_statistics
from tinystyle.training.perceptual import STYLE_LAYERS, PerceptualNetwork

__all__ = [
    "STYLE_SIZE",
    "compute_features",
    "load_features",
    "save_features",
    "style_features",
    "to_tensor",
]

STYLE_SIZE = 256
"""Side in pixels of the crop of an artwork that defines its style (Shen et al. 2018, Table 2)."""


def style_features(network: PerceptualNetwork, image: Tensor) -> Tensor:
    """SP(I) of pictures ``(N, 3, H, W)``, 0..1: ``(N, 1920)``."""
    activations = network(image, STYLE_LAYERS)
    return style_statistics([activations[name] for name in STYLE_LAYERS])


def to_tensor(rgb: NDArray[np.uint8]) -> Tensor:
    """``(H, W, 3)`` uint8 to ``(1, 3, H, W)`` float32, 0..1."""
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float().div_(255.0)


def compute_features(
    network: PerceptualNetwork, sources: Sequence[Path], output: Path, *, save_every: int = 250
) -> None:
    """Features of the centre crop of every picture, ``(M, 1920)``, written to ``output``.

    A file left by an interrupted run is continued.
    """
    rows: list[NDArray[np.float32]] = list(load_features(output)) if output.exists() else []
    done = len(rows)
    progress = tqdm(iterate_pictures(sources), desc="style features", unit=" pictures")
    with torch.inference_mode():
        for index, (_, rgb) in enumerate(progress):
            if index < done:
                continue
            crop = to_tensor(centre_crop(rgb, STYLE_SIZE))
            rows.append(style_features(network, crop)[0].numpy())
            if len(rows) % save_every == 0:
                save_features(np.stack(rows), output)
    save_features(np.stack(rows), output)


def save_features(features: NDArray[np.float32], output: Path) -> None:
    """Write ``(M, 1920)``."""
    write_safetensors(output, {"features": features}, {"order": ",".join(STYLE_LAYERS)})


def load_features(path: Path) -> NDArray[np.float32]:
    """``(M, 1920)`` as written by :func:`compute_features`."""
    try:
        return load_file(os.fspath(path))["features"]
    except (SafetensorError, KeyError, OSError) as error:
        raise ModelError(f"{path}: not a file of style features ({error})") from error
