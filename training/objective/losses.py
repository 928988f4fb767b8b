"""The losses of Shen et al. 2018, each a pure function of activations or pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.training.cpu.reductions import (
    channel_moments,
    channel_products,
    channel_products_error,
    in_float32,
    mean_square,
)
from tinystyle.training.objective.colour import luma

__all__ = [
    "channel_statistics",
    "content_loss",
    "gram_matrix",
    "gram_relative_error",
    "identification_loss",
    "limited",
    "motion_response",
    "noise_response",
    "outlier_penalty",
    "relative_error",
    "ssim",
    "style_loss",
    "style_statistics",
    "total_variation",
]

VARIANCE_EPSILON = 1e-5
"""Added to the variance, so that a dead channel has a finite gradient."""


def noise_response(painted: Tensor, painted_noisy: Tensor, noise: Tensor) -> Tensor:
    """||f(x + n) - f(x)|| / ||n|| of each picture: how much a network amplifies noise, and with it
    flicker and rounding. ``(N, ...)`` each, to ``(N,)``.
    """
    change = (painted_noisy - painted).flatten(1).norm(dim=1)
    gain: Tensor = change / noise.flatten(1).norm(dim=1).clamp_min(1e-12)
    return gain


def motion_response(change: Tensor, photograph_change: Tensor) -> Tensor:
    """||do - dx|| / ||dx|| of each picture, with dx the change of a photograph from one frame to
    the next and do that of its painting: how unsteady a painted video is. ``(N, ...)`` each, to
    ``(N,)``.

    0 for paintings that change as their photographs do.
    """
    return noise_response(photograph_change, change, photograph_change)


def channel_statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel: ``(N, C, H, W)`` to two ``(N, C)``.

    The representation of style SP(I) of Shen et al. 2018, section 4.1 (after Li et al. 2017):
    population variance over positions, VARIANCE_EPSILON added under the root.
    """
    variance, mean = channel_moments(features)
    return mean, (variance + VARIANCE_EPSILON).sqrt()


def style_statistics(activations: Sequence[Tensor]) -> Tensor:
    """SP(I): for each layer in turn the channel means, then deviations; ``(N, 2 * sum C)``.

    1920 numbers for relu1_2, relu2_2, relu3_3, relu4_3.
    """
    return torch.cat([part for a in activations for part in channel_statistics(a)], dim=1)


def gram_matrix(features: Tensor) -> Tensor:
    """Products of channels: ``(N, C, H, W)`` to ``(N, C, C)``, divided by C H W.

    Zhang et al. 2018, eq. 3 (after Johnson et al. 2016, eq. 3).
    """
    return channel_products(features).div(features.shape[1])


def gram_relative_error(features: Tensor, wanted: Tensor) -> Tensor:
    """:func:`relative_error` of the :func:`gram_matrix` of each picture: ``(N, C, H, W)`` and
    ``(N or 1, C * C)`` to ``(N,)``."""
    channels = features.shape[1]
    error = channel_products_error(features, wanted.view(-1, channels, channels))
    relative: Tensor = error / wanted.square().sum(dim=1).clamp_min(1e-12)
    return relative


def relative_error(found: Tensor, wanted: Tensor) -> Tensor:
    """||found - wanted||^2 / ||wanted||^2 of each row: ``(N, F)`` each, to ``(N,)``."""
    error = (found - wanted).square().sum(dim=1)
    relative: Tensor = error / wanted.square().sum(dim=1).clamp_min(1e-12)
    return relative


def limited(error: Tensor) -> Tensor:
    """Errors from 0, those above 1 as 1 + log: one artwork must not decide a whole step."""
    return torch.where(error > 1.0, 1.0 + error.clamp_min(1.0).log(), error)


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """||CP(I) - CP(Ic)||^2 (Shen et al. 2018, eq. 2), as the mean over elements."""
    return mean_square(features, target)


def style_loss(statistics: Tensor, target: Tensor, widths: Sequence[int]) -> Tensor:
    """||SP(I) - SP(Is)||^2 (Shen et al. 2018, eq. 2): ``(N, 2 * sum widths)`` to ``(N,)``.

    Each layer contributes the mean squared difference of its means plus that of its deviations, so
    layers of different width weigh the same.
    """
    parts = (statistics - target).square().split([w for w in widths for _ in range(2)], dim=1)
    return torch.stack([part.mean(dim=1) for part in parts]).sum(dim=0)


IDENTIFICATION_TEMPERATURE = 2.0
"""Differences of style loss that make a style e times as likely; losses are about 20."""


def identification_loss(
    statistics: Tensor, target: Tensor, styles: Tensor, own: Tensor, widths: Sequence[int]
) -> Tensor:
    """How hard the pictures' styles are to tell from others, in nats: a scalar.

    ``statistics`` and ``target`` are ``(N, F)``. ``styles`` ``(M, F)`` are the rivals, but for row
    ``own`` ``(N,)`` of each picture, which ``target`` stands for. The negative log-likelihood of
    the own style under a softmax over the negative style losses (InfoNCE, van den Oord et al. 2018,
    eq. 4). The style loss alone is content with a mean of similar styles; this is not.
    """
    scale = torch.cat([statistics.new_full((w,), w**-0.5) for w in widths for _ in range(2)])
    losses = torch.cdist(statistics * scale, styles * scale).square()  # as style_loss
    same = style_loss(statistics, target, widths)
    losses = losses.scatter(1, own[:, None], same[:, None])
    return F.cross_entropy(-losses / IDENTIFICATION_TEMPERATURE, own)


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels (Shen et al. 2018, section 4.1)."""
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    right = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    return down + right


OUTLIER_LIMIT = 8.0
"""Deviations from a channel's mean beyond which a value is an outlier."""


def outlier_penalty(features: Tensor) -> Tensor:
    """Mean squared excess of standardised activations ``(N, C, H, W)`` over OUTLIER_LIMIT.

    Ours, not the paper's. Before an instance norm a network can grow one huge value to set the
    scale of all others; the picture then shows it as a black droplet (the artefact described by
    Karras et al. 2020, section 2). In the prototype values reached 30 deviations.
    """
    features = in_float32(features)
    variance, mean = torch.var_mean(features, dim=(2, 3), correction=0, keepdim=True)
    scaled = (features - mean) / (variance + VARIANCE_EPSILON).sqrt()
    return F.relu(scaled.abs() - OUTLIER_LIMIT).square().mean()


_SSIM_WINDOW = 11
_SSIM_SIGMA = 1.5


def ssim(first: Tensor, second: Tensor) -> Tensor:
    """Structural similarity of the luma of pictures ``(N, 3, H, W)``, 0..1: ``(N,)``.

    Wang et al. 2004, *Image Quality Assessment*, eq. 13 with K1 = 0.01, K2 = 0.03 and their 11-tap
    Gaussian window of 1.5 px, which is not padded.
    """
    x, y = (luma(image)[:, None] for image in (first, second))
    taps = torch.arange(_SSIM_WINDOW, device=first.device) - _SSIM_WINDOW // 2
    window = torch.exp(-taps.float().square() / (2.0 * _SSIM_SIGMA**2))
    window = window / window.sum()

    def blur(values: Tensor) -> Tensor:
        across = F.conv2d(values, window.view(1, 1, 1, -1))
        return F.conv2d(across, window.view(1, 1, -1, 1))

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x * mean_x, blur(y * y) - mean_y * mean_y
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    top = (2.0 * mean_x * mean_y + c1) * (2.0 * covariance + c2)
    bottom = (mean_x * mean_x + mean_y * mean_y + c1) * (var_x + var_y + c2)
    return (top / bottom).mean(dim=(1, 2, 3))
