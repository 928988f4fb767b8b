"""The stage that learns the inverse network of style swap (Chen & Schmidt 2016, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.assets import asset
from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.network.methods.specs import SwapSpec
from tinystyle.network.methods.style_swap import FEATURES, decoder_layers, encoder_layers
from tinystyle.network.methods.swap_parts import load_parts, save_parts
from tinystyle.network.ops import IMAGE, Op
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.cpu.reductions import in_float32
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import expand_shards, read_pictures
from tinystyle.training.data.style_features import STYLE_SIZE
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.loop.stage import train_stage
from tinystyle.training.networks.interpreter import run as run_network
from tinystyle.training.networks.patches import swap_patches, unfold_patches, with_moments
from tinystyle.training.networks.trainable import TrainableNet, random_net
from tinystyle.training.objective.losses import relative_error, total_variation
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.perceptual.loading import load_perceptual
from tinystyle.training.perceptual.source import COMPACT
from tinystyle.training.perceptual.trunk import THIRD_PLAN
from tinystyle.training.stages.style_run import SHORT_SIDE, StyleRun, device_of

__all__ = [
    "SWAP_LOSSES",
    "SwapLosses",
    "SwapStep",
    "encoder_weights",
    "judges_layers",
    "packages_layers",
    "train_style_swap",
]

_DIRECTIONS_OF = 512
"""Squares of photographs and as many of artworks that the main directions are those of."""

_SHEET = 4

FloatArray = NDArray[np.float32]

_EARLY = ("e2.relu", "e4.relu")
"""What the encoder has of relu1_2 and relu2_2."""


@dataclass(frozen=True, slots=True)
class SwapLosses:
    """Weights of the stage's losses."""

    features: float = 1.0
    """||E(D(F)) - F||^2 / ||F||^2 of all features F (eq. 3), those with swapped patches too."""
    early: float = 0.5
    """The same of the estimates of relu1_2 and relu2_2, where the picture is known."""
    pixels: float = 20.0
    """Mean squared error of the picture, where it is known."""
    moments: float = 0.5
    """Relative squared error of the means and deviations of E(D(F)): what a region, or the whole,
    looks like on average (Huang & Belongie 2017, eq. 13)."""
    tv: float = 0.05
    """Total variation (eq. 3)."""
    swapped: float = 0.5
    """Share of changed activations among those that are inverted; 0: Figure 3's comparison."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.swapped <= 1.0:
            raise OptionError(f"swapped is {self.swapped:g}; allowed are 0 to 1")


SWAP_LOSSES = SwapLosses()


_LAYERS = {
    "e1": "relu1_2.0",
    "e2": "relu1_2.1",
    "e3a": "relu2_2.0",
    "e3": "relu2_2.1",
    "e4a": "relu2_2.2",
    "e4b": "relu2_2.3",
    "e4": "relu2_2.4",
    "e5a": "relu3_3.0",
    "e5b": "relu3_3.1",
    "e5": "relu3_3.2",
}
"""Convolutions of the encoder, and which of the judge's they are."""


def judges_layers(judge: CompactPerceptual) -> dict[str, Tensor]:
    """The encoder's weights but for its directions, from a judge of the size that it has.

    That is the judge of 0.15 to 0.26 (``THIRD_PLAN``); the one since then is larger at the front,
    and style swap's file would be. Raises OptionError for another.
    """
    if any(judge.plan[layer] != THIRD_PLAN[layer] for layer in ("relu1_2", "relu2_2", "relu3_3")):
        raise OptionError(
            "this compact perceptual network is not of the size that style swap's encoder has "
            "(the package's of 0.15 to 0.26); without --perceptual the encoder is the package's"
        )
    state = judge.state_dict()
    weights = {
        f"{own}.{kind}": state[f"stages.{name}.{kind}"].clone()
        for own, name in _LAYERS.items()
        for kind in ("weight", "bias")
    }
    # Pictures are 0..1 here; around them is their mirror image, and no zeros.
    mean, std = (judge.get_buffer(name).flatten() for name in ("mean", "std"))
    weights["e1.weight"] = weights["e1.weight"] / std[:, None, None]
    weights["e1.bias"] = weights["e1.bias"] - weights["e1.weight"].sum(dim=(2, 3)) @ mean
    return weights


def packages_layers() -> dict[str, Tensor]:
    """The same of the package's encoder."""
    held, _ = load_parts(asset("style-swap.safetensors"))
    return {
        name: torch.from_numpy(held[name].copy())
        for own in _LAYERS
        for name in (f"{own}.weight", f"{own}.bias")
    }


def encoder_weights(
    layers: Mapping[str, Tensor], pictures: list[Tensor], width: int
) -> tuple[dict[str, Tensor], float]:
    """Weights of :func:`tinystyle.network.methods.style_swap.encoder_layers`, and the share of the
    features' squares that its ``width`` directions hold, on ``pictures``, ``(N, 3, H, W)`` each.

    ``layers`` are what comes before: :func:`judges_layers` or :func:`packages_layers`. The
    directions are the main ones of the second moment, not of the covariance: cross-correlation
    (eq. 1) takes no mean away.
    """
    weights = dict(layers)
    ops = encoder_layers(width)
    moment = torch.zeros(256, 256, dtype=torch.float64)
    for batch in pictures:
        seen = run_network(ops[:-1], weights, batch).transpose(0, 1).flatten(1).double()
        moment += seen @ seen.T / seen.shape[1]
    values, vectors = torch.linalg.eigh(moment)
    kept = values.flip(0)[:width]
    # Features of about 1: like patches stay like, and half precision has room.
    turned = vectors.flip(1)[:, :width].T / (kept.sum() / width).sqrt()
    weights[f"{FEATURES}.weight"] = turned.float()[:, :, None, None]
    share = float(kept.sum() / values.sum())
    return {name: value.contiguous() for name, value in weights.items()}, share


@dataclass(slots=True)
class SwapStep:
    """One step: features of photographs and artworks, some with swapped patches, inverted."""

    model: TrainableNet
    photographs: PhotographSampler
    artworks: PhotographSampler
    losses: SwapLosses
    count: int = 4
    """Photographs, and artworks, in a step; as many pictures are inverted as both."""
    bfloat16: bool = False
    _encoder: tuple[Op, ...] = field(init=False)
    _decoder: tuple[Op, ...] = field(init=False)

    def __post_init__(self) -> None:
        require_whole("batch", self.count, 1, 64)
        width = self.model.spec.width
        self._encoder = tuple(encoder_layers(width))
        self._decoder = tuple(decoder_layers(width, IMAGE))

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a step and its parts."""
        pictures = torch.cat([self.photographs(self.count), self.artworks(self.count)])
        weights = self.model.weights()
        with torch.autocast(pictures.device.type, torch.bfloat16, enabled=self.bfloat16):
            with torch.no_grad():
                features, early = self._see(pictures, weights)
                swapped = round(2 * self.count * self.losses.swapped)
                known = 2 * self.count - swapped
                # Photographs take artworks' patches, and if there are more, artworks photographs'.
                banks = features.roll(self.count, dims=0)[:swapped]
                mixed = _changed(features[:swapped], banks)
                # What is swapped is inverted in the place of what it was made of.
                wanted = torch.cat([*mixed, features[swapped:]])
            painted = in_float32(run_network(self._decoder, weights, wanted))
            painted = painted[..., : pictures.shape[2], : pictures.shape[3]]
            seen, seen_early = self._see(painted, weights)
        parts = {"features": _relative(seen, wanted), "moments": _moments_apart(seen, wanted)}
        if known:
            parts["early"] = torch.stack(
                [
                    _relative(a[swapped:], b[swapped:])
                    for a, b in zip(seen_early, early, strict=True)
                ]
            ).sum()
            parts["pixels"] = (painted[swapped:] - pictures[swapped:]).square().mean()
        parts["tv"] = total_variation(painted)
        loss = torch.stack([getattr(self.losses, k) * v for k, v in parts.items()]).sum()
        return loss, parts

    def _see(self, pictures: Tensor, weights: Mapping[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        early = {}

        def observe(op: Op, read: Tensor) -> None:
            if op.source in _EARLY:
                early[op.source] = read

        features = run_network(self._encoder, weights, pictures, observe)
        return features, [early[name] for name in _EARLY]


def _changed(features: Tensor, styles: Tensor) -> list[Tensor]:
    """Each of ``(N, C, H, W)`` as networks change it: the patches of its style, those and its
    moments, its moments alone, in turn.
    """
    found = []
    for index in range(len(features)):
        own, other = features[index : index + 1], styles[index : index + 1]
        kind = index % 3
        if kind:
            own = with_moments(own, other)
        if kind < 2:
            own = swap_patches(own, unfold_patches(other[0]))
        if kind == 1:
            own = with_moments(own, other)
        found.append(own)
    return found


def _moments_apart(found: Tensor, wanted: Tensor) -> Tensor:
    """Of means and deviations of channels, relative to the artwork's spread; mean over pictures."""
    first, second = (in_float32(f).flatten(2) for f in (found, wanted))
    spread = second.std(dim=2).square().sum(dim=1).clamp_min(1e-6)
    means = (first.mean(dim=2) - second.mean(dim=2)).square().sum(dim=1)
    deviations = (first.std(dim=2) - second.std(dim=2)).square().sum(dim=1)
    return ((means + deviations) / spread).mean()


def _relative(found: Tensor, wanted: Tensor) -> Tensor:
    """||found - wanted||^2 / ||wanted||^2, mean over pictures."""
    return relative_error(*(in_float32(f).flatten(1) for f in (found, wanted))).mean()


def train_style_swap(
    run: StyleRun,
    *,
    width: int = 64,
    losses: SwapLosses = SWAP_LOSSES,
    start: Path | None = None,
) -> dict[str, float]:
    """Encoder and inverse network to ``style-swap.safetensors``.

    The encoder is the package's, or that of a judge of its size, and does not learn; ``start`` is a
    file of this stage, whose inverse network is trained on. Returns running means of the losses,
    and without ``start`` ``held``, the share of relu3_1's squares that the features hold. Raises
    OptionError where the judge is none that fits, ModelError where ``start`` is another file.
    """
    device = device_of(run)
    photographs = read_pictures(expand_shards(run.contents), SHORT_SIDE)
    artworks = read_pictures(expand_shards(run.styles), SHORT_SIDE)

    def sampler(pictures: list[UInt8Array], seed: int) -> PhotographSampler:
        dataset = InMemoryPictures(pictures, device)
        return PhotographSampler(dataset, run.crop, seed, shrink=run.shrink)

    samplers = sampler(photographs, run.seed), sampler(artworks, run.seed + 1)
    facts: dict[str, float] = {}
    if start is None:
        weights, facts["held"] = _start(run, width, samplers)
    else:
        weights, width = load_parts(start)
    spec = NetSpec(Architecture.STYLE_SWAP, width, 0, method=SwapSpec(1))
    model = TrainableNet(StyleNet(spec, {**random_net(spec).weights, **weights})).to(device)
    for name, value in model.values.items():
        value.requires_grad_(name.startswith(("d", "u", "out")))
    step = SwapStep(model, *samplers, losses, run.batch_styles, bfloat16=run.precision == "bf16")

    def sheet() -> UInt8Array:
        shown = [s.dataset.middle(i, STYLE_SIZE) for s in samplers for i in range(_SHEET)]
        return _sheet(model, torch.stack(shown))

    found = train_stage(
        "style-swap",
        model,
        step,
        run,
        save=lambda: save_parts(model.net().weights, width, run.folder / "style-swap.safetensors"),
        generators={"photographs": samplers[0].generator, "artworks": samplers[1].generator},
        settings={"width": str(width), "losses": str(losses)},
        sheet=sheet,
    )
    return {**found, **facts}


@torch.no_grad()
def _start(
    run: StyleRun, width: int, samplers: tuple[PhotographSampler, PhotographSampler]
) -> tuple[dict[str, FloatArray], float]:
    if run.perceptual == COMPACT:
        layers = packages_layers()
    else:
        judge = load_perceptual(run.perceptual)
        if not isinstance(judge, CompactPerceptual):
            raise OptionError(
                f"perceptual network is {run.perceptual!r}; style swap takes a compact one"
            )
        layers = judges_layers(judge)
    squares = [s(8) for s in samplers for _ in range(_DIRECTIONS_OF // 8)]
    weights, held = encoder_weights(layers, squares, width)
    return {name: value.numpy() for name, value in weights.items()}, held


@torch.no_grad()
def _sheet(model: TrainableNet, pictures: Tensor) -> UInt8Array:
    """Photographs and artworks, those inverted, and photographs in the patches of the artworks."""
    weights, width = model.weights(), model.spec.width
    features = run_network(encoder_layers(width), weights, pictures)
    half = len(pictures) // 2
    mixed = _changed(features[:half], features[half:])
    painted = run_network(decoder_layers(width, IMAGE), weights, torch.cat([features, *mixed]))
    painted = painted[..., : pictures.shape[2], : pictures.shape[3]]
    return tiled([pictures[:half], painted[:half], pictures[half:], *painted[half:].split(half)])
