"""Keeping the photograph's colours."""

from __future__ import annotations

import numpy as np

from tinystyle.images import UInt8Array

__all__ = ["LUMA", "transfer_luma"]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B in the luma of ITU-R BT.601."""


def transfer_luma(painted: UInt8Array, original: UInt8Array) -> UInt8Array:
    """The luma of ``painted`` with the chroma of ``original``; both ``(H, W, 3)``.

    Adding one number to R, G and B changes luma and leaves the colour differences Cb and Cr alone
    (Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 5.2).
    """
    wanted = painted.astype(np.float32) @ LUMA
    present = original.astype(np.float32) @ LUMA
    shifted = original.astype(np.float32) + (wanted - present)[..., None]
    return (np.clip(shifted, 0.0, 255.0) + 0.5).astype(np.uint8)
