"""Artworks and a landscape made from formulas, free of anybody's rights, for demo and tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinystyle.pictures.images import UInt8Array

__all__ = ["ARTWORKS", "landscape"]

Array = NDArray[np.float64]


def _grid(size: int) -> tuple[Array, Array]:
    y, x = np.mgrid[0:size, 0:size] / size
    return y, x


def _noise(size: int, cells: int, seed: int) -> Array:
    """Smooth value noise, ``(size, size)``, 0..1."""
    lattice = np.random.default_rng(seed).random((cells + 2, cells + 2))
    at = np.arange(size) / size * cells
    base = at.astype(int)
    ease = (at - base) ** 2 * (3.0 - 2.0 * (at - base))
    rows = lattice[base] * (1 - ease)[:, None] + lattice[base + 1] * ease[:, None]
    smooth: Array = rows[:, base] * (1 - ease) + rows[:, base + 1] * ease
    return smooth


def _fractal(size: int, cells: int, seed: int) -> Array:
    parts = [_noise(size, cells * 2**i, seed + i) / 2**i for i in range(5)]
    total: Array = np.sum(parts, axis=0) / 1.9375
    return total


def _palette(values: Array, colors: list[tuple[int, int, int]]) -> Array:
    """0..1 to colours, interpolated: ``(H, W, 3)``, 0..255."""
    stops = np.linspace(0.0, 1.0, len(colors))
    channels = [np.interp(values, stops, [c[i] for c in colors]) for i in range(3)]
    return np.stack(channels, axis=-1)


def _to_uint8(rgb: Array) -> UInt8Array:
    return (np.clip(rgb, 0.0, 255.0) + 0.5).astype(np.uint8)


def swirls(size: int = 384) -> UInt8Array:
    """Thick curling brush strokes in blue and gold: noise smeared along a field of vortices."""
    y, x = _grid(size)
    angle = 2.0 * np.pi * _fractal(size, 2, 1)
    for cy, cx, turn in ((0.3, 0.3, 3.0), (0.55, 0.7, -3.0), (0.8, 0.25, 2.5)):
        near = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 0.03)
        angle = angle * (1 - near) + near * (np.arctan2(y - cy, x - cx) + turn / 2.0)
    strokes = np.random.default_rng(2).random((size, size))
    field = np.zeros((size, size))
    for sign in (-1.0, 1.0):
        py, px = np.mgrid[0:size, 0:size].astype(np.float64)
        for _ in range(14):
            iy, ix = (np.clip(p, 0, size - 1).astype(int) for p in (py, px))
            field += strokes[iy, ix]
            py += sign * np.sin(angle[iy, ix])
            px += sign * np.cos(angle[iy, ix])
    field = (field - field.mean()) / (5.0 * field.std()) + 0.5
    glow = sum(
        np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 0.008)
        for cy, cx in ((0.3, 0.3), (0.55, 0.7), (0.12, 0.8))
    )
    tone = np.clip(field * 0.75 + 0.5 * glow, 0.0, 1.0)
    return _to_uint8(
        _palette(
            tone, [(12, 24, 68), (24, 58, 130), (66, 120, 178), (232, 196, 92), (252, 238, 170)]
        )
    )


def mosaic(size: int = 384) -> UInt8Array:
    """Stained glass: bright cells between lines of lead."""
    random = np.random.default_rng(7)
    seeds, colors = random.random((140, 2)), random.integers(0, 6, 140)
    glass = np.array(
        [
            (206, 44, 52),
            (240, 170, 40),
            (28, 110, 160),
            (60, 150, 96),
            (242, 226, 180),
            (120, 56, 120),
        ]
    )
    y, x = _grid(size)
    nearest, second = np.full((2, size, size), np.inf)
    owner = np.zeros((size, size), int)
    for index, (cy, cx) in enumerate(seeds):
        distance = np.hypot(y - cy, x - cx)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        nearest = np.minimum(nearest, distance)
        owner[closer] = index
    edge = np.clip((second - nearest) / 0.012, 0.0, 1.0)[..., None]
    shade = (0.75 + 0.5 * _fractal(size, 12, 3))[..., None]
    return _to_uint8(glass[colors[owner]] * shade * edge + (1 - edge) * 18)


def woodcut(size: int = 384) -> UInt8Array:
    """Black lines of a cutting knife on warm paper, bending round hills."""
    y, x = _grid(size)
    height = _fractal(size, 3, 11)
    lines = np.sin(150.0 * (y + 0.35 * height) + 3.0 * np.sin(6.0 * x))
    cut = lines > 1.6 * (_fractal(size, 4, 5) - 0.5) * 2.0
    outline = np.abs(np.sin(14.0 * height)) < 0.10
    paper = np.array([238, 222, 190]) - 14.0 * _fractal(size, 40, 9)[..., None]
    ink = np.array([28, 24, 30])
    return _to_uint8(np.where((cut & ~outline)[..., None], paper, ink))


def rectangles(size: int = 384) -> UInt8Array:
    """Primary colours and black bars at right angles."""
    random = np.random.default_rng(21)
    canvas = np.full((size, size, 3), (240, 236, 224), dtype=np.float64)
    paints = [(200, 30, 34), (236, 190, 30), (30, 62, 140), (240, 236, 224), (240, 236, 224)]
    bar = max(2, size // 64)

    def split(top: int, left: int, bottom: int, right: int, depth: int) -> None:
        tall, wide = bottom - top, right - left
        if depth == 0 or min(tall, wide) < size // 10:
            canvas[top:bottom, left:right] = paints[random.integers(len(paints))]
            canvas[top : top + bar, left:right] = 16
            canvas[top:bottom, left : left + bar] = 16
            return
        share = random.uniform(0.3, 0.7)
        if tall > wide:
            middle = top + int(share * tall)
            split(top, left, middle, right, depth - 1)
            split(middle, left, bottom, right, depth - 1)
        else:
            middle = left + int(share * wide)
            split(top, left, bottom, middle, depth - 1)
            split(top, middle, bottom, right, depth - 1)

    split(0, 0, size, size, 7)
    return _to_uint8(canvas - 10.0 * _fractal(size, 48, 4)[..., None])


ARTWORKS: dict[str, Callable[[int], UInt8Array]] = {
    "swirls": swirls,
    "mosaic": mosaic,
    "woodcut": woodcut,
    "rectangles": rectangles,
}
"""Makers of artworks by name; each takes the side in pixels."""


def landscape(size: int = 384) -> UInt8Array:
    """A photograph-like scene: sun over mountains and a lake, trees in front."""
    y, x = _grid(size)
    sky = _palette(np.clip(y * 1.7, 0, 1), [(58, 96, 160), (150, 180, 214), (250, 214, 170)])
    cloud = np.clip((_fractal(size, 4, 31) - 0.52) * 4.0, 0, 1) * np.clip(1 - y * 1.6, 0, 1)
    scene = sky + (255 - sky) * cloud[..., None]
    sun = np.exp(-((y - 0.36) ** 2 + (x - 0.68) ** 2) / 0.0012)
    scene += (np.array([255, 244, 214]) - scene) * np.clip(1.4 * sun, 0, 1)[..., None]
    row = np.arange(size) / size
    for base, rough, seed, color in (
        (0.44, 0.22, 41, (122, 136, 164)),
        (0.52, 0.16, 43, (84, 100, 112)),
        (0.58, 0.10, 47, (52, 78, 62)),
    ):
        ridge = base - rough * (_fractal(size, 4, seed)[size // 2] - 0.5)
        light = 0.7 + 0.7 * _fractal(size, 24, seed + 1)
        inside = (y > ridge) & (y < 0.62)
        scene[inside] = (np.array(color) * light[..., None])[inside]
    shore = int(0.62 * size)
    mirror = scene[:shore][::-1][: size - shore]
    ripple = (4.0 * np.sin(260.0 * row[: size - shore] ** 1.2)).astype(int)
    lake = np.stack(
        [np.roll(line, shift, axis=0) for line, shift in zip(mirror, ripple, strict=True)]
    )
    scene[shore:] = 0.75 * lake + 0.25 * np.array([40, 70, 96])
    random = np.random.default_rng(53)
    for cx in random.uniform(0.0, 1.0, 16):
        tall = random.uniform(0.14, 0.34)
        rise = (1.02 - y) / tall
        half = 0.045 * np.clip(1.0 - rise, 0, 1) * (0.6 + 0.4 * np.abs(np.sin(rise * 22.0)))
        tree = (np.abs(x - cx) < half) & (rise < 1.0)
        scene[tree] = (np.array([24, 44, 30]) * (0.6 + _fractal(size, 40, 59)[..., None]))[tree]
    return _to_uint8(scene + np.random.default_rng(61).normal(0.0, 2.0, scene.shape))
