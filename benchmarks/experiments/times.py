"""Times of the papers' methods (Chen & Schmidt 2016, Table 1; Lu et al. 2017, section 5.2).

Of the processor, on one thread: other programs on the machine change them little. Methods that
change pixels step by step are timed by the step: their times are those of so many steps, not of
whole runs.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from tinystyle.benchmarks.experiments.inversion import VGG_RATE, Inverse, layer_distance
from tinystyle.benchmarks.experiments.semantic.iterations import Equation4
from tinystyle.benchmarks.experiments.semantic.pairs import Masked, RegionPair, light_and_dark
from tinystyle.benchmarks.experiments.semantic.single_layer import region_loss
from tinystyle.benchmarks.latency.case import Profile
from tinystyle.benchmarks.latency.progress import Progress
from tinystyle.benchmarks.latency.runner import alternate
from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.ops import RegionKernel
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, UInt8Array, resize, to_batch, to_uint8
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.region_networks import join_regions
from tinystyle.runtime.semantic import SemanticTransfer
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.style_swap import StyleSwap
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.training.networks.patches import swap_patches, unfold_patches
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["Method", "MethodTime", "Scene", "measure_methods", "patch_methods", "region_methods"]

_GATYS_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
_PATCH_LAYERS = ("relu3_1", "relu4_1")
"""Of Li and Wand 2016."""

ARTWORK_SIDE = 256
"""Side of artworks in px: with patches of larger ones Li and Wand's method needs gigabytes."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to paint one picture."""

    name: str
    steps: int
    """1 for networks."""
    step: Callable[[], object]


@dataclass(frozen=True, slots=True)
class MethodTime:
    """What a method took."""

    name: str
    steps: int
    seconds_a_step: float
    """Median."""

    @property
    def seconds(self) -> float:
        """Of one picture."""
        return self.steps * self.seconds_a_step


@dataclass(frozen=True, slots=True)
class Scene:
    """What is painted: a photograph of ``size`` (height, width) with a light and a dark region, by
    an artwork of 256 x 256."""

    network: PerceptualNetwork
    photograph: Tensor
    artwork: Tensor

    @classmethod
    def of(
        cls,
        network: PerceptualNetwork,
        photograph: Picture,
        artwork: Picture,
        size: tuple[int, int],
    ) -> Scene:
        """Both scaled. Raises OptionError for a size below 64 or above 2048 px."""
        if not 64 <= min(size) <= max(size) <= 2048:
            raise OptionError(f"size is {size[0]}x{size[1]}; sides are 64 to 2048")
        sides = (size, (ARTWORK_SIDE, ARTWORK_SIDE))
        own, theirs = (
            torch.from_numpy(to_batch(resize(picture.rgb, *side)))
            for picture, side in zip((photograph, artwork), sides, strict=True)
        )
        return cls(network, own, theirs)

    def pair(self, *, masks: bool) -> RegionPair:
        """Two regions; without ``masks`` one."""
        both = [Masked(p, light_and_dark(p)) for p in (self.photograph, self.artwork)]
        if not masks:
            both = [Masked(one.picture, np.zeros_like(one.labels)) for one in both]
        return RegionPair(both[0], both[1], 1 + masks)

    @property
    def style(self) -> Picture:
        """The artwork."""
        return Picture(to_uint8(self.artwork.numpy()))

    def descent(self, name: str, steps: int, loss: Callable[[Tensor], Tensor]) -> Method:
        """Adam on the pixels."""
        picture = self.photograph.clone().requires_grad_()
        method = torch.optim.Adam([picture], VGG_RATE)

        def step() -> None:
            method.zero_grad()
            loss(picture).backward()
            method.step()

        return Method(name, steps, step)

    def painting(self, name: str, net: StyleNet, labels: UInt8Array | None = None) -> Method:
        """By a network's file."""
        model = to_onnx(net).SerializeToString()
        painter = Stylizer.from_bytes(model, name, SessionOptions(1))
        mask = None if labels is None else labels[None, None]
        return Method(name, 1, partial(painter.run, self.photograph.numpy(), mask=mask))


def patch_methods(scene: Scene) -> list[Method]:
    """Those of Chen & Schmidt 2016, Table 1, with as many steps as there."""
    layer = _PATCH_LAYERS[0]
    with torch.no_grad():
        own, theirs = (scene.network(p, (layer,))[layer] for p in (scene.photograph, scene.artwork))
        wanted = swap_patches(own, unfold_patches(theirs[0]))
    swapped = layer_distance(scene.network, layer, wanted)
    gatys = region_loss(scene.network, scene.pair(masks=False), _GATYS_LAYERS)
    style = scene.style
    return [
        scene.descent("Gatys et al.", 500, gatys),
        scene.descent("Li and Wand", 200, _patch_loss(scene)),
        scene.descent("style swap, by optimisation", 100, swapped),
        scene.painting("style swap, all patches", StyleSwap(None).generate(style)),
        scene.painting("style swap, 512 patches", StyleSwap().generate(style)),
        scene.painting("one look", Hypernetwork().generate(style)),
    ]


def region_methods(scene: Scene) -> list[Method]:
    """Those of Lu et al. 2017, section 5.2, first without masks, with as many steps as there."""
    whole, parts = scene.pair(masks=False), scene.pair(masks=True)
    look = Hypernetwork().generate(scene.style)
    joined = join_regions({"dark": look, "light": look})
    problem = Equation4.of(parts, Inverse.load(), 0.95)
    return [
        scene.descent(
            "Gatys et al., no masks", 500, region_loss(scene.network, whole, _GATYS_LAYERS)
        ),
        *_semantic(scene, whole, "no masks"),
        scene.painting("one look, no masks", look),
        scene.descent("Li and Wand, as neural doodle", 500, _patch_loss(scene)),
        scene.descent(
            "Gatys et al., two regions", 500, region_loss(scene.network, parts, _GATYS_LAYERS)
        ),
        Method("eq. 5, its repetitions alone", 500, partial(problem.repeated, problem.features)),
        *_semantic(scene, parts, "two regions"),
        scene.painting("one look for each region", joined, parts.photograph.labels),
    ]


def measure_methods(methods: Sequence[Method], runs: int = 3) -> list[MethodTime]:
    """Steps of all methods in turns, after one of each that does not count."""
    require_whole("number of runs", runs)
    profile = Profile("methods", runs, 1e-9, math.inf, 1)
    with Progress(1.0) as progress, progress.part("methods in turns", 1.0) as tell:
        taken = alternate(
            [method.step for method in methods], profile, tell=tell, clock=time.process_time
        )
    return [
        MethodTime(method.name, method.steps, statistics.median(each) / 1e3)
        for method, each in zip(methods, taken, strict=True)
    ]


def _semantic(scene: Scene, pair: RegionPair, told: str) -> list[Method]:
    """A network of each kernel."""
    labels = pair.artwork.labels
    return [
        scene.painting(
            f"semantic, {kernel.value}, {told}",
            SemanticTransfer(labels, kernel).generate(scene.style),
            pair.photograph.labels,
        )
        for kernel in RegionKernel
    ]


def _patch_loss(scene: Scene) -> Callable[[Tensor], Tensor]:
    """Li and Wand 2016: in every step each patch is drawn to that of the artwork most like it."""
    network = scene.network
    with torch.no_grad():
        seen = network(scene.artwork, _PATCH_LAYERS)
        banks = {layer: unfold_patches(seen[layer][0]) for layer in _PATCH_LAYERS}

    def loss(picture: Tensor) -> Tensor:
        total = picture.new_zeros(())
        for layer, features in network(picture, _PATCH_LAYERS).items():
            wanted = swap_patches(features.detach(), banks[layer])
            total = total + (features - wanted).square().mean()
        return total

    return loss
