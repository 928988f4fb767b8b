"""A transformation network as a torch module: what is adapted, and what MetaStyle learns."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tinystyle.spec import NetSpec
from tinystyle.stylenet import StyleNet
from tinystyle.training.meta import initial_weight

__all__ = ["TrainableNet", "random_net"]


class TrainableNet(nn.Module):
    """The weights of a :class:`StyleNet` as parameters."""

    def __init__(self, net: StyleNet) -> None:
        super().__init__()
        self.spec = net.spec
        self._names = {p.name: p.name.replace(".", "_") for p in net.spec.parameters()}
        self.values = nn.ParameterDict(
            {
                key: nn.Parameter(torch.from_numpy(net.weights[name].copy()))
                for name, key in self._names.items()
            }
        )

    def weights(self) -> dict[str, Tensor]:
        """All weights under the names of the spec."""
        return {name: self.values[key] for name, key in self._names.items()}

    def norms(self) -> list[str]:
        """Names of the weights of instance norms."""
        return [name for name in self._names if ".norm." in name]

    def freeze_all_but_norms(self) -> None:
        """Only the gains and shifts of instance norms learn from now on (Zhang et al. 2018)."""
        kept = set(self.norms())
        for name, key in self._names.items():
            self.values[key].requires_grad_(name in kept)

    def net(self, notes: Mapping[str, str] | None = None) -> StyleNet:
        """A copy of the weights as they are. Raises ModelError where one is not finite."""
        arrays = {name: value.detach().cpu().numpy() for name, value in self.weights().items()}
        copies = {name: value.astype("float32", copy=True) for name, value in arrays.items()}
        return StyleNet(self.spec, copies, notes or {})


def random_net(spec: NetSpec) -> StyleNet:
    """A network before any training: He's start, from torch's random numbers."""
    return StyleNet(spec, {p.name: initial_weight(p).numpy() for p in spec.parameters()})
