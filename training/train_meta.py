"""Training the meta network on many styles at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.ops import InstanceNorm, Op
from tinystyle.training.budget import Budget
from tinystyle.training.losses import (
    content_loss,
    spike_penalty,
    style_loss,
    style_statistics,
    total_variation,
)
from tinystyle.training.meta import MetaNetwork
from tinystyle.training.network import run_per_style
from tinystyle.training.perceptual import CONTENT_LAYER, STYLE_LAYERS, PerceptualNetwork

__all__ = ["PAPER", "STYLE_WIDTHS", "MetaOptions", "reconstruct", "train_meta"]

STYLE_WIDTHS = (64, 128, 256, 512)
"""Channels of the style layers."""

Crop = Callable[[int], Tensor]
"""Gives that many training photographs, ``(N, 3, size, size)``, 0..1."""


@dataclass(frozen=True, slots=True)
class MetaOptions:
    """How the meta network is trained. Weights balance losses in the units of README.md."""

    minutes: float | None = None
    steps: int | None = None
    styles: int = 4
    """Styles in a step."""
    contents: int = 1
    """Photographs for each style in a step (m = 8 in Algorithm 1)."""
    steps_per_style: int = 1
    """Steps before the styles change (k = 20 in Algorithm 1)."""
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    content_weight: float = 1.0
    style_weight: float = 3.0
    tv_weight: float = 10.0
    spike_weight: float = 300.0
    """Against droplets; see :func:`tinystyle.training.losses.spike_penalty`."""
    seed: int = 0
    checkpoint_minutes: float = 5.0


PAPER = MetaOptions(styles=1, contents=8, steps_per_style=20, spike_weight=0.0)
"""Shen et al. 2018, Algorithm 1 and section 4.1, but for the balance of the losses: the paper's
(content 1, style 250) belongs to sums whose normalisation it does not state."""


def reconstruct(meta: MetaNetwork, photographs: Crop, budget: Budget, batch: int = 8) -> float:
    """Fit the base weights (those of the average style) to reproduce photographs.

    The stable start of the training proper. Returns the last running mean of the pixel MSE.
    """
    base = [g.bias for g in meta.generators.values()] + list(meta.shared.values())
    optimizer = torch.optim.Adam(base, 3e-3)
    ops = meta.config.spec.ops(bounded=False)
    average = torch.zeros(1, meta.fc.in_features)
    for _ in budget:
        image = photographs(batch)[None]
        loss = (run_per_style(ops, meta(average), image) - image).square().mean()
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * budget.cosine(20)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        budget.report(mse=loss.item())
    return budget.losses["mse"]


def train_meta(
    meta: MetaNetwork,
    perceptual: PerceptualNetwork,
    photographs: Crop,
    conditions: Tensor,
    targets: Tensor,
    options: MetaOptions,
    checkpoint: Callable[[], None],
) -> dict[str, float]:
    """Minimise the perceptual loss (Shen et al. 2018, eq. 7, Algorithm 1), in place.

    ``conditions`` ``(M, 1920)`` is what the meta network sees of each style, standardised (VGG's
    features or the encoder's); ``targets`` ``(M, 1920)`` are VGG's raw features, the style that the
    result must have. ``checkpoint`` is called every ``checkpoint_minutes`` and at the end, also
    after Ctrl-C. Returns running means of the losses.
    """
    if len(conditions) != len(targets):
        raise OptionError(f"{len(conditions)} conditions but {len(targets)} target styles")
    generator = torch.Generator().manual_seed(options.seed)
    fused = all(p.device.type in ("cpu", "cuda") for p in meta.parameters())
    optimizer = torch.optim.Adam(
        meta.parameters(), options.learning_rate, betas=(0.9, 0.99), fused=fused
    )
    ops = meta.config.spec.ops(bounded=False)
    budget = Budget("meta network", steps=options.steps, minutes=options.minutes)
    saver = _Timer(options.checkpoint_minutes)
    chosen = torch.zeros(0, dtype=torch.long)
    for step in budget:
        if step % options.steps_per_style == 0:
            chosen = torch.randint(len(targets), (options.styles,), generator=generator)
        image = photographs(options.styles * options.contents)
        per_style = image.view(options.styles, options.contents, *image.shape[1:])
        spikes: list[Tensor] = []
        observe = partial(_measure_spikes, spikes)
        output = run_per_style(ops, meta(conditions[chosen]), per_style, observe).flatten(0, 1)
        style_of = targets[chosen].repeat_interleave(options.contents, dim=0)
        content, style, tv = _losses(perceptual, output, image, style_of)
        spike = torch.stack(spikes).sum() / options.styles
        loss = (
            options.content_weight * content
            + options.style_weight * style
            + options.tv_weight * tv
            + options.spike_weight * spike
        )
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * budget.cosine(options.warmup_steps)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        budget.report(
            loss=loss.item(), content=content.item(), style=style.item(), spike=spike.item()
        )
        if saver.due():
            checkpoint()
    checkpoint()
    return budget.losses


def _measure_spikes(found: list[Tensor], op: Op, source: Tensor) -> None:
    if isinstance(op, InstanceNorm):
        found.append(spike_penalty(source))


def _losses(
    perceptual: PerceptualNetwork, output: Tensor, image: Tensor, style: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    with torch.no_grad():
        content = perceptual(image, (CONTENT_LAYER,))[CONTENT_LAYER]
    activations = perceptual(output, STYLE_LAYERS)
    statistics = style_statistics([activations[name] for name in STYLE_LAYERS])
    return (
        content_loss(activations[CONTENT_LAYER], content),
        style_loss(statistics, style, STYLE_WIDTHS).mean(),
        total_variation(output),
    )


class _Timer:
    def __init__(self, minutes: float) -> None:
        self._interval = 60.0 * minutes
        self._last = time.monotonic()

    def due(self) -> bool:
        if time.monotonic() - self._last < self._interval:
            return False
        self._last = time.monotonic()
        return True
