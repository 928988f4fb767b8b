"""Artworks made of forms: cut-outs, thrown paint, circles and bars in the manner of the 1920s."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.pixels import Array

__all__ = ["blobs", "shapes", "splashes"]


def _outline(canvas: Canvas, points: int, wild: float) -> Array:
    """A closed smooth curve round 0, ``(points, 2)``, of about radius 1."""
    angle = np.linspace(0.0, 2.0 * math.pi, points, endpoint=False)
    radius = np.ones(points)
    for wave in range(2, 8):
        radius += (
            wild / wave * canvas.random.normal() * np.cos(wave * angle + canvas.between(0, 6.3))
        )
    if canvas.chance(0.4):  # petals, leaves, stars
        lobes = int(canvas.random.integers(3, 10))
        radius += canvas.between(0.2, 0.6) * np.cos(lobes * angle)
    stretch = canvas.between(0.5, 1.0)
    turn = canvas.between(0.0, math.pi)
    y, x = np.abs(radius) * np.sin(angle), stretch * np.abs(radius) * np.cos(angle)
    curve = np.stack(
        [y * math.cos(turn) + x * math.sin(turn), x * math.cos(turn) - y * math.sin(turn)]
    )
    return np.asarray(curve.T, np.float32)


def blobs(canvas: Canvas) -> UInt8Array:
    """Cut-out forms with soft outlines, over each other on a ground of one or a few colours."""
    image, draw = canvas.sheet(canvas.paper_and_ink()[int(canvas.chance(0.3))])
    if canvas.chance(0.5):
        hills = canvas.noise(canvas.between(1.5, 4.0))
        steps = (hills * np.float32(3.999)).astype(int)
        image = Image.fromarray(canvas.picked(4)[steps])
        draw = ImageDraw.Draw(image)
    count = min(900, round(canvas.between(0.7, 2.0) * (canvas.side / (1.5 * canvas.element)) ** 2))
    wild = canvas.between(0.1, 0.9)
    colors = canvas.picked(count)
    forms = [_outline(canvas, 48, wild) for _ in range(min(count, 24))]
    rim = canvas.chance(0.3)
    ink = canvas.paper_and_ink()[1].astype(int).tolist()
    for number, at in enumerate(canvas.random.uniform(-0.03, 1.03, (count, 2)) * canvas.side):
        size = canvas.element * canvas.between(0.35, 1.1)
        curve = (forms[number % len(forms)] * size + at)[:, ::-1].ravel().tolist()
        line = tuple(ink) if rim else None
        draw.polygon(curve, tuple(colors[number].tolist()), line, max(1, round(0.07 * size)))
    return np.array(image)


def splashes(canvas: Canvas) -> UInt8Array:
    """Paint thrown and dripped: stars of drops, threads that thicken and thin, specks."""
    papers = canvas.paper_and_ink()
    image, draw = canvas.sheet(papers[0] if canvas.chance(0.7) else papers[1])
    stars = 10 + min(
        400, round(canvas.between(0.5, 2.2) * (canvas.side / (2.2 * canvas.element)) ** 2)
    )
    threads = int(canvas.random.integers(0, 30)) if canvas.chance(0.6) else 0
    order = canvas.random.permutation(np.arange(stars + threads) < stars)
    for is_star, color in zip(order.tolist(), canvas.picked(len(order)).tolist(), strict=True):
        at = canvas.random.uniform(0, 1, 2) * canvas.side
        if is_star:
            _splash(canvas, draw, at, tuple(color))
        else:
            _thread(canvas, draw, at, tuple(color))
    return np.array(image)


def _splash(
    canvas: Canvas, draw: ImageDraw.ImageDraw, at: NDArray[np.float64], color: tuple[int, ...]
) -> None:
    size = canvas.element * canvas.random.lognormal(-0.75, 0.5)
    spikes = np.repeat(canvas.random.lognormal(-0.1, 0.4, 14), 3)
    radius = size * np.where(np.arange(42) % 3 == 1, spikes, 0.72)
    angle = np.linspace(0, 2 * math.pi, 42, endpoint=False) + canvas.random.normal(0, 0.03, 42)
    curve = np.stack([at[1] + radius * np.cos(angle), at[0] + radius * np.sin(angle)], axis=-1)
    draw.polygon(curve.ravel().tolist(), fill=color)
    drops = int(canvas.random.integers(4, 16))
    away = size * (1.0 + canvas.random.exponential(0.8, drops))
    turn = canvas.random.uniform(0, 2 * math.pi, drops)
    drop = np.maximum(size * canvas.random.uniform(0.04, 0.22, drops), 1.0)
    cx, cy = at[1] + away * np.cos(turn), at[0] + away * np.sin(turn)
    for box in np.stack([cx - drop, cy - drop, cx + drop, cy + drop], axis=-1).tolist():
        draw.ellipse(box, fill=color)


def _thread(
    canvas: Canvas, draw: ImageDraw.ImageDraw, at: NDArray[np.float64], color: tuple[int, ...]
) -> None:
    steps = 60
    turning = np.cumsum(canvas.random.normal(0, 0.16, steps)) + canvas.between(0, 6.3)
    angle = turning + canvas.between(-0.06, 0.06) * np.arange(steps)
    length = canvas.side / 45
    path = at + length * np.cumsum(np.stack([np.sin(angle), np.cos(angle)], axis=-1), axis=0)
    thick = canvas.element * 0.12 * np.exp(np.cumsum(canvas.random.normal(0, 0.15, steps)))
    side = np.stack([np.cos(angle), -np.sin(angle)], axis=-1) * np.maximum(thick, 1.0)[:, None]
    left, right = (path + side)[:, ::-1], (path - side)[:, ::-1]
    parts = np.concatenate([left[:-1], left[1:], right[1:], right[:-1]], axis=1)
    for part in parts.tolist():  # a whole outline would leave holes where it crosses itself
        draw.polygon(part, fill=color)


def shapes(canvas: Canvas) -> UInt8Array:
    """Circles, rings, bars, triangles and half-discs over each other, mostly along two axes."""
    papers = canvas.paper_and_ink()
    image, draw = canvas.sheet(papers[0] if canvas.chance(0.75) else papers[1])
    count = 12 + min(
        900, round(canvas.between(0.8, 3.2) * (canvas.side / (1.6 * canvas.element)) ** 2)
    )
    axis = canvas.between(0, math.pi)
    colors = canvas.picked(count).tolist()
    kinds = canvas.random.choice(
        canvas.random.permutation(5)[: canvas.random.integers(2, 6)], count
    )
    for kind, color in zip(kinds.tolist(), colors, strict=True):
        fill = tuple(color)
        cy, cx = canvas.random.uniform(-0.03, 1.03, 2) * canvas.side
        size = canvas.element * min(canvas.random.lognormal(-0.5, 0.45), 2.5)
        turn = axis + (math.pi / 2 if canvas.chance(0.5) else 0.0)
        turn += canvas.between(-0.8, 0.8) if canvas.chance(0.25) else 0.0
        box = (cx - size, cy - size, cx + size, cy + size)
        if kind == 0:
            draw.ellipse(box, fill=fill)
        elif kind == 1:
            draw.ellipse(box, outline=fill, width=max(1, round(size * canvas.between(0.1, 0.5))))
        elif kind == 2:
            draw.pieslice(box, math.degrees(turn), math.degrees(turn) + 180, fill=fill)
        else:
            along, wide = size * canvas.between(0.8, 3.0), size * canvas.between(0.06, 0.5)
            corners = [(-along, -wide), (along, -wide), (along, wide), (-along, wide)]
            if kind == 4:
                corners = [(-size, -size), (size, -size), (0.0, size * canvas.between(0.4, 1.6))]
            cos, sin = math.cos(turn), math.sin(turn)
            draw.polygon(
                [(cx + a * cos - b * sin, cy + a * sin + b * cos) for a, b in corners], fill
            )
    return np.array(image)
