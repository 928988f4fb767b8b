"""Artworks made of cells: glass, tesserae, rectangles, triangles, kaleidoscopes, tiles."""

from __future__ import annotations

import math

import numpy as np

from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.palettes import LUMA
from tinystyle.training.formulas.pixels import (
    Array,
    Ints,
    Mask,
    filled,
    hashed,
    painted,
    seams,
    wrapped,
)

__all__ = ["glass", "kaleidoscope", "mosaic", "rectangles", "tiles", "triangles"]


def glass(canvas: Canvas) -> UInt8Array:
    """Stained glass: cells between lines of lead."""
    owner, distance = canvas.voronoi(canvas.element, canvas.between(0.55, 1.0))
    picture = painted(canvas.shaded(owner), owner)
    if canvas.chance(0.4):  # light falls in
        glow = canvas.noise(canvas.between(2, 10), 2)[..., None] * np.float32(0.6)
        picture = (picture * (np.float32(0.55) + glow)).clip(0, 255).astype(np.uint8)
    elif canvas.chance(0.3):  # domed pieces
        picture = (picture * (np.float32(1.1) - np.float32(0.5) * distance)[..., None]).clip(0, 255)
        picture = picture.astype(np.uint8)
    if canvas.chance(0.85):
        lead = seams(owner, canvas.element * canvas.between(0.06, 0.22))
        filled(picture, lead, _line_color(canvas))
    return picture


def _line_color(canvas: Canvas) -> UInt8Array:
    """Nearly black, nearly white, or the palette's darkest or lightest."""
    paper, ink = canvas.paper_and_ink()
    if canvas.chance(0.6):
        return (ink * np.float32(canvas.between(0.1, 1.0))).astype(np.uint8)
    return paper.astype(np.uint8)


def mosaic(canvas: Canvas) -> UInt8Array:
    """Tesserae in bent rows, with grout between."""
    along, across = canvas.turned()
    bend = canvas.side * canvas.between(0.0, 0.22)
    across = across + canvas.noise(canvas.between(1.5, 3.5)) * np.float32(bend)
    along = along + canvas.noise(canvas.between(1.5, 3.0)) * np.float32(bend * 0.5)
    row = np.floor(across / np.float32(canvas.element))
    across = across / np.float32(canvas.element) - row
    shift = canvas.random.random(4096, np.float32)[hashed(row)]
    along = along / np.float32(canvas.element * canvas.between(0.8, 1.8)) + shift
    column = np.floor(along)
    along -= column
    row, column = row - row.min(), column - column.min()
    owner = (row * (column.max() + 1) + column).astype(np.int32)
    picture = painted(canvas.shaded(owner), owner)
    gap = np.float32(canvas.between(0.05, 0.12))
    grout = (np.abs(along - 0.5) > 0.5 - gap) | (np.abs(across - 0.5) > 0.5 - gap)
    filled(picture, grout, _line_color(canvas))
    return picture


def rectangles(canvas: Canvas) -> UInt8Array:
    """Rectangles of very different sizes with bars between, upright or turned."""
    image, draw = canvas.sheet(canvas.paper_and_ink()[0])
    angle = 0.0 if canvas.chance(0.6) else canvas.between(0.0, math.pi)
    half = canvas.side * (0.5 if angle == 0.0 else 0.71)
    cos, sin, middle = math.cos(angle), math.sin(angle), canvas.side / 2
    colors = canvas.picked()
    if canvas.chance(0.5):  # most of them white
        colors[canvas.random.random(len(colors)) < canvas.between(0.3, 0.65)] = (
            canvas.paper_and_ink()[0]
        )
    bar = max(2.0, canvas.element * canvas.between(0.05, 0.25)) if canvas.chance(0.8) else 0.0
    ink = tuple(_line_color(canvas).tolist())
    stop = canvas.between(0.0, 0.25)
    parts = [(-half, -half, half, half)]
    number = 0
    while parts:
        top, left, bottom, right = parts.pop()
        tall, wide = bottom - top, right - left
        longest = max(tall, wide)
        small = longest < 2.2 * canvas.element
        if small or (longest < 3.5 * canvas.element and canvas.chance(stop)):
            corners = ((top, left), (top, right), (bottom, right), (bottom, left))
            turned = [(middle + x * cos - y * sin, middle + x * sin + y * cos) for y, x in corners]
            draw.polygon(turned, fill=tuple(colors[number % len(colors)].tolist()))
            if bar:
                draw.line([*turned, turned[0]], fill=ink, width=max(1, round(bar)))
            number += 1
            continue
        share = canvas.between(0.25, 0.75)
        if tall > wide:
            at = top + share * tall
            parts += [(top, left, at, right), (at, left, bottom, right)]
        else:
            at = left + share * wide
            parts += [(top, left, bottom, at), (top, at, bottom, right)]
    return np.array(image)


def triangles(canvas: Canvas) -> UInt8Array:
    """A net of crooked triangles."""
    pitch = max(canvas.element, canvas.side / 36)
    half = math.ceil(0.75 * canvas.side / pitch) + 1
    lines = np.arange(-half, half + 1, dtype=np.float32)
    y, x = np.meshgrid(lines * np.float32(0.866), lines, indexing="ij")
    x = x + np.float32(0.5) * (np.arange(len(lines)) % 2).astype(np.float32)[:, None]
    crooked = canvas.between(0.0, 0.65)
    move = (canvas.random.random((2, *y.shape), np.float32) - np.float32(0.5)) * np.float32(crooked)
    angle = canvas.between(0.0, math.pi)
    y, x = (y + move[0]) * pitch, (x + move[1]) * pitch
    points = np.stack(
        [x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)], -1
    )
    points += canvas.side / 2
    a, b, c, d = points[:-1, :-1], points[:-1, 1:], points[1:, :-1], points[1:, 1:]
    odd = (np.arange(len(lines) - 1) % 2 == 1)[:, None, None]
    first = np.stack([a, b, np.where(odd, d, c)], 2).reshape(-1, 3, 2)
    second = np.stack([np.where(odd, a, b), c, d], 2).reshape(-1, 3, 2)
    corners = np.concatenate([first, second])
    middles = corners.mean(axis=1)
    inside = (np.abs(middles - canvas.side / 2) < canvas.side / 2 + pitch).all(axis=1)
    corners, middles = corners[inside], middles[inside].clip(0, canvas.side - 1).astype(int)
    image, draw = canvas.sheet(canvas.palette[0])
    # What lies at a triangle's middle says its colour.
    if canvas.pictured and canvas.chance(0.4):
        soft = canvas.blurred(pitch / 2)[middles[:, 1], middles[:, 0]]
        colors = canvas.jittered(canvas.matched(soft.astype(np.float32)))
    else:
        colors = canvas.picked(len(corners))
        if canvas.chance(0.5):
            hills = canvas.noise(canvas.between(1.5, 4))[middles[:, 1], middles[:, 0]]
            hills = hills + canvas.random.normal(0.0, canvas.between(0.02, 0.15), len(hills))
            ranks = np.argsort(np.argsort(hills)) * len(canvas.palette) // len(hills)
            colors = canvas.jittered(ranks.astype(np.int32), 1.5)
    for shape, color in zip(corners.reshape(-1, 6).tolist(), colors.tolist(), strict=True):
        draw.polygon(shape, fill=tuple(color))
    if canvas.chance(0.4):
        ink, width = tuple(_line_color(canvas).tolist()), round(pitch * canvas.between(0.04, 0.12))
        for shape in corners.reshape(-1, 6).tolist():
            draw.line([*shape, *shape[:2]], fill=ink, width=max(1, width))
    return np.array(image)


def kaleidoscope(canvas: Canvas) -> UInt8Array:
    """Triangles and rings between mirrors; the left half is the right one, mirrored."""
    right = canvas.x[:, canvas.side // 2 :]
    if canvas.chance(0.6):  # mirrors that meet in the middle
        wedge = math.pi / int(canvas.random.integers(3, 9))
        angle = np.arctan2(np.broadcast_to(right, (canvas.side, right.shape[1])), canvas.y)
        radius = np.sqrt(right * right + canvas.y * canvas.y)
        angle = np.abs(np.mod(angle + np.float32(wedge), np.float32(2 * wedge)) - np.float32(wedge))
        u, v = radius * np.cos(angle), radius * np.sin(angle)
    else:  # four mirrors around a square, perhaps one more across
        period = np.float32(max(canvas.element * canvas.between(2.5, 6.0), canvas.side / 9))
        u = np.abs(np.mod(canvas.y + period, 2 * period) - period)
        v = np.abs(np.mod(right + period, 2 * period) - period)
        u, v = np.broadcast_arrays(u, v)
        if canvas.chance(0.6):
            u, v = np.maximum(u, v), np.minimum(u, v)
    picture = painted(canvas.picked(), _triangle_net(canvas, u, v, canvas.element))
    for _ in range(int(canvas.random.integers(0, 4))):
        shape = _folded_shape(canvas, u, v)
        finer = canvas.element * canvas.between(0.5, 1.5)
        inside = painted(canvas.picked(), _triangle_net(canvas, u, v, finer))
        filled(picture, shape, inside if canvas.chance(0.6) else canvas.picked(1)[0])
        if canvas.chance(0.4):
            filled(picture, seams(shape, canvas.element * 0.12), _line_color(canvas))
    return np.concatenate([picture[:, ::-1], picture], axis=1)


def _triangle_net(canvas: Canvas, u: Array, v: Array, pitch: float) -> Ints:
    """Numbers of triangles of a turned net, 0..4095."""
    angle, away = canvas.between(0.0, math.pi), canvas.between(0.0, 99.0)
    numbers = []
    for turn in (0.0, math.pi / 3, 2 * math.pi / 3):
        cos = np.float32(math.cos(angle + turn) / pitch)
        sin = np.float32(math.sin(angle + turn) / pitch)
        numbers.append(np.floor(u * cos + v * sin + np.float32(away)).astype(np.int32))
    return hashed(*numbers)


def _folded_shape(canvas: Canvas, u: Array, v: Array) -> Mask:
    """Rings, or bands, or a half of the plane."""
    reach = canvas.side * 0.6
    cu, cv = np.float32(canvas.between(0.0, reach)), np.float32(canvas.between(0.0, reach * 0.5))
    wide = canvas.element * canvas.between(0.7, 2.5)
    form = int(canvas.random.integers(3))
    if form == 0:
        away = np.sqrt((u - cu) ** 2 + (v - cv) ** 2)
        return np.asarray(wrapped(away, 2 * wide) < canvas.between(0.2, 0.7))
    angle = canvas.between(0.0, math.pi)
    along = (u - cu) * np.float32(math.cos(angle)) + (v - cv) * np.float32(math.sin(angle))
    if form == 1:
        return np.asarray(wrapped(along, 3 * wide) < 1 / 3)
    return np.asarray((u - cu) ** 2 + (v - cv) ** 2 < (2 * wide) ** 2)


def tiles(canvas: Canvas) -> UInt8Array:
    """Checks, diamonds, bricks, and square tiles with parts of circles and triangles on them."""
    u, v = canvas.turned(0.0 if canvas.chance(0.3) else None)
    u, v = (
        u / np.float32(canvas.element),
        v / np.float32(canvas.element * canvas.between(0.8, 1.25)),
    )
    if canvas.chance(0.3):  # every second row moved
        u = u + np.float32(0.5) * (np.floor(v).astype(np.int32) & 1).astype(np.float32)
    column, row = np.floor(u), np.floor(v)
    u, v = u - column - np.float32(0.5), v - row - np.float32(0.5)
    column, row = column.astype(np.int32), row.astype(np.int32)
    period = int(canvas.random.choice([1, 2, 3, 4, 997, 997]))
    cell = hashed(column % period, row % period)
    if canvas.chance(0.35):
        ground = (column + row) % 2 + 2 * (canvas.random.random(4096) < canvas.between(0, 0.1))[
            cell
        ]
    else:
        ground = cell
    plain = canvas.picked()
    picture = painted(plain, ground)
    motifs = canvas.random.permutation(6)[: int(canvas.random.integers(0, 4))]
    if len(motifs) == 0:
        return _with_joints(canvas, picture, u, v)
    motif = canvas.random.choice(motifs, 4096)[cell]
    quarter = canvas.random.integers(0, 4, 4096)[hashed(cell, (column + row) % 2)]
    s = np.where(quarter % 2 == 0, u, -u)
    t = np.where(quarter < 2, v, -v)
    reach = np.float32(canvas.between(0.25, 0.48))
    corner = np.sqrt((s + 0.5) ** 2 + (t + 0.5) ** 2)
    shapes = (
        s + t > 0,
        corner < 1.0,
        np.abs(corner - 0.5) < reach * 0.5,
        u * u + v * v < reach * reach,
        np.abs(u) + np.abs(v) < reach,
        np.maximum(np.abs(u), np.abs(v)) < reach * 0.8,
    )
    marked = np.zeros(u.shape, np.bool_)
    for number in motifs:
        marked |= shapes[number] & (motif == number)
    marks = canvas.picked(len(plain))
    alike = np.abs(marks.astype(np.float32) - plain) @ LUMA < 40
    marks[alike] = np.where((plain[alike] @ LUMA > 128)[:, None], *canvas.paper_and_ink()[::-1])
    filled(picture, marked, painted(marks, ground))
    return _with_joints(canvas, picture, u, v)


def _with_joints(canvas: Canvas, picture: UInt8Array, u: Array, v: Array) -> UInt8Array:
    """Tiles with lines between them, at times; ``u`` and ``v`` are -0.5..0.5 in a tile."""
    if canvas.chance(0.35):
        edge = np.float32(0.5 - canvas.between(0.02, 0.07))
        filled(picture, np.maximum(np.abs(u), np.abs(v)) > edge, _line_color(canvas))
    return picture
