"""The stage that learns style-neutral weights by bilevel optimisation."""

from __future__ import annotations

import torch

from tinystyle.errors import OptionError
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler, StyleSampler
from tinystyle.training.data.shards import expand_shards, read_pictures
from tinystyle.training.data.style_features import STYLE_SIZE
from tinystyle.training.finetune.finetuner import load_perceptual
from tinystyle.training.loop.parallel import Parallel, started
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.loop.stage import train_stage
from tinystyle.training.networks.interpreter import run as run_network
from tinystyle.training.networks.trainable import TrainableNet
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.perceptual.vgg import Perceptual, PerceptualNetwork
from tinystyle.training.stages.bilevel import BilevelStep, MetaStyleConfig, average_network
from tinystyle.training.stages.style_run import SHORT_SIDE, StyleRun, device_named

__all__ = ["train_metastyle"]

_AVERAGED = 100
"""Generated networks whose mean is the start."""

_SHEET = 4


def train_metastyle(
    config: MetaStyleConfig, run: StyleRun, start: StyleNet | None = None
) -> dict[str, float]:
    """Style-neutral weights (Zhang et al. 2018, Algorithm 1) to ``metastyle.safetensors``.

    Every second photograph is for the inner objective, the others are for the outer one. Without
    ``start`` the run begins with :func:`tinystyle.training.stages.bilevel.average_network`. Returns
    running means of the losses. Raises OptionError where ``start`` is not of the configuration's
    network.
    """
    if start is not None and start.spec != config.spec:
        raise OptionError(
            f"the start is {start.spec.to_json()}; the configuration's network is "
            f"{config.spec.to_json()}"
        )
    device = device_named(run.device)
    pictures = read_pictures(expand_shards(run.contents), SHORT_SIDE)
    artworks = read_pictures(expand_shards(run.styles), SHORT_SIDE)
    if start is None:
        start = average_network(config.spec, _some(artworks))
    perceptual = load_perceptual(run.perceptual)
    with started(device) as parallel:
        if isinstance(perceptual, PerceptualNetwork):
            perceptual.to(device)
        model = TrainableNet(start).to(device)
        samplers = _samplers(run, pictures, artworks, parallel, device)
        return _train(config, run, model, perceptual, samplers, parallel)


Samplers = tuple[PhotographSampler, PhotographSampler, StyleSampler]


def _train(
    config: MetaStyleConfig,
    run: StyleRun,
    model: TrainableNet,
    perceptual: Perceptual,
    samplers: Samplers,
    parallel: Parallel,
) -> dict[str, float]:
    training, validation, styles = samplers
    objective = Objective(perceptual, config.losses, bfloat16=run.precision == "bf16")

    def next_styles() -> StyleTarget:
        chosen = styles.choose(run.batch_styles, len(styles.dataset))
        return objective.describe(styles(chosen))

    def sheet() -> UInt8Array:
        dataset = validation.dataset
        shown = [dataset.middle(i % len(dataset), STYLE_SIZE) for i in range(_SHEET)]
        photographs = torch.stack(shown)
        with torch.no_grad():
            painted = run_network(model.spec.ops(), model.weights(), photographs)
        return tiled([photographs, painted])

    step = BilevelStep(
        model,
        config.bilevel,
        objective,
        next_styles,
        lambda: training(run.batch_contents),
        lambda: validation(run.batch_contents),
    )
    names = ("training", "validation", "styles")
    return train_stage(
        "metastyle",
        model,
        step,
        run,
        save=lambda: model.net({"method": "metastyle"}).save(run.folder / "metastyle.safetensors"),
        generators={n: s.generator for n, s in zip(names, samplers, strict=True)},
        settings={"config": str(config)},
        sheet=sheet,
        parallel=parallel,
    )


def _samplers(
    run: StyleRun,
    pictures: list[UInt8Array],
    artworks: list[UInt8Array],
    parallel: Parallel,
    device: torch.device,
) -> Samplers:
    place = {"rank": parallel.rank, "world": parallel.world}

    def photographs(part: list[UInt8Array], seed: int) -> PhotographSampler:
        dataset = InMemoryPictures(part, device)
        return PhotographSampler(dataset, run.crop, seed, shrink=run.shrink, **place)

    styles = StyleSampler(InMemoryPictures(artworks, device), STYLE_SIZE, run.seed + 2, **place)
    other = pictures[1::2] or pictures
    return photographs(pictures[::2], run.seed), photographs(other, run.seed + 1), styles


def _some(artworks: list[UInt8Array]) -> list[UInt8Array]:
    return artworks[:: max(1, len(artworks) // _AVERAGED)][:_AVERAGED]
