"""The layers of which every transformation network is a list.

Each operation reads the tensor named ``source`` (and some a second one) and makes the tensor named
``name``. A specification uses those of :data:`Op`; passes over the list for export add those of
:mod:`tinystyle.network.graph_ops`. Interpreters: numpy (:mod:`tinystyle.network.reference`), torch
(``networks.interpreter``), ONNX (:mod:`tinystyle.export.onnx_writer.emitter`) and CoreML
(:mod:`tinystyle.export.coreml.writer`). Tensors are ``(N, C, H, W)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "FRAME",
    "IMAGE",
    "MASK",
    "Add",
    "Blend",
    "BlendRegions",
    "Clip",
    "Conv",
    "ConvTranspose",
    "Crop",
    "InstanceNorm",
    "MaxPool",
    "MoveRegions",
    "OneHot",
    "Op",
    "Pad",
    "PadMode",
    "RegionKernel",
    "RegionNorm",
    "RegionWeights",
    "Relu",
    "Shape",
    "Sigmoid",
    "Slice",
    "Smooth",
    "SwapPatches",
    "SwapRegions",
    "Trim",
    "Upsample",
]

IMAGE = "image"
"""Name of the input tensor of every network: RGB, ``(N, 3, H, W)``, 0..1."""

MASK = "mask"
"""Name of the second input of networks with regions: uint8 ``(N, 1, H, W)``, the region of each
pixel, counted from 0."""

Shape = tuple[int, int, int]
"""Channels, height, width."""


class PadMode(str, Enum):
    """What stands beyond a picture's edge."""

    REFLECT = "reflect"
    """The picture mirrored, the edge pixel not repeated."""
    REPLICATE = "replicate"
    """The edge pixel."""
    ZERO = "zero"


class RegionKernel(str, Enum):
    """What of a region's features becomes that of the artwork's region."""

    LINEAR = "linear"
    """The mean of each channel: Lu et al. 2017, eq. 5."""
    MOMENTS = "moments"
    """Mean and deviation of each channel."""
    PATCHES = "patches"
    """Its patches, and mean and deviation of each channel: style swap inside each region."""


@dataclass(frozen=True, slots=True)
class Pad:
    """Padding by ``amount`` pixels on each side."""

    name: str
    source: str
    amount: int
    mode: PadMode = PadMode.REFLECT


@dataclass(frozen=True, slots=True)
class Conv:
    """Square 2-D convolution with zero padding; weight ``(O, I, k, k)``, optional bias ``(O,)``."""

    name: str
    source: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    bias: bool = False


@dataclass(frozen=True, slots=True)
class ConvTranspose:
    """Transposed 3x3 convolution of stride 2 that doubles height and width.

    Weight ``(I, O, 3, 3)``; padding 1 and output padding 1, as "deconv, stride 2" of Shen et al.
    2018, Table 2.
    """

    name: str
    source: str
    in_channels: int
    out_channels: int


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The largest of each 2x2 pixels; an odd row or column at the end is left out."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class SwapPatches:
    """Each 3x3 patch replaced by the one of the bank that is most like it, overlaps averaged.

    Style swap (Chen & Schmidt 2016, section 3): like is the normalised cross-correlation (eq. 1),
    of equals the first patch counts. Weight ``(patches, C, 3, 3)``, each patch of length 1, and
    their own lengths ``(patches,)``. The tensor keeps its shape; height and width start at 3.
    """

    name: str
    source: str
    channels: int
    patches: int


@dataclass(frozen=True, slots=True)
class MoveRegions:
    """Each region's features moved to the artwork's: :mod:`tinystyle.network.methods.regions`.

    ``mask`` is the tensor of labels, ``(N, 1, H, W)`` at four times the features' resolution.
    Labels from ``regions`` on are of no region of the artwork's, and have the last row of the
    weights: ``mean`` ``(regions + 1, C)``, for MOMENTS ``deviation`` of the same shape, and
    ``balance`` ``(regions + 1,)``, 0..1.
    """

    name: str
    source: str
    mask: str
    channels: int
    regions: int
    kernel: RegionKernel


@dataclass(frozen=True, slots=True)
class SwapRegions:
    """Style swap inside each region, between features moved to the artwork's moments.

    The features, with :data:`FRAME` more on each side, are moved as by :class:`MoveRegions` with
    MOMENTS; each 3x3 patch is replaced by that one of its region which is most like it, overlaps
    averaged, as by :class:`SwapPatches`; and the result, without the frame, is moved again.
    ``mask`` and ``regions`` are as in :class:`MoveRegions`; so are ``mean``, ``deviation`` and
    ``balance``, but that the latter goes from the features to the result. Beside them the weights
    are those of :class:`SwapPatches` and ``label`` ``(patches,)``, the region of each patch. A
    patch of the picture is of the region that has the largest share in its middle. Regions of no
    patch, and labels from ``regions`` on, take all patches.
    """

    name: str
    source: str
    mask: str
    channels: int
    regions: int
    patches: int


FRAME = 2
"""Features beyond each edge that are swapped, too: up to the edge nine patches cover each place."""


@dataclass(frozen=True, slots=True)
class OneHot:
    """Labels ``(N, 1, H, W)`` as one channel for each region, 1 inside it and 0 elsewhere.

    Labels from ``regions`` on are of the last region.
    """

    name: str
    source: str
    regions: int


@dataclass(frozen=True, slots=True)
class Smooth:
    """The mean of the pixels up to ``radius`` away in either direction, at each ``stride``-th one.

    Edges are repeated. A side of ``n`` pixels becomes ``ceil(n / stride)``.
    """

    name: str
    source: str
    channels: int
    radius: int
    stride: int = 1


@dataclass(frozen=True, slots=True)
class RegionWeights:
    """Weights of places, ``(N, 1, H, W)``, of mean 1: those of channel ``region`` of the shares.

    :data:`tinystyle.network.methods.region_networks.LEAST_SHARE` is added to each,
    so that a region that is nowhere has the whole picture's.
    """

    name: str
    source: str
    region: int


@dataclass(frozen=True, slots=True)
class RegionNorm:
    """As :class:`InstanceNorm`, mean and variance weighted by the tensor ``other``, ``(N, 1, H,
    W)``, whose mean is 1."""

    name: str
    source: str
    other: str
    channels: int
    affine: bool
    epsilon: float = 1e-5


@dataclass(frozen=True, slots=True)
class BlendRegions:
    """The sum of the tensors ``others``, each times its channel of the shares ``source``."""

    name: str
    source: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstanceNorm:
    """Each channel of each picture to mean 0 and variance 1, then gain and bias if ``affine``."""

    name: str
    source: str
    channels: int
    affine: bool
    epsilon: float = 1e-5


@dataclass(frozen=True, slots=True)
class Relu:
    """max(x, 0)."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Clip:
    """min(max(x, 0), 1)."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Add:
    """Sum of two tensors of equal shape."""

    name: str
    source: str
    other: str


@dataclass(frozen=True, slots=True)
class Upsample:
    """Nearest-neighbour upsampling by the constant ``scale``."""

    name: str
    source: str
    scale: int


@dataclass(frozen=True, slots=True)
class Crop:
    """Cut ``amount`` pixels from each side."""

    name: str
    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows (axis 2) or columns (axis 3) from ``start`` to before ``end``, None for all that follow.

    Negative numbers count from the end.
    """

    name: str
    source: str
    axis: int
    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Trim:
    """Cut right and bottom so that height and width are those of the tensor ``like``."""

    name: str
    source: str
    like: str


@dataclass(frozen=True, slots=True)
class Blend:
    """other + amount * (source - other): ``amount`` 0 gives ``other``, 1 gives ``source``."""

    name: str
    source: str
    other: str
    amount: float


Op = (
    Pad
    | Conv
    | ConvTranspose
    | MaxPool
    | SwapPatches
    | MoveRegions
    | SwapRegions
    | OneHot
    | Smooth
    | RegionWeights
    | RegionNorm
    | BlendRegions
    | InstanceNorm
    | Relu
    | Sigmoid
    | Clip
    | Add
    | Upsample
    | Crop
    | Slice
    | Trim
    | Blend
)

"""What specifications are made of."""
