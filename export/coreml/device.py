"""CoreML itself, on macOS. Written to coremltools' documentation; no Mac has run it yet."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tinystyle.errors import ModelError
from tinystyle.export.coreml.writer import coremltools
from tinystyle.network.manifest import Manifest
from tinystyle.network.ops import MASK
from tinystyle.pictures.images import UInt8Array

__all__ = ["COMPUTE_UNITS", "available", "predict"]

COMPUTE_UNITS = ("CPU_ONLY", "CPU_AND_GPU", "CPU_AND_NE", "ALL")
"""Of coremltools; NE is the Neural Engine."""


def available() -> bool:
    """Whether this system has CoreML."""
    return sys.platform == "darwin"


def predict(
    path: Path, manifest: Manifest, image: UInt8Array, unit: str, mask: UInt8Array | None = None
) -> UInt8Array:
    """What CoreML makes of RGB ``(H, W, 3)``, and labels ``(H, W)`` if it takes any, on a compute
    unit. ModelError where it cannot."""
    ct = coremltools()
    given = {manifest.input_name: Image.fromarray(image)}
    if mask is not None:
        given[MASK] = Image.fromarray(mask)
    try:
        model = ct.models.MLModel(str(path), compute_units=ct.ComputeUnit[unit])
        made = model.predict(given)
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: CoreML cannot run it on {unit} ({error})") from error
    painted = made[manifest.output_name].convert("RGB")
    return np.asarray(painted, np.uint8)
