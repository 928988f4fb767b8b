"""Convolutions of tiny networks in forms that a CPU computes faster, with the same result.

oneDNN works in blocks of 8 or 16 channels and wastes most of a block on the 3 channels of a
picture, and an upsampled tensor is written and read for nothing. Both are avoided by computing a
2x2 block of pixels as channels of one (Shi et al. 2016, *Real-Time Single Image and Video
Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network*).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["few_outputs", "upsampled"]

# Row a: which of the three low-resolution rows each filter row reads for output row 2 i + a.
_ROWS = torch.tensor(
    [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]],
        [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ]
)


def few_outputs(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``F.conv2d(image, weight, bias)`` for few output channels. Odd sides are computed plainly."""
    height, width = weight.shape[2:]
    if (image.shape[2] - height + 1) % 2 or (image.shape[3] - width + 1) % 2:
        return F.conv2d(image, weight, bias)
    shifted = [F.pad(weight, (b, 1 - b, a, 1 - a)) for a in (0, 1) for b in (0, 1)]
    filters = F.pixel_unshuffle(torch.stack(shifted, dim=1).flatten(0, 1), 2)
    blocks = F.conv2d(F.pixel_unshuffle(image, 2), filters, bias.repeat_interleave(4))
    return F.pixel_shuffle(blocks, 2)


def upsampled(
    image: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    zeros: bool = False,
    border: bool = True,
) -> Tensor:
    """A 3x3 convolution of the twofold nearest upsampling, padded by 1: reflected, or by zeros.

    The reflected border of an upsampled tensor is the repeated border of the tensor itself. Without
    a ``border`` two pixels less on each side: those that see the whole of what they read.
    """
    rows = _ROWS.to(weight)
    filters = torch.einsum("apu,oiuv,bqv->oabipq", rows, weight, rows)
    padded = image
    if border:
        padded = F.pad(image, (1, 1, 1, 1), mode="constant" if zeros else "replicate")
    shift = None if bias is None else bias.repeat_interleave(4)
    enlarged = F.pixel_shuffle(F.conv2d(padded, filters.flatten(0, 2), shift), 2)
    return enlarged.contiguous(memory_format=torch.channels_last)
