"""The frozen VGG networks whose features define content and style."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinystyle.errors import ModelError, OptionError
from tinystyle.training.objective.losses import (
    content_loss,
    gram_matrix,
    gram_relative_error,
    style_statistics,
)
from tinystyle.training.perceptual.source import VGG16_NAME, require_source

__all__ = [
    "VGG16",
    "VGG19",
    "Perceptual",
    "PerceptualNetwork",
    "VggSpec",
    "layer_width",
    "load",
]

_CHANNELS = (64, 128, 256, 512, 512)


def layer_width(layer: str) -> int:
    """Channels of a layer such as ``relu3_3``."""
    return _CHANNELS[int(layer[4]) - 1]


@dataclass(frozen=True, slots=True)
class VggSpec:
    """Architecture and input normalisation of a VGG network up to conv5_1."""

    name: str
    blocks: tuple[int, ...]
    """Number of convolutions in each block; 2x2 max-pooling between blocks."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of all activations in their order, such as ``relu3_3``."""
        return tuple(
            f"relu{block + 1}_{index + 1}"
            for block, count in enumerate(self.blocks)
            for index in range(count)
        )


VGG16 = VggSpec("vgg16", (2, 2, 3, 3, 1), (0.485, 0.456, 0.406))
VGG19 = VggSpec("vgg19", (2, 2, 4, 4, 1), (0.4850196, 0.4579569, 0.4076039))

# torchvision's IMAGENET1K_FEATURES-compatible file; the suffix is the start of its sha256.
_VGG16_URL = "https://download.pytorch.org/models/vgg16-397923af.pth"


class Perceptual(Protocol):
    """Eyes of a loss: VGG itself, or a network that estimates what VGG sees."""

    def __call__(self, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """What the other methods read, for each of ``layers``; ``(N, 3, H, W)``, 0..1."""

    def moments(self, layer: str, activation: Tensor) -> Tensor:
        """Means, then deviations of VGG's channels: ``(N, 2 C)``."""

    def gram(self, layer: str, activation: Tensor) -> Tensor:
        """The Gram matrix of VGG's channels (Zhang et al. 2018, eq. 3): ``(N, C * C)``."""

    def gram_error(self, layer: str, activation: Tensor, wanted: Tensor) -> Tensor:
        """||G - wanted||^2 / ||wanted||^2 of :meth:`gram` of each picture: ``(N,)``.

        ``wanted`` is ``(N, C * C)``, or ``(1, C * C)`` for all pictures.
        """

    def distance(self, layer: str, first: Tensor, second: Tensor) -> Tensor:
        """Mean squared difference of VGG's activations over all elements: a scalar."""


class PerceptualNetwork(nn.Module):
    """VGG convolutions with named activations. Frozen; input RGB ``(N, 3, H, W)``, 0..1."""

    def __init__(self, spec: VggSpec) -> None:
        super().__init__()
        self.spec = spec
        self.convs = nn.ModuleDict()
        channels = 3
        for block, count in enumerate(spec.blocks):
            for index in range(count):
                conv = nn.Conv2d(channels, _CHANNELS[block], 3, padding=1)
                self.convs[f"conv{block + 1}_{index + 1}"] = conv
                channels = _CHANNELS[block]
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1))
        self.requires_grad_(False)
        self.eval()

    def prepare(self) -> PerceptualNetwork:
        """Lay the final weights out for speed. Results stay the same but for rounding."""
        self.convs.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self

    def forward(self, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """The activations named in ``layers``, e.g. ``relu3_3``; nothing beyond is computed."""
        wanted = set(layers)
        if not wanted <= set(self.spec.layers):
            missing = sorted(wanted - set(self.spec.layers))
            raise OptionError(f"{self.spec.name} has no layers {missing}")
        found: dict[str, Tensor] = {}
        x = (image - self.get_buffer("mean")) / self.get_buffer("std")
        x = x.contiguous(memory_format=torch.channels_last)
        for block, count in enumerate(self.spec.blocks):
            if block:
                x = F.max_pool2d(x, 2)
            for index in range(count):
                name = f"{block + 1}_{index + 1}"
                x = F.relu(self.convs[f"conv{name}"](x))
                if f"relu{name}" in wanted:
                    found[f"relu{name}"] = x
                    if len(found) == len(wanted):
                        return found
        return found

    @staticmethod
    def moments(layer: str, activation: Tensor) -> Tensor:
        """Means, then deviations of the channels of ``layer``: ``(N, 2 C)``."""
        return style_statistics([activation])

    @staticmethod
    def gram(layer: str, activation: Tensor) -> Tensor:
        """The Gram matrix of ``layer`` (Zhang et al. 2018, eq. 3): ``(N, C * C)``."""
        return gram_matrix(activation).flatten(1)

    @staticmethod
    def gram_error(layer: str, activation: Tensor, wanted: Tensor) -> Tensor:
        """||G - wanted||^2 / ||wanted||^2 of :meth:`gram` of each picture: ``(N,)``."""
        return gram_relative_error(activation, wanted)

    @staticmethod
    def distance(layer: str, first: Tensor, second: Tensor) -> Tensor:
        """Mean squared difference of two activations of ``layer``: a scalar."""
        return content_loss(first, second)


def load(source: str) -> PerceptualNetwork:
    """``vgg16`` (torchvision's official weights, downloaded once, checksum verified) or a file.

    A file is an ``.npz`` with ``convB_I.weight`` (float32, or uint8 as ``.weight.q`` and
    ``.weight.scale_min``) and ``convB_I.bias``, of VGG-16 or VGG-19.
    """
    require_source(source, VGG16_NAME)
    network = _load_vgg16() if source == VGG16_NAME else _load_npz(Path(source))
    return network.prepare()


def _load_vgg16() -> PerceptualNetwork:
    # A pickle, hence weights_only: the loader then builds tensors and nothing else.
    state = torch.load(_vgg16_file(), map_location="cpu", weights_only=True)
    network = PerceptualNetwork(VGG16)
    indices = sorted({int(key.split(".")[1]) for key in state if key.startswith("features.")})
    for conv, index in zip(network.convs.values(), indices, strict=False):
        conv.load_state_dict({k: state[f"features.{index}.{k}"] for k in ("weight", "bias")})
    return network


def _vgg16_file() -> Path:
    """torch.hub's copy, downloaded when there is none; its hash is checked at every load."""
    name = _VGG16_URL.rpartition("/")[2]
    start = name.rpartition("-")[2].removesuffix(".pth")
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(_VGG16_URL, os.fspath(path), hash_prefix=start)
        except (OSError, RuntimeError) as error:  # no network; another hash than expected
            raise ModelError(
                f"perceptual network 'vgg16' cannot be downloaded ({error}); put {_VGG16_URL} to "
                f"{path}, or give a file"
            ) from error
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    found = digest.hexdigest()
    if not found.startswith(start):
        raise ModelError(f"{path}: sha256 {found[:8]}… is not {start}…; delete it to load it anew")
    return path


def _load_npz(path: Path) -> PerceptualNetwork:
    try:
        with np.load(path) as archive:
            network = PerceptualNetwork(VGG19 if "conv3_4.bias" in archive else VGG16)
            for name, conv in network.convs.items():
                if f"{name}.weight" in archive:
                    weight = archive[f"{name}.weight"]
                else:
                    scale, low = archive[f"{name}.weight.scale_min"]
                    weight = archive[f"{name}.weight.q"].astype(np.float32) * scale + low
                conv.load_state_dict(
                    {
                        "weight": torch.from_numpy(weight.astype(np.float32)),
                        "bias": torch.from_numpy(archive[f"{name}.bias"].astype(np.float32)),
                    }
                )
            return network
    except (KeyError, ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: not the weights of a VGG network ({error})") from error
