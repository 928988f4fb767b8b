"""The published architectures of transformation networks, and ours, as lists of operations."""

from __future__ import annotations

import math
from enum import Enum

from tinystyle.network.methods.region_networks import region_layers
from tinystyle.network.methods.semantic import semantic_layers
from tinystyle.network.methods.specs import MethodSpec, RegionsSpec, SemanticSpec, SwapSpec
from tinystyle.network.methods.style_swap import style_swap_layers
from tinystyle.network.ops import (
    IMAGE,
    Add,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    Op,
    Pad,
    PadMode,
    Relu,
    Sigmoid,
    Upsample,
)

__all__ = ["Architecture", "layers"]


class Architecture(str, Enum):
    """The published architectures, and ours."""

    SHEN2018 = "shen2018"
    """Shen et al. 2018, Table 2: pad 40, unpadded residual blocks, norm without affine, deconv."""
    ZHANG2018 = "zhang2018"
    """Zhang et al. 2018 (MetaStyle), supplement Table 1: reflection padding, nearest upsampling."""
    TINY = "tiny"
    """As ZHANG2018, the first convolution with a bias instead of a norm."""
    PLAIN = "plain"
    """As TINY without any norm: every convolution has a bias. No pixel depends on a far one."""
    ONE_NORM = "one-norm"
    """As PLAIN with one norm, before the residual blocks: it makes photographs alike in contrast
    and colour, at a sixteenth of the pixels, and nothing after it enlarges errors again. What
    follows it, but for the last convolution, has zeros around it."""
    SIX_NORM = "six-norm"
    """As TINY with norms after the third convolution and at the end of each residual block alone,
    six of them. Borders repeat the edge pixel, once for the first three convolutions, once for each
    block, once for all that follow, and no convolution pads: what is of one colour up to the edge
    is painted so, and the graph is plain."""
    STYLE_SWAP = "style-swap"
    """Chen & Schmidt 2016: features of the compact perceptual network in few dimensions, each patch
    of them replaced by the artwork's most like it, and an inverse network."""
    SEMANTIC = "semantic"
    """Lu et al. 2017: the same features and inverse network; the features of each region of a
    photograph are moved to those of the artwork's region, or replaced by patches of it."""
    REGIONS = "regions"
    """A network of SIX_NORM for each region of a photograph, its norms inside the region, the
    pictures blended at the regions' edges."""


def layers(
    architecture: Architecture,
    width: int,
    residual_blocks: int,
    outer_kernel: int,
    *,
    bounded: bool,
    method: MethodSpec | None = None,
) -> list[Op]:
    """The layers of an architecture, as in ``NetSpec.ops``, up to its own output."""
    match method:
        case SwapSpec(patches, moments):
            return style_swap_layers(width, patches, moments=moments)
        case SemanticSpec(regions, kernel, patches):
            return semantic_layers(width, regions, kernel, patches)
        case RegionsSpec(regions, kept):
            one = _Builder(outer_kernel)
            _edge_padded(one, width, residual_blocks)
            return region_layers(one.ops, regions, kept)
        case None:
            pass
    builder = _Builder(outer_kernel)
    match architecture:
        case Architecture.SHEN2018:
            _shen2018(builder, width, residual_blocks, bounded)
        case Architecture.PLAIN | Architecture.ONE_NORM:
            _biased(builder, width, residual_blocks, norm=architecture is Architecture.ONE_NORM)
        case Architecture.SIX_NORM:
            _edge_padded(builder, width, residual_blocks)
        case Architecture.TINY | Architecture.ZHANG2018:
            _same_padded(
                builder, width, residual_blocks, norm_first=architecture is Architecture.ZHANG2018
            )
    return builder.ops


class _Builder:
    """Collects operations; ``last`` is the name of the newest tensor."""

    def __init__(self, outer_kernel: int) -> None:
        self.ops: list[Op] = []
        self.last = IMAGE
        self.outer = outer_kernel

    def add(self, op: Op) -> None:
        self.ops.append(op)
        self.last = op.name

    def conv(
        self, name: str, i: int, o: int, k: int, stride: int = 1, *, bias: bool = False
    ) -> None:
        """ "Same" convolution with reflection padding."""
        self.add(Pad(f"{name}.pad", self.last, k // 2))
        self.add(Conv(name, self.last, i, o, k, stride, bias=bias))

    def norm(self, layer: str, channels: int, *, affine: bool, relu: bool) -> None:
        self.add(InstanceNorm(f"{layer}.norm", self.last, channels, affine))
        if relu:
            self.add(Relu(f"{layer}.relu", self.last))


def _same_padded(net: _Builder, d: int, blocks: int, *, norm_first: bool) -> None:
    net.conv("c1", 3, d, net.outer, bias=not norm_first)
    if norm_first:
        net.norm("c1", d, affine=True, relu=True)
    else:
        net.add(Relu("c1.relu", net.last))
    net.conv("c2", d, 2 * d, 3, 2)
    net.norm("c2", 2 * d, affine=True, relu=True)
    net.conv("c3", 2 * d, 4 * d, 3, 2)
    net.norm("c3", 4 * d, affine=True, relu=True)
    for block in range(blocks):
        skip = net.last
        net.conv(f"r{block}a", 4 * d, 4 * d, 3)
        net.norm(f"r{block}a", 4 * d, affine=True, relu=True)
        net.conv(f"r{block}b", 4 * d, 4 * d, 3)
        net.norm(f"r{block}b", 4 * d, affine=True, relu=False)
        net.add(Add(f"r{block}", net.last, skip))
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(Upsample(f"{name}.up", net.last, 2))
        net.conv(name, i, o, 3)
        net.norm(name, o, affine=True, relu=True)
    net.conv("out", d, 3, net.outer, bias=True)
    net.add(Sigmoid("out.sigmoid", net.last))


def _biased(net: _Builder, d: int, blocks: int, *, norm: bool) -> None:
    def conv(name: str, i: int, o: int) -> None:
        # Behind the norm zeros do no harm. Before it they would give its statistics a border where
        # a picture of one colour has nothing.
        if norm:
            net.add(Conv(name, net.last, i, o, 3, padding=1, bias=True))
        else:
            net.conv(name, i, o, 3, bias=True)

    def layer(name: str, i: int, o: int) -> None:
        conv(name, i, o)
        net.add(Relu(f"{name}.relu", net.last))

    net.conv("c1", 3, d, net.outer, bias=True)
    net.add(Relu("c1.relu", net.last))
    net.conv("c2", d, 2 * d, 3, 2, bias=True)
    net.add(Relu("c2.relu", net.last))
    net.conv("c3", 2 * d, 4 * d, 3, 2, bias=not norm)
    if norm:
        net.norm("c3", 4 * d, affine=True, relu=True)
    else:
        net.add(Relu("c3.relu", net.last))
    for block in range(blocks):
        skip = net.last
        layer(f"r{block}a", 4 * d, 4 * d)
        conv(f"r{block}b", 4 * d, 4 * d)
        net.add(Add(f"r{block}", net.last, skip))
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(Upsample(f"{name}.up", net.last, 2))
        layer(name, i, o)
    net.conv("out", d, 3, net.outer, bias=True)
    net.add(Sigmoid("out.sigmoid", net.last))


def _edge_padded(net: _Builder, d: int, blocks: int) -> None:
    def pad(name: str, amount: int) -> None:
        net.add(Pad(f"{name}.pad", net.last, amount, PadMode.REPLICATE))

    def conv(name: str, i: int, o: int, k: int = 3, stride: int = 1, *, normed: bool) -> None:
        net.add(Conv(name, net.last, i, o, k, stride, bias=not normed))

    # c1 reads k // 2 pixels beyond the edge, c2 one more, c3 one of half the resolution.
    pad("c1", net.outer // 2 + 3)
    conv("c1", 3, d, net.outer, normed=False)
    net.add(Relu("c1.relu", net.last))
    conv("c2", d, 2 * d, stride=2, normed=False)
    net.add(Relu("c2.relu", net.last))
    conv("c3", 2 * d, 4 * d, stride=2, normed=True)
    net.norm("c3", 4 * d, affine=True, relu=True)
    for block in range(blocks):
        skip = net.last
        pad(f"r{block}a", 2)
        conv(f"r{block}a", 4 * d, 4 * d, normed=False)
        net.add(Relu(f"r{block}a.relu", net.last))
        conv(f"r{block}b", 4 * d, 4 * d, normed=True)
        net.norm(f"r{block}b", 4 * d, affine=True, relu=False)
        net.add(Add(f"r{block}", net.last, skip))
    # Of the repeated pixels each enlarging layer takes two of its own resolution, the last
    # convolution k // 2: for a kernel of 5 nothing is left over.
    border = math.ceil((net.outer // 2 + 6) / 4)
    pad("u1", border)
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(Upsample(f"{name}.up", net.last, 2))
        conv(name, i, o, normed=False)
        net.add(Crop(f"{name}.crop", net.last, 1))
        net.add(Relu(f"{name}.relu", net.last))
    spare = 4 * border - 6 - net.outer // 2
    if spare:
        net.add(Crop("out.crop", net.last, spare))
    conv("out", d, 3, net.outer, normed=False)
    net.add(Sigmoid("out.sigmoid", net.last))


def _shen2018(net: _Builder, d: int, blocks: int, bounded: bool) -> None:
    # Table 2, with section 4.1: no tanh at the end, no norm after the first convolution. Both outer
    # convolutions have no bias: 2 x 1944 shared weights at d = 8, of 9 x 9.
    net.add(Pad("pad", IMAGE, 40))
    net.add(Conv("c1", net.last, 3, d, net.outer, padding=net.outer // 2))
    net.add(Relu("c1.relu", net.last))
    for name, i, o in (("c2", d, 2 * d), ("c3", 2 * d, 4 * d)):
        net.add(Conv(name, net.last, i, o, 3, 2, padding=1))
        net.norm(name, o, affine=False, relu=True)
    for block in range(blocks):
        skip = net.last
        net.add(Conv(f"r{block}a", net.last, 4 * d, 4 * d, 3))
        net.norm(f"r{block}a", 4 * d, affine=False, relu=True)
        net.add(Conv(f"r{block}b", net.last, 4 * d, 4 * d, 3))
        net.norm(f"r{block}b", 4 * d, affine=False, relu=False)
        branch = net.last
        net.add(Crop(f"r{block}.skip", skip, 2))
        net.add(Add(f"r{block}", branch, net.last))
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(ConvTranspose(name, net.last, i, o))
        net.norm(name, o, affine=False, relu=True)
    net.add(Conv("out", net.last, d, 3, net.outer, padding=net.outer // 2))
    if bounded:
        net.add(Clip("out.clip", net.last))
