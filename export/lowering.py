"""From a network to the graph that a file is written of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.assets import asset
from tinystyle.export.passes.half_precision import half_kernels, single_kernels
from tinystyle.export.passes.norms import frozen, rescaled
from tinystyle.export.passes.structure import (
    Padding,
    blocked,
    subpixel,
    with_bytes,
    with_exact_levels,
    with_padding,
    with_strength,
)
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import middle_square, read_picture, resize, to_batch

__all__ = ["GraphOptions", "Norm", "PictureIO", "Upsampling", "calibration_pictures", "prepare"]

_CALIBRATION_SIDE = 192
_CALIBRATION_PICTURES = 16

FloatArray = NDArray[np.float32]


class Norm(str, Enum):
    """Where the statistics of instance norms come from."""

    INSTANCE = "instance"
    """From the picture, as trained."""
    FROZEN = "frozen"
    """From photographs, once: the graph is convolutions alone. Another picture."""
    INPUT = "input"
    """From an input of the graph, and measured by an output: :mod:`tinystyle.runtime.given`."""


class PictureIO(str, Enum):
    """What goes into a file's network and comes out."""

    FLOAT = "float"
    """float32 ``(N, 3, H, W)``, 0..1."""
    UINT8 = "uint8"
    """uint8 ``(N, H, W, 3)``: the conversions are part of the graph."""


class Upsampling(str, Enum):
    """How resolution is won back. Both compute the same."""

    SUBPIXEL = "subpixel"
    """Convolutions that make 2x2 pixels at a time: less arithmetic."""
    NEAREST = "nearest"
    """Resizing, then a convolution, as trained: no pixels are put in place by DepthToSpace."""


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """The form of the graph."""

    precision: Precision = Precision.FP32
    padding: Padding = Padding.REFLECT
    norm: Norm = Norm.INSTANCE
    upsampling: Upsampling = Upsampling.SUBPIXEL
    io: PictureIO = PictureIO.FLOAT
    strength_input: bool = False
    """Whether the strength of the style is a second input, for a slider in an app."""

    @property
    def exact(self) -> bool:
        """Whether the graph computes what the network computes, but for rounding."""
        kept = self.padding in (Padding.REFLECT, Padding.SLICE)
        return kept and self.norm is not Norm.FROZEN


def prepare(net: StyleNet, options: GraphOptions, pictures: Sequence[FloatArray] = ()) -> Graph:
    """The graph of ``net`` in the form of the options.

    ``pictures``, ``(1, 3, H, W)``, 0..1, are needed for frozen norms alone; see
    :func:`calibration_pictures`.
    """
    graph = Graph.of(net)
    if options.padding is not Padding.SLICE:
        graph = with_padding(graph, options.padding)
    if options.norm is Norm.FROZEN:
        graph = frozen(graph, pictures)
    if options.precision is Precision.FP16:
        graph = with_exact_levels(rescaled(graph))
        graph = half_kernels(graph, but=single_kernels(graph))
    if options.upsampling is Upsampling.SUBPIXEL:
        graph = subpixel(blocked(graph))
    if options.padding is Padding.SLICE:
        graph = with_padding(graph, Padding.SLICE)
    if options.strength_input:
        graph = with_strength(graph)
    if options.io is PictureIO.UINT8:
        graph = with_bytes(graph)
    if options.precision is not Precision.FP32:
        notes = {**graph.notes, "precision": options.precision.value}
        graph = replace(graph, notes=notes)
    return graph


def calibration_pictures(folder: Path | None) -> list[FloatArray]:
    """Up to 16 photographs of a folder, by default the package's own, ``(1, 3, 192, 192)``.

    Raises PictureError where there is none.
    """
    found = find_pictures([asset("photographs") if folder is None else folder])
    step = max(1, len(found) // _CALIBRATION_PICTURES)
    pictures = []
    for path in found[::step][:_CALIBRATION_PICTURES]:
        square = middle_square(read_picture(path).rgb)
        pictures.append(to_batch(resize(square, _CALIBRATION_SIDE, _CALIBRATION_SIDE)))
    return pictures
