"""How good painted pictures are: artwork that is seen, photograph that is left, and faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.benchmarks.quality.evaluation_set import require_set
from tinystyle.benchmarks.quality.judge import Judge, Look
from tinystyle.benchmarks.quality.painters import Painter
from tinystyle.benchmarks.quality.pair import Pair
from tinystyle.console import bar_disabled
from tinystyle.pictures.images import UInt8Array, read_picture
from tinystyle.training.data.shards import centre_crop, scale_shortest
from tinystyle.training.data.style_features import STYLE_SIZE, to_tensor
from tinystyle.training.objective.losses import noise_response
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["Examination", "Pair", "Quality", "evaluate", "square"]

_NOISE = 0.01
"""Deviation of the noise for the noise response: about 2.5 of 255 levels, a camera's in daylight"""


@dataclass(frozen=True, slots=True)
class Quality:
    """All pairs, content by content, and the contact sheet."""

    pairs: tuple[Pair, ...]
    sheet: UInt8Array
    """Styles in the first column, photographs in the first row."""
    unchanged: tuple[Pair, ...]
    """What the same measures say of the photograph as it is: where painting starts."""
    artwork: tuple[Pair, ...]
    """What they say of the artwork in place of a painted picture: where style alone would end."""

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


class Examination:
    """Photographs to be painted in the styles of artworks, and a judge who knows them.

    For several painters of the same pictures; :func:`evaluate` is for one.
    """

    @torch.inference_mode()
    def __init__(
        self,
        perceptual: PerceptualNetwork,
        contents: Sequence[Path],
        styles: Sequence[Path],
        *,
        size: int = STYLE_SIZE,
    ) -> None:
        """Pictures are scaled to ``size`` px on their shortest side and cut to their middle square.

        Raises OptionError or PictureError as
        :func:`tinystyle.benchmarks.quality.evaluation_set.require_set` does.
        """
        require_set(contents, styles, size)
        self._names = [path.stem for path in contents]
        self._styles = list(styles)
        self._photographs = torch.cat([to_tensor(square(path, size)) for path in contents])
        self._artworks = torch.cat([to_tensor(square(path, size)) for path in styles])
        self._judge = Judge(perceptual, self._photographs, self._artworks)
        shape = self._photographs.shape
        self._noise = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * _NOISE
        rows = []
        for i, photograph in enumerate(self._photographs.split(1)):
            look = self._judge.look(photograph)
            rows.append([self._pair(i, j, look, 1.0) for j in range(len(styles))])
        self._unchanged = tuple(pair for row in rows for pair in row)
        columns = []
        for j, artwork in enumerate(self._artworks.split(1)):
            look = self._judge.look(artwork)
            columns.append([self._pair(i, j, look, float("nan")) for i in range(len(contents))])
        self._artwork = _by_content(columns)

    @torch.inference_mode()
    def judge(self, painter: Painter) -> Quality:
        """Paint every photograph in every style and measure. Deterministic."""
        photographs, names = self._photographs, self._names
        rows = [torch.cat([torch.ones_like(self._artworks[:1]), photographs])]
        columns = []
        bar = tqdm(self._styles, desc="styles", unit="", disable=bar_disabled())
        for j, path in enumerate(bar):
            painted = torch.from_numpy(painter.paint(photographs.numpy(), names, path))
            response = torch.full((len(names),), float("nan"))
            if painter.live:
                noisy = painter.paint((photographs + self._noise).numpy(), names, path)
                response = noise_response(painted, torch.from_numpy(noisy), self._noise)
            rows.append(torch.cat([self._artworks[j : j + 1], painted]))
            columns.append(
                [
                    self._pair(i, j, self._judge.look(picture), response[i].item())
                    for i, picture in enumerate(painted.split(1))
                ]
            )
        return Quality(_by_content(columns), _sheet(rows), self._unchanged, self._artwork)

    def _pair(self, i: int, j: int, look: Look, response: float) -> Pair:
        return self._judge.pair((self._names[i], self._styles[j].stem), (i, j), look, response)


def evaluate(
    painter: Painter,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    *,
    size: int = STYLE_SIZE,
) -> Quality:
    """Paint every photograph in every style and measure; see :class:`Examination`."""
    return Examination(perceptual, contents, styles, size=size).judge(painter)


def square(path: Path, size: int) -> UInt8Array:
    """The middle square of a picture file, scaled to ``size`` px."""
    return centre_crop(scale_shortest(read_picture(path).rgb, size), size)


def _by_content(columns: Sequence[Sequence[Pair]]) -> tuple[Pair, ...]:
    """Pairs of each style to pairs content by content."""
    return tuple(pair for row in zip(*columns, strict=True) for pair in row)


def _sheet(rows: Sequence[Tensor]) -> UInt8Array:
    grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    pixels: UInt8Array = (grid.permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).to(torch.uint8).numpy()
    return pixels
