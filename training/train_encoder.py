"""Distilling VGG's style features into the compact encoder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from tinystyle.atomic import write_safetensors
from tinystyle.errors import ModelError, OptionError
from tinystyle.images import UInt8Array
from tinystyle.training.budget import Budget
from tinystyle.training.data import centre_crop
from tinystyle.training.encoder import StyleEncoder
from tinystyle.training.features import STYLE_SIZE, to_tensor

__all__ = ["EncoderOptions", "load_encoder", "save_encoder", "train_encoder"]


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """How the encoder is trained."""

    minutes: float | None = None
    steps: int | None = None
    batch: int = 16
    learning_rate: float = 1e-3
    jitter: int = 16
    """The crop is moved by up to this many pixels; the target stays that of the centre."""
    held_out: float = 0.03
    """Share of the artworks kept apart to measure the explained variance."""
    seed: int = 0


def train_encoder(
    encoder: StyleEncoder,
    pictures: Sequence[UInt8Array],
    targets: Tensor,
    options: EncoderOptions,
) -> float:
    """Fit the encoder to standardised features ``(M, 1920)`` of ``pictures``, in place.

    Returns the explained variance (R squared) on held-out artworks.
    """
    if len(pictures) != len(targets):
        raise OptionError(f"{len(pictures)} pictures but features of {len(targets)}")
    random = np.random.default_rng(options.seed)
    held_out = max(1, round(options.held_out * len(pictures)))
    trained = len(pictures) - held_out
    if trained < 1:
        raise OptionError("the encoder needs at least two pictures")
    optimizer = torch.optim.AdamW(encoder.parameters(), options.learning_rate, weight_decay=0.01)
    encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    budget = Budget("style encoder", steps=options.steps, minutes=options.minutes)
    for _ in budget:
        encoder.train()
        chosen = random.integers(trained, size=options.batch)
        batch = torch.cat([to_tensor(_moved(pictures[i], options.jitter, random)) for i in chosen])
        loss = F.mse_loss(encoder(batch), targets[chosen])
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * budget.cosine(50)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        budget.report(loss=loss.item())
    predicted = _encode_all(encoder, pictures[trained:])
    error = F.mse_loss(predicted, targets[trained:])
    return 1.0 - (error / targets[trained:].var(dim=0, correction=0).mean()).item()


def _moved(rgb: UInt8Array, jitter: int, random: np.random.Generator) -> UInt8Array:
    """A crop of STYLE_SIZE near the centre."""
    crop = centre_crop(rgb, min(STYLE_SIZE + 2 * jitter, *rgb.shape[:2]))
    top, left = (int(random.integers(max(0, side - STYLE_SIZE) + 1)) for side in crop.shape[:2])
    return centre_crop(crop[top : top + STYLE_SIZE, left : left + STYLE_SIZE], STYLE_SIZE)


def _encode_all(encoder: StyleEncoder, pictures: Sequence[UInt8Array], batch: int = 16) -> Tensor:
    """Features of the centre crop of each picture: ``(M, 1920)``."""
    rows = []
    for start in range(0, len(pictures), batch):
        crops = [to_tensor(centre_crop(p, STYLE_SIZE)) for p in pictures[start : start + batch]]
        rows.append(encoder.encode(torch.cat(crops)).clone())
    return torch.cat(rows)


def save_encoder(encoder: StyleEncoder, path: Path) -> None:
    """Write the encoder's weights as safetensors."""
    state = {k: v.contiguous().numpy() for k, v in encoder.state_dict().items()}
    write_safetensors(path, state, {"kind": "style encoder"})


def load_encoder(path: Path) -> StyleEncoder:
    """Read :func:`save_encoder`. Raises OptionError if missing, ModelError if something else."""
    if not path.is_file():
        raise OptionError(f"{path}: no such file")
    encoder = StyleEncoder()
    try:
        encoder.load_state_dict(load_file(os.fspath(path)))
    except (SafetensorError, RuntimeError) as error:
        raise ModelError(f"{path}: not the weights of a style encoder ({error})") from error
    return encoder.eval()
