"""A photograph and an artwork with regions, and features moved from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinystyle.benchmarks.experiments.inversion import square_of
from tinystyle.benchmarks.experiments.style_swap.layers import swapped
from tinystyle.checks import require_whole
from tinystyle.errors import OptionError, PictureError
from tinystyle.network.methods.regions import moved, soft_regions, statistics
from tinystyle.network.ops import RegionKernel
from tinystyle.pictures.images import Picture, UInt8Array, middle_square
from tinystyle.pictures.masks import fit_mask, resize_labels
from tinystyle.training.networks.patches import unfold_patches
from tinystyle.training.objective.colour import luma
from tinystyle.training.objective.smooth_areas import at_positions
from tinystyle.training.perceptual.vgg import Perceptual

__all__ = [
    "METHODS",
    "Masked",
    "RegionPair",
    "changed",
    "light_and_dark",
    "masked",
    "pair_of",
    "require_side",
]

METHODS = ("linear", "moments", "swap", "swap, moments")
"""What becomes of a region's features: its mean the artwork's region's (Lu et al. 2017), mean and
deviation; patches of the artwork's region (Chen & Schmidt 2016), and these with its moments."""

MIN_SIDE, MAX_SIDE = 64, 512

_PIXELS = 4
"""On a side of what has one label: a feature of the package's encoder, so that it is of one region
as a whole, as in the paper."""

_BLUR = 8
"""Parts of a side that the lightness is averaged over, where masks are made of pictures."""

_LEAST = 1e-4
"""Difference of lightness, 0..1, that is more than rounding."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A picture and its regions."""

    picture: Tensor
    """``(1, 3, H, W)``, 0..1."""
    labels: UInt8Array
    """``(H, W)``, in blocks of 4 x 4."""

    def shares(self, features: Tensor, regions: int) -> NDArray[np.float32]:
        """What each region has of features ``(1, C, h, w)``: ``(1, regions, h, w)``."""
        return soft_regions(self.labels_for(features), regions)[:, :regions]

    def labels_for(self, features: Tensor) -> UInt8Array:
        """Labels at four times the resolution of features, as :func:`moved` takes them."""
        height, width = (4 * side for side in features.shape[2:])
        return resize_labels(self.labels, height, width)[None, None]

    def positions(self, features: Tensor, region: int) -> Tensor:
        """Which of the features one region has half or more of: ``(n,)``, row by row."""
        share = self.shares(features, region + 1)[0, region]
        return torch.from_numpy(np.flatnonzero(share >= 0.5))


@dataclass(frozen=True, slots=True)
class RegionPair:
    """A photograph and an artwork with the same regions."""

    photograph: Masked
    artwork: Masked
    regions: int

    def gram_errors(
        self, network: Perceptual, layers: Sequence[str]
    ) -> Callable[[Mapping[str, Tensor]], Tensor]:
        """Of what ``network`` sees in a painted photograph: ||G - Gs||^2 / ||Gs||^2, of Gram
        matrices inside each region and the artwork's there. The mean over regions and ``layers``, a
        scalar.
        """
        with torch.no_grad():
            ours, theirs = (
                network(m.picture, tuple(layers)) for m in (self.photograph, self.artwork)
            )
        wanted = []
        for layer, region in product(layers, range(self.regions)):
            own = self.photograph.positions(ours[layer], region)
            there = self.artwork.positions(theirs[layer], region)
            if len(own) and len(there):
                gram = network.gram(layer, at_positions(theirs[layer], there[None]))
                wanted.append((layer, own[None], gram))

        def errors(found: Mapping[str, Tensor]) -> Tensor:
            each = [
                network.gram_error(layer, at_positions(found[layer], own), gram).mean()
                for layer, own, gram in wanted
            ]
            return torch.stack(each).mean()

        return errors


def masked(picture: Picture, labels: UInt8Array | None, side: int) -> Masked:
    """The middle of a picture, with ``labels`` ``(H, W)`` of its aspect ratio, by default
    :func:`light_and_dark`."""
    pixels = square_of(picture, side)
    if labels is None:
        return Masked(pixels, light_and_dark(pixels))
    fitted = fit_mask(labels, picture.height, picture.width, "mask")
    return Masked(pixels, _in_blocks(middle_square(fitted), side, side))


def pair_of(photograph: Masked, artwork: Masked) -> RegionPair:
    """Raises PictureError where the photograph has regions that the artwork has not."""
    own, theirs = (set(np.unique(each.labels).tolist()) for each in (photograph, artwork))
    if not own <= theirs:
        raise PictureError(
            f"the middle of the photograph's mask has the labels {sorted(own)}, that of the "
            f"artwork's {sorted(theirs)}: each region of the photograph must be in the artwork"
        )
    return RegionPair(photograph, artwork, max(theirs) + 1)


def light_and_dark(picture: Tensor) -> UInt8Array:
    """Labels ``(H, W)`` of ``(1, 3, H, W)``: 1 where its surroundings are lighter than the picture
    is on average, else 0. It stands for a mask drawn by hand: skies and walls are whole."""
    height, width = picture.shape[2:]
    window = max(1, min(height, width) // _BLUR) | 1
    padding = [window // 2] * 4
    padded = torch.nn.functional.pad(luma(picture)[:, None], padding, mode="replicate")
    blurred = torch.nn.functional.avg_pool2d(padded, window, 1)[0, 0]
    return _in_blocks((blurred > blurred.mean() + _LEAST).numpy().astype(np.uint8), height, width)


def changed(features: Tensor, artwork: Tensor, pair: RegionPair, method: str) -> Tensor:
    """Features of the photograph ``(1, C, h, w)`` by one of METHODS with those of the artwork."""
    if method in ("linear", "moments"):
        return _moved(features, artwork, pair, RegionKernel(method))
    if method == "swap":
        return _swapped(features, artwork, pair)
    first = _moved(features, artwork, pair, RegionKernel.MOMENTS)
    return _moved(_swapped(first, artwork, pair), artwork, pair, RegionKernel.MOMENTS)


def require_side(side: int) -> None:
    """Raise OptionError for pictures of another size than 64, 68 … 512 px: those of which each
    feature of the package's encoder is of one region as a whole."""
    require_whole("size", side, MIN_SIDE, MAX_SIDE)
    if side % _PIXELS:
        raise OptionError(f"size is {side}; it must be a multiple of {_PIXELS}")


def _in_blocks(labels: UInt8Array, height: int, width: int) -> UInt8Array:
    few = resize_labels(labels, -(-height // _PIXELS), -(-width // _PIXELS))
    return resize_labels(few, height, width)


def _moved(features: Tensor, artwork: Tensor, pair: RegionPair, kernel: RegionKernel) -> Tensor:
    soft = pair.artwork.shares(artwork, pair.regions)
    own = statistics(artwork.numpy(), soft)
    whole = statistics(artwork.numpy(), np.ones_like(soft[:, :1]))
    rows = [np.concatenate(both, axis=2)[0].T for both in zip(own, whole, strict=True)]
    mean, deviation = (np.ascontiguousarray(values, np.float32) for values in rows)
    balance = np.ones(pair.regions + 1, np.float32)
    labels = pair.photograph.labels_for(features)
    found = moved(features.numpy(), labels, kernel, mean, deviation, balance)
    return torch.from_numpy(found)


def _swapped(features: Tensor, artwork: Tensor, pair: RegionPair) -> Tensor:
    """In each region patches whose middle is in the artwork's."""
    bank = unfold_patches(artwork[0])
    theirs = pair.artwork.shares(artwork, pair.regions)[0, :, 1:-1, 1:-1].reshape(pair.regions, -1)
    shares = torch.from_numpy(pair.photograph.shares(features, pair.regions))
    result = torch.zeros_like(features)
    for region in range(pair.regions):
        chosen = torch.from_numpy(theirs[region] >= 0.5)
        patches = bank[chosen] if chosen.any() else bank
        result += shares[:, region : region + 1] * swapped(features, patches)
    return result
