"""Artworks made of bands: stripes, waves, rings, woven cloth and carpets."""

from __future__ import annotations

import math

import numpy as np

from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.pixels import Array, Ints, filled, hashed, painted, seams

__all__ = ["carpet", "circles", "stripes", "waves", "woven"]


def _bands(canvas: Canvas, along: Array, width: float) -> Ints:
    """Numbers of bands of random widths, 0..: where ``along``, in px, lies between."""
    start, end = float(along.min()), float(along.max())
    count = math.ceil((end - start) / width) + 1
    spread = canvas.between(0.0, 0.9)
    widths = width * canvas.random.uniform(1 - spread, 1 + spread, count + 8)
    edges = start + np.cumsum(widths)
    # A ruler of quarters of a pixel: a search in it costs one look instead of a bisection.
    ruler = np.searchsorted(edges, np.arange(start, end + 1.0, 0.25)).astype(np.int32)
    at = (along - np.float32(start)) * np.float32(4.0)
    return ruler.take(np.minimum(at.astype(np.int32), len(ruler) - 1))


def _sequence(canvas: Canvas, count: int) -> UInt8Array:
    """Colours of ``count`` bands, neighbours unlike: at random, or in a rhythm."""
    palette = len(canvas.palette)
    if canvas.chance(0.5):
        period = int(canvas.random.integers(2, 9))
        steps = canvas.random.integers(1, palette, period)
        order = np.cumsum(steps)[np.arange(count) % period]
        if canvas.chance(0.5):
            order = np.arange(count)
    else:
        order = np.cumsum(canvas.random.integers(1, palette, count))
    return canvas.jittered((order % palette).astype(np.int32))


def stripes(canvas: Canvas) -> UInt8Array:
    """Stripes of random widths, straight or a little bent; at times patches of two directions."""
    along, across = canvas.turned()
    if canvas.chance(0.4):
        along = along + canvas.noise(canvas.between(1, 3)) * np.float32(canvas.side * 0.2)
    width = canvas.element * 0.6
    owner = _bands(canvas, along, width)
    picture = painted(_sequence(canvas, int(owner.max()) + 1), owner)
    if canvas.chance(0.35):
        other = _bands(canvas, across, width * canvas.between(0.5, 1.5))
        patch = (_bands(canvas, along, 6 * width) + _bands(canvas, across, 6 * width)) % 2 == 1
        crossing = painted(_sequence(canvas, int(other.max()) + 1), other)
        filled(picture, patch, crossing)
    return picture


def waves(canvas: Canvas) -> UInt8Array:
    """Bands along the heights of a sum of waves, perhaps with lines between."""
    height = np.zeros((canvas.side, canvas.side), np.float32)
    length = max(canvas.element * canvas.between(3.0, 8.0), canvas.side / 8)
    for _ in range(int(canvas.random.integers(2, 5))):
        along, _ = canvas.turned()
        rate = 2 * math.pi / (length * canvas.between(0.6, 2.5))
        height += np.sin(along * np.float32(rate) + np.float32(canvas.between(0, 6.3)))
    if canvas.chance(0.5):
        along, _ = canvas.turned()
        height += along * np.float32(canvas.between(0.5, 4.0) / length)
    # Heights change by about a wave's height in a quarter of its length.
    height *= np.float32(0.3 * length)
    owner = _bands(canvas, height, canvas.element * 0.6)
    picture = painted(_sequence(canvas, int(owner.max()) + 1), owner)
    if canvas.chance(0.4):
        line = canvas.paper_and_ink()[int(canvas.chance(0.7))]
        filled(picture, seams(owner, canvas.element * canvas.between(0.06, 0.2)), line)
    return picture


def circles(canvas: Canvas) -> UInt8Array:
    """Rings round several points, arcs in squares, or rays with rings."""
    form = int(canvas.random.integers(3))
    width = canvas.element * 0.45
    if form == 0:  # each pixel belongs to the nearest point
        rings = int(canvas.random.integers(2, 7))
        pitch = min(canvas.element * rings, canvas.side)
        owner, away = canvas.voronoi(pitch, canvas.between(0.2, 1.0))
        ring = (away * np.float32(pitch / width)).astype(np.int32)
        return painted(canvas.picked(), hashed(owner, ring))
    if form == 1:  # squares with rings round a middle or a corner
        pitch = min(width * 2 * int(canvas.random.integers(2, 6)), canvas.side / 1.5)
        u, v = canvas.turned(0.0 if canvas.chance(0.7) else None)
        column, row = np.floor(u / np.float32(pitch)), np.floor(v / np.float32(pitch))
        u, v = u - column * np.float32(pitch), v - row * np.float32(pitch)
        cell = hashed(column, row)
        if canvas.chance(0.5):
            ends = canvas.random.integers(0, 2, (2, 4096)).astype(np.float32) * np.float32(pitch)
        else:
            ends = np.full((2, 4096), pitch / 2, np.float32)
            ends += canvas.random.normal(0, 0.08 * pitch, ends.shape).astype(np.float32)
        away = np.sqrt((u - ends[0][cell]) ** 2 + (v - ends[1][cell]) ** 2)
        ring = np.floor(away / np.float32(width)).astype(np.int32)
        return painted(canvas.picked(), hashed(cell, ring))
    middle = canvas.random.uniform(-0.4, 0.4, 2) * canvas.side  # large rings, cut by rays
    dy, dx = canvas.y - np.float32(middle[0]), canvas.x - np.float32(middle[1])
    ring = _bands(canvas, np.sqrt(dy * dy + dx * dx), width)
    rays = int(canvas.random.choice([0, 0, 1, 2, 4, 8, 16]))
    turn = np.arctan2(dy, dx) * np.float32(rays / (2 * math.pi))
    sector = np.floor(turn + np.float32(canvas.between(0.0, 1.0))).astype(np.int32)
    if canvas.chance(0.4):
        sector = sector * (ring % 2)
    return painted(canvas.picked(), hashed(sector % max(rays, 1), ring))


def woven(canvas: Canvas) -> UInt8Array:
    """Cloth: threads of coloured sequences, over and under each other, shaded at their edges."""
    u, v = canvas.turned(0.0 if canvas.chance(0.3) else None)
    thread = max(canvas.element * 0.5, 3.0)
    u, v = u / np.float32(thread), v / np.float32(thread)
    if canvas.chance(0.4):
        u = u + canvas.noise(3) * np.float32(1.5)
    column, row = np.floor(u), np.floor(v)
    u, v = u - column - np.float32(0.5), v - row - np.float32(0.5)
    column, row = column.astype(np.int32), row.astype(np.int32)
    column -= column.min()
    row -= row.min()
    twill = int(canvas.random.choice([1, 1, 2, 3]))
    over = (
        (column + row) // twill % 2 == 0
        if canvas.chance(0.5)
        else ((column // twill + row // twill) % 2 == 0)
    )
    warp, weft = (_tartan(canvas, int(part.max()) + 1) for part in (column, row))
    if canvas.chance(0.4):
        weft = weft[:1].repeat(len(weft), axis=0)
    picture = painted(weft, row)
    filled(picture, over, painted(warp, column))
    round_ = np.where(over, np.abs(u), np.abs(v)) * np.float32(2.0)
    depth = np.float32(canvas.between(0.1, 0.75))
    shade = np.float32(1.0) - depth * round_ * round_
    return np.asarray(picture * shade[..., None], np.uint8)


def _tartan(canvas: Canvas, count: int) -> UInt8Array:
    """Colours of threads: groups of the same, mirrored and repeated as in a kilt."""
    groups = int(canvas.random.integers(2, 7))
    colors = canvas.random.choice(len(canvas.palette), groups)
    if np.all(colors == colors[0]):
        colors[0] = (colors[0] + 1) % len(canvas.palette)
    order = np.repeat(colors, canvas.random.integers(1, 7, groups))
    order = np.concatenate([order, order[::-1]])
    return canvas.jittered(order[np.arange(count) % len(order)].astype(np.int32))


def carpet(canvas: Canvas) -> UInt8Array:
    """A knotted carpet: borders round a field of figures, mirrored both ways, turned a little."""
    knot = max(canvas.element * 0.28, 3.5)
    half = math.ceil(0.5 * canvas.side / knot) + 1
    chart = np.zeros((half, half), np.int32)  # the quarter from the middle to the corner
    edge = half - np.maximum(*np.mgrid[1 : half + 1, 1 : half + 1])
    depth = max(2, round(half * canvas.between(0.15, 0.5)))
    figure = int(np.clip(canvas.random.integers(5, 12), 3, max(half, 3)))
    chart[:] = _figures(canvas, figure, half)
    if canvas.chance(0.6):  # a medallion
        y, x = np.mgrid[0:half, 0:half]
        away = y + x if canvas.chance(0.6) else np.maximum(y, x) + np.minimum(y, x) // 2
        ring = away // max(2, half // 8)
        inside = away < half * canvas.between(0.5, 1.0)
        chart[inside] = (ring + int(canvas.random.integers(9)))[inside]
        small = _figures(canvas, max(3, figure // 2), half)
        chart[inside & (ring % 2 == 1)] = small[inside & (ring % 2 == 1)]
    at = 0
    while at < depth and canvas.chance(0.97):
        wide = int(canvas.random.integers(1, 7))
        band = (edge >= at) & (edge < at + wide)
        small = _figures(canvas, max(3, wide + int(canvas.random.integers(0, 2))), half)
        chart[band] = small[band] if wide > 2 else int(canvas.random.integers(9))
        at += wide
    chart %= len(canvas.palette)
    whole = np.concatenate([chart[::-1], chart])
    whole = np.concatenate([whole[:, ::-1], whole], axis=1)
    colors = canvas.jittered(whole.ravel(), 1.3).reshape(*whole.shape, 3)
    angle = 0.0 if canvas.chance(0.6) else canvas.between(-0.3, 0.3)
    u, v = canvas.turned(angle)
    stretch = np.float32(1 / (knot * (1.0 if angle == 0.0 else 1.3)))
    if canvas.chance(0.5):  # a part of a carpet
        stretch *= np.float32(canvas.between(0.6, 0.9))
        u = u + np.float32(canvas.between(-0.4, 0.4) * canvas.side)
        v = v + np.float32(canvas.between(-0.4, 0.4) * canvas.side)
    u, v = u * stretch + np.float32(half), v * stretch + np.float32(half)
    column = np.clip(u.astype(np.int32), 0, 2 * half - 1)
    row = np.clip(v.astype(np.int32), 0, 2 * half - 1)
    picture = painted(colors.reshape(-1, 3), row * (2 * half) + column)
    if canvas.chance(0.6):
        shade = np.abs(u - column - np.float32(0.5)) + np.abs(v - row - np.float32(0.5))
        shade = np.float32(1.08) - np.float32(canvas.between(0.1, 0.45)) * shade
        picture = np.clip(picture * shade[..., None], 0, 255).astype(np.uint8)
    return picture


def _figures(canvas: Canvas, size: int, side: int) -> Ints:
    """A chart ``(side, side)`` that repeats a figure of ``size``, mirrored in itself."""
    few = int(canvas.random.integers(2, 4))
    colors = canvas.random.integers(0, 9, few)
    part = (size + 1) // 2
    quarter = colors[canvas.random.integers(0, few, (part, part))]
    quarter = np.maximum(quarter, quarter.T) if canvas.chance(0.6) else quarter
    one = np.concatenate([quarter, quarter[::-1][size % 2 :]])
    one = np.concatenate([one, one[:, ::-1][:, size % 2 :]], axis=1)
    times = math.ceil(side / size)
    return np.asarray(np.tile(one, (times, times))[:side, :side], np.int32)
