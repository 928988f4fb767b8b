"""A small network that stands in for VGG: four of its layers, at a fraction of the cost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors
from tinystyle.training.cpu.reductions import (
    channel_moments,
    channel_products,
    in_float32,
    mean_square,
)
from tinystyle.training.objective.losses import (
    VARIANCE_EPSILON,
    gram_matrix,
    gram_relative_error,
    relative_error,
)
from tinystyle.training.perceptual.trunk import PLAN, CompactTrunk, Plan, plan_of
from tinystyle.training.perceptual.vgg import layer_width

__all__ = ["CompactPerceptual", "subsample"]

_EPSILON = 1e-5
"""Of torch's batch norms."""


def subsample(layer: str, activation: Tensor) -> Tensor:
    """VGG's activation at the positions where the compact network has its own.

    relu1_2 is taken at every second row and column, which leaves its statistics the same; all
    others are whole.
    """
    return activation[..., ::2, ::2] if layer == "relu1_2" else activation


class CompactPerceptual(CompactTrunk):
    """A few channels from which VGG's activations follow linearly. Input ``(N, 3, H, W)``, 0..1.

    Where VGG has C channels, this network has k and a matrix ``(C, k)``. Losses over all C channels
    are computed from the k channels' second moments: exact for the estimate, and never is a tensor
    of C channels made. A stage that ends with C channels has no matrix: they are the estimate.
    """

    def __init__(self, plan: Plan = PLAN, *, batch_norm: bool = False) -> None:
        """``batch_norm`` is for training; :meth:`folded` takes it out again."""
        super().__init__(plan, batch_norm=batch_norm)
        for conv in self.stages.modules():
            if isinstance(conv, nn.Conv2d) and conv.kernel_size == (1, 1):
                # To one tap it means nothing, but with it a single thread takes oneDNN's
                # convolution, too, and not torch's slow one (ATen, use_mkldnn).
                conv.dilation = (2, 2)
        self.heads, self.lacking = nn.ModuleDict(), nn.ParameterDict()
        for layer, channels in self.widths.items():
            if channels != layer_width(layer):
                head = nn.Linear(channels, layer_width(layer))
                nn.init.normal_(head.weight, std=0.1 / head.in_features**0.5)
                nn.init.zeros_(head.bias)
                self.heads[layer] = head
            for name, value in (("shift", 0.0), ("scale", 1.0)):
                self.register_buffer(f"{name}_{layer}", torch.full((layer_width(layer),), value))
            self.lacking[layer] = nn.Parameter(torch.full((layer_width(layer),), 0.2))

    def spread(self, layer: str, activation: Tensor) -> Tensor:
        """The estimate of VGG's activation: ``(N, k, h, w)`` to ``(N, C, h, w)``."""
        if layer not in self.heads:
            return activation
        matrix, bias = self._head(layer)
        return F.conv2d(activation, matrix[:, :, None, None], bias)

    def moments(self, layer: str, activation: Tensor) -> Tensor:
        """Means, then deviations of VGG's channels: ``(N, 2 C)``."""
        if layer not in self.heads:
            variance, mean = channel_moments(activation)
        else:
            matrix, bias = self._head(layer)
            mean, moment = _moments(activation)
            covariance = moment - mean[:, :, None] * mean[:, None, :]
            variance = ((matrix @ covariance) * matrix).sum(dim=2).clamp_min(0.0)
            mean = mean @ matrix.T + bias
        # What the estimate of a channel lacks in variance is taken to be the same in all pictures.
        scale = self.get_buffer(f"scale_{layer}")
        variance = variance + F.relu(self.lacking[layer]) * scale.square()
        return torch.cat([mean, (variance + VARIANCE_EPSILON).sqrt()], dim=1)

    def gram(self, layer: str, activation: Tensor) -> Tensor:
        """The Gram matrix of Zhang et al. 2018, eq. 3, of VGG's channels: ``(N, C * C)``."""
        if layer not in self.heads:
            return gram_matrix(activation).flatten(1)
        matrix, bias = self._head(layer)
        mean, moment = _moments(activation)
        crossed = (matrix @ mean[:, :, None]) * bias
        gram = matrix @ moment @ matrix.T + crossed + crossed.transpose(1, 2) + bias[:, None] * bias
        return (gram / len(bias)).flatten(1)

    def gram_error(self, layer: str, activation: Tensor, wanted: Tensor) -> Tensor:
        """||G - wanted||^2 / ||wanted||^2 of :meth:`gram` of each picture: ``(N,)``."""
        if layer not in self.heads:
            return gram_relative_error(activation, wanted)
        return relative_error(self.gram(layer, activation), wanted)

    def distance(self, layer: str, first: Tensor, second: Tensor) -> Tensor:
        """Mean squared difference of VGG's activations over all elements: a scalar."""
        if layer not in self.heads:
            return mean_square(first, second)
        matrix, bias = self._head(layer)
        moment = _moments(in_float32(first) - in_float32(second))[1].mean(dim=0)
        return (moment * (matrix.T @ matrix)).sum() / len(bias)

    def _head(self, layer: str) -> tuple[Tensor, Tensor]:
        head = cast(nn.Linear, self.heads[layer])
        scale = self.get_buffer(f"scale_{layer}")
        return head.weight * scale[:, None], head.bias * scale + self.get_buffer(f"shift_{layer}")

    def set_scale(self, layer: str, shift: Tensor, scale: Tensor) -> None:
        """Mean and deviation of VGG's channels ``(C,)``: the heads then learn what is about 1."""
        self.get_buffer(f"shift_{layer}").copy_(shift)
        self.get_buffer(f"scale_{layer}").copy_(scale)

    def learn(self, layers: tuple[str, ...]) -> None:
        """Let the stages of ``layers`` be trained, and no others."""
        self.requires_grad_(False)
        for layer in layers:
            self.stages[layer].requires_grad_(True)
            self.lacking[layer].requires_grad_(True)
            if layer in self.heads:
                self.heads[layer].requires_grad_(True)

    @torch.no_grad()
    def folded(self) -> CompactPerceptual:
        """The same network without batch norms."""
        state = self.state_dict()
        for layer, stage in self.plan.items():
            for index in range(len(stage)):
                name = f"stages.{layer}.{index}"
                kept = {k: state.pop(k) for k in list(state) if k.startswith(f"{name}.")}
                weight, bias = kept[f"{name}.0.weight"], kept[f"{name}.0.bias"]
                gain = kept[f"{name}.1.weight"] / (kept[f"{name}.1.running_var"] + _EPSILON).sqrt()
                state[f"{name}.weight"] = weight * gain[:, None, None, None]
                shift = bias - kept[f"{name}.1.running_mean"]
                state[f"{name}.bias"] = shift * gain + kept[f"{name}.1.bias"]
        plain = CompactPerceptual(self.plan)
        plain.load_state_dict(state)
        return plain.requires_grad_(False).eval()

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """Write the weights as float16 safetensors."""
        state = {
            k: v.detach().cpu().numpy().astype(np.float16) for k, v in self.state_dict().items()
        }
        write_safetensors(path, state, {"kind": "compact perceptual network", **(notes or {})})

    @classmethod
    def load(cls, path: Path) -> CompactPerceptual:
        """Read :meth:`save`, frozen. Raises OptionError if missing, ModelError otherwise."""
        if not path.is_file():
            raise OptionError(f"{path}: no such file")
        try:
            with safe_open(os.fspath(path), framework="pt") as file:
                state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
            network = cls(plan_of(state))
            network.load_state_dict(state)
        except (SafetensorError, RuntimeError, ValueError) as error:
            reason = str(error).partition("\n")[0]  # torch goes on to name every weight
            raise ModelError(f"{path}: not a compact perceptual network ({reason})") from error
        network.stages.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network.requires_grad_(False).eval()


def _moments(activation: Tensor) -> tuple[Tensor, Tensor]:
    """Means ``(N, k)`` and means of products ``(N, k, k)`` over positions, in float32."""
    wide = in_float32(activation)
    return wide.mean(dim=(2, 3)), channel_products(wide)
