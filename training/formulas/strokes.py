"""Artworks made of strokes: brushes over a photograph, brushes along a flow."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.palettes import LUMA
from tinystyle.training.formulas.pixels import Array

__all__ = ["brush", "flow"]

_COARSE = 4
"""Directions are known for squares of this many pixels."""


def _traced(starts: Array, field: Array, steps: int, length: float) -> Array:
    """Paths ``(N, steps + 1, 2)`` of y and x from ``starts`` ``(N, 2)`` along the angles of
    ``field``, each step ``length`` px; never turning back.
    """
    at = starts.astype(np.float32)
    path, before = [at], np.zeros_like(at)
    for _ in range(steps):
        where = np.clip(at / _COARSE, 0, len(field) - 1).astype(int)
        angle = field[where[:, 0], where[:, 1]]
        step = np.stack([np.sin(angle), np.cos(angle)], axis=-1) * np.float32(length)
        step = np.where((step * before).sum(axis=1, keepdims=True) < 0, -step, step)
        step += before  # a brush turns slowly
        step *= np.float32(length) / np.maximum(np.hypot(step[:, :1], step[:, 1:]), 1e-6)
        at, before = at + step, step
        path.append(at)
    return np.stack(path, axis=1)


def _ribbons(paths: Array, widths: Array, pointed: float) -> Array:
    """Outlines ``(N, 2 * (steps + 1), 2)`` of x and y of strokes, thinner towards their ends."""
    along = np.gradient(paths, axis=1)
    normal = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    at = np.linspace(-1.0, 1.0, paths.shape[1], dtype=np.float32)
    profile = 1.0 - np.abs(at) ** 3 * np.float32(pointed)
    out = normal * (widths[:, None] * profile * np.float32(0.5))[..., None]
    outline = np.concatenate([paths + out, (paths - out)[:, ::-1]], axis=1)
    return np.ascontiguousarray(outline[..., ::-1])


def _strokes(
    canvas: Canvas,
    draw: ImageDraw.ImageDraw,
    starts: Array,
    field: Array,
    width: float,
    length: float,
    colors: UInt8Array,
) -> None:
    """Strokes of about one width and length, one on the other; broad ones with streaks."""
    steps = 3 if length < 24 else 7 if length < 90 else 15
    paths = _traced(starts, field, steps, length / steps)
    paths -= (paths[:, steps // 2] - paths[:, 0])[:, None]
    widths = (width * canvas.random.uniform(0.65, 1.35, len(starts))).astype(np.float32)
    pointed = canvas.between(0.3, 1.0)
    outlines = [_ribbons(paths, widths, pointed)]
    painted = [colors]
    if width > 9.0 and canvas.chance(0.75):
        normal = np.diff(paths[:, [0, -1]], axis=1)[..., ::-1] * np.array([1, -1], np.float32)
        normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
        for side in (-0.28, 0.22):
            shift = normal * (widths * np.float32(side))[:, None, None]
            middle = paths[:, 1:-1] if steps > 3 else paths
            outlines.append(_ribbons(middle + shift, widths * np.float32(0.16), 1.0))
            light = canvas.random.normal(0.0, 22.0, (len(colors), 1))
            painted.append(np.clip(colors + light, 0, 255).astype(np.uint8))
    for number in range(len(starts)):  # a stroke with its streaks, then the next
        for outline, color in zip(outlines, painted, strict=True):
            r, g, b = color[number].tolist()
            draw.polygon(outline[number].ravel().tolist(), fill=(r, g, b))


def _scattered(canvas: Canvas, count: int) -> Array:
    return np.asarray(canvas.random.uniform(-0.03, 1.03, (count, 2)) * canvas.side, np.float32)


def _gradient_field(canvas: Canvas) -> tuple[Array, Array]:
    """Angles along the photograph's edges, and how strong they are (0..1), a value each 4 px."""
    coarse = canvas.side // _COARSE
    small = Image.fromarray(canvas.fine).convert("L").resize((coarse, coarse), Image.Resampling.BOX)
    dy, dx = np.gradient(np.asarray(small, np.float32))
    tensor = [dx * dx - dy * dy, 2.0 * dx * dy]
    reach = max(4, coarse // 10)
    soft = [
        np.asarray(
            Image.fromarray(part.astype(np.float32))
            .resize((reach * 3, reach * 3), Image.Resampling.BOX)
            .resize((coarse, coarse), Image.Resampling.BICUBIC)
        )
        for part in tensor
    ]
    strength = np.hypot(*soft)
    strength = np.minimum(strength / np.float32(max(float(np.quantile(strength, 0.8)), 1e-3)), 1.0)
    wander = canvas.noise(canvas.between(1, 3), side=coarse) * np.float32(2 * math.pi)
    weak = np.float32(canvas.between(0.05, 0.5))
    norm = np.maximum(np.hypot(*soft), 1e-3)
    across, up = (part / norm * strength for part in soft)
    double = np.arctan2(up - weak * np.sin(wander), across - weak * np.cos(wander))
    return np.asarray(0.5 * double + math.pi / 2, np.float32), strength.astype(np.float32)


def brush(canvas: Canvas) -> UInt8Array:
    """A photograph painted with strokes along its forms, large ones first, in the palette's colours
    or in the photograph's own, a little off.
    """
    field, strength = _gradient_field(canvas)
    if canvas.chance(0.2):
        field[:] = canvas.between(0.0, math.pi)
    own = canvas.chance(0.35)
    under = canvas.blurred(canvas.element)
    image, draw = canvas.sheet(canvas.picked(1)[0])
    ratio = canvas.between(2.2, 6.0)
    for layer, (scale, cover) in enumerate(((0.8, 2.2), (0.4, 1.3))):
        width = max(canvas.element * scale, 5.0)
        length = min(width * ratio, canvas.side * 0.3)
        most = 2600 if width < 9.0 else 1300
        starts = _scattered(canvas, min(most, round(cover * canvas.side**2 / (width * length))))
        if layer:
            at = np.clip(starts / _COARSE, 0, len(strength) - 1).astype(int)
            strong = strength[at[:, 0], at[:, 1]]
            starts = starts[canvas.random.random(len(starts)) < 0.15 + 0.85 * strong]
        elif cover * canvas.side**2 / (width * length) > most:
            image = Image.fromarray(_flat(canvas, under, own))
            draw = ImageDraw.Draw(image)
        at = np.clip(starts, 0, canvas.side - 1).astype(int)
        shown = (canvas.fine if layer else under)[at[:, 0], at[:, 1]].astype(np.float32)
        shown += canvas.random.normal(0.0, 15.0, shown.shape).astype(np.float32)
        if own:
            colors = np.clip(shown, 0, 255).astype(np.uint8)
        else:
            colors = canvas.jittered(canvas.matched(shown), 1.3, least=6.0)
        _strokes(canvas, draw, starts, field, width, length, colors)
    return np.array(image)


def _flat(canvas: Canvas, under: UInt8Array, own: bool) -> UInt8Array:
    """What lies under strokes that cannot cover everything."""
    if own:
        return under
    shown = under[::8, ::8].reshape(-1, 3).astype(np.float32)
    colors = canvas.palette.astype(np.uint8)[canvas.matched(shown)]
    return colors.reshape(canvas.side // 8, -1, 3).repeat(8, axis=0).repeat(8, axis=1)


def flow(canvas: Canvas) -> UInt8Array:
    """Long strokes along a curling flow, their colours in drifts, with whirls here and there."""
    coarse = canvas.side // _COARSE
    angle = canvas.noise(canvas.between(1.0, 3.5), side=coarse) * np.float32(canvas.between(3, 9))
    drift = canvas.noise(canvas.between(1.5, 5.0), 3, side=coarse)
    place = np.arange(coarse, dtype=np.float32) / np.float32(coarse)
    for _ in range(int(canvas.random.integers(0, 6))):
        cy, cx = (np.float32(canvas.between(0.05, 0.95)) for _ in range(2))
        dy, dx = place[:, None] - cy, place[None, :] - cx
        near = np.exp(-(dy * dy + dx * dx) / np.float32(canvas.between(0.006, 0.04)))
        turn = np.arctan2(dy, dx) + np.float32(canvas.between(1.2, 1.9))
        angle = np.where(near > 0.3, turn, angle).astype(np.float32)
        drift += near * np.float32(canvas.between(-0.9, 0.9))
    width = max(canvas.element * 0.45, 4.0)
    length = min(width * canvas.between(4.0, 11.0), canvas.side * 0.6)
    wanted = round(canvas.between(1.0, 3.2) * canvas.side**2 / (width * length))
    starts = _scattered(canvas, min(wanted, 2600 if width < 9.0 else 1300))
    at = np.clip(starts / _COARSE, 0, coarse - 1).astype(int)
    value = drift[at[:, 0], at[:, 1]]
    value += canvas.random.normal(0.0, canvas.between(0.02, 0.2), len(value)).astype(np.float32)
    steps = np.quantile(value, np.linspace(0, 1, len(canvas.palette) + 1)[1:-1])
    order = np.argsort(canvas.palette @ LUMA)
    if canvas.chance(0.4):
        order = canvas.random.permutation(order)
    colors = canvas.jittered(order[np.searchsorted(steps, value)].astype(np.int32), 1.3, least=6.0)
    image, draw = canvas.sheet(canvas.palette[order[int(canvas.random.integers(len(order)))]])
    _strokes(canvas, draw, starts, angle, width, length, colors)
    return np.array(image)
