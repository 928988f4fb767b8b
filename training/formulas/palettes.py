"""Palettes drawn at random, by the schemes that painters and printers know."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tinystyle.pictures.images import UInt8Array

__all__ = ["LUMA", "PaletteScheme", "random_palette"]

Array = NDArray[np.float32]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""What red, green and blue weigh in lightness."""

_CONTRAST = 90.0
"""Least difference of luma between a palette's darkest and lightest colour, of 255."""

_PRIMARIES = (
    (206, 28, 38),
    (28, 70, 158),
    (244, 200, 24),
    (18, 18, 22),
    (244, 240, 230),
    (20, 132, 84),
    (238, 120, 24),
    (110, 40, 120),
    (80, 176, 220),
)


class PaletteScheme(Enum):
    """How the colours of a palette go together."""

    RANDOM = "random"
    ANALOGOUS = "analogous"
    COMPLEMENTARY = "complementary"
    TRIAD = "triad"
    MONOCHROME = "monochrome"
    INK = "ink"
    PRIMARIES = "primaries"
    PHOTOGRAPH = "photograph"


_OFTEN = {
    PaletteScheme.RANDOM: 2.5,
    PaletteScheme.ANALOGOUS: 1.0,
    PaletteScheme.COMPLEMENTARY: 1.3,
    PaletteScheme.TRIAD: 1.5,
    PaletteScheme.MONOCHROME: 0.7,
    PaletteScheme.INK: 0.8,
    PaletteScheme.PRIMARIES: 1.5,
}
"""How often schemes are drawn, to each other: colourful ones more."""

_HUES = {
    PaletteScheme.RANDOM: (1, np.pi),
    PaletteScheme.ANALOGOUS: (1, 0.7),
    PaletteScheme.COMPLEMENTARY: (2, 0.25),
    PaletteScheme.TRIAD: (3, 0.2),
    PaletteScheme.MONOCHROME: (1, 0.08),
}
"""Hues at equal distances on the circle, and how far a colour strays from them, in radians."""


def random_palette(
    random: np.random.Generator,
    photograph: UInt8Array | None = None,
    scheme: PaletteScheme | None = None,
) -> Array:
    """2 to 9 colours ``(N, 3)``, 0..255, in no order; by ``scheme``, or by one of them.

    Colours of a photograph ``(H, W, 3)`` are taken where there is one; else the scheme is RANDOM.
    """
    if scheme is None:
        often = np.array(list(_OFTEN.values()))
        scheme = list(_OFTEN)[int(random.choice(len(often), p=often / often.sum()))]
        if photograph is not None and random.random() < 0.25:
            scheme = PaletteScheme.PHOTOGRAPH
    count = int(random.integers(2, 10))
    if scheme is PaletteScheme.PHOTOGRAPH and photograph is not None:
        colors = _of_photograph(random, photograph, count)
    elif scheme is PaletteScheme.INK:
        colors = _ink(random, min(count, 4))
    elif scheme is PaletteScheme.PRIMARIES:
        chosen = random.permutation(len(_PRIMARIES))[: max(count, 3)]
        colors = np.array(_PRIMARIES, np.float32)[chosen]
        colors += random.normal(0.0, 8.0, colors.shape).astype(np.float32)
    else:
        colors = _of_hues(random, count, *_HUES.get(scheme, (1, np.pi)))
    return _with_contrast(np.clip(colors, 0.0, 255.0).astype(np.float32))


def _of_hues(random: np.random.Generator, count: int, hues: int, stray: float) -> Array:
    """Colours of a few hues, from dark to light, pale or vivid as a whole."""
    darkest, lightest = random.uniform(0.16, 0.42), random.uniform(0.76, 0.97)
    light = np.linspace(darkest, lightest, count) + random.normal(0.0, 0.04, count)
    base = random.uniform(0.0, 2.0 * np.pi)
    hue = base + 2.0 * np.pi / hues * random.permutation(np.arange(count) % hues)
    hue = hue + random.uniform(-stray, stray, count)
    vivid = random.uniform(0.05, 0.28, 2).max()
    chroma = vivid * random.uniform(0.55, 1.15, count)
    chroma[random.random(count) < 0.15] *= 0.15  # greys among them
    return random.permutation(_from_oklch(light, chroma, hue))


def _ink(random: np.random.Generator, count: int) -> Array:
    """Paper, ink, and perhaps one or two colours more."""
    light = [random.uniform(0.87, 0.97), random.uniform(0.12, 0.36)]
    chroma = [random.uniform(0.0, 0.07), random.uniform(0.0, 0.11)]
    hue = [random.uniform(1.0, 1.9), random.uniform(0.0, 2.0 * np.pi)]
    for _ in range(count - 2):
        light.append(random.uniform(0.45, 0.7))
        chroma.append(random.uniform(0.05, 0.2))
        hue.append(random.uniform(0.0, 2.0 * np.pi))
    return _from_oklch(np.array(light), np.array(chroma), np.array(hue))


def _of_photograph(random: np.random.Generator, photograph: UInt8Array, count: int) -> Array:
    """Pixels of a photograph that lie far from each other, a little more vivid than they are."""
    pixels = photograph.reshape(-1, 3)
    some = pixels[random.integers(len(pixels), size=160)].astype(np.float32)
    chosen = [0]
    nearest = np.full(len(some), np.inf, np.float32)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, np.square(some - some[chosen[-1]]).sum(axis=1))
        if len(chosen) > 1 and float(nearest.max()) < 12.0**2:
            break  # it has no more colours
        chosen.append(int(nearest.argmax()))
    colors = some[chosen]
    grey = colors @ LUMA
    more = random.uniform(1.0, 1.6)
    return np.asarray(grey[:, None] + more * (colors - grey[:, None]), np.float32)


def _with_contrast(colors: Array) -> Array:
    """The palette with its darkest colour darkened and its lightest lightened, if need be."""
    luma = colors @ LUMA
    darkest, lightest = int(luma.argmin()), int(luma.argmax())
    if darkest == lightest:
        lightest = (darkest + 1) % len(colors)
    if luma[lightest] - luma[darkest] < _CONTRAST:
        colors[darkest] *= 0.4
        colors[lightest] += 0.65 * (255.0 - colors[lightest])
    return colors


def _from_oklch(
    light: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> Array:
    """Lightness 0..1, chroma 0..0.3 and hue in radians, each ``(N,)``, to sRGB ``(N, 3)``."""
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    cones = np.stack(
        [
            light + 0.3963377774 * a + 0.2158037573 * b,
            light - 0.1055613458 * a - 0.0638541728 * b,
            light - 0.0894841775 * a - 1.2914855480 * b,
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(to_rgb @ cones**3, 0.0, 1.0)
    curve = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    return np.asarray(255.0 * curve.T, np.float32)
