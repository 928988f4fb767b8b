"""The last stage of the compact perceptual network, in closed form from what VGG-19 answers."""

from __future__ import annotations

from collections.abc import Sequence
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


_Filters = list[tuple[Tensor, Tensor]]
"""Weight and bias of the convolutions that stand for one of VGG's, a ReLU after the last."""


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
    filters: _Filters = []
    work = zip(_CONVOLUTIONS, ranks, strict=True)
    for name, (inputs, outputs) in tqdm(work, desc="regression", total=len(ranks), unit=" layers"):
        if name == _POOLED:
            x, wanted = ([F.max_pool2d(part, 2) for part in parts] for parts in (x, wanted))
        convolution = cast(nn.Conv2d, teacher.convs[name])
        wanted = [convolution(part) for part in wanted]
        fitted = _fit(x, wanted, inputs, outputs)
        x = [F.relu(_through(fitted, part)) for part in x]
        wanted = [F.relu(part) for part in wanted]
        filters += fitted
    stage = cast(nn.ModuleList, result.stages[_ENDS])
    for conv, (weight, bias) in zip(stage, filters, strict=True):
        conv.load_state_dict({"weight": weight, "bias": bias})
    known = torch.cat(wanted)
    deviation, mean = torch.std_mean(known, dim=(0, 2, 3))
    result.set_scale(_ENDS, mean, deviation)
    result.lacking[_ENDS].fill_(_LACKING)
    error = F.mse_loss(torch.cat(x), known) / deviation.square().mean()
    return result, error.item()


def _fit(x: list[Tensor], wanted: list[Tensor], inputs: int | None, outputs: int) -> _Filters:
    """Convolutions 1x1 to ``inputs`` channels (none if None), 3x3 to ``outputs``, 1x1 to VGG's."""
    filters: _Filters = []
    if inputs is not None:
        reduction = _reduction(x, _Regression(x, wanted), inputs)
        filters.append((reduction[:, :, None, None], torch.zeros(inputs)))
    found = _Regression([_through(filters, part) for part in x], wanted)
    spread = found.matrix.T @ found.covariance @ found.matrix
    axes = torch.linalg.eigh(spread)[1][:, -outputs:]
    narrow = (found.matrix @ axes).T.reshape(outputs, -1, 3, 3)
    bias = found.mean_out - axes @ (axes.T @ (found.matrix.T @ found.mean_in))
    filters.append((narrow.float(), torch.zeros(outputs)))
    filters.append((axes[:, :, None, None].float(), bias.float()))
    return filters


def _through(filters: _Filters, x: Tensor) -> Tensor:
    for weight, bias in filters:
        x = F.conv2d(x, weight, bias, padding=weight.shape[2] // 2)
    return x


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
