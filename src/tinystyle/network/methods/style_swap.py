"""The network of style swap (Chen & Schmidt 2016): encoder, swap and inverse network, as data."""

from __future__ import annotations

from tinystyle.network.ops import (
    FRAME,
    IMAGE,
    Conv,
    Crop,
    InstanceNorm,
    MaxPool,
    Op,
    Pad,
    PadMode,
    Relu,
    Sigmoid,
    Slice,
    SwapPatches,
    Upsample,
)

__all__ = [
    "FEATURES",
    "MATCHED",
    "OF_THE_ARTWORK",
    "SWAP",
    "decoder_layers",
    "encoder_layers",
    "style_swap_layers",
]

FEATURES = "features"
"""The tensor that the encoder makes, at a quarter of the resolution."""

SWAP = "swap"
"""The tensor in which patches are the artwork's."""

MATCHED = "matched"
"""The features with the artwork's means and deviations, where these are given."""

OF_THE_ARTWORK = (SWAP, MATCHED)
"""Layers whose weights are an artwork's; the others are those of encoder and inverse network."""

_BORDER = 12
"""Pixels of the photograph's mirror image around it. Convolutions do not pad, so that what is of
one colour up to the edge is painted so; they take all of these but what the first one reads."""

_REPEATED = 5
"""Features repeated around them for the inverse network: 20 pixels, of which it takes 15."""


def encoder_layers(width: int, beyond: int = 0) -> list[Op]:
    """From the picture to ``width`` features, and so many of its mirror image on each side.

    relu3_1 of VGG as the compact perceptual network estimates it, turned into its main directions:
    among those, patches are as like as among all 256 channels, but for what is left out.
    """
    net = _Chain(IMAGE)
    net.add(Pad("e1.pad", net.last, _BORDER + 4 * beyond))
    net.conv("e1", 3, 24, 5, stride=2, relu=True)
    net.conv("e2", 24, 24, 3, relu=True)
    # Two of VGG's convolutions at half the resolution, each in few dimensions, and one after them.
    net.conv("e3a", 24, 32, 3)
    net.conv("e3", 32, 128, 1, relu=True)
    net.conv("e4a", 128, 32, 1)
    net.conv("e4b", 32, 48, 3)
    net.conv("e4", 48, 128, 1, relu=True)
    net.add(MaxPool("e4.pool", net.last))
    net.conv("e5a", 128, 32, 1)
    net.conv("e5b", 32, 64, 3)
    net.conv("e5", 64, 256, 1, relu=True)
    net.add(Conv(FEATURES, net.last, 256, width, 1))
    return net.ops


def decoder_layers(width: int, source: str) -> list[Op]:
    """The inverse network: from features to a picture, 0..1, up to 3 px larger than they are of."""
    net = _Chain(source)
    net.add(Pad("d1.pad", net.last, _REPEATED, PadMode.REPLICATE))
    net.conv("d1", width, width, 3, relu=True)
    net.conv("d2", width, width, 3, relu=True)
    for name, i, o in (("u1", width, width // 2), ("u2", width // 2, width // 4)):
        net.add(Upsample(f"{name}.up", net.last, 2))
        net.conv(name, i, o, 3)
        net.add(Crop(f"{name}.crop", net.last, 1))
        net.add(Relu(f"{name}.relu", net.last))
    net.conv("out", width // 4, 3, 3)
    net.add(Sigmoid("out.sigmoid", net.last))
    spare = 4 * _REPEATED - 15
    # Below and to the right more or less is left, by what the height and the width leave over.
    net.add(Slice("out.rows", net.last, 2, spare, None))
    net.add(Slice("out.columns", net.last, 3, spare, None))
    return net.ops


def style_swap_layers(width: int, patches: int, *, moments: bool) -> list[Op]:
    """The whole network but for the last cut to the photograph's size.

    With ``moments`` the features have the artwork's means and deviations, before patches are
    compared and after they are averaged, as in the style decorator of Sheng et al. 2018
    (Avatar-Net), which whitens them. As published, a photograph finds few of the patches, and the
    average of nine patches is paler than each of them.
    """
    net = _Chain(FEATURES)
    if moments:
        net.add(InstanceNorm(f"{MATCHED}.norm", net.last, width, affine=True))
    net.add(SwapPatches(SWAP, net.last, width, patches))
    net.add(Crop(f"{SWAP}.crop", net.last, FRAME))
    if moments:
        net.add(InstanceNorm(f"{SWAP}.norm", net.last, width, affine=True))
    return [*encoder_layers(width, FRAME), *net.ops, *decoder_layers(width, net.last)]


class _Chain:
    """Collects operations, each of which reads the one before."""

    def __init__(self, source: str) -> None:
        self.ops: list[Op] = []
        self.last = source

    def add(self, op: Op) -> None:
        self.ops.append(op)
        self.last = op.name

    def conv(
        self, name: str, i: int, o: int, k: int, *, stride: int = 1, relu: bool = False
    ) -> None:
        self.add(Conv(name, self.last, i, o, k, stride, bias=True))
        if relu:
            self.add(Relu(f"{name}.relu", name))
