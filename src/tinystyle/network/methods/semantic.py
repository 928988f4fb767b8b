"""The network of semantic style transfer (Lu et al. 2017): encoder, regions, inverse network."""

from __future__ import annotations

from tinystyle.network.methods.style_swap import FEATURES, decoder_layers, encoder_layers
from tinystyle.network.ops import FRAME, MASK, MoveRegions, Op, RegionKernel, SwapRegions

__all__ = ["MAX_REGIONS", "REGIONS", "semantic_layers"]

REGIONS = "regions"
"""The tensor in which regions are as the artwork's."""

MAX_REGIONS = 8
"""Most regions of a mask."""


def semantic_layers(width: int, regions: int, kernel: RegionKernel, patches: int = 0) -> list[Op]:
    """The whole network but for the last cut to the photograph's size. ``patches`` are for
    PATCHES."""
    if kernel is RegionKernel.PATCHES:
        swap = SwapRegions(REGIONS, FEATURES, MASK, width, regions, patches)
        return [*encoder_layers(width, FRAME), swap, *decoder_layers(width, REGIONS)]
    move = MoveRegions(REGIONS, FEATURES, MASK, width, regions, kernel)
    return [*encoder_layers(width), move, *decoder_layers(width, REGIONS)]
