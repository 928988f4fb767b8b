"""Artworks in the manner of prints: hatching, halftone, stipple, cut paper."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from tinystyle.pictures.images import UInt8Array
from tinystyle.training.formulas.canvas import Canvas
from tinystyle.training.formulas.palettes import LUMA
from tinystyle.training.formulas.pixels import Array, filled, hashed, painted, seams, wrapped

__all__ = ["halftone", "hatching", "paper_cut", "stipple"]


def _soft_tone(canvas: Canvas, radius: float) -> Array:
    """How light the photograph is, without what is smaller than ``radius`` px: 0..1."""
    tone = Image.fromarray(canvas.tone)
    side = max(8, min(canvas.side // 2, round(canvas.side / max(radius, 1.0) * 2)))
    small = tone.resize((side, side), Image.Resampling.BOX)
    large = small.resize((canvas.side, canvas.side), Image.Resampling.BILINEAR)
    return np.asarray(large)


def hatching(canvas: Canvas) -> UInt8Array:
    """Ink on paper, or chalk on black: lines, thicker or crossing where it is dark."""
    pitch = max(canvas.element * 0.4, 4.0)
    tone = _soft_tone(canvas, pitch * 0.5)
    paper, ink = canvas.paper_and_ink()
    if canvas.chance(0.2):
        paper, ink, tone = ink, paper, np.asarray(1.0 - tone, np.float32)
    bend = np.float32(canvas.side * canvas.between(0.0, 0.25))
    hills: Array = canvas.noise(canvas.between(1.5, 4.0)) * bend
    hills += canvas.noise(canvas.side / pitch / 3) * np.float32(pitch * canvas.between(0.0, 0.6))
    if canvas.chance(0.3):  # lines that follow the photograph's forms
        hills += _soft_tone(canvas, canvas.side / 24) * np.float32(pitch * canvas.between(2, 6))
    inked = np.zeros(tone.shape, np.bool_)
    first = canvas.between(0.0, math.pi)
    if canvas.chance(0.5):  # an engraver's lines of changing width
        layers = int(canvas.random.integers(1, 3))
        for layer in range(layers):
            along, _ = canvas.turned(first + layer * canvas.between(0.4, 1.6))
            line = np.abs(wrapped(along + hills, pitch) - np.float32(0.5))
            inked |= line < (np.float32(0.94) - tone) * np.float32(0.5 if layers == 1 else 0.33)
    else:  # layers of thin lines, each where it is darker
        layers = int(canvas.random.integers(2, 5))
        thin = np.float32(canvas.between(0.13, 0.24))
        for layer in range(layers):
            along, across = canvas.turned(
                first + layer * math.pi / layers + canvas.between(-0.2, 0.2)
            )
            at = (along + hills) / np.float32(pitch)
            # Strokes end where their own tone says, so that edges are ragged.
            own = canvas.random.random(4096, np.float32)
            stroke = own.take(hashed(np.floor(at), np.floor(across / np.float32(9 * pitch))))
            dark = tone + (stroke - np.float32(0.5)) * np.float32(0.16)
            line = np.abs(wrapped(at) - np.float32(0.5)) < thin
            inked |= line & (dark < np.float32(0.88 - 0.8 * layer / layers))
    if canvas.chance(0.25):
        inked |= tone < 0.13
    return painted(np.stack([paper, ink]).astype(np.uint8), inked.view(np.uint8))


def halftone(canvas: Canvas) -> UInt8Array:
    """Dots on a turned grid, larger where it is dark; one ink, or several over each other."""
    pitch = max(canvas.element * 0.5, 5.0)
    paper, ink = canvas.paper_and_ink()
    several = len(canvas.palette) > 2 and canvas.chance(0.65)
    luma = canvas.palette @ LUMA
    inks = [ink]
    if several:
        others = np.argsort(luma)[1:-1]
        inks = [canvas.palette[i] for i in canvas.random.permutation(others)[:2]] + [ink]
    if canvas.chance(0.15):
        paper, inks = ink, [paper]
    lighter = float(inks[-1] @ LUMA) > float(paper @ LUMA)
    tone = _soft_tone(canvas, pitch * 0.5)
    picture = painted(paper[None].astype(np.uint8), np.zeros(tone.shape, np.uint8))
    square = canvas.chance(0.2)
    multiplied = several and canvas.chance(0.5)
    for number, color in enumerate(inks):
        if len(inks) == 1:
            dark = tone if lighter else np.float32(1.0) - tone
        elif number == len(inks) - 1:
            dark = np.float32(0.8) - tone * np.float32(1.3)
        else:  # each colour where the photograph, or a noise, wants it
            dark = _wanted(canvas, color, pitch) * np.float32(0.85) - tone * np.float32(0.2)
        u, v = canvas.turned()
        u, v = wrapped(u, pitch), wrapped(v, pitch)
        u -= np.float32(0.5)
        v -= np.float32(0.5)
        away = np.maximum(np.abs(u), np.abs(v)) ** 2 if square else u * u + v * v
        dot = away < np.maximum(dark, 0.0) * np.float32(0.25 if square else 0.36)
        if multiplied and number < len(inks) - 1:
            over = np.append(color / np.float32(255), np.float32(1))
            filled(picture, dot, (picture * over.astype(np.float32)).astype(np.uint8))
        else:
            filled(picture, dot, color)
    return picture


def _wanted(canvas: Canvas, color: Array, pitch: float) -> Array:
    """Where a colour belongs, ``(side, side)``, 0..1."""
    tint = color - color @ LUMA
    length = float(np.linalg.norm(tint))
    hills = canvas.noise(canvas.between(1.5, 4.0))
    if length < 20.0:
        return hills
    soft = canvas.blurred(pitch).astype(np.float32)
    like = soft @ (tint / np.float32(length))
    like -= like.min()
    return like / np.float32(max(float(like.max()), 1.0)) * np.float32(0.6) + hills * np.float32(
        0.4
    )


def stipple(canvas: Canvas) -> UInt8Array:
    """Scattered dots: ink where it is dark, or a pointillist's colours."""
    pitch = max(canvas.element * 0.5, 5.0)
    paper, ink = canvas.paper_and_ink()
    tone = _soft_tone(canvas, pitch)
    if canvas.chance(0.5):
        if canvas.chance(0.25):
            paper, ink, tone = ink, paper, np.float32(1.0) - tone
        inked = np.zeros(tone.shape, np.bool_)
        for _ in range(2):
            owner, away = canvas.voronoi(pitch, 1.0)
            size = canvas.random.uniform(0.7, 1.2, int(owner.max()) + 1).astype(np.float32)
            inked |= away < (np.float32(0.92) - tone) * np.float32(0.52) * size.take(owner)
        return painted(np.stack([paper, ink]).astype(np.uint8), inked.view(np.uint8))
    ground = paper if canvas.chance(0.6) else canvas.palette[int(canvas.random.integers(2))]
    picture = painted(ground[None].astype(np.uint8), np.zeros(tone.shape, np.uint8))
    radius = np.float32(canvas.between(0.38, 0.62))
    for layer in range(3):
        owner, away = canvas.voronoi(pitch, 1.0)
        count = int(owner.max()) + 1
        shown = canvas.means(owner, count, canvas.fine)
        # A dot's colour is off by chance, so that neighbours mix in the eye.
        shown += canvas.random.normal(0.0, 26.0, shown.shape).astype(np.float32)
        colors = canvas.jittered(canvas.matched(shown))
        kept = canvas.random.random(count) < (1.0, 0.7, 0.5)[layer]
        dot = (away < radius) & kept.take(owner)
        filled(picture, dot, painted(colors, owner))
    return picture


def paper_cut(canvas: Canvas) -> UInt8Array:
    """The photograph in flat colours, with outlines, or with shadows as of layers of paper."""
    soft = canvas.blurred(canvas.element * 0.55)
    levels = soft.reshape(-1, 3) >> 3
    key = (
        (levels[:, 0].astype(np.int32) << 10) | (levels[:, 1].astype(np.int32) << 5) | levels[:, 2]
    )
    table = np.arange(32768, dtype=np.int32)
    used = np.unique(key[::3])
    shades = np.stack([used >> 10, used >> 5 & 31, used & 31], -1) * np.float32(8) + np.float32(4)
    often = np.bincount(key, minlength=32768)[used]
    index = _in_layers(canvas, shades, often) if canvas.chance(0.65) else canvas.matched(shades)
    table[:] = index[np.minimum(np.searchsorted(used, table), len(used) - 1)]
    owner = table[key].reshape(canvas.side, canvas.side)
    picture = painted(canvas.palette.astype(np.uint8), owner)
    if canvas.chance(0.45):
        width = canvas.element * canvas.between(0.08, 0.2)
        filled(picture, seams(owner, width), canvas.paper_and_ink()[int(canvas.chance(0.8))])
    elif canvas.chance(0.5):  # lighter layers lie on top and throw shadows
        height = (canvas.palette @ LUMA).take(owner)
        away = max(2, round(canvas.element * canvas.between(0.1, 0.3)))
        above = np.zeros(owner.shape, np.bool_)
        for step in range(1, away + 1, max(1, away // 3)):
            above[step:, step:] |= height[:-step, :-step] > height[step:, step:] + 1
        dimmed = (picture * np.float32(canvas.between(0.45, 0.75))).astype(np.uint8)
        filled(picture, above, dimmed)
    return picture


def _in_layers(canvas: Canvas, shades: Array, often: np.ndarray) -> np.ndarray:
    """The palette from dark to light for equal shares of the tones of ``shades`` ``(N, 3)``."""
    light = shades @ LUMA
    order = np.argsort(light)
    share = np.empty(len(light))
    share[order] = (np.cumsum(often[order]) - 0.5 * often[order]) / often.sum()
    dark_to_light = np.argsort(canvas.palette @ LUMA)
    chosen: np.ndarray = dark_to_light[(share * len(dark_to_light)).astype(int)]
    return chosen
