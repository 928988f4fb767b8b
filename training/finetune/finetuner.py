"""From a style picture to a finetuned network: start, photographs and perceptual network in one."""

from __future__ import annotations

from dataclasses import replace

import torch

from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork, prepare_style
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler
from tinystyle.training.data.shards import read_pictures
from tinystyle.training.data.style_features import to_tensor
from tinystyle.training.finetune.descent import Finetuned, Look, finetune
from tinystyle.training.finetune.generator_jacobian import read_directions
from tinystyle.training.finetune.options import FinetunePrecision, FinetunerOptions, Method
from tinystyle.training.networks.trainable import random_net
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.weights import LossWeights, objective_named
from tinystyle.training.perceptual.loading import load_perceptual
from tinystyle.training.perceptual.source import COMPACT, VGG16_NAME
from tinystyle.training.stages.style_run import device_named
from tinystyle.weights import released

__all__ = ["Finetuner", "in_bfloat16", "load_perceptual", "released_start"]

_MARGIN = 1.5
"""Photographs are kept this much larger than the crops."""


def released_start() -> StyleNet:
    """The released MetaStyle weights."""
    return StyleNet.load(released().neutral)


def in_bfloat16(options: FinetunerOptions, device: torch.device) -> bool:
    """Whether the networks compute in bfloat16.

    0.6 of the time where the processor has instructions for it; emulated it is slower.
    """
    if options.precision is not FinetunePrecision.AUTO:
        return options.precision is FinetunePrecision.BF16
    if options.source != COMPACT or device.type != "cpu":
        return False  # not measured there
    if not hasattr(torch.cpu, "get_capabilities"):
        return False  # an older torch, which does not tell
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


class Finetuner:
    """Adapts networks to styles. Loads perceptual network and photographs once."""

    def __init__(self, options: FinetunerOptions, *, losses: LossWeights | None = None) -> None:
        """``losses`` are those of our networks, if not told."""
        self._options = options
        self._device = device_named(options.device)
        generated = options.method is Method.HYPERNETWORK
        self._hypernetwork = Hypernetwork() if generated else None
        self._neutral = released_start()
        # To random weights, how generated ones go together means nothing.
        directed = options.method is not Method.SCRATCH
        self._directions = read_directions(self._neutral.spec) if directed else None
        perceptual_network = load_perceptual(options.source, self._device)
        self._objective = Objective(
            perceptual_network,
            losses or objective_named(options.objective, options.content_weight),
            bfloat16=in_bfloat16(options, self._device),
        )
        photographs = read_pictures([options.photographs], round(_MARGIN * options.side))
        self._dataset = InMemoryPictures(photographs, self._device)
        self.last: Finetuned | None = None

    def __call__(self, picture: Picture, name: str) -> StyleNet:
        """The finetuned network for a style; see ``descent.finetune``."""
        return self.finetune(picture, name).net

    def finetune(self, picture: Picture, name: str, look: Look | None = None) -> Finetuned:
        """As ``__call__``, with the course of the loss. :attr:`last` keeps it, too."""
        options = self._options
        torch.manual_seed(options.seed)
        start = self._start(picture)
        style = to_tensor(prepare_style(picture.rgb, options.style_size)).to(self._device)
        sampler = PhotographSampler(self._dataset, options.side, options.seed, shrink=_MARGIN)
        label = f"finetuning to {name}" if name else "finetuning"
        found = finetune(
            *(start, style, sampler, self._objective, options.finetune),
            directions=self._directions,
            visits=options.method.visits,
            look=look,
            label=label,
        )
        named = options.source in (COMPACT, VGG16_NAME)
        notes = {
            "style_name": name,
            "style_sha256": picture.sha256,
            "style_size": str(options.style_size),
            "method": options.method.value,
            "steps": str(found.best_step),
            "perceptual": options.source if named else "file",
            "photographs": "the package's" if options.contents is None else options.contents.name,
        }
        net = StyleNet(found.net.spec, found.net.weights, notes)
        self.last = replace(found, net=net)
        return self.last

    @property
    def interrupted(self) -> bool:
        """Whether the last one was ended by Ctrl-C or SIGTERM."""
        return self.last is not None and self.last.interrupted

    def _start(self, picture: Picture) -> StyleNet:
        if self._hypernetwork is not None:
            return self._hypernetwork.generate(picture, style_size=self._options.style_size)
        neutral = self._options.method is Method.METASTYLE
        return self._neutral if neutral else random_net(self._neutral.spec)
