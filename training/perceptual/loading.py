"""Perceptual networks by name or file. Needs no onnxruntime, as training does not."""

from __future__ import annotations

from pathlib import Path

import torch

from tinystyle.assets import asset
from tinystyle.training.perceptual import vgg as perceptual
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.perceptual.source import COMPACT
from tinystyle.training.perceptual.vgg import Perceptual

__all__ = ["load_perceptual"]


def load_perceptual(source: str, device: torch.device | None = None) -> Perceptual:
    """``compact`` (inside the package), ``vgg16`` (downloads the official weights) or a file.

    A ``.safetensors`` file is a compact network of your own, an ``.npz`` file VGG-19. ``device`` is
    the CPU if not told.
    """
    if source == COMPACT:
        return CompactPerceptual.load(asset("perceptual-compact.safetensors")).to(device)
    if source.endswith(".safetensors"):
        return CompactPerceptual.load(Path(source)).to(device)
    return perceptual.load(source).to(device)
