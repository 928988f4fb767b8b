"""A transformation network as a torch module: what is adapted, and what MetaStyle learns."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tinystyle.network.spec import NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.networks.meta import initial_weight

__all__ = ["Directions", "TrainableNet", "random_net"]


Directions = Mapping[str, Tensor]
"""By layer, a matrix ``(P, r)``: how its P weights, in the order of the spec, follow r numbers."""


class TrainableNet(nn.Module):
    """The weights of a :class:`StyleNet` as parameters.

    With ``directions`` the weights can also be moved together, as a hypernetwork moves them from
    style to style: few numbers, each of which changes a whole layer in a way that makes sense.
    """

    def __init__(self, net: StyleNet, directions: Directions | None = None) -> None:
        super().__init__()
        self.spec = net.spec
        self._names = {p.name: p.name.replace(".", "_") for p in net.spec.parameters()}
        self.values = nn.ParameterDict(
            {
                key: nn.Parameter(torch.from_numpy(net.weights[name].copy()))
                for name, key in self._names.items()
            }
        )
        self._layers = net.spec.layers()
        self.steps = nn.ParameterDict()
        for layer, matrix in (directions or {}).items():
            self.steps[layer] = nn.Parameter(torch.zeros(matrix.shape[1]))
            self.register_buffer(f"directions_{layer}", matrix, persistent=False)

    def weights(self) -> dict[str, Tensor]:
        """All weights under the names of the spec."""
        weights: dict[str, Tensor] = {name: self.values[key] for name, key in self._names.items()}
        for layer, step in self.steps.items():
            parameters = self._layers[layer]
            change = self.get_buffer(f"directions_{layer}") @ step
            parts = change.split([p.size for p in parameters])
            for parameter, part in zip(parameters, parts, strict=True):
                weights[parameter.name] = weights[parameter.name] + part.reshape(parameter.shape)
        return weights

    def norms(self) -> list[str]:
        """Names of the weights of instance norms."""
        return [name for name in self._names if ".norm." in name]

    def freeze_all_but_norms(self) -> None:
        """Only the gains and shifts of instance norms learn from now on (Zhang et al. 2018)."""
        kept = set(self.norms())
        for name, key in self._names.items():
            self.values[key].requires_grad_(name in kept)
        self.steps.requires_grad_(False)

    def net(self, notes: Mapping[str, str] | None = None) -> StyleNet:
        """A copy of the weights as they are. Raises ModelError where one is not finite."""
        arrays = {name: value.detach().cpu().numpy() for name, value in self.weights().items()}
        copies = {name: value.astype("float32", copy=True) for name, value in arrays.items()}
        return StyleNet(self.spec, copies, notes or {})


def random_net(spec: NetSpec) -> StyleNet:
    """A network before any training: He's start, from torch's random numbers."""
    return StyleNet(spec, {p.name: initial_weight(p).numpy() for p in spec.parameters()})
