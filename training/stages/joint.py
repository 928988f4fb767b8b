"""The stages of a training run that learn from style pictures and photographs together."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import centre_crop, expand_shards, read_pictures
from tinystyle.training.data.style_features import STYLE_SIZE, StyleFeatures, to_tensor
from tinystyle.training.loop.budget import Budget
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaNetwork
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.stages.encoder_swap import read_out, require_group_size
from tinystyle.training.stages.meta import require_sources
from tinystyle.training.stages.reconstruction import reconstruct
from tinystyle.training.stages.style_run import SHORT_SIDE, StyleRun

__all__ = [
    "code_limit",
    "describe_artworks",
    "prepare_meta",
    "read_out_hypernetwork",
    "read_out_meta",
]

_ARTWORKS = 2000
"""Enough artworks to know how codes are distributed."""


def prepare_meta(network: MetaNetwork, run: StyleRun, steps: int) -> None:
    """Scale of the features and base weights that reproduce photographs: the stable start."""
    features = StyleFeatures.load(run.folder / "features.safetensors")
    network.set_feature_scale(features.select(STYLE_LAYERS))
    dataset = InMemoryPictures(read_pictures(expand_shards(run.contents), SHORT_SIDE))
    photographs = PhotographSampler(dataset, run.crop, run.seed, shrink=run.shrink)
    reconstruct(network, photographs, Budget("reconstruction", steps=steps))


def read_out_meta(
    meta: MetaNetwork,
    features: StyleFeatures,
    encoder: StyleEncoder,
    styles: list[Path],
    group_size: int,
) -> tuple[StyleHypernetwork, float]:
    """As ``encoder_swap.read_out``: what ``meta`` knows from VGG's features."""
    require_group_size(meta.config, group_size)  # before minutes of looking at artworks
    require_sources(features, styles)
    (statistics,) = describe_artworks(styles, len(features.values), encoder)
    known = features.select(STYLE_LAYERS)[: len(statistics)]
    with torch.inference_mode():
        hidden = meta.hidden(meta.standardise(known))
    return read_out(meta, hidden, encoder, statistics, group_size)


def read_out_hypernetwork(
    network: StyleHypernetwork, encoder: StyleEncoder, styles: list[Path], group_size: int
) -> tuple[StyleHypernetwork, float]:
    """The same of a hypernetwork with another encoder."""
    require_group_size(network.config, group_size)
    statistics, before = describe_artworks(styles, None, encoder, network.encoder)
    with torch.inference_mode():
        hidden = network.meta.hidden(network.meta.standardise(before))
    return read_out(network.meta, hidden, encoder, statistics, group_size)


@torch.inference_mode()
def describe_artworks(
    styles: list[Path], limit: int | None, *encoders: StyleEncoder
) -> list[Tensor]:
    """What each encoder gives for the middle of every artwork."""
    rows: list[list[Tensor]] = [[] for _ in encoders]
    pictures = read_pictures(styles, SHORT_SIDE, limit=limit)
    for picture in tqdm(pictures, desc="artworks", unit=""):
        crop = to_tensor(centre_crop(picture, STYLE_SIZE))
        for found, encoder in zip(rows, encoders, strict=True):
            found.append(encoder(crop))
    return [torch.cat(found) for found in rows]


@torch.inference_mode()
def code_limit(network: StyleHypernetwork, styles: list[Path], share: float = 0.99) -> float:
    """The root mean square that this share of the artworks' standardised codes stays below."""
    (statistics,) = describe_artworks(styles, _ARTWORKS, network.encoder)
    sizes = network.meta.standardise(statistics).square().mean(dim=1).sqrt()
    return float(torch.quantile(sizes, share))
