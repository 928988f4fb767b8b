"""The stage that trains the meta network on VGG's features (Shen et al. 2018, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import expand_shards, read_pictures
from tinystyle.training.data.style_features import StyleFeatures
from tinystyle.training.loop.parallel import started
from tinystyle.training.loop.stage import train_stage
from tinystyle.training.networks.meta import MetaNetwork, save_meta
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.perceptual import vgg as perceptual
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.stages.hypernetwork_step import (
    SHEET,
    Styles,
    StyleStep,
    contact_sheet,
    shown_of,
)
from tinystyle.training.stages.style_run import SHORT_SIDE, StyleRun, device_of

__all__ = ["require_sources", "train_meta"]


def train_meta(network: MetaNetwork, run: StyleRun) -> dict[str, float]:
    """Train on the features of ``features.safetensors``; writes ``meta.safetensors``.

    Styles are compared by moments alone, which the features are. Returns running means of the
    losses. Raises OptionError for an objective with other terms of style.
    """
    weights = run.losses
    others = weights.gram, weights.gram_relative, weights.palette, weights.grid_ratio
    if any(others) or weights.orientation:
        raise OptionError(
            "the stage meta knows artworks by their channels' moments alone; "
            "take --objective shen2018 or moments"
        )
    device = device_of(run)
    features = StyleFeatures.load(run.folder / "features.safetensors")
    sources = expand_shards(run.styles)
    require_sources(features, sources)
    conditions = network.standardise(features.select(STYLE_LAYERS).to(device))
    with started(device) as parallel:
        photographs = InMemoryPictures(
            read_pictures(expand_shards(run.contents), SHORT_SIDE), device
        )
        artworks = InMemoryPictures(read_pictures(sources, SHORT_SIDE, limit=SHEET), device)
        place = {"rank": parallel.rank, "world": parallel.world}
        crops = PhotographSampler(photographs, run.crop, run.seed, shrink=run.shrink, **place)
        network.to(device)
        targets = features.select(weights.style_layers).to(device)
        chooser = _Chooser(len(targets), run, parallel.rank, parallel.world)

        def styles(count: int) -> Styles:
            chosen = chooser(count).to(device)
            target = StyleTarget(count, moments=targets[chosen])
            return Styles(network(conditions[chosen]), target, (targets, chosen))

        step = StyleStep(
            spec=network.config.spec,
            styles=styles,
            photographs=crops,
            objective=Objective(
                perceptual.load(run.perceptual).to(device),
                weights,
                bfloat16=run.precision == "bf16",
            ),
            count=run.batch_styles,
            contents=run.batch_contents,
            steps_per_photograph=run.steps_per_photograph,
        )

        def generate(chosen: Tensor) -> Mapping[str, Tensor]:
            return network(conditions[chosen])  # type: ignore[no-any-return]

        def sheet() -> UInt8Array:
            return contact_sheet(
                network.config.spec, generate, *map(shown_of, (artworks, photographs))
            )

        path = run.folder / "meta.safetensors"
        return train_stage(
            "meta",
            network,
            step,
            run,
            save=lambda: save_meta(network, path),
            generators={"photographs": crops.generator, "styles": chooser.generator},
            sheet=sheet,
            parallel=parallel,
        )


class _Chooser:
    """Random artworks, the same for some steps (k = 20 in Algorithm 1)."""

    def __init__(self, among: int, run: StyleRun, rank: int, world: int) -> None:
        self.generator = torch.Generator().manual_seed(run.seed + 1)
        self._among, self._steps = among, run.steps_per_style
        self._rank, self._world = rank, world
        self._calls, self._chosen = 0, torch.zeros(0, dtype=torch.int64)

    def __call__(self, count: int) -> Tensor:
        """Indices ``(count,)``."""
        if self._calls % self._steps == 0:
            drawn = torch.randint(self._among, (count * self._world,), generator=self.generator)
            self._chosen = drawn[self._rank :: self._world]
        self._calls += 1
        return self._chosen


def require_sources(features: StyleFeatures, styles: list[Path]) -> None:
    """Raise OptionError where rows of ``features`` are not those of ``styles``, in their order."""
    names = [style.name for style in styles]
    if names != list(features.sources)[: len(names)]:
        raise OptionError(f"the features are of {features.sources}, not of {', '.join(names)}")
