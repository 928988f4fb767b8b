"""A network as exporters see it: operations and weights, changed by passes, not yet a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tinystyle.network.graph_ops import BlendByInput, FromBytes, GraphOp
from tinystyle.network.ops import (
    InstanceNorm,
    MoveRegions,
    OneHot,
    RegionNorm,
    Shape,
    SwapPatches,
    SwapRegions,
)
from tinystyle.network.shapes import shapes
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet

__all__ = ["Graph", "Precision"]


class Precision(str, Enum):
    """Numbers that a file holds and that its runtime computes with."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class Graph:
    """A list of operations with its weights. ``spec`` is the network that it came from."""

    ops: tuple[GraphOp, ...]
    weights: Mapping[str, NDArray[np.float32]]
    spec: NetSpec
    notes: Mapping[str, str] = field(default_factory=dict)
    """Where the network comes from, and what passes have done, free text by key."""

    @classmethod
    def of(cls, net: StyleNet) -> Graph:
        """The network as it is."""
        return cls(net.spec.ops(), net.weights, net.spec, net.notes)

    padded: bool = False
    """Whether borders are made in another way than the network's own, for engines that need it."""

    @property
    def takes_bytes(self) -> bool:
        """Whether pictures go in and come out as uint8 ``(N, H, W, 3)``."""
        return any(isinstance(op, FromBytes) for op in self.ops)

    @property
    def takes_strength(self) -> bool:
        """Whether the strength of the style is a second input."""
        return any(isinstance(op, BlendByInput) for op in self.ops)

    @property
    def takes_mask(self) -> bool:
        """Whether the regions of a picture are a second input."""
        return any(isinstance(op, MoveRegions | SwapRegions | OneHot) for op in self.ops)

    @property
    def computes_in_floats(self) -> bool:
        """Whether int8 is how weights are stored, and nothing is computed in it."""
        return self.chooses_patches or self.takes_mask

    @property
    def chooses_patches(self) -> bool:
        """Whether patches are swapped: where two are as like, rounding decides."""
        return any(isinstance(op, SwapPatches | SwapRegions) for op in self.ops)

    @property
    def few_norms(self) -> bool:
        """Whether files in half precision are held to 2 of 255: docs/precision.md.

        One norm at most, or those of SIX_NORM and REGIONS: what the later ones divide is added to
        what was there, so that errors grow little.
        """
        norms = sum(isinstance(op, InstanceNorm | RegionNorm) for op in self.ops)
        six = (Architecture.SIX_NORM, Architecture.REGIONS)
        return norms <= 1 or self.spec.architecture in six

    @property
    def result(self) -> str:
        """Name of the tensor that comes out."""
        return self.ops[-1].name

    def shapes(self, height: int, width: int) -> dict[str, Shape]:
        """As :func:`tinystyle.network.shapes.shapes`."""
        return shapes(self.ops, height, width)
