"""Colours in numbers, with gradients: luma, CIELAB, whether a picture has a palette."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tinystyle.training.cpu.reductions import in_float32

__all__ = [
    "PIXELS",
    "colour_histogram",
    "directions",
    "luma",
    "palette_distance",
    "sample_colours",
    "sorted_projections",
    "to_lab",
]

PIXELS = 2048
"""Pixels by which a picture's palette is judged in a training step."""

_DIRECTIONS = 16

_LUMA = (0.299, 0.587, 0.114)

_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to CIE XYZ (IEC 61966-2-1)."""

_WHITE = (0.95047, 1.0, 1.08883)
"""D65."""

_LINEAR_BELOW = 0.04045
_CUBE_ROOT_ABOVE = (6.0 / 29.0) ** 3


def to_lab(rgb: Tensor) -> Tensor:
    """sRGB colours ``(..., 3)``, 0..1, to CIELAB ``(..., 3)``, L* 0..100. Has finite gradients."""
    rgb = rgb.clamp(0.0, 1.0)
    curved = ((rgb + 0.055) / 1.055).clamp_min(_LINEAR_BELOW).pow(2.4)
    linear = torch.where(rgb <= _LINEAR_BELOW, rgb / 12.92, curved)
    matrix = rgb.new_tensor(_TO_XYZ) / rgb.new_tensor(_WHITE)[:, None]
    xyz = linear @ matrix.T
    root = xyz.clamp_min(_CUBE_ROOT_ABOVE).pow(1.0 / 3.0)
    f = torch.where(xyz > _CUBE_ROOT_ABOVE, root, xyz * (841.0 / 108.0) + 4.0 / 29.0)
    x, y, z = f.unbind(dim=-1)
    return torch.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], dim=-1)


_OPPONENT = (
    (1 / 3, 1 / 3, 1 / 3),
    (1 / 2, -1 / 2, 0.0),
    (1 / 4, 1 / 4, -1 / 2),
)
"""Of R, G, B: lightness 0..1, red against green and yellow against blue -1/2..1/2."""

_SHARE = 1e-3
"""Below this share of the pixels a bin counts as about empty."""


def colour_histogram(pictures: Tensor, bins: int) -> Tensor:
    """How many of a picture's pixels have which colour: ``(N, 3, H, W)``, 0..1, to
    ``(N, bins ** 3)``.

    A pixel is shared out between the nearest two bins of each axis (lightness, red against green,
    yellow against blue), so that a small change of a colour is a small change of the histogram. Of
    shares the square root: rare colours count, too. Products and sums alone, in every engine.
    """
    axes = torch.tensor(_OPPONENT, dtype=pictures.dtype, device=pictures.device)
    colours = torch.matmul(axes, pictures.flatten(2))
    start = torch.tensor((0.0, -0.5, -0.5), dtype=pictures.dtype, device=pictures.device)
    place = (colours - start[:, None])[:, :, None] * (bins - 1.0)
    centres = torch.arange(bins, dtype=pictures.dtype, device=pictures.device)[:, None]
    near = (1.0 - (place - centres).abs()).clamp_min(0.0)  # (N, 3, bins, H W)
    light, red, yellow = near.unbind(dim=1)
    pairs = (light[:, :, None] * red[:, None]).flatten(1, 2)
    counts = torch.matmul(pairs, yellow.transpose(1, 2)).flatten(1)
    return (counts / counts.sum(dim=1, keepdim=True) + _SHARE).sqrt()


def luma(pictures: Tensor) -> Tensor:
    """ITU-R BT.601's weighted sum of the channels: ``(N, 3, H, W)`` to ``(N, H, W)``."""
    weights = torch.tensor(_LUMA, device=pictures.device).view(1, 3, 1, 1)
    return (pictures * weights).sum(dim=1)


def sample_colours(pictures: Tensor, place: Tensor) -> Tensor:
    """CIELAB colours of PIXELS random pixels: ``(N, 3, H, W)``, 0..1, to ``(N, PIXELS, 3)``.

    ``place`` is a picture of the same height and width that decides which ones: the same picture,
    the same pixels, so that a training step can be repeated and needs no state.
    """
    random = torch.Generator().manual_seed(_seed(place))
    count = pictures.shape[-2] * pictures.shape[-1]
    chosen = torch.randint(count, (PIXELS,), generator=random).to(pictures.device)
    return to_lab(in_float32(pictures.flatten(2)[:, :, chosen].transpose(1, 2)))


def _seed(picture: Tensor) -> int:
    coarse = picture.detach()[..., ::7, ::7].double().sum().item()
    return int(abs(coarse) * 2.0**20) % 2**62


def directions(count: int = _DIRECTIONS) -> Tensor:
    """Unit vectors ``(3, count)`` spread evenly over a half sphere (Fibonacci's spiral)."""
    index = torch.arange(count, dtype=torch.float64) + 0.5
    height = index / count
    angle = index * torch.pi * (3.0 - 5.0**0.5)
    radius = (1.0 - height.square()).sqrt()
    return torch.stack([radius * angle.cos(), radius * angle.sin(), height]).float()


def sorted_projections(colours: Tensor) -> Tensor:
    """Colours ``(N, P, 3)`` along each of :func:`directions`, in order: ``(N, D, P)``.

    The distribution of colours, as far as :func:`palette_distance` sees it.
    """
    along = directions().to(colours).T @ colours.transpose(1, 2)
    return along.gather(2, _order(along.detach()))


def _order(values: Tensor) -> Tensor:
    """Indices that sort the last dimension. numpy's sort takes a tenth of torch's time on a CPU."""
    if values.device.type != "cpu":
        return values.argsort(dim=-1)
    return torch.from_numpy(np.argsort(values.numpy(), axis=-1))


def palette_distance(first: Tensor, second: Tensor) -> Tensor:
    """Sliced Wasserstein distance of :func:`sorted_projections`, in the colours' unit: ``(N,)``.

    Mean over directions of the Wasserstein-1 distance of the colours' projections: that of sorted
    values (Rabin et al. 2012, *Wasserstein Barycenter and Its Application to Texture Mixing*).
    """
    distance: Tensor = (first - second).abs().mean(dim=(1, 2))
    return distance
