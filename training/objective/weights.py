"""The weights of the losses: what a painted picture is wanted to be. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tinystyle.errors import OptionError
from tinystyle.training.perceptual.source import CONTENT_LAYER, STYLE_LAYERS

__all__ = [
    "ARTWORK",
    "MOMENTS",
    "OBJECTIVES",
    "SHEN2018",
    "ZHANG2018",
    "LossWeights",
    "objective_named",
]

MEAN_SQUARES = {"relu3_3": 94.0, "relu4_3": 76.0}
"""Of VGG-19's activations over photographs: content errors divided by them are relative."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """The weight of each term, in units of VGG-19's activations (rms 9.7 at relu3_3).

    0 leaves a term out. Without arguments these are the weights of :data:`ARTWORK`.
    """

    content: Mapping[str, float] = field(
        default_factory=lambda: {
            "relu3_3": 0.56 / MEAN_SQUARES["relu3_3"],
            "relu4_3": 1.68 / MEAN_SQUARES["relu4_3"],
        }
    )
    """Of the mean squared error at each layer."""
    content_weight: float = 1.0
    """How much of the photograph is kept: a factor of all of ``content``."""
    style_layers: tuple[str, ...] = STYLE_LAYERS
    """Layers of the terms that follow, up to ``identification``."""
    gram_relative: float = 9.0
    """Of ||G - Gs||^2 / ||Gs||^2, the mean over layers, with G the Gram matrix."""
    gram_smooth: float = 1.0
    """Of the same with G of the positions alone where the photograph is smooth, so that skies and
    walls are painted, too, and not only recoloured."""
    orientation: float = 2.0
    """Of ``orientation.orientation_error`` where the photograph is smooth: against hatching in
    directions that the artwork does not have."""
    gram: float = 0.0
    """Of squared errors of Gram matrices (Zhang et al. 2018, eq. 2 and 3), summed over layers."""
    moments: float = 0.0
    """Of the squared error of channels' means and deviations (Shen et al. 2018, section 4.1)."""
    identification: float = 0.0
    """Against styles that are like each other; see
    :func:`tinystyle.training.objective.losses.identification_loss`. Needs ``moments``."""
    palette: float = 0.07
    """Of the sliced Wasserstein distance to the artwork's colours, in units of CIELAB."""
    tv: float = 0.05
    """Of total variation (Shen et al. 2018, section 4.1)."""
    grid_ratio: float = 0.3
    """Of what ``losses.grid_ratio`` is above 1: against a woven pattern of
    few pixels."""
    grid: float = 0.0
    """Against checkerboards; see :func:`tinystyle.training.objective.losses.grid_penalty`."""
    grid_allowed: float = 1.0
    """The share of a photograph's own excess that costs nothing. Below 1 it also counts in batches
    where there is none to be seen, and what is learned holds for other pictures."""
    ssim: float = 0.0
    """Of 1 - SSIM of the luma of picture and photograph."""
    noise: float = 0.0
    """Of ``losses.noise_response``: steady videos, room for rounding. Paints
    every picture twice. Of networks only."""
    motion: float = 0.0
    """Of ``losses.motion_response`` to a photograph's next frame: steady videos. Paints every
    picture twice. Of networks only."""
    outlier: float = 0.0
    """Against droplets; see ``losses.outlier_penalty``. Of networks only."""

    def __post_init__(self) -> None:
        if self.identification and not self.moments:
            raise OptionError("identification compares moments; their weight must be above 0")
        if not 0.0 <= self.content_weight <= 100.0:
            raise OptionError(f"content weight is {self.content_weight:g}; allowed are 0 to 100")

    @property
    def needs_grams(self) -> bool:
        """Whether Gram matrices are compared."""
        return bool(self.gram or self.gram_relative or self.gram_smooth)

    @staticmethod
    def parse_content(text: str) -> dict[str, float]:
        """``relu3_3=1,relu4_1=0.1`` to weights by layer. Raises OptionError for anything else."""
        try:
            pairs = [part.partition("=") for part in text.split(",")]
            return {layer: float(weight) for layer, _, weight in pairs}
        except ValueError as error:
            raise OptionError(f"content is {text!r}; needed is LAYER=WEIGHT,…") from error

    def layers(self) -> tuple[str, ...]:
        """All layers that the losses need."""
        return tuple(sorted({*self.content, *self.style_layers}))


ARTWORK = LossWeights()
"""Ours: the artwork unmistakably there, the photograph legible.

Relative errors of Gram matrices weigh strong and weak layers and artworks alike; means and
deviations alone (``moments``) are satisfied by a photograph in other colours. Gram matrices of the
whole picture alone are satisfied by strokes along the things in it, skies left smooth, so those of
smooth areas count once more. Strokes there run as the artwork's do: a network of few channels
hatches skies in two crossed directions else (``training/EXPERIMENTS.md``, 39). Content counts most
at relu4_3, which sees things and not their contrast: faces stay, skies may have strokes
(``training/EXPERIMENTS.md``, 29 and 31). There is no term for SSIM: it asks for the photograph's
contrast at every pixel, which is what an artwork replaces.
"""

_NOTHING = LossWeights(
    content={},
    gram_relative=0.0,
    gram_smooth=0.0,
    palette=0.0,
    tv=0.0,
    grid_ratio=0.0,
    orientation=0.0,
)

MOMENTS = replace(_NOTHING, content={CONTENT_LAYER: 1.0}, moments=3.0, tv=10.0)
"""The aim of versions 0.1 to 0.16. Experiments of the papers use it, so that figures compare."""

SHEN2018 = replace(MOMENTS, moments=250.0)
"""lambda_c = 1, lambda_s = 250 and total variation 10 of Shen et al. 2018, Algorithm 1 and section
4.1; its norms as means over elements."""

ZHANG2018 = replace(_NOTHING, content={"relu2_2": 1.0}, gram=1e5)
"""alpha = 1 and beta = 1e5 of Zhang et al. 2018, section 5.1. Eq. 2 states a sum; beta belongs to
the mean that the authors' program takes."""

OBJECTIVES: Mapping[str, LossWeights] = MappingProxyType(
    {"artwork": ARTWORK, "moments": MOMENTS, "shen2018": SHEN2018, "zhang2018": ZHANG2018}
)
"""By name; ``artwork`` is the default everywhere."""


def objective_named(name: str, content_weight: float = 1.0) -> LossWeights:
    """One of :data:`OBJECTIVES` with a content dial. Raises OptionError for another name."""
    if name not in OBJECTIVES:
        raise OptionError(f"objective is {name!r}; allowed are {', '.join(OBJECTIVES)}")
    return replace(OBJECTIVES[name], content_weight=content_weight)
