"""What is measured on one photograph painted in one style, and what each measure says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVALUATION_LAYERS", "GRAM_LAYERS", "SMOOTH_LAYERS", "Pair"]

EVALUATION_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Layers of the style measures: those of Huang and Belongie 2017 and of MicroAST's evaluation."""

GRAM_LAYERS = EVALUATION_LAYERS[:4]
"""Without relu5_1, which sees things rather than strokes."""

SMOOTH_LAYERS = ("relu2_1", "relu3_1")
"""Cells of 2 and 4 px: they see strokes, and are small enough to lie in a smooth area."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The measures of one photograph painted in one style; NaN where one cannot be taken."""

    content: str
    style: str

    # What people see of the artwork.
    palette: float
    """Distance of the painted picture's colours to the artwork's, in units of CIELAB, from 0.

    Sliced Wasserstein distance, 64 directions: benchmarks/quality/appearance.py."""
    smooth_texture: float
    """Texture where the photograph has none: RMS of the luma between 3 and 16 px in the smoothest
    40 % of the photograph, over that of the whole artwork. From 0; 1 is as much as the artwork's.
    """
    smooth_gram: float
    """Error of the Gram matrices there: mean over SMOOTH_LAYERS of ||G - Gs||^2 / ||Gs||^2,
    G over the positions alone that lie in the smoothest 40 % of the photograph with all pixels of
    their cell, Gs over the whole artwork. From 0."""
    orientation: float
    """Hatching there: squared distance of the distribution of edges' directions to that of the
    whole artwork, ``training.objective.orientation``. From 0; 0.1 can be a lattice of two
    directions that the artwork does not have."""
    gram_relative: float
    """Strokes and patterns: mean over GRAM_LAYERS of ||G - Gs||^2 / ||Gs||^2, from 0.

    G is the mean over positions of F F^T (Gatys et al. 2016, eq. 3 to 5, but relative, so that each
    layer counts the same). An unchanged photograph has about 0.7."""
    gram: float
    """The same to relu5_1: mean over EVALUATION_LAYERS."""
    style_mean_std: float
    """Mean over EVALUATION_LAYERS of MSE of channel means plus MSE of channel deviations."""
    style_mean_std_unchanged: float
    """The same of the photograph itself."""
    own_style_nearest: float
    """1 where no other style of the set is nearer by ``style_mean_std``, else 0."""

    # How much of the photograph is left: facts, and of themselves neither good nor bad.
    content_relu3_3: float
    """||F(painted) - F(photograph)||^2 / ||F(photograph)||^2."""
    content_relu4_1: float
    ssim: float
    """Of the luma, 11-tap Gaussian window (Wang et al. 2004): 1 for the same picture."""
    loss: float
    """The loss that networks are trained and finetuned for."""
    loss_unchanged: float

    # Faults.
    blob: float
    """Share of near-black or clipped pixels that neither picture explains, 0..1."""
    grid_ratio: float
    """Energy at the 2- and 4-pixel period, as a multiple of the photograph's or the artwork's,
    whichever is larger. From 0; well above 1 is a pattern of the network's own."""
    grid_energy: float
    """The same energy as a multiple of the photograph's."""
    grid_excess: float
    """Energy locked to that grid, over the energy beside it, as a multiple of the photograph's."""
    noise_response: float
    """How much noise of a camera in daylight is amplified: ||f(x + n) - f(x)|| / ||n||."""
