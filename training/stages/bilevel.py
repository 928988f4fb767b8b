"""MetaStyle: weights from which a network is a few steps away from any style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, UInt8Array
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.training.networks.interpreter import run
from tinystyle.training.networks.meta import CONFIGS as META_CONFIGS
from tinystyle.training.networks.trainable import TrainableNet, random_net
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import ARTWORK, MOMENTS, ZHANG2018, LossWeights
from tinystyle.weights import ARCHITECTURE

__all__ = ["CONFIGS", "Bilevel", "BilevelStep", "MetaStyleConfig", "average_network"]

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Bilevel:
    """The inner problem (Zhang et al. 2018, eq. 7 and Algorithm 1)."""

    steps: int = 1
    """T, from 1."""
    rate: float = 1e-4
    """delta of plain gradient descent."""
    decay: float = 2.5e-5
    """k of the time-based decay of ``rate``, supplement eq. 1."""
    only_norms: bool = True
    """Change only the gains and shifts of instance norms inside (supplement, section 2)."""
    first_order: bool = False
    """Leave the second derivatives out. The paper saw "serious fluctuations" and no convergence."""

    def __post_init__(self) -> None:
        require_whole("inner steps", self.steps)
        if not self.rate > 0.0 or not self.decay >= 0.0:
            raise OptionError(f"inner rate {self.rate} must be above 0, decay {self.decay} from 0")

    def rate_at(self, step: int) -> float:
        """The inner learning rate at an outer step."""
        return self.rate / (1.0 + self.decay * step)


@dataclass(frozen=True, slots=True)
class MetaStyleConfig:
    """A network, the losses that it is trained for, and how it will be adapted."""

    spec: NetSpec
    losses: LossWeights
    bilevel: Bilevel = Bilevel()


_OURS = f"{ARCHITECTURE.value}-dim8"

CONFIGS = {
    **{
        f"paper-dim{d}": MetaStyleConfig(NetSpec(Architecture.ZHANG2018, d), ZHANG2018)
        for d in (8, 16, 32)
    },
    **{
        f"moments-dim{d}": MetaStyleConfig(
            NetSpec(Architecture.ZHANG2018, d), MOMENTS, Bilevel(rate=2e-3)
        )
        for d in (8, 16, 32)
    },
    _OURS: MetaStyleConfig(META_CONFIGS[_OURS].spec, MOMENTS, Bilevel(rate=2e-3)),
    f"artwork-{_OURS}": MetaStyleConfig(META_CONFIGS[_OURS].spec, ARTWORK, Bilevel(rate=0.1)),
}
"""By name. ``paper-*``: Zhang et al. 2018, section 5.1, with Gram matrices. ``moments-*``: the same
network for means and deviations. ``six-norm-dim8``: for that loss, the network that the released
hypernetwork generates, so that its directions fit. ``artwork-six-norm-dim8``: the same network for
the objective ``artwork``, whose values are about a fiftieth, so that inner steps are fifty times as
long. The released style-neutral weights were trained so."""


def adapted(
    weights: Weights,
    changing: Sequence[str],
    bilevel: Bilevel,
    step: int,
    loss: Callable[[Weights], Tensor],
) -> Weights:
    """w_(s,T): the weights after the inner steps, as a function of ``weights``.

    Gradients flow through the steps, second derivatives included, unless ``first_order``.
    """
    now = dict(weights)
    for _ in range(bilevel.steps):
        slopes = torch.autograd.grad(
            loss(now), [now[name] for name in changing], create_graph=not bilevel.first_order
        )
        for name, slope in zip(changing, slopes, strict=True):
            now[name] = now[name] - bilevel.rate_at(step) * slope
    return now


@dataclass(slots=True)
class BilevelStep:
    """One outer step: the mean loss over styles of the networks adapted to each (Algorithm 1).

    All styles of a step share one batch of photographs for the inner and another for the outer
    objective (supplement, section 2).
    """

    model: TrainableNet
    bilevel: Bilevel
    objective: Objective
    styles: Callable[[], StyleTarget]
    """The next styles, as the objective describes them."""
    training: Callable[[], Tensor]
    """Photographs of the inner objective, ``(B, 3, H, W)``."""
    validation: Callable[[], Tensor]
    """Photographs of the outer objective, from another set."""

    def __call__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """The outer objective and its parts; ``before`` is the loss without the inner steps."""
        inside, outside = self.training(), self.validation()
        ops = self.model.spec.ops(bounded=False)
        weights = self.model.weights()
        changing = self.model.norms() if self.bilevel.only_norms else list(weights)
        total = inside.new_zeros(())
        parts: dict[str, Tensor] = {}
        styles = self.styles()
        for index in range(len(styles)):
            target = styles.rows([index])
            first: list[Tensor] = []

            def inner(
                now: Weights, target: StyleTarget = target, first: list[Tensor] = first
            ) -> Tensor:
                loss, _ = self.objective(run(ops, now, inside), inside, target)
                first.append(loss.detach())
                return loss

            fitted = adapted(weights, changing, self.bilevel, step, inner)
            loss, found = self.objective(run(ops, fitted, outside), outside, target)
            total = total + loss / len(styles)
            for name, value in {"before": first[0], **found}.items():
                share = value.detach() / len(styles)
                parts[name] = parts[name] + share if name in parts else share
        return total, parts


def average_network(spec: NetSpec, artworks: Sequence[UInt8Array]) -> StyleNet:
    """The mean of the networks that the released hypernetwork generates, where those are of
    ``spec``; else a random one.

    A start that knows strokes and edges, where a random one takes thousands of steps.
    """
    hypernetwork = Hypernetwork()
    if spec != hypernetwork.spec:
        return random_net(spec)
    rows = np.stack([hypernetwork.generate(Picture(rgb)).flat() for rgb in artworks])
    return StyleNet.from_flat(spec, rows.mean(axis=0))
