"""The convolutions of the compact perceptual network, which also read the style of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinystyle.errors import OptionError
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.perceptual.vgg import VGG19

__all__ = [
    "FIRST_PLAN",
    "PLAN",
    "SECOND_PLAN",
    "THIRD_PLAN",
    "CompactTrunk",
    "Convolution",
    "Plan",
    "plan_of",
]


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution of a stage, and what is around it."""

    channels: int
    kernel: int
    stride: int = 1
    pooled: bool = False
    """A 2x2 max-pooling goes before, where VGG has one."""
    linear: bool = False
    """No ReLU follows: the first halves of a filter bank in few dimensions."""


Plan = Mapping[str, tuple[Convolution, ...]]
"""The convolutions that lead to each layer from the one before."""


def _bank(
    channels: int, inputs: int | None, outputs: int, *, pooled: bool = False
) -> tuple[Convolution, ...]:
    """One of VGG's convolutions of 3x3 to ``channels``, in few dimensions.

    From ``inputs`` combinations of its input's channels (all of them if None), by ``outputs``
    filters.
    """
    combined = () if inputs is None else (Convolution(inputs, 1, pooled=pooled, linear=True),)
    return (*combined, Convolution(outputs, 3, linear=True), Convolution(channels, 1))


_FIRST_STAGE = (Convolution(24, 5, stride=2), Convolution(24, 3))

_LATE: Plan = {
    "relu3_3": (
        *(*_bank(256, 32, 64, pooled=True), *_bank(256, 48, 64)),
        *_bank(256, 48, 64),
    ),
    "relu4_3": (
        *(*_bank(256, 64, 64), *_bank(512, 96, 128, pooled=True)),
        *(*_bank(512, 112, 128), *_bank(512, 112, 128)),
    ),
}

PLAN: Plan = {
    "relu1_2": (Convolution(32, 5, stride=2), Convolution(32, 3)),
    "relu2_2": (*_bank(128, None, 48), *_bank(128, 48, 64)),
    **_LATE,
}
"""The released network: after a first stage at half the resolution VGG-19's convolutions conv2_1 to
conv4_3, each in few dimensions; see :mod:`tinystyle.training.distillation.regression`."""

THIRD_PLAN: Plan = {
    "relu1_2": _FIRST_STAGE,
    "relu2_2": (*_bank(128, None, 32), *_bank(128, 32, 48)),
    **_LATE,
}
"""The network of 0.15 to 0.26: relu2_2 in fewer dimensions, from fewer features (EXPERIMENTS.md,
41)."""

_EARLY: dict[str, tuple[Convolution, ...]] = {
    "relu1_2": _FIRST_STAGE,
    "relu2_2": (Convolution(48, 3), Convolution(64, 1)),
    "relu3_3": (Convolution(96, 3, pooled=True), Convolution(96, 3)),
}
"""The last of a stage is as wide as VGG's activations need: 24 principal components hold 98 % of
the variance of relu1_2, 64 hold 92 % of relu2_2, 96 97 % of relu3_3."""

SECOND_PLAN: Plan = {
    **_EARLY,
    "relu4_3": (
        *(*_bank(256, None, 64), *_bank(512, 96, 128, pooled=True)),
        *(*_bank(512, 112, 128), *_bank(512, 112, 128)),
    ),
}
"""The network of 0.8 to 0.13: only its last stage is in few dimensions of VGG's."""

FIRST_PLAN: Plan = {
    **_EARLY,
    "relu4_3": (Convolution(128, 3, pooled=True), Convolution(128, 3), Convolution(192, 1)),
}
"""What learns from random weights: the network up to 0.7."""


def plan_of(weights: Mapping[str, Tensor], prefix: str = "stages.") -> Plan:
    """The plan that a file's weights are of. Raises ValueError where it is none of ours."""
    for plan in (PLAN, THIRD_PLAN, SECOND_PLAN, FIRST_PLAN):
        shapes = _shapes(plan, prefix)
        if all(name in weights and weights[name].shape == shape for name, shape in shapes.items()):
            return plan
    raise ValueError("the convolutions are of no plan that this version knows")


def _shapes(plan: Plan, prefix: str) -> dict[str, tuple[int, ...]]:
    """Of the filters, by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    inputs = 3
    for layer, stage in plan.items():
        for index, conv in enumerate(stage):
            shape = (conv.channels, inputs, conv.kernel, conv.kernel)
            shapes[f"{prefix}{layer}.{index}.weight"] = shape
            inputs = conv.channels
    return shapes


class CompactTrunk(nn.Module):
    """Pictures ``(N, 3, H, W)``, 0..1, to a few channels for each of four layers of VGG.

    Resolution: H/2, H/2, H/4 and H/8 for relu1_2 … relu4_3; H and W from 32.
    """

    layers = STYLE_LAYERS

    def __init__(self, plan: Plan = PLAN, *, batch_norm: bool = False) -> None:
        super().__init__()
        self.plan = plan
        self.widths = {layer: stage[-1].channels for layer, stage in plan.items()}
        """Channels at each layer."""
        self.stages = nn.ModuleDict()
        channels = 3
        for layer, stage in plan.items():
            convs = nn.ModuleList()
            for part in stage:
                width, kernel = part.channels, part.kernel
                conv = nn.Conv2d(channels, width, kernel, part.stride, padding=kernel // 2)
                gain: Literal["linear", "relu"] = "linear" if part.linear else "relu"
                nn.init.kaiming_normal_(conv.weight, nonlinearity=gain)
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
            for part, conv in zip(self.plan[layer], cast(nn.ModuleList, convs), strict=True):
                if part.pooled:
                    x = F.max_pool2d(x, 2)
                x = conv(x)
                if not part.linear:
                    x = F.relu(x, inplace=True)
            if layer in layers:
                found[layer] = x
                if len(found) == len(set(layers)):
                    break
        return found
