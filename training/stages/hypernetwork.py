"""The stage that trains the hypernetwork from pictures to painting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.data.artwork_pool import ArtworkPool, Seen
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shard_index import ShardIndex, ShardOrder
from tinystyle.training.data.shards import expand_shards, read_pictures
from tinystyle.training.data.streamed import StreamedPictures, read_some
from tinystyle.training.loop.parallel import Parallel, started
from tinystyle.training.loop.run_log import RunLog
from tinystyle.training.loop.stage import train_stage
from tinystyle.training.loop.watch import Watch
from tinystyle.training.networks.hypernetwork import StyleHypernetwork
from tinystyle.training.objective.objective import Objective
from tinystyle.training.perceptual import vgg as perceptual
from tinystyle.training.perceptual.loading import load_perceptual
from tinystyle.training.stages.hypernetwork_step import (
    SHEET,
    Styles,
    StyleStep,
    contact_sheet,
    shown_of,
)
from tinystyle.training.stages.style_run import SHORT_SIDE, StyleRun, device_of

__all__ = ["train_hypernetwork"]

_WATCHED = 4
"""Photographs that the watch paints, at most."""


def train_hypernetwork(network: StyleHypernetwork, run: StyleRun) -> dict[str, float]:
    """Train the meta network of ``network``; writes ``hypernetwork.safetensors``.

    Each artwork is described once, by the judge and by the encoder, and painted in a few steps.
    Returns running means of the losses.
    """
    device = device_of(run)
    with started(device) as parallel:
        network.to(device)
        judge = load_perceptual(run.perceptual, device)
        objective = Objective(judge, run.losses, bfloat16=run.precision == "bf16")
        pictures = _Pictures.read(run, device, parallel)
        pool = _pool(network, objective, pictures, run, parallel)
        crops = PhotographSampler(
            pictures.photographs,
            run.crop,
            run.seed,
            shrink=run.shrink,
            rank=parallel.rank,
            world=parallel.world,
        )

        def styles(count: int) -> Styles:
            codes, target = pool.draw(count)
            return Styles(network.meta(codes), target)

        step = StyleStep(
            spec=network.config.spec,
            styles=styles,
            photographs=crops,
            objective=objective,
            count=run.batch_styles,
            contents=run.batch_contents,
            steps_per_photograph=run.steps_per_photograph,
        )
        watch = _watch(run, pictures, objective, parallel, device)

        def look(done: int) -> None:
            if watch is not None:
                watch(done, network.config.spec, network)

        def sheet() -> UInt8Array:
            shown = shown_of(pictures.shown_artworks)
            scenes = shown_of(pictures.shown_photographs)
            return contact_sheet(
                network.config.spec, lambda i: _weights(network, shown[i]), shown, scenes
            )

        path = run.folder / "hypernetwork.safetensors"
        return train_stage(
            "hypernetwork",
            network,
            step,
            run,
            save=lambda: network.save(path),
            generators={"photographs": crops.generator, "artworks": pool.generator},
            sheet=sheet,
            watch=None if watch is None else look,
            state=pool,
            parallel=parallel,
            # Which process sees which shard depends on how many there are.
            settings={"processes": str(parallel.world)} if run.stream else None,
        )


def _weights(network: StyleHypernetwork, artworks: Tensor) -> Mapping[str, Tensor]:
    return network(artworks)  # type: ignore[no-any-return]


def _pool(
    network: StyleHypernetwork,
    objective: Objective,
    pictures: _Pictures,
    run: StyleRun,
    parallel: Parallel,
) -> ArtworkPool:
    @torch.no_grad()
    def describe(artwork: Tensor) -> Seen:
        # The encoder in float32, as it will be used: what it sees must not depend on training.
        return network.describe(artwork), objective.describe(artwork)

    return ArtworkPool(
        pictures.artworks,
        pictures.photographs,
        describe,
        run.pool,
        run.seed + 1,
        rank=parallel.rank,
        world=parallel.world,
    )


def _watch(
    run: StyleRun,
    pictures: _Pictures,
    objective: Objective,
    parallel: Parallel,
    device: torch.device,
) -> Watch | None:
    if run.watch is None or not parallel.leads:
        return None
    truth = Objective(perceptual.load(run.watch).to(device), run.losses)
    artworks, photographs = (
        shown_of(dataset, most)
        for dataset, most in (
            (pictures.shown_artworks, run.held_out),
            (pictures.shown_photographs, _WATCHED),
        )
    )
    run_log = RunLog(run.folder, "hypernetwork-watch", resume=run.resume)
    return Watch(artworks, photographs, objective, truth, run_log)


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What is trained on, and what is shown: the same where nothing is held out."""

    artworks: InMemoryPictures
    photographs: InMemoryPictures
    shown_artworks: InMemoryPictures
    shown_photographs: InMemoryPictures

    @classmethod
    def read(cls, run: StyleRun, device: torch.device, parallel: Parallel) -> _Pictures:
        datasets: list[tuple[InMemoryPictures, InMemoryPictures]] = []
        for kind, source in (("artworks", run.styles), ("photographs", run.contents)):
            if run.stream:
                datasets.append(_streamed(run, device, parallel, kind, expand_shards(source)))
                continue
            pictures = read_pictures(expand_shards(source), SHORT_SIDE)
            trained, shown = _apart(pictures, run.held_out, kind)
            datasets.append((InMemoryPictures(trained, device), InMemoryPictures(shown, device)))
        (artworks, shown_artworks), (photographs, shown_photographs) = datasets
        return cls(artworks, photographs, shown_artworks, shown_photographs)


_STREAMS = {"artworks": 11, "photographs": 12}
"""Added to the run's seed: the orders of both must not be one."""

_DECODERS = 4
"""Threads of a process that decode while a GPU computes. A CPU's cores are busy anyway."""


def _streamed(
    run: StyleRun, device: torch.device, parallel: Parallel, kind: str, shards: Sequence[Path]
) -> tuple[InMemoryPictures, InMemoryPictures]:
    """What is trained on, read while it is, and in memory what is shown."""
    index = ShardIndex.read(shards, run.folder / f"{kind}-shards.safetensors")
    trained, chosen = index, list(range(min(SHEET, len(index))))
    if run.held_out:
        trained, chosen = index.apart(run.held_out, kind)
    shown = InMemoryPictures(read_some(index, chosen, SHORT_SIDE), device)
    order = ShardOrder(
        trained,
        run.stream,
        run.seed + _STREAMS[kind],
        rank=parallel.rank,
        world=parallel.world,
    )
    threads = 0 if device.type == "cpu" else _DECODERS
    return StreamedPictures(trained, order, SHORT_SIDE, device, threads=threads), shown


def _apart(
    pictures: Sequence[UInt8Array], count: int, kind: str
) -> tuple[list[UInt8Array], list[UInt8Array]]:
    """Without ``count`` pictures spread over all of them, and these."""
    if not count:
        return list(pictures), list(pictures[:SHEET])
    if count >= len(pictures):
        raise OptionError(f"held out are {count} {kind}; there are {len(pictures)} in all")
    chosen = {round((i + 0.5) * len(pictures) / count) for i in range(count)}
    return (
        [picture for i, picture in enumerate(pictures) if i not in chosen],
        [picture for i, picture in enumerate(pictures) if i in chosen],
    )
