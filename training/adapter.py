"""From a style picture to an adapted network: start, photographs and perceptual network in one."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path

import torch

from tinystyle.assets import asset
from tinystyle.errors import OptionError
from tinystyle.images import Picture, UInt8Array
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, Hypernetwork, prepare_style
from tinystyle.spec import NetSpec
from tinystyle.stylenet import StyleNet
from tinystyle.training import perceptual
from tinystyle.training.adapt import Adapted, AdaptOptions, Look, adapt
from tinystyle.training.bank import PhotographSampler, PictureBank
from tinystyle.training.compact_perceptual import CompactPerceptual
from tinystyle.training.data import read_pictures
from tinystyle.training.features import to_tensor
from tinystyle.training.objective import LossWeights, Objective
from tinystyle.training.perceptual import Perceptual
from tinystyle.training.style_run import device_named
from tinystyle.training.trainable import random_net

__all__ = ["COMPACT", "Adapter", "Method", "load_perceptual", "released_start"]

COMPACT = "compact"
"""Name of the perceptual network inside the package."""

_COMPACT_STYLE = 4.0
"""Weight of style by the compact network, in place of 3. It sees less of style than of content, so
that with 3 content got better at the cost of style (chosen on artworks kept apart)."""

_MARGIN = 1.5
"""Photographs are kept this much larger than the crops."""


class Method(str, Enum):
    """What a network is before it is adapted."""

    HYPERNETWORK = "hypernetwork"
    """Generated from one look at the style: already a good painter."""
    METASTYLE = "metastyle"
    """The released style-neutral weights (Zhang et al. 2018)."""
    SCRATCH = "scratch"
    """Random weights (Johnson et al. 2016), for comparison."""


def released_start() -> StyleNet:
    """The released MetaStyle weights."""
    return StyleNet.load(asset("metastyle-dim8.safetensors"))


def load_perceptual(source: str, device: torch.device | None = None) -> Perceptual:
    """``compact`` (inside the package), ``vgg16`` (downloads the official weights) or a file.

    A ``.safetensors`` file is a compact network of your own, an ``.npz`` file VGG-19. ``device`` is
    the CPU if not told.
    """
    if source == COMPACT:
        return CompactPerceptual.load(asset("perceptual-compact.safetensors")).to(device)
    if source.endswith(".safetensors"):
        return CompactPerceptual.load(Path(source)).to(device)
    return perceptual.load(source).to(device)


class Adapter:
    """Adapts networks to styles. Loads perceptual network and photographs once."""

    def __init__(
        self,
        method: Method,
        options: AdaptOptions,
        *,
        contents: Path | None = None,
        source: str = COMPACT,
        size: int = 256,
        style_size: int = DEFAULT_STYLE_SIZE,
        losses: LossWeights | None = None,
        seed: int = 0,
        device: str = "cpu",
    ) -> None:
        """``contents`` is a folder of photographs, or None for the few in the package.

        ``size`` is the side of a crop in pixels, a multiple of 16 from 64; ``source`` a perceptual
        network, see :func:`load_perceptual`; ``device`` one of torch's.
        """
        self._device = device_named(device)
        if not 64 <= size <= 1024 or size % 16:
            raise OptionError(f"size is {size}; allowed are multiples of 16 from 64 to 1024")
        self._method, self._options, self._size = method, options, size
        self._style_size, self._seed = style_size, seed
        self._hypernetwork = Hypernetwork() if method is Method.HYPERNETWORK else None
        perceptual_network = load_perceptual(source, self._device)
        if losses is None:
            losses = LossWeights(spike=0.0)
            if isinstance(perceptual_network, CompactPerceptual):
                losses = replace(losses, style=_COMPACT_STYLE)
        self._objective = Objective(perceptual_network, losses)
        self._source = source
        self._bank = PictureBank(_photographs(contents, size), self._device)
        self._origin = "the package's" if contents is None else contents.name
        self.last: Adapted | None = None

    def __call__(self, picture: Picture, name: str) -> StyleNet:
        """The adapted network for a style; see :func:`tinystyle.training.adapt.adapt`."""
        return self.adapt(picture, name).net

    def adapt(self, picture: Picture, name: str, look: Look | None = None) -> Adapted:
        """As ``__call__``, with the course of the loss. :attr:`last` keeps it, too."""
        torch.manual_seed(self._seed)
        start = self._start(picture)
        style = to_tensor(prepare_style(picture.rgb, self._style_size)).to(self._device)
        sampler = PhotographSampler(self._bank, self._size, self._seed, shrink=_MARGIN)
        label = f"adapting to {name}" if name else "adapting"
        found = adapt(start, style, sampler, self._objective, self._options, look=look, label=label)
        notes = {
            "style_name": name,
            "style_sha256": picture.sha256,
            "style_size": str(self._style_size),
            "method": self._method.value,
            "steps": str(found.best_step),
            "perceptual": self._source if self._source in (COMPACT, "vgg16") else "file",
            "photographs": self._origin,
        }
        net = StyleNet(found.net.spec, found.net.weights, notes)
        self.last = replace(found, net=net)
        return self.last

    @property
    def interrupted(self) -> bool:
        """Whether the last adaptation was ended by Ctrl-C or SIGTERM."""
        return self.last is not None and self.last.interrupted

    def _start(self, picture: Picture) -> StyleNet:
        if self._hypernetwork is not None:
            return self._hypernetwork.generate(picture, style_size=self._style_size)
        start = released_start()
        return start if self._method is Method.METASTYLE else random_net(NetSpec(start.spec.form))


def _photographs(contents: Path | None, size: int) -> list[UInt8Array]:
    folder = asset("photographs") if contents is None else contents
    if not folder.is_dir():
        raise OptionError(f"{folder}: no such folder of photographs")
    return read_pictures([folder], round(_MARGIN * size))
