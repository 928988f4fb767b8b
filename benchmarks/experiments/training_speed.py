"""Steps a second of the training loop, beside the fastest that the machine allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from tinystyle.assets import asset
from tinystyle.checks import require_whole
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.data.artwork_pool import ArtworkPool, PoolOptions
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.style_features import STYLE_SIZE
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import CONFIGS, MetaConfig
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import ARTWORK
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.stages.hypernetwork_step import Styles, StyleStep
from tinystyle.training.stages.style_run import CROPS
from tinystyle.weights import ARCHITECTURE

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
    """A step, mean."""
    peak_gmacs: float
    """10^9 multiply-accumulates a second of a large matrix product on this device."""
    bandwidth: float
    """Gigabytes a second of a large copy on this device, read and write counted."""

    @property
    def floor(self) -> float:
        """Seconds below which the direct convolution cannot go: arithmetic or bytes."""
        return max(self.gmacs / self.peak_gmacs, self.gigabytes / self.bandwidth)


def measure_step(
    *,
    styles: int,
    crop: int,
    device: torch.device,
    runs: int,
    bfloat16: bool,
    options: PoolOptions | None = None,
) -> StepCost:
    """Time whole steps of the stage ``hypernetwork`` (random weights: they do not change time)."""
    require_whole("number of styles", styles)
    require_whole("number of runs", runs)
    require_whole("crop", crop, *CROPS)
    options = PoolOptions(held=max(32, styles)) if options is None else options
    torch.manual_seed(0)
    judge = CompactPerceptual.load(asset("perceptual-compact.safetensors")).to(device)
    encoder = StyleEncoder()
    config = MetaConfig(
        CONFIGS[f"{ARCHITECTURE.value}-dim8"].spec, group_size=48, features=encoder.features
    )
    network = StyleHypernetwork(config, encoder).to(device)
    objective = Objective(judge, ARTWORK, bfloat16=bfloat16)
    photographs = InMemoryPictures([landscape(272)], device)
    artworks = InMemoryPictures([draw(272) for draw in ARTWORKS.values()], device)
    pool = ArtworkPool(
        artworks, photographs, lambda a: (network.describe(a), objective.describe(a)), options, 1
    )

    def drawn(count: int) -> Styles:
        codes, target = pool.draw(count)
        return Styles(network.meta(codes), target)

    step = StyleStep(
        spec=config.spec,
        styles=drawn,
        photographs=PhotographSampler(photographs, crop, 0),
        objective=objective,
        count=styles,
    )
    optimizer = torch.optim.Adam(network.meta.parameters(), 1e-4, fused=True)

    def run() -> None:
        optimizer.zero_grad(set_to_none=True)
        step(0)[0].backward()
        optimizer.step()

    gmacs, gigabytes = count(judge, network.encoder, config, styles, crop, options.uses)
    return StepCost(
        gmacs=gmacs,
        gigabytes=gigabytes,
        seconds=_mean(run, runs, device),
        peak_gmacs=_peak(device, bfloat16),
        bandwidth=_bandwidth(device),
    )


def count(
    judge: CompactPerceptual,
    encoder: StyleEncoder,
    config: MetaConfig,
    styles: int,
    crop: int,
    uses: int,
) -> tuple[float, float]:
    """10^9 multiply-accumulates and gigabytes of a step with ``styles`` styles and photographs.

    The judge runs forward for the photograph (to relu3_3) and for the painting (to relu4_3), and
    backward to the painting, Gram matrices of its last layers forward and backward; networks run
    forward and backward to weights and input. Each artwork is seen once in ``uses`` steps, by judge
    and encoder.
    """
    device = next(judge.parameters()).device
    image = torch.zeros(1, 3, crop, crop, device=device)
    content = _observe(judge, lambda: judge(image, ("relu3_3",)))
    painted = _observe(judge, lambda: judge(image, STYLE_LAYERS))
    artwork = torch.zeros(1, 3, STYLE_SIZE, STYLE_SIZE, device=device)
    seen = [
        _observe(encoder, lambda: encoder(artwork)),
        _observe(judge, lambda: judge(artwork, STYLE_LAYERS)),
    ]
    with torch.no_grad():
        grams, described = (
            sum(f.shape[1] * f[0].numel() for f in judge(x, STYLE_LAYERS).values())
            for x in (image, artwork)
        )
    shapes = config.spec.shapes(crop, crop)
    net_values = sum(c * h * w for c, h, w in shapes.values())
    macs: float = content[0] + 2 * painted[0] + 2 * grams + 3 * config.spec.macs(crop, crop)
    macs += (seen[0][0] + seen[1][0] + described) / uses
    values: float = 2 * content[1] + 4 * painted[1] + 4 * net_values
    values += 2 * (seen[0][1] + seen[1][1]) / uses
    parameters = 3 * sum(p.numel() for p in judge.parameters())
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
    with torch.no_grad():
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


def _mean(run: Callable[[], None], runs: int, device: torch.device) -> float:
    """Of steps, some of which describe artworks anew: a median would leave those out."""
    run()
    start = time.perf_counter()
    for _ in range(runs):
        run()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / runs


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
