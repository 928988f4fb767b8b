"""Frozen 3x3 convolutions by Winograd's minimal filtering: less arithmetic on a CPU.

Lavin and Gray 2016, *Fast Algorithms for Convolutional Neural Networks*, F(4x4, 3x3): each 4x4 tile
of the output costs 36 multiplications a channel pair in place of 144. The filters of a perceptual
network never change, so their transform is computed once. cuDNN does this by itself; oneDNN on a
CPU does not for float32.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["WinogradReluConv"]

TILE = 4
"""Side of an output tile. The sides of pictures must be multiples of it."""

_PATCH = TILE + 2
_TILES_AT_ONCE = 256
"""Enough rows for a full matrix product, few enough to stay in the cache."""

# The matrices B^T, G and A^T of Lavin and Gray, section 4.3 (F(4, 3), points 0, 1, -1, 2, -2).
_INPUT = torch.tensor(
    [
        [4.0, 0.0, -5.0, 0.0, 1.0, 0.0],
        [0.0, -4.0, -4.0, 1.0, 1.0, 0.0],
        [0.0, 4.0, -4.0, -1.0, 1.0, 0.0],
        [0.0, -2.0, -1.0, 2.0, 1.0, 0.0],
        [0.0, 2.0, -1.0, -2.0, 1.0, 0.0],
        [0.0, 4.0, 0.0, -5.0, 0.0, 1.0],
    ]
)
_FILTER = torch.tensor(
    [
        [1 / 4, 0.0, 0.0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0.0, 0.0, 1.0],
    ],
    dtype=torch.float64,
)
_OUTPUT = torch.tensor(
    [
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        [0.0, 1.0, -1.0, 2.0, -2.0, 0.0],
        [0.0, 1.0, 1.0, 4.0, 4.0, 0.0],
        [0.0, 1.0, -1.0, 8.0, -8.0, 1.0],
    ]
)
_INPUT_2D = torch.kron(_INPUT, _INPUT)
_OUTPUT_2D = torch.kron(_OUTPUT, _OUTPUT)


class WinogradReluConv:
    """ReLU of a frozen 3x3 convolution with padding 1; differentiable in its input only."""

    def __init__(self, conv: nn.Conv2d) -> None:
        if conv.kernel_size != (3, 3) or conv.padding != (1, 1) or conv.bias is None:
            raise ValueError(f"not a 3x3 convolution with padding 1 and a bias: {conv}")
        weight = conv.weight.detach()
        self._filters = _transformed(weight)
        self._adjoint = _transformed(weight.flip(2, 3).transpose(0, 1))
        self._bias = conv.bias.detach()

    @staticmethod
    def takes(image: Tensor) -> bool:
        """Whether the method is exact for this tensor and worth it: float32 on a CPU, wide."""
        return (
            image.device.type == "cpu"
            and image.dtype == torch.float32
            and image.shape[1] >= 64
            and image.shape[2] % TILE == 0
            and image.shape[3] % TILE == 0
            and not torch.is_autocast_enabled("cpu")
        )

    def __call__(self, image: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, K, H, W)``, channels last in memory."""
        apply: Callable[..., Tensor] = _ReluConv.apply
        return apply(image, self._filters, self._adjoint, self._bias)


class _ReluConv(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: object, image: Tensor, filters: Tensor, adjoint: Tensor, bias: Tensor
    ) -> Tensor:
        out = _convolve(image, filters).add_(bias.view(1, -1, 1, 1)).relu_()
        ctx.save_for_backward(out, adjoint)  # type: ignore[attr-defined]
        return out

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        out, adjoint = ctx.saved_tensors  # type: ignore[attr-defined]
        through = torch.ops.aten.threshold_backward(gradient, out, 0)
        return _convolve(through, adjoint), None, None, None


def _transformed(weight: Tensor) -> Tensor:
    """``(K, C, 3, 3)`` to ``(36, C, K)``."""
    outputs, inputs = weight.shape[:2]
    spread = torch.einsum("pi,kcij,qj->pqck", _FILTER, weight.double(), _FILTER)
    return spread.reshape(_PATCH * _PATCH, inputs, outputs).float().contiguous()


def _convolve(image: Tensor, filters: Tensor) -> Tensor:
    count, channels, height, width = image.shape
    down, across, outputs = height // TILE, width // TILE, filters.shape[2]
    padded = F.pad(image.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))
    result = torch.empty(count, down, TILE, across, TILE, outputs)
    stride = max(1, _TILES_AT_ONCE // (down * across))
    for first in range(0, count, stride):
        part = padded[first : first + stride]
        tiles = part.unfold(1, _PATCH, TILE).unfold(2, _PATCH, TILE)
        patches = tiles.permute(4, 5, 0, 1, 2, 3).reshape(_PATCH * _PATCH, -1)
        spread = (_INPUT_2D @ patches).view(_PATCH * _PATCH, -1, channels)
        product = torch.bmm(spread, filters).view(_PATCH * _PATCH, -1)
        merged = (_OUTPUT_2D @ product).view(TILE, TILE, len(part), down, across, outputs)
        result[first : first + stride] = merged.permute(2, 3, 0, 4, 1, 5)
    return result.view(count, height, width, outputs).permute(0, 3, 1, 2)
