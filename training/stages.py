"""The stages of a training run that learn from style pictures and photographs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from tinystyle.errors import OptionError
from tinystyle.images import UInt8Array
from tinystyle.spec import NetSpec
from tinystyle.training import perceptual
from tinystyle.training.bank import PhotographSampler, PictureBank, StyleSampler
from tinystyle.training.budget import Budget
from tinystyle.training.data import centre_crop, expand_shards, read_pictures
from tinystyle.training.encoder import StyleEncoder
from tinystyle.training.features import STYLE_SIZE, StyleFeatures, style_features, to_tensor
from tinystyle.training.hypernetwork import StyleHypernetwork
from tinystyle.training.meta import MetaNetwork, save_meta
from tinystyle.training.objective import Objective
from tinystyle.training.parallel import Parallel, started
from tinystyle.training.readout import read_out, require_group_size
from tinystyle.training.reconstruction import reconstruct
from tinystyle.training.stage import train_stage
from tinystyle.training.style_run import SHORT_SIDE, StyleRun, device_named
from tinystyle.training.train_hypernetwork import StyleStep, contact_sheet

__all__ = [
    "code_limit",
    "prepare_meta",
    "read_out_hypernetwork",
    "read_out_meta",
    "train_hypernetwork",
    "train_meta",
]

_ARTWORKS = 2000
"""Enough artworks to know how codes are distributed."""

_SHEET = 4
"""Artworks and photographs on a contact sheet."""


def train_hypernetwork(network: StyleHypernetwork, run: StyleRun) -> dict[str, float]:
    """Train on what the encoder sees in the artworks; writes ``hypernetwork.safetensors``.

    Returns running means of the losses.
    """

    def weights(artworks: Tensor, _: Tensor) -> Mapping[str, Tensor]:
        return network(artworks)  # type: ignore[no-any-return]

    path = run.folder / "hypernetwork.safetensors"
    return _train(
        network, network.config.spec, weights, run, "hypernetwork", lambda: network.save(path)
    )


def train_meta(network: MetaNetwork, run: StyleRun) -> dict[str, float]:
    """Train the meta network on VGG's features (Shen et al. 2018); writes ``meta.safetensors``."""
    if run.vary_styles:
        raise OptionError("vary_styles is for the stage hypernetwork: meta sees computed features")
    features = StyleFeatures.load(run.folder / "features.safetensors")
    conditions = network.standardise(features.select(perceptual.STYLE_LAYERS).to(run.device))

    def weights(_: Tensor, chosen: Tensor) -> Mapping[str, Tensor]:
        return network(conditions[chosen])  # type: ignore[no-any-return]

    path = run.folder / "meta.safetensors"
    return _train(
        network, network.config.spec, weights, run, "meta", lambda: save_meta(network, path)
    )


def prepare_meta(network: MetaNetwork, run: StyleRun, steps: int) -> None:
    """Scale of the features and base weights that reproduce photographs: the stable start."""
    features = StyleFeatures.load(run.folder / "features.safetensors")
    network.set_feature_scale(features.select(perceptual.STYLE_LAYERS))
    bank = PictureBank(read_pictures(expand_shards(run.contents), SHORT_SIDE))
    photographs = PhotographSampler(bank, run.crop, run.seed, shrink=run.shrink)
    reconstruct(network, photographs, Budget("reconstruction", steps=steps))


def read_out_meta(
    meta: MetaNetwork,
    features: StyleFeatures,
    encoder: StyleEncoder,
    styles: list[Path],
    group_size: int,
) -> tuple[StyleHypernetwork, float]:
    """As :func:`tinystyle.training.readout.read_out`: what ``meta`` knows from VGG's features."""
    require_group_size(meta.config, group_size)  # before minutes of looking at artworks
    _require_sources(features, styles)
    (statistics,) = _see(styles, len(features.values), encoder)
    known = features.select(perceptual.STYLE_LAYERS)[: len(statistics)]
    with torch.inference_mode():
        hidden = meta.hidden(meta.standardise(known))
    return read_out(meta, hidden, encoder, statistics, group_size)


def read_out_hypernetwork(
    network: StyleHypernetwork, encoder: StyleEncoder, styles: list[Path], group_size: int
) -> tuple[StyleHypernetwork, float]:
    """The same of a hypernetwork with another encoder."""
    require_group_size(network.config, group_size)
    statistics, before = _see(styles, None, encoder, network.encoder)
    with torch.inference_mode():
        hidden = network.meta.hidden(network.meta.standardise(before))
    return read_out(network.meta, hidden, encoder, statistics, group_size)


def _require_sources(features: StyleFeatures, styles: list[Path]) -> None:
    """Raise OptionError where rows of ``features`` are not those of ``styles``, in their order."""
    names = [style.name for style in styles]
    if names != list(features.sources)[: len(names)]:
        raise OptionError(f"the features are of {features.sources}, not of {', '.join(names)}")


@torch.inference_mode()
def _see(styles: list[Path], limit: int | None, *encoders: StyleEncoder) -> list[Tensor]:
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
    (statistics,) = _see(styles, _ARTWORKS, network.encoder)
    sizes = network.meta.standardise(statistics).square().mean(dim=1).sqrt()
    return float(torch.quantile(sizes, share))


def _train(
    model: nn.Module,
    spec: NetSpec,
    weights: Callable[[Tensor, Tensor], Mapping[str, Tensor]],
    run: StyleRun,
    name: str,
    save: Callable[[], None],
) -> dict[str, float]:
    device = device_named(run.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = (
        run.precision != "fp32"
    )
    features = StyleFeatures.load(run.folder / "features.safetensors")
    sources = expand_shards(run.styles)
    _require_sources(features, sources)
    with started(device) as parallel:
        photographs, artworks = _banks(run, sources, len(features.values), device)
        photograph_crops, style_crops = _samplers(run, photographs, artworks, parallel)
        model.to(device)
        network = perceptual.load(run.perceptual).to(device)
        targets = features.select(run.losses.style_layers).to(device)[: len(artworks)]

        def look(chosen: Tensor) -> tuple[Mapping[str, Tensor], Tensor]:
            crops, target = style_crops(chosen), targets[chosen.to(device)]
            varied = round(run.vary_styles * len(chosen))
            if varied:
                crops[:varied] = style_crops.vary(crops[:varied])
                with torch.no_grad():
                    target[:varied] = style_features(
                        network, crops[:varied], run.losses.style_layers
                    )
            return weights(crops, chosen), target

        step = StyleStep(
            spec=spec,
            look=look,
            photographs=photograph_crops,
            artworks=style_crops,
            targets=targets,
            objective=Objective(network, run.losses, bfloat16=run.precision == "bf16"),
            styles=run.batch_styles,
            contents=run.batch_contents,
            steps_per_style=run.steps_per_style,
            steps_per_photograph=run.steps_per_photograph,
            spike_weight=run.losses.spike,
            noise_weight=run.losses.noise,
        )

        def sheet() -> UInt8Array:
            shown, scenes = (
                torch.stack([b.middle(i, STYLE_SIZE) for i in range(min(_SHEET, len(b)))])
                for b in (artworks, photographs)
            )
            return contact_sheet(spec, lambda i: weights(shown, i), shown, scenes)

        return train_stage(
            name,
            model,
            step,
            run,
            save=save,
            generators={"photographs": photograph_crops.generator, "styles": style_crops.generator},
            sheet=sheet,
            parallel=parallel,
        )


def _banks(
    run: StyleRun, sources: list[Path], limit: int, device: torch.device
) -> tuple[PictureBank, PictureBank]:
    return (
        PictureBank(read_pictures(expand_shards(run.contents), SHORT_SIDE), device),
        PictureBank(read_pictures(sources, SHORT_SIDE, limit=limit), device),
    )


def _samplers(
    run: StyleRun, photographs: PictureBank, artworks: PictureBank, parallel: Parallel
) -> tuple[PhotographSampler, StyleSampler]:
    place = {"rank": parallel.rank, "world": parallel.world}
    return (
        PhotographSampler(photographs, run.crop, run.seed, shrink=run.shrink, **place),
        StyleSampler(artworks, STYLE_SIZE, run.seed + 1, **place),
    )
