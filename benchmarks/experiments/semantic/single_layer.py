"""Style in one layer beside style in several, by back-propagation (Lu et al. 2017, Figure 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.experiments.inversion import (
    VGG_RATE,
    VGG_TV,
    Inverse,
    descend,
    require_layers,
)
from tinystyle.benchmarks.experiments.semantic.measures import Measures, mean_measures, measured
from tinystyle.benchmarks.experiments.semantic.pairs import RegionPair, changed
from tinystyle.checks import require_whole
from tinystyle.console import bar_disabled
from tinystyle.pictures.images import UInt8Array
from tinystyle.training.loop.run_log import tiled
from tinystyle.training.objective.losses import total_variation
from tinystyle.training.objective.smooth_areas import stroke_energy
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["SEVERAL", "SINGLE", "Styles", "compare_styles", "region_loss"]

SINGLE = "relu3_1"
"""Layer of the content in both, and of the style in one."""

SEVERAL = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

_STYLE = 10.0
"""Weight of the relative error of Gram matrices, where that of content has 1."""

_PART = 4
"""Of a side: what is shown as a close-up."""


@dataclass(frozen=True, slots=True)
class Styles:
    """What came of comparing."""

    sheet: UInt8Array
    """Two rows for each pair, the second the smoothest part of the photograph in them, four times
    as large: photograph, artwork, the inverse network on moved moments, back-propagation with one
    layer and with several."""
    measures: Mapping[str, Measures]
    """Means over pairs, of each of the three."""


def compare_styles(
    network: PerceptualNetwork, pairs: Sequence[RegionPair], inverse: Inverse, *, steps: int = 200
) -> Styles:
    """Regions by the inverse network, and by Gram matrices inside each region (Gatys et al. 2016).

    Content is relu3_1 in both descents.
    """
    require_whole("steps", steps, 1, 10_000)
    require_layers(network, SEVERAL)
    rows: list[Tensor] = []
    found: dict[str, list[Measures]] = {}
    for pair in tqdm(pairs, desc="pairs", disable=bar_disabled()):
        photograph, artwork = pair.photograph.picture, pair.artwork.picture
        with torch.no_grad():
            features = changed(inverse.see(photograph), inverse.see(artwork), pair, "moments")
            made = {"inverse network": inverse.paint(features, photograph.shape[2])}
        for name, layers in (("one layer", (SINGLE,)), ("several layers", SEVERAL)):
            loss = region_loss(network, pair, layers)
            made[name] = descend(loss, photograph, steps, VGG_RATE)[1]
        for name, picture in made.items():
            found.setdefault(name, []).append(measured(network, pair, picture))
        row = torch.cat([photograph, artwork, *made.values()])
        rows += [row, _close_up(row, stroke_energy(photograph)[0])]
    return Styles(tiled(rows), {name: mean_measures(each) for name, each in found.items()})


def region_loss(
    network: PerceptualNetwork, pair: RegionPair, layers: Sequence[str]
) -> Callable[[Tensor], Tensor]:
    """Of a picture ``(1, 3, S, S)``: content in SINGLE, relative; Gram matrices inside each region
    in ``layers``, relative, their mean; total variation."""
    looked_at = tuple(dict.fromkeys((SINGLE, *layers)))
    with torch.no_grad():
        own = network(pair.photograph.picture, (SINGLE,))[SINGLE]
    squares = own.square().sum()
    style = pair.gram_errors(network, layers)

    def loss(picture: Tensor) -> Tensor:
        found = network(picture, looked_at)
        content: Tensor = (found[SINGLE] - own).square().sum() / squares
        return content + _STYLE * style(found) + VGG_TV * total_variation(picture)

    return loss


def _close_up(row: Tensor, energy: Tensor) -> Tensor:
    """Where the energy is least, ``(N, 3, S, S)``."""
    side = row.shape[2]
    part = side // _PART
    means = F.avg_pool2d(energy[None, None], part, 1)[0, 0]
    top, left = divmod(int(means.argmin()), means.shape[1])
    found = row[..., top : top + part, left : left + part]
    return F.interpolate(found, size=(side, side), mode="nearest")
