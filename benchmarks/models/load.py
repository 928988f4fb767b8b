"""Loading a model for a target of this machine."""

from __future__ import annotations

from pathlib import Path

from tinystyle.benchmarks.models.model import Subject
from tinystyle.runtime.session import SessionOptions

__all__ = ["COREML", "TORCH", "open_subject", "provider_of"]

TORCH = "torch"
"""Target of networks in torch: ``torch`` or ``torch:cuda`` on a GPU, ``torch:cpu``."""

COREML = "coreml"
"""Target of CoreML by onnxruntime; what it may compute on follows a colon."""


def provider_of(target: str) -> str:
    """Execution provider that a target of this machine asks for."""
    family, _, variant = target.partition(":")
    if family == TORCH:
        return variant or "cuda"
    return family


def open_subject(path: Path, target: str, threads: int) -> Subject:
    """A model, loaded. Raises as Subject does."""
    family, _, variant = target.partition(":")
    if family != TORCH:
        units = (variant or "all") if family == COREML else None
        return Subject(path, SessionOptions(threads, (family,), units, rests=True))
    from tinystyle.benchmarks.models.torch_backend import TorchEngine  # noqa: PLC0415  (loads slowly)

    device = provider_of(target)
    return Subject(path, SessionOptions(threads), lambda: TorchEngine(path, device, threads))
