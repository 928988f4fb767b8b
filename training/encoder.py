"""The compact style encoder: what stands in for VGG in the released hypernetwork."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinystyle.training.losses import style_statistics

__all__ = ["StyleEncoder"]

WIDTHS = (32, 64, 128, 192)
"""Channels of the four stages, at 1/2, 1/4, 1/8 and 1/16 of the picture's size."""


class StyleEncoder(nn.Module):
    """A picture ``(N, 3, H, W)``, 0..1, from 64 px, to standardised features ``(N, 1920)``.

    As in the perceptual network, style is what is left when positions are averaged out: the means
    and deviations of every stage's channels. A small network of two layers reads VGG's statistics
    from them. 1.9 M parameters, against 7.6 M of VGG-16 up to relu4_3.
    """

    def __init__(self, features: int | None = 1920, code: int = 384) -> None:
        """``features=None`` leaves the last layer out: the result is then the code itself."""
        super().__init__()
        self.code_size = code
        self.convs = nn.ModuleList()
        channels = 3
        for width in WIDTHS:
            self.convs.append(nn.Conv2d(channels, width, 3, stride=2, padding=1))
            self.convs.append(nn.Conv2d(width, width, 3, padding=1))
            channels = width
        pooled = 2 * sum(WIDTHS)
        self.norm = nn.BatchNorm1d(pooled, affine=False)
        self.fc1 = nn.Linear(pooled, code)
        self.fc2 = nn.Identity() if features is None else nn.Linear(code, features)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(cast(Tensor, module.bias))
        if isinstance(self.fc2, nn.Linear):
            nn.init.xavier_normal_(self.fc2.weight)

    def forward(self, image: Tensor) -> Tensor:
        """Standardised style features, about mean 0 and variance 1 over artworks."""
        return cast(Tensor, self.fc2(self.code(image)))

    def code(self, image: Tensor) -> Tensor:
        """What the last layer reads the features from: ``(N, code)``, from 0."""
        x = image * 4.0 - 2.0
        stages = []
        for first, second in zip(self.convs[::2], self.convs[1::2], strict=True):
            x = F.relu(first(x))
            x = F.relu(second(x))
            stages.append(x)
        return F.relu(self.fc1(self.norm(style_statistics(stages))))

    @torch.inference_mode()
    def encode(self, images: Tensor) -> Tensor:
        """As ``forward`` in evaluation mode, without gradients."""
        self.eval()
        return cast(Tensor, self(images))
