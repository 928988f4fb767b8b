"""Measures a picture against the photograph and the artwork that it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tinystyle.benchmarks.quality.appearance import (
    FloatArray,
    Mask,
    colour_shadows,
    palette_distance,
    smooth_area,
    stroke_band,
    texture_ratio,
    whole_cells,
)
from tinystyle.benchmarks.quality.metrics import FloatPicture, blob_share
from tinystyle.benchmarks.quality.pair import EVALUATION_LAYERS, GRAM_LAYERS, SMOOTH_LAYERS, Pair
from tinystyle.training.objective import losses
from tinystyle.training.objective.artefacts import GridEnergy
from tinystyle.training.objective.losses import ssim, style_loss, style_statistics
from tinystyle.training.objective.objective import Objective
from tinystyle.training.objective.orientation import orientation_error, orientations
from tinystyle.training.objective.style_target import StyleTarget
from tinystyle.training.objective.weights import ARTWORK
from tinystyle.training.perceptual.source import STYLE_LAYERS
from tinystyle.training.perceptual.vgg import Perceptual, layer_width

__all__ = ["Judge", "Look", "gram", "relative_error"]

_CONTENT_LAYERS = ("relu3_3", "relu4_1")
_KEPT_LAYERS = tuple(sorted({*_CONTENT_LAYERS, *ARTWORK.content}))
"""Of photographs, for the measures of content and for the loss."""
_LAYERS = tuple(sorted({*EVALUATION_LAYERS, *_CONTENT_LAYERS, *STYLE_LAYERS}))


@dataclass(frozen=True, slots=True)
class Look:
    """What of one picture does not depend on the pictures that it is compared with."""

    picture: Tensor
    """``(1, 3, H, W)``, 0..1."""
    found: Mapping[str, Tensor]
    """Activations, ``(1, C, h, w)``."""
    statistics: Tensor
    """Means and deviations at EVALUATION_LAYERS, ``(1, F)``."""
    grams: Mapping[str, Tensor]
    """At EVALUATION_LAYERS, ``(C, C)``."""
    shadows: FloatArray
    band: FloatArray
    orientations: Tensor
    """Which way edges run in all of it, ``(1, 16)``."""
    grid: float
    """Energy at the 2- and 4-pixel period."""
    excess: float

    @property
    def pixels(self) -> FloatPicture:
        """The picture as an array."""
        pixels: FloatPicture = self.picture[0].numpy()
        return pixels

    def keep(self, layers: Sequence[str] = ()) -> Look:
        """The same without the activations, which are large, of other layers."""
        return replace(self, found={layer: self.found[layer] for layer in layers})


class Judge:
    """Knows the photographs and the artworks of a set, ``(N, 3, H, W)`` and ``(M, 3, H, W)``."""

    def __init__(self, perceptual: Perceptual, photographs: Tensor, artworks: Tensor) -> None:
        self._perceptual = perceptual
        self._memory = _Memory(perceptual)
        self._objective = Objective(self._memory, ARTWORK)
        self._widths = [layer_width(layer) for layer in EVALUATION_LAYERS]
        self._artworks: list[Look] = []
        self._styles: list[StyleTarget] = []
        for picture in artworks.split(1):
            look = self.look(picture)
            self._memory.found = look.found
            self._styles.append(self._objective.describe(picture))
            self._artworks.append(look.keep())
        self._targets = torch.cat([artwork.statistics for artwork in self._artworks])
        self._photographs: list[Look] = []
        self._seen: list[Mapping[str, Tensor]] = []
        self._areas: list[Mask] = []
        self._smooth: list[dict[str, Tensor]] = []
        self._unchanged: list[list[tuple[float, float]]] = []
        for picture in photographs.split(1):
            look = self.look(picture)
            self._memory.found = look.found
            self._seen.append(self._objective.see(picture))
            # No colours and Gram matrices: a photograph is what only content is compared with.
            content = look.keep(_KEPT_LAYERS)
            self._photographs.append(replace(content, grams={}, shadows=look.shadows[:, :0].copy()))
            self._areas.append(smooth_area(look.pixels))
            self._smooth.append(_positions(self._areas[-1], look.found))
            distances = self._distances(look.statistics)
            losses = [self._loss(look, len(self._seen) - 1, style) for style in self._styles]
            self._unchanged.append(list(zip(distances, losses, strict=True)))

    def look(self, picture: Tensor) -> Look:
        """Look at a picture ``(1, 3, H, W)``, 0..1."""
        found = self._perceptual(picture, _LAYERS)
        pixels = picture[0].numpy()
        energy = GridEnergy.of(picture)
        return Look(
            picture,
            found,
            statistics=style_statistics([found[layer] for layer in EVALUATION_LAYERS]),
            grams={layer: gram(found[layer]) for layer in EVALUATION_LAYERS},
            shadows=colour_shadows(pixels),
            band=stroke_band(pixels),
            orientations=orientations(picture),
            grid=energy.on.sum().item(),
            excess=energy.excess().item(),
        )

    def pair(
        self, names: tuple[str, str], place: tuple[int, int], look: Look, noise_response: float
    ) -> Pair:
        """All measures of a picture that stands for a photograph in the style of an artwork.

        ``place`` says which of them; ``names`` are theirs.
        """
        i, j = place
        photograph, artwork = self._photographs[i], self._artworks[j]
        distance_before, loss_before = self._unchanged[i][j]
        distances = self._distances(look.statistics)
        errors = {k: relative_error(look.grams[k], artwork.grams[k]) for k in EVALUATION_LAYERS}
        content = {k: relative_error(look.found[k], photograph.found[k]) for k in _CONTENT_LAYERS}
        return Pair(
            *names,
            palette=palette_distance(look.shadows, artwork.shadows),
            smooth_texture=texture_ratio(look.band, self._areas[i], artwork.band),
            smooth_gram=self._smooth_gram(look, i, artwork),
            orientation=self._orientation(look, i, artwork),
            gram_relative=float(np.mean([errors[layer] for layer in GRAM_LAYERS])),
            gram=float(np.mean(list(errors.values()))),
            style_mean_std=distances[j],
            style_mean_std_unchanged=distance_before,
            own_style_nearest=float(int(np.argmin(distances)) == j),
            content_relu3_3=content["relu3_3"],
            content_relu4_1=content["relu4_1"],
            ssim=ssim(look.picture, photograph.picture).item(),
            loss=self._loss(look, i, self._styles[j]),
            loss_unchanged=loss_before,
            blob=blob_share(look.pixels, photograph.pixels, artwork.pixels),
            grid_ratio=look.grid / max(photograph.grid, artwork.grid, 1e-15),
            grid_energy=look.grid / max(photograph.grid, 1e-15),
            grid_excess=look.excess / photograph.excess,
            noise_response=noise_response,
        )

    def _smooth_gram(self, look: Look, photograph: int, artwork: Look) -> float:
        """NaN where no cell of the photograph lies in its smooth area as a whole."""
        where = self._smooth[photograph]
        if not all(mask.any() for mask in where.values()):
            return float("nan")
        pairs = [(gram(look.found[k], mask), artwork.grams[k]) for k, mask in where.items()]
        return float(np.mean([relative_error(found, wanted) for found, wanted in pairs]))

    def _orientation(self, look: Look, photograph: int, artwork: Look) -> float:
        area = torch.from_numpy(self._areas[photograph])[None].to(look.picture.dtype)
        return orientation_error(orientations(look.picture, area), artwork.orientations).item()

    def _loss(self, look: Look, photograph: int, style: StyleTarget) -> float:
        self._memory.found = look.found
        pictures = look.picture, self._photographs[photograph].picture
        loss, _ = self._objective(*pictures, style, seen=self._seen[photograph])
        return loss.item()

    def _distances(self, statistics: Tensor) -> list[float]:
        total = style_loss(statistics.expand_as(self._targets), self._targets, self._widths)
        return [float(value) / len(EVALUATION_LAYERS) for value in total]


class _Memory:
    """Eyes of a loss that remember a picture rather than look at it again."""

    def __init__(self, perceptual: Perceptual) -> None:
        self.found: Mapping[str, Tensor] = {}
        self.moments = perceptual.moments
        self.gram = perceptual.gram
        self.gram_error = perceptual.gram_error
        self.distance = perceptual.distance

    def __call__(self, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        return {layer: self.found[layer] for layer in layers}


def gram(features: Tensor, where: Tensor | None = None) -> Tensor:
    """Mean over positions of F F^T: ``(1, C, h, w)`` to ``(C, C)``.

    ``where`` ``(h * w,)`` are the positions that count; all, where it is None.
    """
    flat = features[0].flatten(1)
    if where is not None:
        flat = flat[:, where]
    return flat @ flat.T / flat.shape[1]


def relative_error(found: Tensor, wanted: Tensor) -> float:
    """||found - wanted||^2 / ||wanted||^2 over all values."""
    return losses.relative_error(found.reshape(1, -1), wanted.reshape(1, -1)).item()


def _positions(area: Mask, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The positions of SMOOTH_LAYERS whose cells of pixels lie in an area as a whole."""
    cells = {k: whole_cells(area, *found[k].shape[2:]) for k in SMOOTH_LAYERS}
    return {layer: torch.from_numpy(inside.ravel()) for layer, inside in cells.items()}
