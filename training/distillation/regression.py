"""All but the first stage of the compact perceptual network, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from tinystyle.errors import OptionError
from tinystyle.training.perceptual.compact import CompactPerceptual
from tinystyle.training.perceptual.trunk import Convolution
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["regress"]

_CONVOLUTIONS = {
    "relu2_2": ("conv2_1", "conv2_2"),
    "relu3_3": ("conv3_1", "conv3_2", "conv3_3"),
    "relu4_3": ("conv3_4", "conv4_1", "conv4_2", "conv4_3"),
}
"""What VGG-19 computes from each layer to the next; VGG-16 has no conv3_4."""

_BEGINS = "relu1_2"

_LEAST = 1e-12
"""Variance of a channel that is the same everywhere, so that nothing is divided by 0."""

_RIDGE = 1e-4
"""Of the regressions, relative to the mean variance of their inputs."""


_Filters = list[tuple[Tensor, Tensor]]
"""Weight and bias of the convolutions that stand for one of VGG's, a ReLU after the last."""


@torch.no_grad()
def regress(
    network: CompactPerceptual, teacher: PerceptualNetwork, pictures: Sequence[Tensor]
) -> tuple[CompactPerceptual, dict[str, float]]:
    """A network that gives what VGG-19 gives at conv2_1 to conv4_3, in few dimensions.

    The first stage is that of ``network``, which works at half the resolution from the start: there
    VGG's two convolutions would cost as much as all others together. Where it is wider now than
    there, the filters more are random: they see something else. ``pictures`` are batches
    ``(N, 3, H, W)``, 0..1, of one size. One convolution after the other is fitted by a regression
    of reduced rank from its inputs as they are by then, errors included, to VGG's true outputs
    (Zhang et al. 2016, *Accelerating very deep convolutional networks*, eq. 8), after the input
    channels were reduced to the combinations that the outputs depend on most (Tucker 1966). No
    gradient step is taken, and none of VGG's weights is looked at: a teacher's answers to pictures
    are all that a student learns from.

    Returned beside it: by layer, the share of its variance in these pictures that is unexplained.
    Raises OptionError where the teacher is not VGG-19.
    """
    needed = [name for names in _CONVOLUTIONS.values() for name in names]
    if missing := [name for name in needed if name not in teacher.convs]:
        raise OptionError(f"the teacher has no {', '.join(missing)}; needed is VGG-19")
    result = CompactPerceptual()
    for name, value in result.state_dict().items():
        if _BEGINS in name:
            _begin(value, network.state_dict()[name])
    x = [result(image, (_BEGINS,))[_BEGINS] for image in pictures]
    wanted = [F.max_pool2d(teacher(image, (_BEGINS,))[_BEGINS], 2) for image in pictures]
    errors: dict[str, float] = {}
    with tqdm(desc="regression", total=len(needed), unit=" layers") as progress:
        for layer, names in _CONVOLUTIONS.items():
            filters: _Filters = []
            for name, bank in zip(names, _banks(result.plan[layer]), strict=True):
                if bank[0].pooled:
                    x, wanted = ([F.max_pool2d(p, 2) for p in parts] for parts in (x, wanted))
                fitted, x, wanted = _stand_in(cast(nn.Conv2d, teacher.convs[name]), bank, x, wanted)
                filters += fitted
                progress.update()
            stage = cast(nn.ModuleList, result.stages[layer])
            for conv, (weight, bias) in zip(stage, filters, strict=True):
                conv.load_state_dict({"weight": weight, "bias": bias})
            errors[layer] = _measure(result, layer, x, wanted)
    return result, errors


def _begin(value: Tensor, before: Tensor) -> None:
    """Put ``before`` at the beginning of all axes of ``value``; beside it inputs count nothing."""
    own = tuple(slice(length) for length in before.shape)
    value[: len(before)] = 0.0
    value[own] = before


def _banks(stage: Sequence[Convolution]) -> list[list[Convolution]]:
    """The convolutions of a stage that stand for one of VGG's each: a ReLU ends them."""
    banks: list[list[Convolution]] = [[]]
    for part in stage:
        banks[-1].append(part)
        if not part.linear:
            banks.append([])
    return banks[:-1]


def _stand_in(
    convolution: nn.Conv2d, bank: Sequence[Convolution], x: list[Tensor], wanted: list[Tensor]
) -> tuple[_Filters, list[Tensor], list[Tensor]]:
    """Filters from ``x`` to what ``convolution`` makes of ``wanted``, and both results."""
    wanted = [convolution(part) for part in wanted]
    *combined, filters, _ = bank
    fitted = _fit(x, wanted, combined[0].channels if combined else None, filters.channels)
    return fitted, [_through(fitted, p).relu_() for p in x], [p.relu_() for p in wanted]


def _measure(result: CompactPerceptual, layer: str, x: list[Tensor], wanted: list[Tensor]) -> float:
    """Set the scale of a layer and what its estimate lacks; the share that is unexplained."""
    found, known = torch.cat(x), torch.cat(wanted)
    deviation, mean = torch.std_mean(known, dim=(0, 2, 3))
    result.set_scale(layer, mean, deviation)
    lacking = (known.var(dim=(2, 3)) - found.var(dim=(2, 3))).mean(dim=0)
    result.lacking[layer].copy_(lacking / deviation.square().clamp_min(_LEAST))
    return F.mse_loss(found, known).item() / deviation.square().mean().item()


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
