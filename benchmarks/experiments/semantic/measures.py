"""How near the regions of a painted picture are to the artwork's and to the photograph's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from tinystyle.benchmarks.experiments.semantic.pairs import RegionPair
from tinystyle.benchmarks.quality.appearance import smooth_area, stroke_band, texture_ratio
from tinystyle.training.objective.colour import luma
from tinystyle.training.perceptual.source import CONTENT_LAYER, STYLE_LAYERS
from tinystyle.training.perceptual.vgg import Perceptual, layer_width

__all__ = ["Measures", "mean_measures", "measured"]

_GRAM_LAYERS = STYLE_LAYERS[1:3]
"""They see strokes; VGG and the compact perceptual network both have them."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one picture."""

    gram: float
    """Mean over regions, relu2_2 and relu3_3 of ||G - Gs||^2 / ||Gs||^2 inside a region."""
    content: float
    """||F - Fc||^2 / ||Fc||^2 of relu3_3."""
    smooth_texture: float
    """Texture where the photograph is smooth, times the artwork's."""
    lightness: float
    """Mean luma, less the artwork's: -1..1."""

    def rounded(self) -> dict[str, float]:
        """By name, four places."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@torch.no_grad()
def measured(network: Perceptual, pair: RegionPair, painted: Tensor) -> Measures:
    """Of ``painted``, ``(1, 3, S, S)``, 0..1, that stands for the photograph of the pair."""
    layers = tuple(sorted({*_GRAM_LAYERS, CONTENT_LAYER}))
    found = network(painted, layers)
    own = network(pair.photograph.picture, layers)[CONTENT_LAYER]
    gram = float(pair.gram_errors(network, _GRAM_LAYERS)(found))
    distance = network.distance(CONTENT_LAYER, found[CONTENT_LAYER], own)
    width = layer_width(CONTENT_LAYER)
    # The trace of a Gram matrix is the mean of the squares.
    squares = network.gram(CONTENT_LAYER, own).view(width, width).trace()
    where = smooth_area(pair.photograph.picture[0].numpy())
    bands = (stroke_band(p[0].numpy()) for p in (painted, pair.artwork.picture))
    lightness = luma(painted).mean() - luma(pair.artwork.picture).mean()
    return Measures(
        gram,
        float(distance / squares),
        texture_ratio(next(bands), where, next(bands)),
        float(lightness),
    )


def mean_measures(measures: Sequence[Measures]) -> Measures:
    """The mean of each."""
    rows = [list(asdict(one).values()) for one in measures]
    return Measures(*(float(value) for value in np.mean(rows, axis=0)))
