"""The last stage of the compact perceptual network, in closed form from what VGG-19 answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from tinystyle.errors import OptionError
from tinystyle.training.compact_perceptual import CompactPerceptual
from tinystyle.training.perceptual import PerceptualNetwork

__all__ = ["regress"]

_BEGINS, _ENDS = "relu3_3", "relu4_3"
_CONVOLUTIONS = ("conv3_4", "conv4_1", "conv4_2", "conv4_3")
"""What VGG-19 computes from the one to the other; VGG-16 has no conv3_4."""

_POOLED = "conv4_1"
"""A max-pooling goes before this one."""

_LACKING = 0.05
"""Share of a channel's variance that the estimate is taken to lack at first."""

_RIDGE = 1e-4
"""Of the regressions, relative to the mean variance of their inputs."""


@dataclass(frozen=True, slots=True)
class _LowRank:
    """``relu(mix @ (narrow * (reduce @ x)) + bias)``: a convolution in few dimensions."""

    reduce: Tensor | None
    """``(r, C)``, or None where the input has few channels."""
    narrow: Tensor
    """``(s, r, 3, 3)``."""
    mix: Tensor
    """``(D, s)``."""
    bias: Tensor

    def inside(self, x: Tensor) -> Tensor:
        return x if self.reduce is None else F.conv2d(x, self.reduce[:, :, None, None])

    def __call__(self, x: Tensor) -> Tensor:
        narrow = F.conv2d(self.inside(x), self.narrow, padding=1)
        return F.relu(F.conv2d(narrow, self.mix[:, :, None, None], self.bias))

    def filters(self) -> list[tuple[Tensor, Tensor | None]]:
        """Weights and bias of the convolutions that compute it."""
        first = [] if self.reduce is None else [(self.reduce[:, :, None, None], None)]
        return [*first, (self.narrow, None), (self.mix[:, :, None, None], self.bias)]


@torch.no_grad()
def regress(
    network: CompactPerceptual, teacher: PerceptualNetwork, pictures: Sequence[Tensor]
) -> tuple[CompactPerceptual, float]:
    """A network whose last stage gives what VGG-19 gives at conv3_4 to conv4_3, in few dimensions.

    The earlier stages are those of ``network``. ``pictures`` are batches ``(N, 3, H, W)``, 0..1.
    One convolution after the other is fitted by a regression of reduced rank from its inputs as
    they are by then, errors included, to VGG's true outputs (Zhang et al. 2016, *Accelerating very
    deep convolutional networks*, eq. 8), after the input channels were reduced to the combinations
    that the outputs depend on most (Tucker 1966). No gradient step is taken, and none of VGG's
    weights is looked at: a teacher's answers to pictures are all that a student learns from.

    Returned beside it: the share of relu4_3's variance in these pictures that is unexplained.
    Raises OptionError where the teacher is not VGG-19.
    """
    if missing := [name for name in _CONVOLUTIONS if name not in teacher.convs]:
        raise OptionError(f"the teacher has no {', '.join(missing)}; needed is VGG-19")
    result = CompactPerceptual()
    state = result.state_dict()
    kept = {k: v for k, v in network.state_dict().items() if _ENDS not in k}
    result.load_state_dict({**state, **kept})
    plan = [part.channels for part in result.plan[_ENDS]]
    ranks = [(None, plan[0]), *((plan[i], plan[i + 1]) for i in range(2, len(plan), 3))]
    x = [network(image, (_BEGINS,))[_BEGINS] for image in pictures]
    wanted = [teacher(image, (_BEGINS,))[_BEGINS] for image in pictures]
    filters: list[tuple[Tensor, Tensor | None]] = []
    work = zip(_CONVOLUTIONS, ranks, strict=True)
    for name, (inputs, outputs) in tqdm(work, desc="regression", total=len(ranks), unit=" layers"):
        if name == _POOLED:
            x, wanted = ([F.max_pool2d(part, 2) for part in parts] for parts in (x, wanted))
        convolution = cast(nn.Conv2d, teacher.convs[name])
        wanted = [convolution(part) for part in wanted]
        low = _fit(x, wanted, inputs, outputs)
        x, wanted = [low(part) for part in x], [F.relu(part) for part in wanted]
        filters += low.filters()
    for conv, (weight, bias) in zip(
        cast(nn.ModuleList, result.stages[_ENDS]), filters, strict=True
    ):
        conv.load_state_dict(
            {"weight": weight, "bias": torch.zeros(len(weight)) if bias is None else bias}
        )
    known = torch.cat(wanted)
    deviation, mean = torch.std_mean(known, dim=(0, 2, 3))
    result.set_scale(_ENDS, mean, deviation)
    result.lacking[_ENDS].fill_(_LACKING)
    error = F.mse_loss(torch.cat(x), known) / deviation.square().mean()
    return result, error.item()


def _fit(x: list[Tensor], wanted: list[Tensor], inputs: int | None, outputs: int) -> _LowRank:
    reduce, inside = None, x
    if inputs is not None:
        reduce = _reduction(x, _Regression(x, wanted), inputs)
        inside = [F.conv2d(part, reduce[:, :, None, None]) for part in x]
    found = _Regression(inside, wanted)
    spread = found.matrix.T @ found.covariance @ found.matrix
    axes = torch.linalg.eigh(spread)[1][:, -outputs:]
    narrow = (found.matrix @ axes).T.reshape(outputs, -1, 3, 3)
    bias = found.mean_out - axes @ (axes.T @ (found.matrix.T @ found.mean_in))
    return _LowRank(reduce, narrow.float(), axes.float(), bias.float())


class _Regression:
    """Outputs ``(N, D, h, w)`` from the 3 x 3 pixels around, least squares with an L2 penalty."""

    def __init__(self, x: list[Tensor], wanted: list[Tensor]) -> None:
        size = 9 * x[0].shape[1]
        squares = torch.zeros(size + 1, size + 1, dtype=torch.float64)
        products = torch.zeros(size + 1, wanted[0].shape[1], dtype=torch.float64)
        count = 0
        for part, target in zip(x, wanted, strict=True):
            rows = F.unfold(part, 3, padding=1).transpose(1, 2).flatten(0, 1)
            rows = F.pad(rows, (0, 1), value=1.0)
            squares += rows.T @ rows
            products += rows.T @ target.permute(0, 2, 3, 1).flatten(0, 2)
            count += len(rows)
        self.mean_in, self.mean_out = squares[-1, :-1] / count, products[-1] / count
        self.covariance = squares[:-1, :-1] / count - torch.outer(self.mean_in, self.mean_in)
        crossed = products[:-1] / count - torch.outer(self.mean_in, self.mean_out)
        penalty = _RIDGE * _mean_square(self.covariance)
        self.matrix = torch.linalg.solve(self.covariance + penalty, crossed)
        """``(9 C, D)``, a channel's nine pixels together."""


def _reduction(x: list[Tensor], found: _Regression, rank: int) -> Tensor:
    """The ``(rank, C)`` combinations of input channels that the outputs depend on most."""
    rows = torch.cat([part.transpose(0, 1).flatten(1) for part in x], dim=1)
    moment = (rows @ rows.T / rows.shape[1]).double()
    values, vectors = torch.linalg.eigh(moment + _RIDGE * _mean_square(moment))
    root = vectors * values.sqrt() @ vectors.T
    seen = root @ found.matrix.reshape(len(root), -1)
    axes = torch.linalg.eigh(seen @ seen.T)[1][:, -rank:]
    reduction: Tensor = axes.T @ (vectors / values.sqrt() @ vectors.T)
    return reduction.float()


def _mean_square(moment: Tensor) -> Tensor:
    return moment.diagonal().mean() * torch.eye(len(moment), dtype=moment.dtype)
