"""For whom an ONNX graph is laid out."""

from __future__ import annotations

from enum import Enum

__all__ = ["Layout"]


class Layout(str, Enum):
    """Both compute the same network."""

    ANY = "any"
    """Every engine: stored kernels and common operators. Pixels are put in place by DepthToSpace in
    CRD mode, and norms leave flat pictures flat where an engine's convolutions differ by rounding
    from place to place."""
    ONNXRUNTIME_CPU = "onnxruntime-cpu"
    """The file holds the network's weights as they are, a tenth less: kernels are put together when
    it is loaded. With reflected borders also faster; other engines refuse or misread it."""
