"""How far an exported file may be from its network."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace

from tinystyle.network.graph import Graph, Precision

__all__ = ["GREY_LEVEL", "Tolerance", "tolerance_for", "tolerance_of"]

GREY_LEVEL = 1.0 / 255.0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is allowed between a file and its network, at an output range of 0..1."""

    largest: float
    """Absolute difference of any value."""
    median: float = 1.0
    """Of the median absolute differences of pictures, the median."""
    ssim: float = 0.0
    """Of the structural similarities of pictures, the median, at least."""
    share: float = 0.0
    """Of a picture's values, those that may be further away than ``largest``."""


_TOLERANCES = {
    Precision.FP32: Tolerance(1e-4),
    Precision.FP16: Tolerance(1.0, 0.5 * GREY_LEVEL),
    Precision.INT8: Tolerance(1.0, 4 * GREY_LEVEL, 0.95),
}


_HALF_LEVELS = {(False, False): 6, (False, True): 12, (True, False): 2, (True, True): 6}
"""Grey levels that single pixels may be away in half precision, by whether norms are few, and
whether sums are in half numbers, too."""


def tolerance_of(
    precision: Precision,
    *,
    bytes_io: bool = False,
    half_sums: bool | None = None,
    few_norms: bool = False,
) -> Tolerance:
    """What is allowed. Of bytes, one grey level more: a hair's breadth can round another way.

    Single pixels of a file in half precision may be further away with ``half_sums``: where the
    processor also adds up in half numbers, as ARM's do. By default, whether this one is of ARM.
    They must be nearer with ``few_norms``: see :attr:`tinystyle.network.graph.Graph.few_norms`.
    """
    found = _TOLERANCES[precision]
    if half_sums is None:
        half_sums = platform.machine().lower() in ("aarch64", "arm64")
    if precision is Precision.FP16:
        found = replace(found, largest=_HALF_LEVELS[few_norms, half_sums] * GREY_LEVEL)
    if not bytes_io or precision is Precision.INT8:
        return found
    return replace(found, largest=found.largest + GREY_LEVEL)


_TIED = {
    # A place where two patches are as like, to seven digits, is 20 pixels wide in the picture.
    Precision.FP32: Tolerance(1e-4, share=0.1),
    # To three digits there are many, between patches that look alike, too.
    Precision.FP16: Tolerance(1.0, 4 * GREY_LEVEL, 0.8),
    Precision.INT8: Tolerance(1.0, 8 * GREY_LEVEL, 0.7),
}
"""Where patches are chosen: rounding decides between those that are as like."""


def tolerance_for(
    graph: Graph, precision: Precision, *, half_sums: bool | None = None
) -> Tolerance:
    """:func:`tolerance_of` a file of ``graph``."""
    if graph.chooses_patches:
        found = _TIED[precision]
        return replace(found, largest=found.largest + GREY_LEVEL * graph.takes_bytes)
    return tolerance_of(
        precision, bytes_io=graph.takes_bytes, half_sums=half_sums, few_norms=graph.few_norms
    )
