"""Means over large activations, strip by strip: what is computed on the way stays in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor

__all__ = [
    "channel_moments",
    "channel_products",
    "channel_products_error",
    "in_float32",
    "mean_square",
]

_ELEMENTS = 1 << 19
"""Of a strip, about: 2 MB in float32."""


def channel_moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Population variance and mean of each channel: ``(N, C, H, W)`` to two ``(N, C)``.

    Of half precisions in float32. As torch.var_mean, which takes five to eight times as long on a
    CPU, and whose gradient passes over the features five times. Can be differentiated twice.
    """
    return cast("tuple[Tensor, Tensor]", _Moments.apply(features))  # type: ignore[no-untyped-call]


def mean_square(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of ``(…, H, W)``: a scalar, of half precisions in float32.

    Can be differentiated twice.
    """
    return cast(Tensor, _MeanSquare.apply(features, target))  # type: ignore[no-untyped-call]


def channel_products(features: Tensor) -> Tensor:
    """Means over positions of products of channels: ``(N, C, H, W)`` to ``(N, C, C)``, float32.

    Of bfloat16 the products are computed in it (sums in float32, results rounded to 8 bits), in a
    fraction of the time where the processor has instructions for that. The gradient is one product,
    where autograd, which does not know that the result is symmetric, takes two. Can be
    differentiated twice.
    """
    # A view where channels are last in memory.
    rows = features.permute(0, 2, 3, 1).flatten(1, 2)
    return cast(Tensor, _Products.apply(rows))  # type: ignore[no-untyped-call]


def channel_products_error(features: Tensor, wanted: Tensor) -> Tensor:
    """Summed squared error of :func:`channel_products` / C: ``(N, C, H, W)`` and ``(N or 1, C, C)``
    to ``(N,)``.

    ``wanted`` is symmetric and has no gradient. One function, because matrices of 512 channels are
    large: step by step autograd passes over them ten times. Can be differentiated twice.
    """
    rows = features.permute(0, 2, 3, 1).flatten(1, 2)
    return cast(Tensor, _ProductsError.apply(rows, wanted))  # type: ignore[no-untyped-call]


def in_float32(features: Tensor) -> Tensor:
    """Half precisions in float32, others as they are: for sums over many values."""
    return features.to(torch.promote_types(features.dtype, torch.float32))


def _strips(*features: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The same rows of each at a time, in float32; all at once in a traced graph, for any size."""
    rows = features[0].shape[-2]
    if torch.compiler.is_compiling() or features[0].device.type != "cpu":
        yield tuple(in_float32(each) for each in features)
        return
    strip = max(1, _ELEMENTS * rows // max(1, features[0].numel()))
    for strips in zip(*(each.split(strip, dim=-2) for each in features), strict=True):
        yield tuple(in_float32(each) for each in strips)


class _Moments(torch.autograd.Function):
    @staticmethod
    def forward(features: Tensor) -> tuple[Tensor, Tensor]:
        share = 1.0 / features[0, 0].numel()
        sums = [strip.sum(dim=(2, 3), keepdim=True) for (strip,) in _strips(features)]
        mean = share * torch.stack(sums).sum(dim=0)
        squares = [(strip - mean).square_().sum(dim=(2, 3)) for (strip,) in _strips(features)]
        return share * torch.stack(squares).sum(dim=0), mean[:, :, 0, 0]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(inputs[0], output[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        features, mean = ctx.saved_tensors
        of_variance, of_mean = gradients
        share = 1.0 / features[0, 0].numel()
        slope = (2.0 * share * of_variance)[:, :, None, None]
        shift = (share * of_mean)[:, :, None, None] - slope * mean[:, :, None, None]
        found = [
            torch.addcmul(shift, strip, slope).to(features.dtype) for (strip,) in _strips(features)
        ]
        return torch.cat(found, dim=2)


class _MeanSquare(torch.autograd.Function):
    @staticmethod
    def forward(features: Tensor, target: Tensor) -> Tensor:
        squares = [(x - y).square_().sum() for x, y in _strips(features, target)]
        return torch.stack(squares).sum() / features.numel()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        features, target = ctx.saved_tensors
        slope = gradients[0] * (2.0 / features.numel())
        found = torch.cat(
            [((x - y) * slope).to(features.dtype) for x, y in _strips(features, target)], dim=-2
        )
        return found, -found.to(target.dtype) if ctx.needs_input_grad[1] else None


class _Products(torch.autograd.Function):
    """Of rows ``(N, P, C)``."""

    @staticmethod
    def forward(rows: Tensor) -> Tensor:
        return in_float32(torch.bmm(rows.transpose(1, 2), rows)).div_(rows.shape[1])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (rows,) = ctx.saved_tensors
        both = (gradient + gradient.transpose(1, 2)).div_(rows.shape[1])
        return torch.bmm(rows, both.to(rows.dtype))


class _ProductsError(torch.autograd.Function):
    """Of rows ``(N, P, C)`` and ``(N or 1, C, C)``."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, wanted: Tensor) -> Tensor:
        share = 1.0 / (rows.shape[1] * rows.shape[2])
        # Also of products in half precision this is float32.
        difference = torch.sub(wanted, torch.bmm(rows.transpose(1, 2), rows), alpha=share)
        ctx.save_for_backward(rows, wanted, difference)
        error: Tensor = torch.linalg.vector_norm(difference, dim=(1, 2)).square_()
        return error

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        rows, wanted, difference = ctx.saved_tensors
        share = 1.0 / (rows.shape[1] * rows.shape[2])
        slope = (-4.0 * share) * gradients[0][:, None, None]
        if torch.is_grad_enabled():  # to be differentiated again
            products = cast(Tensor, _Products.apply(rows))  # type: ignore[no-untyped-call]
            difference = wanted - products / rows.shape[2]
        return torch.bmm(rows, (difference * slope).to(rows.dtype)), None
