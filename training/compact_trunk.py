"""The convolutions of the compact perceptual network, which also read the style of a picture."""

from __future__ import annotations

from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinystyle.errors import OptionError
from tinystyle.training.perceptual import STYLE_LAYERS, VGG19

__all__ = ["STAGES", "CompactTrunk"]

STAGES: dict[str, tuple[tuple[int, int], ...]] = {
    "relu1_2": ((24, 5), (24, 3)),
    "relu2_2": ((48, 3), (64, 1)),
    "relu3_3": ((96, 3), (96, 3)),
    "relu4_3": ((128, 3), (128, 3), (192, 1)),
}
"""Channels and kernel of the convolutions that lead to each layer. The first has stride 2. The last
of a stage is as wide as VGG's activations need: 24 principal components hold 98 % of the variance
of relu1_2, 64 hold 92 % of relu2_2, 96 97 % of relu3_3, 192 85 % of relu4_3."""

_POOLED = ("relu3_3", "relu4_3")
"""Stages that begin with a 2x2 max-pooling, where VGG has one."""


class CompactTrunk(nn.Module):
    """Pictures ``(N, 3, H, W)``, 0..1, to a few channels for each of four layers of VGG.

    Resolution: H/2, H/2, H/4 and H/8 for relu1_2 … relu4_3; H and W from 32.
    """

    layers = STYLE_LAYERS
    widths: ClassVar[dict[str, int]] = {layer: plan[-1][0] for layer, plan in STAGES.items()}
    """Channels at each layer."""

    def __init__(self, *, batch_norm: bool = False) -> None:
        super().__init__()
        self.stages = nn.ModuleDict()
        channels = 3
        for layer, plan in STAGES.items():
            convs = nn.ModuleList()
            for width, kernel in plan:
                stride = 1 if self.stages or convs else 2
                conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2)
                nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
                nn.init.zeros_(cast(Tensor, conv.bias))
                convs.append(nn.Sequential(conv, nn.BatchNorm2d(width)) if batch_norm else conv)
                channels = width
            self.stages[layer] = convs
        self.register_buffer("mean", torch.tensor(VGG19.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(VGG19.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """The k channels of each layer; nothing beyond the deepest of ``layers`` is computed."""
        unknown = sorted(set(layers) - set(self.layers))
        if unknown:
            known = ", ".join(self.layers)
            raise OptionError(f"the compact network has no layers {unknown}; it has {known}")
        found: dict[str, Tensor] = {}
        x = (image - self.get_buffer("mean")) / self.get_buffer("std")
        x = x.contiguous(memory_format=torch.channels_last)
        for layer, convs in self.stages.items():
            if layer in _POOLED:
                x = F.max_pool2d(x, 2)
            for conv in cast(nn.ModuleList, convs):
                x = F.relu(conv(x), inplace=True)
            if layer in layers:
                found[layer] = x
                if len(found) == len(set(layers)):
                    break
        return found
