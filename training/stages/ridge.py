"""Linear regression with an L2 penalty."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["ridge"]


def ridge(inputs: Tensor, outputs: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Matrix ``(D, K)`` and bias ``(D,)`` from M inputs ``(M, K)`` to outputs ``(M, D)``.

    ``penalty`` weighs the squared matrix beside the sum of squared errors.
    """
    at_inputs, at_outputs = inputs.mean(dim=0), outputs.mean(dim=0)
    x, y = inputs - at_inputs, outputs - at_outputs
    added = penalty * torch.eye(x.shape[1], dtype=x.dtype)
    matrix = torch.linalg.solve(x.T @ x + added, x.T @ y).T
    return matrix, at_outputs - matrix @ at_inputs
