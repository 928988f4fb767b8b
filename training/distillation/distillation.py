"""Teaching the compact perceptual network what VGG sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.training.distillation.finetuned_networks import Fitting
from tinystyle.training.distillation.pictures import DistillationData, ReplayBuffer, mixture
from tinystyle.training.loop.stage import train_stage
from tinystyle.training.objective.losses import (
    channel_statistics,
    gram_matrix,
    relative_error,
)
from tinystyle.training.perceptual import vgg as perceptual
from tinystyle.training.perceptual.compact import CompactPerceptual, subsample
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.perceptual.trunk import FIRST_PLAN
from tinystyle.training.perceptual.vgg import PerceptualNetwork
from tinystyle.training.stages.style_run import StyleRun

__all__ = ["DistillStep", "difference_error", "distill"]

_MOMENTS_WEIGHT = 0.5
_MOMENTS_STEPS = 1000
"""Weight of statistics beside activations, and the steps in which it grows from a tenth to all. At
its full weight from the beginning, channels would first learn to vary, no matter where."""

_LATE_MOMENTS_WEIGHT = 1.5
"""For a network that already sees well: polishing asks for statistics (EXPERIMENTS.md, 24)."""

_LATE_GRAM_WEIGHT = 3.0
"""Of relative errors of Gram matrices, for such a network: they are what its verdict is made of."""

_PAIRS_WEIGHT = 6.0
"""Of relative errors of *differences* of Gram matrices, for such a network: what a painted picture
lacks of its artwork's. Finetuning minimises them, and of two matrices that are nearly right the
difference can be wrong by half (EXPERIMENTS.md, 41)."""

_LEAST_STYLES = 2
"""Four pictures: one of each kind."""

_PAIRED = 4
"""The pictures of a step that are pairs: the first."""

_SCALE_BATCHES = 8
"""Batches of eight crops that set the scale of each layer."""


@dataclass(slots=True)
class DistillStep:
    """Of four crops one is a photograph, one an artwork, one drawn by a formula, and one painted by
    a network with errors. Before them come two pairs: an artwork and what a network for it paints,
    and the same of a network that is being fitted to the student itself; these begin anew when a
    run is resumed.
    """

    student: CompactPerceptual
    teacher: PerceptualNetwork
    mixture: DistillationData
    fitting: Fitting
    batch: int
    layers: tuple[str, ...] = STYLE_LAYERS
    """What is learned; the stages of other layers stay as they are."""
    taught: bool = False
    """Whether the student sees well from the start: statistics then count more."""
    replay: ReplayBuffer | None = None
    """Gives pictures of before; these begin anew, too, when a run is resumed."""
    _scales: Mapping[str, tuple[Tensor, Tensor]] | None = None

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a step: unexplained shares of activations and of their statistics."""
        if self._scales is None:
            self._scales = self._measure(begin=step == 0)
        image = torch.cat([*self.mixture.pair(), *self._deceive(), self.mixture(self.batch)])
        seen = self.see(image)
        if self.replay is not None:
            image, seen = self.replay(image, seen)
        found = self.student(image, self.layers)
        parts: dict[str, Tensor] = {}
        total = image.new_zeros(())
        growth = min(1.0, 0.1 + 0.9 * step / _MOMENTS_STEPS)
        weight = _LATE_MOMENTS_WEIGHT if self.taught else _MOMENTS_WEIGHT * growth
        for layer, wanted in seen.items():
            variance, spread = self._scales[layer]
            error = F.mse_loss(self.student.spread(layer, found[layer]), wanted) / variance
            moments = torch.cat(channel_statistics(wanted), dim=1)
            off = F.mse_loss(self.student.moments(layer, found[layer]), moments) / spread
            parts[layer] = error
            parts[f"{layer}_moments"] = off
            total = total + error + weight * off
            if self.taught:
                gram = gram_matrix(wanted).flatten(1)
                estimate = self.student.gram(layer, found[layer])
                part = relative_error(estimate, gram).mean()
                pairs = difference_error(estimate[:_PAIRED], gram[:_PAIRED])
                parts[f"{layer}_gram"], parts[f"{layer}_pairs"] = part, pairs
                total = total + _LATE_GRAM_WEIGHT * part + _PAIRS_WEIGHT * pairs
        return total, parts

    def _deceive(self) -> tuple[Tensor, Tensor]:
        """A crop of an artwork, and what a network that is being fitted to it paints."""
        photographs = self.mixture.photographs
        artwork, fitted = self.fitting(photographs(2), photographs.generator)
        return self.mixture.crop(artwork), fitted[:1].clamp(0.0, 1.0)

    @torch.no_grad()
    def see(self, image: Tensor) -> dict[str, Tensor]:
        """What VGG sees, at the student's positions."""
        return {
            layer: subsample(layer, value)
            for layer, value in self.teacher(image, self.layers).items()
        }

    @torch.no_grad()
    def _measure(self, *, begin: bool) -> dict[str, tuple[Tensor, Tensor]]:
        """Variance of activations and of their statistics over pictures, by layer."""
        seen = [self.see(image) for image in self.mixture.unchanging(_SCALE_BATCHES, 8)]
        scales = {}
        for layer in self.layers:
            values = torch.cat([part[layer] for part in seen])
            moments = torch.cat(channel_statistics(values), dim=1)
            deviation, mean = torch.std_mean(values, dim=(0, 2, 3))
            scales[layer] = (deviation.square().mean(), moments.var(dim=0).mean())
            if begin and not self.student.get_buffer(f"shift_{layer}").any():
                self.student.set_scale(layer, mean, deviation)
        return scales


def difference_error(estimate: Tensor, gram: Tensor) -> Tensor:
    """Of pairs of an artwork and a picture ``(2 N, C * C)``: the squared error of the picture's
    difference from the artwork, relative to the artwork's Gram matrix; the mean."""
    error = (estimate - gram)[1::2] - (estimate - gram)[::2]
    return (error.square().sum(dim=1) / gram[::2].square().sum(dim=1)).mean()


def distill(
    run: StyleRun,
    start: CompactPerceptual | None = None,
    layers: tuple[str, ...] = STYLE_LAYERS,
    replay: int = 0,
) -> dict[str, float]:
    """Train a compact perceptual network on photographs, artworks and painted pictures.

    It begins with ``start``, or at random. The stages of other than ``layers`` stay
    as they are. ``replay`` pictures of before join each step. Writes ``perceptual.safetensors``
    into the run's folder. Returns running means of the losses.
    """
    require_whole("replay", replay, 0)
    if start is None and layers != STYLE_LAYERS:
        raise OptionError(f"to learn {', '.join(layers)} alone, weights to start from are needed")
    if run.batch_styles < _LEAST_STYLES:
        raise OptionError(f"batch_styles is {run.batch_styles}; here it starts at {_LEAST_STYLES}")
    pictures = mixture(run)
    student = CompactPerceptual(FIRST_PLAN, batch_norm=True) if start is None else start
    student.learn(layers)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    step = DistillStep(
        student,
        perceptual.load(run.perceptual),
        pictures,
        Fitting(student, pictures.painters),
        2 * run.batch_styles,
        layers,
        start is not None,
        ReplayBuffer(replay, run.seed) if replay else None,
    )
    path = run.folder / "perceptual.safetensors"

    def save() -> None:
        (student.folded() if start is None else student).save(path)

    return train_stage(
        "perceptual",
        student,
        step,
        run,
        save=save,
        generators={
            "photographs": pictures.photographs.generator,
            "artworks": pictures.artworks.generator,
        },
    )
