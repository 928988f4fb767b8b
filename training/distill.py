"""Teaching the compact perceptual network what VGG sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.images import Picture, UInt8Array
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.stylenet import StyleNet
from tinystyle.training import perceptual
from tinystyle.training.bank import PhotographSampler, PictureBank
from tinystyle.training.compact_perceptual import CompactPerceptual, subsample
from tinystyle.training.data import expand_shards, read_pictures
from tinystyle.training.fitting import Fitting
from tinystyle.training.losses import channel_statistics
from tinystyle.training.network import run as run_network
from tinystyle.training.network import tensors
from tinystyle.training.perceptual import STYLE_LAYERS, PerceptualNetwork
from tinystyle.training.stage import train_stage
from tinystyle.training.style_run import SHORT_SIDE, StyleRun

__all__ = ["DistillStep", "distill"]

_MOMENTS_WEIGHT = 0.5
_MOMENTS_STEPS = 1000
"""Weight of statistics beside activations, and the steps in which it grows from a tenth to all. At
its full weight from the beginning, channels would first learn to vary, no matter where."""

_LEAST_STYLES = 2
"""Four pictures: one of each kind."""

_NETWORKS = 200
"""Generated networks that paint a part of the pictures."""

_LARGEST_ERROR = 0.6
"""Relative error put on the weights of such a network, at most: bad pictures are seen, too."""

_SCALE_BATCHES = 8
"""Batches of eight crops that set the scale of each layer."""


@dataclass(slots=True)
class DistillStep:
    """Half of the crops of a step are painted; of the rest every second is an artwork.

    Of the painted ones half are by networks with errors, half by such as are being fitted to the
    student itself; these begin anew when a run is resumed.
    """

    student: CompactPerceptual
    teacher: PerceptualNetwork
    photographs: PhotographSampler
    artworks: PhotographSampler
    networks: Sequence[StyleNet]
    fitting: Fitting
    batch: int
    _scales: Mapping[str, tuple[Tensor, Tensor]] | None = None

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a step: unexplained shares of activations and of their statistics."""
        if self._scales is None:
            self._scales = self._measure(begin=step == 0)
        image = self._deceive(self.pictures(self.batch))
        found = self.student(image, STYLE_LAYERS)
        parts: dict[str, Tensor] = {}
        total = image.new_zeros(())
        weight = _MOMENTS_WEIGHT * min(1.0, 0.1 + 0.9 * step / _MOMENTS_STEPS)
        for layer, wanted in self.see(image).items():
            variance, spread = self._scales[layer]
            error = F.mse_loss(self.student.spread(layer, found[layer]), wanted) / variance
            moments = torch.cat(channel_statistics(wanted), dim=1)
            off = F.mse_loss(self.student.moments(layer, found[layer]), moments) / spread
            parts[layer] = error
            parts[f"{layer}_moments"] = off
            total = total + error + weight * off
        return total, parts

    @torch.no_grad()
    def pictures(self, count: int) -> Tensor:
        """``(count, 3, size, size)``, 0..1: of four two photographs, an artwork, a painted one."""
        random = self.photographs.generator
        rows = []
        for index in range(count):
            if index % 4 == 1:
                rows.append(self.artworks(1))
                continue
            photograph = self.photographs(1)
            rows.append(self._paint(photograph, random) if index % 4 == 3 else photograph)
        return torch.cat(rows)

    def _deceive(self, image: Tensor) -> Tensor:
        """Every fourth picture by networks that are fitted to the student."""
        fitted = self.fitting(self.photographs(len(image) // 4), self.photographs.generator)
        image[2 : 2 + 4 * len(fitted) : 4] = fitted
        return image

    def _paint(self, photograph: Tensor, random: torch.Generator) -> Tensor:
        which, strength, error = torch.rand(3, generator=random).tolist()
        net = self.networks[int(which * len(self.networks))]
        weights = {}
        for name, weight in tensors(net).items():
            noise = torch.randn(weight.shape, generator=random) * weight.abs().mean()
            weights[name] = weight + _LARGEST_ERROR * error**2 * noise
        painted = run_network(net.spec.ops(), weights, photograph)
        mixed: Tensor = photograph + strength**0.3 * (painted - photograph)
        return mixed

    @torch.no_grad()
    def see(self, image: Tensor) -> dict[str, Tensor]:
        """What VGG sees, at the student's positions."""
        return {
            layer: subsample(layer, value)
            for layer, value in self.teacher(image, STYLE_LAYERS).items()
        }

    @torch.no_grad()
    def _measure(self, *, begin: bool) -> dict[str, tuple[Tensor, Tensor]]:
        """Variance of activations and of their statistics over pictures, by layer."""
        seen = [self.see(image) for image in self._sample()]
        scales = {}
        for layer in STYLE_LAYERS:
            values = torch.cat([part[layer] for part in seen])
            moments = torch.cat(channel_statistics(values), dim=1)
            deviation, mean = torch.std_mean(values, dim=(0, 2, 3))
            scales[layer] = (deviation.square().mean(), moments.var(dim=0).mean())
            if begin and not self.student.get_buffer(f"shift_{layer}").any():
                self.student.set_scale(layer, mean, deviation)
        return scales

    def _sample(self) -> list[Tensor]:
        """Pictures that are the same at every call, and leave the run's random numbers alone."""
        samplers = (self.photographs, self.artworks)
        states = [sampler.generator.get_state() for sampler in samplers]
        for sampler in samplers:
            sampler.generator.manual_seed(0)
        pictures = [self.pictures(8) for _ in range(_SCALE_BATCHES)]
        for sampler, state in zip(samplers, states, strict=True):
            sampler.generator.set_state(state)
        return pictures


def distill(run: StyleRun) -> dict[str, float]:
    """Train a compact perceptual network on photographs, artworks and painted pictures.

    Writes ``perceptual.safetensors`` into the run's folder. Returns running means of the losses.
    """
    if run.batch_styles < _LEAST_STYLES:
        raise OptionError(f"batch_styles is {run.batch_styles}; here it starts at {_LEAST_STYLES}")
    artworks = read_pictures(expand_shards(run.styles), SHORT_SIDE)
    photographs = PictureBank(read_pictures(expand_shards(run.contents), SHORT_SIDE))
    sampler = PhotographSampler(photographs, run.crop, run.seed, shrink=run.shrink)
    styles = PhotographSampler(PictureBank(artworks), run.crop, run.seed + 1, shrink=run.shrink)
    student = CompactPerceptual(batch_norm=True)
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    networks = _networks(artworks[:: max(1, len(artworks) // _NETWORKS)][:_NETWORKS])
    step = DistillStep(
        student,
        perceptual.load(run.perceptual),
        sampler,
        styles,
        networks,
        Fitting(student, networks, styles),
        2 * run.batch_styles,
    )
    path = run.folder / "perceptual.safetensors"

    def save() -> None:
        student.folded().save(path)

    return train_stage(
        "perceptual",
        student,
        step,
        run,
        save=save,
        generators={"photographs": sampler.generator, "artworks": styles.generator},
    )


def _networks(pictures: Sequence[UInt8Array]) -> list[StyleNet]:
    hypernetwork = Hypernetwork()
    return [hypernetwork.generate(Picture(rgb)) for rgb in pictures]
