"""Steps a second of the training loop, beside the fastest that the machine allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import nn

from tinystyle.examples import ARTWORKS, landscape
from tinystyle.limits import require_whole
from tinystyle.released import DEFAULT_FORM
from tinystyle.training.bank import PhotographSampler, PictureBank, StyleSampler
from tinystyle.training.encoder import StyleEncoder
from tinystyle.training.features import STYLE_SIZE
from tinystyle.training.hypernetwork import StyleHypernetwork
from tinystyle.training.loss_weights import MOMENTS
from tinystyle.training.meta import CONFIGS, MetaConfig
from tinystyle.training.objective import Objective
from tinystyle.training.perceptual import VGG19, PerceptualNetwork
from tinystyle.training.style_run import CROPS
from tinystyle.training.train_hypernetwork import StyleStep

__all__ = ["StepCost", "count", "measure_step"]


@dataclass(frozen=True, slots=True)
class StepCost:
    """What a training step needs, and what it took."""

    gmacs: float
    """10^9 multiply-accumulates of all convolutions, forward and backward."""
    gigabytes: float
    """Activations of all convolutions: each written once and read once on the way forward, and its
    gradient written and read once on the way back; weights read once a pass."""
    seconds: float
    """A step, median."""
    peak_gmacs: float
    """10^9 multiply-accumulates a second of a large matrix product on this device."""
    bandwidth: float
    """Gigabytes a second of a large copy on this device, read and write counted."""

    @property
    def floor(self) -> float:
        """Seconds below which the direct convolution cannot go: arithmetic or bytes."""
        return max(self.gmacs / self.peak_gmacs, self.gigabytes / self.bandwidth)


def measure_step(
    *, styles: int, crop: int, device: torch.device, runs: int, bfloat16: bool = False
) -> StepCost:
    """Time whole steps of the stage ``hypernetwork`` (random weights: they do not change time)."""
    require_whole("number of styles", styles)
    require_whole("number of runs", runs)
    require_whole("crop", crop, *CROPS)
    torch.manual_seed(0)
    encoder = StyleEncoder()
    config = MetaConfig(
        CONFIGS[f"{DEFAULT_FORM.value}-dim8"].spec, group_size=48, features=encoder.features
    )
    network = StyleHypernetwork(config, encoder).to(device)
    perceptual = PerceptualNetwork(VGG19).prepare().to(device)
    weights = MOMENTS
    photographs = PictureBank([landscape(272)], device)
    artworks = PictureBank([draw(272) for draw in ARTWORKS.values()], device)
    targets = torch.rand(len(artworks), 1920, device=device)
    step = StyleStep(
        spec=config.spec,
        look=lambda chosen: (network(style_crops(chosen)), targets[chosen]),
        photographs=PhotographSampler(photographs, crop, 0),
        artworks=(style_crops := StyleSampler(artworks, STYLE_SIZE, 1)),
        targets=targets,
        objective=Objective(perceptual, weights, bfloat16=bfloat16),
        styles=styles,
    )
    optimizer = torch.optim.Adam(network.parameters(), 1e-4, fused=True)

    def run() -> None:
        optimizer.zero_grad(set_to_none=True)
        step(0)[0].backward()
        optimizer.step()

    gmacs, gigabytes = count(perceptual, network.encoder, config, styles, crop)
    return StepCost(
        gmacs=gmacs,
        gigabytes=gigabytes,
        seconds=_median(run, runs, device),
        peak_gmacs=_peak(device, bfloat16),
        bandwidth=_bandwidth(device),
    )


def count(
    perceptual: PerceptualNetwork,
    encoder: StyleEncoder,
    config: MetaConfig,
    styles: int,
    crop: int,
) -> tuple[float, float]:
    """10^9 multiply-accumulates and gigabytes of a step with ``styles`` styles and photographs.

    VGG runs forward for the photograph (to relu3_3) and for the painting (to relu4_3), and backward
    to the painting; networks run forward and backward to weights and input, the encoder forward.
    """
    device = next(perceptual.parameters()).device
    image = torch.zeros(1, 3, crop, crop, device=device)
    content = _observe(perceptual, lambda: perceptual(image, ("relu3_3",)))
    painted = _observe(perceptual, lambda: perceptual(image, ("relu4_3",)))
    artwork = torch.zeros(1, 3, STYLE_SIZE, STYLE_SIZE, device=device)
    encoded = _observe(encoder, lambda: encoder(artwork))
    shapes = config.spec.shapes(crop, crop)
    net_values = sum(c * h * w for c, h, w in shapes.values())
    macs = content[0] + 2 * painted[0] + encoded[0] + 3 * config.spec.macs(crop, crop)
    values = 2 * content[1] + 4 * painted[1] + 2 * encoded[1] + 4 * net_values
    parameters = 3 * sum(p.numel() for p in perceptual.parameters())
    return styles * macs / 1e9, 4 * (styles * values + parameters) / 1e9


def _observe(network: nn.Module, run: Callable[[], object]) -> tuple[int, int]:
    """Multiply-accumulates and output values of all convolutions of a network in one run."""
    macs = values = 0

    def see(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        nonlocal macs, values
        weight = module.weight
        if isinstance(weight, torch.Tensor):
            macs += output[:, 0].numel() * weight.numel()
            values += output.numel()

    convs = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    hooks = [conv.register_forward_hook(see) for conv in convs]
    direct = network.without_winograd() if isinstance(network, PerceptualNetwork) else nullcontext()
    with torch.no_grad(), direct:  # Winograd's filters pass by the modules that the hooks sit on
        run()
    for hook in hooks:
        hook.remove()
    return macs, values


def _median(run: Callable[[], None], runs: int, device: torch.device) -> float:
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return sorted(times[2:])[runs // 2]


def _peak(device: torch.device, bfloat16: bool) -> float:
    size = 2048 if device.type == "cpu" else 8192
    kind = torch.bfloat16 if bfloat16 else torch.float32
    a = torch.rand(size, size, device=device).to(kind)
    seconds = _median(lambda: _drop(a @ a), 5, device)
    return float(size**3 / 1e9 / seconds)


def _bandwidth(device: torch.device) -> float:
    values = torch.rand(2**26, device=device)  # 256 MiB, beyond any cache
    target = torch.empty_like(values)
    seconds = _median(lambda: _drop(target.copy_(values)), 5, device)
    return 2 * 4 * values.numel() / 1e9 / seconds


def _drop(_: torch.Tensor) -> None:
    pass
