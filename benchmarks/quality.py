"""How good painted pictures are: VGG's verdict, structure, and the faults that people see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.evaluation_set import require_set
from tinystyle.benchmarks.metrics import blob_share
from tinystyle.benchmarks.painters import Painter
from tinystyle.images import UInt8Array, read_picture
from tinystyle.training.data import centre_crop, scale_shortest
from tinystyle.training.features import STYLE_SIZE, style_features, to_tensor
from tinystyle.training.losses import (
    content_loss,
    grid_energy,
    grid_excess,
    noise_response,
    ssim,
    style_loss,
    style_statistics,
)
from tinystyle.training.objective import LossWeights, Objective
from tinystyle.training.perceptual import PerceptualNetwork, layer_width

__all__ = ["EVALUATION_LAYERS", "Pair", "Quality", "evaluate", "square"]

EVALUATION_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Layers of the style measures: those of Huang and Belongie 2017 and of MicroAST's evaluation."""

_CONTENT_LAYERS = ("relu3_3", "relu4_1")
_NOISE = 0.01
"""Deviation of the noise for the noise response: about 2.5 of 255 levels, a camera's in daylight"""


@dataclass(frozen=True, slots=True)
class Pair:
    """The measures of one photograph painted in one style; NaN where one cannot be taken."""

    content: str
    style: str
    content_relu3_3: float
    """||F(painted) - F(photograph)||^2 / ||F(photograph)||^2."""
    content_relu4_1: float
    style_mean_std: float
    """Mean over EVALUATION_LAYERS of MSE of channel means plus MSE of channel deviations."""
    style_mean_std_unchanged: float
    """The same of the photograph itself."""
    gram: float
    """Mean over EVALUATION_LAYERS of ||G - Gs||^2 / ||Gs||^2."""
    ssim: float
    """Of the luma, 11-tap Gaussian window."""
    loss: float
    """The training loss (Shen et al. 2018, eq. 7) at its default weights."""
    loss_unchanged: float
    own_style_nearest: float
    """1 where no other style of the set is nearer by ``style_mean_std``, else 0."""
    grid_energy: float
    """Energy at the 2- and 4-pixel period as a multiple of the photograph's."""
    grid_excess: float
    """Energy locked to that grid, over the energy beside it, as a multiple of the photograph's."""
    blob: float
    noise_response: float


@dataclass(frozen=True, slots=True)
class Quality:
    """All pairs, content by content, and the contact sheet."""

    pairs: tuple[Pair, ...]
    sheet: UInt8Array
    """Styles in the first column, photographs in the first row."""

    def values(self, name: str) -> NDArray[np.float64]:
        """One measure of all pairs."""
        return np.array([getattr(pair, name) for pair in self.pairs], dtype=np.float64)

    def quartiles(self, name: str) -> tuple[float, float, float]:
        """First quartile, median, third quartile of a measure, without pairs that lack it."""
        values = self.values(name)
        known = values[~np.isnan(values)]
        if not len(known):
            return (float("nan"),) * 3
        low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
        return float(low), float(middle), float(high)

    @property
    def style_ratio(self) -> float:
        """Median style loss as a share of the unchanged photographs' median."""
        unchanged = self.quartiles("style_mean_std_unchanged")[1]
        return self.quartiles("style_mean_std")[1] / unchanged


@torch.inference_mode()
def evaluate(
    painter: Painter,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    size: int = STYLE_SIZE,
) -> Quality:
    """Paint every photograph in every style and measure. Deterministic.

    Pictures are scaled to ``size`` px on their shortest side and cut to their middle square.
    """
    require_set(contents, styles, size)
    judge = _Judge(perceptual)
    photographs = torch.cat([to_tensor(square(path, size)) for path in contents])
    artworks = torch.cat([to_tensor(square(path, size)) for path in styles])
    judge.know(photographs, artworks)
    names = [path.stem for path in contents]
    noise = torch.randn(photographs.shape, generator=torch.Generator().manual_seed(0)) * _NOISE
    rows = [torch.cat([torch.ones_like(artworks[:1]), photographs])]
    columns = []
    for index, path in enumerate(tqdm(styles, desc="styles", unit="")):
        painted = torch.from_numpy(painter.paint(photographs.numpy(), names, path))
        noisy = None
        if painter.live:
            noisy = torch.from_numpy(painter.paint((photographs + noise).numpy(), names, path))
        rows.append(torch.cat([artworks[index : index + 1], painted]))
        columns.append(
            [
                judge.pair((content, path.stem), (i, index), painted[i], noise[i], noisy)
                for i, content in enumerate(names)
            ]
        )
    pairs = tuple(column[i] for i in range(len(names)) for column in columns)
    return Quality(pairs, _sheet(rows))


def square(path: Path, size: int) -> UInt8Array:
    """The middle square of a picture file, scaled to ``size`` px."""
    return centre_crop(scale_shortest(read_picture(path).rgb, size), size)


class _Judge:
    """Knows the activations of all photographs and styles."""

    def __init__(self, perceptual: PerceptualNetwork) -> None:
        self._perceptual = perceptual
        weights = LossWeights()
        self._objective = Objective(perceptual, weights)
        self._widths = [layer_width(layer) for layer in EVALUATION_LAYERS]

    def know(self, photographs: Tensor, artworks: Tensor) -> None:
        self._photographs, self._artworks = photographs, artworks
        layers = (*EVALUATION_LAYERS, *_CONTENT_LAYERS)
        self._contents = [self._perceptual(p[None], layers) for p in photographs]
        found = [self._perceptual(a[None], EVALUATION_LAYERS) for a in artworks]
        self._targets = torch.cat([self._statistics(f) for f in found])
        self._grams = [_grams(f) for f in found]
        self._styles = torch.cat([style_features(self._perceptual, a[None]) for a in artworks])

    def pair(
        self,
        names: tuple[str, str],
        place: tuple[int, int],
        painted: Tensor,
        noise: Tensor,
        noisy: Tensor | None,
    ) -> Pair:
        i, j = place
        photograph, artwork = self._photographs[i], self._artworks[j]
        content = self._contents[i]
        found = self._perceptual(painted[None], (*EVALUATION_LAYERS, *_CONTENT_LAYERS))
        distances = self._distances(found)
        pixels, original = painted.numpy(), photograph.numpy()
        energy, energy_before = (
            grid_energy(p[None])[0].sum().item() for p in (painted, photograph)
        )
        excess, excess_before = (grid_excess(p[None]).item() for p in (painted, photograph))
        response = float("nan")
        if noisy is not None:
            response = noise_response(painted[None], noisy[i][None], noise[None]).item()
        return Pair(
            *names,
            content_relu3_3=_relative(found["relu3_3"], content["relu3_3"]),
            content_relu4_1=_relative(found["relu4_1"], content["relu4_1"]),
            style_mean_std=distances[j],
            style_mean_std_unchanged=self._distances(content)[j],
            gram=float(
                np.mean(
                    [_relative(g, t) for g, t in zip(_grams(found), self._grams[j], strict=True)]
                )
            ),
            ssim=ssim(painted[None], photograph[None]).item(),
            loss=self._loss(painted, photograph, j),
            loss_unchanged=self._loss(photograph, photograph, j),
            own_style_nearest=float(int(np.argmin(distances)) == j),
            grid_energy=energy / max(energy_before, 1e-15),
            grid_excess=excess / excess_before,
            blob=blob_share(pixels, original, artwork.numpy()),
            noise_response=response,
        )

    def _loss(self, painted: Tensor, photograph: Tensor, style: int) -> float:
        pictures = painted[None], photograph[None]
        return self._objective(*pictures, self._styles[style : style + 1])[0].item()

    def _statistics(self, found: dict[str, Tensor]) -> Tensor:
        return style_statistics([found[layer] for layer in EVALUATION_LAYERS])

    def _distances(self, found: dict[str, Tensor]) -> list[float]:
        statistics = self._statistics(found).expand_as(self._targets)
        total = style_loss(statistics, self._targets, self._widths)
        return [float(value) / len(EVALUATION_LAYERS) for value in total]


def _relative(found: Tensor, wanted: Tensor) -> float:
    return float(content_loss(found, wanted) / wanted.square().mean())


def _grams(found: dict[str, Tensor]) -> list[Tensor]:
    flat = [found[layer][0].flatten(1) for layer in EVALUATION_LAYERS]
    return [f @ f.T / f.shape[1] for f in flat]


def _sheet(rows: Sequence[Tensor]) -> UInt8Array:
    grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    pixels: UInt8Array = (grid.permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).to(torch.uint8).numpy()
    return pixels
