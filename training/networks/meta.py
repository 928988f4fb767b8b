"""The meta network: from the features of a style to all weights of a transformation network."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors
from tinystyle.network.spec import Architecture, NetSpec, Parameter

__all__ = [
    "CONFIGS",
    "GAINED",
    "MetaConfig",
    "MetaNetwork",
    "initial_weight",
    "load_meta",
    "save_meta",
]

FEATURES = 1920
"""Style features: means and deviations of 64 + 128 + 256 + 512 channels."""

FEATURE_LIMIT = 5.0
"""Standardised features are clipped to this many deviations."""


LAST = "out"
"""The layer before the sigmoid, which is generated as it is."""

FILTER_NORM = 1.4
"""Length of a generated filter of the plain form before its gain, about sqrt(2) as ReLU needs."""

BRANCH_SCALE = 0.3
"""Factor of the residual branches of the plain form, so that five blocks do not add up."""


GAINED = (Architecture.PLAIN, Architecture.ONE_NORM, Architecture.SIX_NORM)
"""The forms whose filters have a generated gain, as norms have one in the others."""


@dataclass(frozen=True, slots=True)
class MetaConfig:
    """Which network is generated, and how.

    ``stable`` is the parameterisation that trains with a new style at every step: standardised
    features divided by sqrt(1920), FC ~ N(0, 1), and weights = base + ``scale`` * G h with
    G ~ N(0, 0.05). Without it features are taken raw and both layers have torch's default start, as
    the paper states nothing else; it then needs k = 20 steps per style (Algorithm 1).
    """

    spec: NetSpec = NetSpec()
    shared: tuple[str, ...] = ("c1",)
    """Layers that are trained but not generated: the same for all styles."""
    group_size: int = 128
    """Hidden units for each generated layer (Shen et al. 2018, Figure 2)."""
    features: int = FEATURES
    """Numbers that describe a style: FEATURES of VGG, or those that the encoder gives."""
    stable: bool = True
    scale: float = 0.02
    residual_units: int = 0
    """Units with ReLU whose weighted sums are added to the hidden state, which without them is
    affine in the features."""
    colour_bins: int = 0
    """Steps of each axis of a colour histogram that the features end with; 0 for none."""

    def to_fields(self) -> dict[str, Any]:
        """As JSON can hold it; :meth:`from_fields` reads it back."""
        return {**dataclasses.asdict(self), "spec": self.spec.to_json()}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> MetaConfig:
        """Read :meth:`to_fields`. Raises KeyError, TypeError or ModelError for anything else."""
        spec = NetSpec.from_json(fields["spec"])
        return cls(**{**fields, "spec": spec, "shared": tuple(fields["shared"])})

    def generated(self) -> dict[str, list[Parameter]]:
        """What is generated for each layer, in the order of the hidden state's groups.

        Where the form has no norm after a layer, each of its filters also has a gain, which is no
        parameter of the network itself.
        """
        layers = {k: v for k, v in self.spec.layers().items() if k not in self.shared}
        if self.spec.architecture in GAINED:
            for layer, parameters in layers.items():
                if layer != LAST and f"{layer}.norm.weight" not in {p.name for p in parameters}:
                    parameters.insert(1, Parameter(f"{layer}.gain", parameters[0].shape[:1]))
        return layers

    @property
    def hidden(self) -> int:
        """Size of the hidden state."""
        return self.group_size * len(self.generated())


def _paper(width: int) -> MetaConfig:
    spec = NetSpec(Architecture.SHEN2018, width)
    return MetaConfig(spec, shared=("c1", "out"), stable=False, scale=1.0)


CONFIGS = {
    **{
        f"tiny-dim{d}": MetaConfig(NetSpec(Architecture.TINY, d, outer_kernel=5))
        for d in (8, 16, 32)
    },
    **{
        f"six-norm-dim{d}": MetaConfig(NetSpec(Architecture.SIX_NORM, d, outer_kernel=5))
        for d in (8, 16, 32)
    },
    **{f"plain-dim{d}": MetaConfig(NetSpec(Architecture.PLAIN, d)) for d in (8, 16, 32)},
    **{f"paper-dim{d}": _paper(d) for d in (8, 16, 32)},
}
"""Configurations by name. ``paper-*``: Shen et al. 2018; the others are ours.

The released hypernetwork is a ``six-norm-dim8``.
Outer kernels are 5 x 5 in place of the papers' 9 x 9: training/EXPERIMENTS.md, 18 and 19.
"""


class MetaNetwork(nn.Module):
    """Style features ``(S, 1920)`` to the weights of S networks (Shen et al. 2018, Figure 2)."""

    def __init__(self, config: MetaConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = config.generated()
        self.fc = nn.Linear(config.features, config.hidden)
        self.residual = _residual(config) if config.residual_units else None
        generators = {
            layer: nn.Linear(config.group_size, sum(p.size for p in parameters))
            for layer, parameters in self.layers.items()
        }
        self.shared = nn.ParameterDict(
            {
                _key(p.name): nn.Parameter(initial_weight(p))
                for p in config.spec.parameters()
                if p.layer in config.shared
            }
        )
        self.register_buffer("feature_mean", torch.zeros(config.features))
        self.register_buffer("feature_std", torch.ones(config.features))
        if config.stable:
            nn.init.normal_(self.fc.weight)
            nn.init.zeros_(self.fc.bias)
        for layer, generator in generators.items():
            if config.stable:
                nn.init.normal_(generator.weight, std=0.05)
            start = torch.cat([initial_weight(p).flatten() for p in self.layers[layer]])
            generator.bias.data.copy_(start)
        self.generators = nn.ModuleDict(generators)

    def set_feature_scale(self, features: Tensor) -> None:
        """Take mean and deviation of the training styles' features ``(M, 1920)``."""
        if self.config.stable:
            self.get_buffer("feature_mean").copy_(features.mean(dim=0))
            self.get_buffer("feature_std").copy_(features.std(dim=0).clamp_min(1e-4))

    def standardise(self, features: Tensor) -> Tensor:
        """Raw features to about N(0, 1), clipped (the stable form; raw otherwise)."""
        if not self.config.stable:
            return features
        scaled = (features - self.get_buffer("feature_mean")) / self.get_buffer("feature_std")
        return scaled.clamp(-FEATURE_LIMIT, FEATURE_LIMIT)

    def hidden(self, standardised: Tensor) -> Tensor:
        """The embedding of a style: ``(S, 1920)`` to ``(S, hidden)``."""
        if self.config.stable:
            limited = standardised.clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
            standardised = limited / math.sqrt(self.config.features)
        hidden: Tensor = self.fc(standardised)
        return hidden if self.residual is None else hidden + self.residual(standardised)

    def generate(self, hidden: Tensor) -> dict[str, Tensor]:
        """Weights of S networks, each ``(S, *shape)``.

        Affine in ``hidden``, so that a mixture of hidden states is the same mixture of weights;
        filters with gains are not.
        """
        styles = hidden.shape[0]  # len() would freeze it in torch.export
        weights: dict[str, Tensor] = {}
        groups = hidden.split(self.config.group_size, dim=1)
        for (layer, parameters), group in zip(self.layers.items(), groups, strict=True):
            flat = self.generators[layer](self.config.scale * group)
            parts = flat.split([p.size for p in parameters], dim=1)
            for parameter, part in zip(parameters, parts, strict=True):
                weights[parameter.name] = part.reshape(styles, *parameter.shape)
            if f"{layer}.gain" in weights:
                plain = self.config.spec.architecture is Architecture.PLAIN
                (_normalise_filters if plain else _apply_gain)(weights, layer)
        for parameter in self.config.spec.parameters():
            if parameter.layer in self.config.shared:
                value = self.shared[_key(parameter.name)]
                weights[parameter.name] = value.expand(styles, *parameter.shape)
        return weights

    def forward(self, standardised: Tensor) -> dict[str, Tensor]:
        """Standardised features ``(S, 1920)`` to weights, each ``(S, *shape)``."""
        return self.generate(self.hidden(standardised))

    def flat(self, standardised: Tensor) -> Tensor:
        """As ``forward``, all weights of a network in one row in the spec's order: ``(S, P)``."""
        weights = self(standardised)
        return torch.cat([weights[p.name].flatten(1) for p in self.config.spec.parameters()], dim=1)


def _residual(config: MetaConfig) -> nn.Sequential:
    """Adds nothing at first: training begins where the affine map ends."""
    first = nn.Linear(config.features, config.residual_units)
    last = nn.Linear(config.residual_units, config.hidden)
    nn.init.normal_(first.weight)  # of features divided by the root of their number
    nn.init.zeros_(first.bias)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(first, nn.ReLU(), last)


def _normalise_filters(weights: dict[str, Tensor], layer: str) -> None:
    """Fold gain and length of the filters, and the scale of a branch, into weight and bias."""
    filters, gain = weights[f"{layer}.weight"], weights.pop(f"{layer}.gain")
    length = filters.flatten(2).square().sum(dim=2).add(1e-8).sqrt()
    branch = BRANCH_SCALE if re.fullmatch(r"r\d+b", layer) else 1.0
    factor = branch * FILTER_NORM * gain / length
    weights[f"{layer}.weight"] = filters * factor[:, :, None, None, None]
    weights[f"{layer}.bias"] = branch * weights[f"{layer}.bias"]


def _apply_gain(weights: dict[str, Tensor], layer: str) -> None:
    gain = weights.pop(f"{layer}.gain")
    weights[f"{layer}.weight"] = weights[f"{layer}.weight"] * gain[:, :, None, None, None]


def _key(name: str) -> str:
    return name.replace(".", "_")  # ParameterDict takes no dots


def initial_weight(parameter: Parameter) -> Tensor:
    """Start of one parameter: He for filters, 1 for gains, 0 for biases."""
    if len(parameter.shape) == 4:
        return nn.init.kaiming_normal_(torch.empty(parameter.shape), nonlinearity="relu")
    if parameter.name.endswith((".norm.weight", ".gain")):
        return torch.ones(parameter.shape)
    return torch.zeros(parameter.shape)


def save_meta(meta: MetaNetwork, path: Path) -> None:
    """Write weights and configuration as safetensors."""
    tensors = {k: v.cpu().numpy() for k, v in meta.state_dict().items()}
    write_safetensors(path, tensors, {"config": json.dumps(meta.config.to_fields())})


def load_meta(path: Path) -> MetaNetwork:
    """Read :func:`save_meta`. Raises OptionError if missing, ModelError if it is something else."""
    if not path.is_file():
        raise OptionError(f"{path}: no such file")
    try:
        with safe_open(os.fspath(path), framework="pt") as file:
            fields = json.loads((file.metadata() or {})["config"])
            state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        meta = MetaNetwork(MetaConfig.from_fields(fields))
        meta.load_state_dict(state)
        return meta
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError(f"{path}: not the weights of a meta network ({error})") from error
