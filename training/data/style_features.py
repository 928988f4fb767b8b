"""Style features of the training artworks, computed once and kept in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor
from tqdm import tqdm

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors
from tinystyle.training.data.shards import centre_crop, iterate_pictures
from tinystyle.training.objective.losses import style_statistics
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.perceptual.vgg import PerceptualNetwork, layer_width

__all__ = [
    "FEATURE_LAYERS",
    "STYLE_SIZE",
    "StyleFeatures",
    "compute_features",
    "style_features",
    "to_tensor",
]

STYLE_SIZE = 256
"""Side in pixels of the crop of an artwork that defines its style (Shen et al. 2018, Table 2)."""

FEATURE_LAYERS = (
    "relu1_1",
    "relu1_2",
    "relu2_1",
    "relu2_2",
    "relu3_1",
    "relu3_3",
    "relu4_1",
    "relu4_3",
    "relu5_1",
)
"""Layers whose statistics are kept: those of the paper's loss and those of the evaluation."""


def style_features(
    network: PerceptualNetwork, image: Tensor, layers: Sequence[str] = STYLE_LAYERS
) -> Tensor:
    """SP(I) of pictures ``(N, 3, H, W)``, 0..1: ``(N, 2 * sum C)``, 1920 for STYLE_LAYERS."""
    activations = network(image, tuple(layers))
    return style_statistics([activations[name] for name in layers])


def to_tensor(rgb: NDArray[np.uint8]) -> Tensor:
    """``(H, W, 3)`` uint8 to ``(1, 3, H, W)`` float32, 0..1."""
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float().div_(255.0)


@dataclass(frozen=True, slots=True)
class StyleFeatures:
    """Statistics of M pictures: for each layer its channels' means, then their deviations."""

    values: NDArray[np.float32]
    """``(M, 2 * sum C)``."""
    layers: tuple[str, ...]
    sources: tuple[str, ...]
    """Names of the shards and folders that the pictures came from."""

    def select(self, layers: Sequence[str]) -> Tensor:
        """Columns of ``layers`` in that order: ``(M, 2 * sum C)``."""
        missing = sorted(set(layers) - set(self.layers))
        if missing:
            raise OptionError(f"the features hold {self.layers}, not {missing}")
        ends = np.cumsum([2 * layer_width(layer) for layer in self.layers])
        columns = dict(zip(self.layers, np.split(self.values, ends[:-1], axis=1), strict=True))
        return torch.from_numpy(np.concatenate([columns[layer] for layer in layers], axis=1))

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        notes = {"layers": list(self.layers), "sources": list(self.sources)}
        write_safetensors(path, {"features": self.values}, {"notes": json.dumps(notes)})

    @classmethod
    def load(cls, path: Path) -> StyleFeatures:
        """Read :meth:`save`. Raises ModelError for anything else."""
        try:
            with safe_open(os.fspath(path), framework="np") as file:
                notes = json.loads((file.metadata() or {})["notes"])
                return cls(
                    file.get_tensor("features"), tuple(notes["layers"]), tuple(notes["sources"])
                )
        except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
            raise ModelError(f"{path}: not a file of style features ({error})") from error


def compute_features(
    network: PerceptualNetwork, sources: Sequence[Path], output: Path, *, save_every: int = 250
) -> None:
    """Statistics of the centre crop of every picture at FEATURE_LAYERS, written to ``output``.

    A file left by an interrupted run over the same sources is continued.
    """
    names = tuple(source.name for source in sources)
    rows: list[NDArray[np.float32]] = []
    if output.exists():
        before = StyleFeatures.load(output)
        if (before.layers, before.sources) != (FEATURE_LAYERS, names):
            raise OptionError(f"{output} is of {before.sources}; delete it or take another --run")
        rows = list(before.values)
    done = len(rows)
    progress = tqdm(iterate_pictures(sources), desc="style features", unit=" pictures")
    with torch.inference_mode():
        for index, (_, rgb) in enumerate(progress):
            if index < done:
                continue
            crop = to_tensor(centre_crop(rgb, STYLE_SIZE))
            rows.append(style_features(network, crop, FEATURE_LAYERS)[0].numpy())
            if len(rows) % save_every == 0:
                StyleFeatures(np.stack(rows), FEATURE_LAYERS, names).save(output)
    StyleFeatures(np.stack(rows), FEATURE_LAYERS, names).save(output)
