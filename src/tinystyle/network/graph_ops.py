"""Operations that only graphs for export have, beside those of :mod:`tinystyle.network.ops`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tinystyle.network.ops import (
    Add,
    Blend,
    BlendRegions,
    MoveRegions,
    Op,
    RegionNorm,
    SwapRegions,
    Trim,
)

__all__ = [
    "STRENGTH",
    "BlendByInput",
    "Concat",
    "FromBytes",
    "FromCorner",
    "GraphOp",
    "Scale",
    "SubpixelConv",
    "ToBytes",
    "only_follow",
    "read_by",
]


@dataclass(frozen=True, slots=True)
class SubpixelConv:
    """A convolution that makes 2x2 pixels at a time and puts them in place (Shi et al. 2016).

    Parameters as those of the :class:`Conv` that it stands for: weight ``(O, I, k, k)``, optional
    bias. The kernel computed with is ``subpixel.kernel`` of it, ``(4 O, I, …)``.
    ``upsampled`` stands for a 3x3 convolution over a picture enlarged twice: ``(I, H, W)`` to
    ``(O, 2 H - 2, 2 W - 2)``. Otherwise for a convolution of stride 1 without padding, whose height
    and width must come out even.
    """

    name: str
    source: str
    in_channels: int
    out_channels: int
    kernel: int
    upsampled: bool
    bias: bool = False


@dataclass(frozen=True, slots=True)
class Concat:
    """``source``, then ``others``, side by side along ``axis``."""

    name: str
    source: str
    others: tuple[str, ...]
    axis: int


@dataclass(frozen=True, slots=True)
class FromCorner:
    """Each channel less its first pixel: exact zeros of a flat picture."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Times ``factor``."""

    name: str
    source: str
    factor: float


@dataclass(frozen=True, slots=True)
class FromBytes:
    """uint8 pixels ``(N, H, W, 3)`` to ``(N, 3, H, W)``, each a ``divisor``-th: 0..1 by 255."""

    name: str
    source: str
    divisor: float = 255.0


@dataclass(frozen=True, slots=True)
class ToBytes:
    """``(N, 3, H, W)``, cut to 0..1, to uint8 pixels ``(N, H, W, 3)``, rounded half up."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class BlendByInput:
    """other + strength * (source - other), with ``strength`` the graph's second input."""

    name: str
    source: str
    other: str


STRENGTH = "strength"
"""Name of the second input of a graph that has one: float32 ``(1,)``, 0..1."""

GraphOp = Op | SubpixelConv | Concat | FromCorner | Scale | FromBytes | ToBytes | BlendByInput
"""What graphs for export are made of."""


def read_by(op: GraphOp) -> tuple[str, ...]:
    """Names of the tensors that an operation reads."""
    match op:
        case (
            Add(other=second)
            | Blend(other=second)
            | BlendByInput(other=second)
            | RegionNorm(other=second)
            | Trim(like=second)
        ):
            return op.source, second
        case MoveRegions(mask=mask) | SwapRegions(mask=mask):
            return op.source, mask
        case Concat(others=others) | BlendRegions(others=others):
            return op.source, *others
        case _:
            return (op.source,)


def only_follow(ops: Sequence[GraphOp], all_ops: Iterable[GraphOp]) -> bool:
    """Whether each of ``ops`` but the last is read by the next one, and by none else of all."""
    found: dict[str, list[str]] = {op.name: [] for op in ops}
    for op in all_ops:
        for name in read_by(op):
            if name in found:
                found[name].append(op.name)
    return all(found[op.name] == [after.name] for op, after in pairwise(ops))
