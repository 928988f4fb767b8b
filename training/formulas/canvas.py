"""What artworks by formulas are drawn on: twice the pixels, a palette, a scale, a picture."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tinystyle.pictures.images import UInt8Array, middle_square, resize
from tinystyle.training.formulas.palettes import LUMA, random_palette
from tinystyle.training.formulas.pixels import HASHES, Array, Ints

__all__ = ["Canvas"]


class Canvas:
    """One artwork in the making: ``side`` x ``side`` px, halved when it is done.

    Lengths are pixels of the canvas: ``element`` is the size of what the artwork is made of. All
    randomness is drawn from ``random``.
    """

    def __init__(
        self,
        random: np.random.Generator,
        size: int,
        element: float,
        palette: Array,
        photograph: UInt8Array | None,
    ) -> None:
        """``element`` is in pixels of the artwork; ``palette`` is ``(N, 3)``, 0..255."""
        self.random = random
        self.side = 2 * size
        self.element = 2.0 * max(element, 2.0)
        self.palette = palette
        self.pictured = photograph is not None
        self._photograph = photograph
        self._jitter = float(random.choice([0.0, 3.0, 7.0, 13.0]))
        self._weights = random.dirichlet(np.full(len(palette), 1.5)) + 0.06
        self._weights /= self._weights.sum()
        middle = np.arange(self.side, dtype=np.float32) - np.float32(self.side / 2 - 0.5)
        self.y, self.x = middle[:, None], middle[None, :]

    def chance(self, probability: float) -> bool:
        """True as often as ``probability`` says."""
        return bool(self.random.random() < probability)

    def between(self, low: float, high: float) -> float:
        """A uniform number."""
        return float(self.random.uniform(low, high))

    def turned(self, angle: float | None = None) -> tuple[Array, Array]:
        """Coordinates ``(side, side)`` along two axes turned by ``angle``, or at random."""
        angle = self.between(0.0, 2.0 * math.pi) if angle is None else angle
        cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
        return self.x * cos + self.y * sin, self.y * cos - self.x * sin

    def noise(self, cells: float, octaves: int = 1, side: int | None = None) -> Array:
        """Smooth noise ``(side, side)``, 0..1, of about ``cells`` hills across."""
        side = self.side if side is None else side
        coarse = side // 4 if cells * 2.0 ** (octaves + 3) < side else side
        total: Array = np.zeros((coarse, coarse), np.float32)
        for octave in range(octaves):
            across = max(1.0, cells * 2.0**octave)
            lattice = self.random.random((math.ceil(across) + 4,) * 2, np.float32)
            image = Image.fromarray(lattice).resize(
                (coarse, coarse), Image.Resampling.BICUBIC, (1.5, 1.5, 1.5 + across, 1.5 + across)
            )
            total += np.asarray(image) * np.float32(0.5**octave)
        if coarse < side:
            large = Image.fromarray(total).resize((side, side), Image.Resampling.BILINEAR)
            total = np.array(large)
        low, high = float(total.min()), float(total.max())
        total -= np.float32(low)
        total *= np.float32(1.0 / max(high - low, 1e-6))
        return total

    def voronoi(self, pitch: float, irregular: float) -> tuple[Ints, Array]:
        """For each pixel which of the scattered points is nearest, and how far, in pitches.

        Points stand one in each square of ``pitch`` px, away from its middle by up to half of
        ``irregular`` (0..1) of it.
        """
        pixels = max(3, round(pitch))
        across = self.side // pixels + 2
        points = self.random.random((2, across + 2, across + 2), np.float32) - np.float32(0.5)
        points *= np.float32(irregular)
        inside = (np.arange(pixels, dtype=np.float32) + np.float32(0.5 - pixels / 2)) / pixels
        # Squares last, pixels first: long runs in memory. A distance's last four bits say whose.
        nearest = np.full((pixels, pixels, across, across), np.iinfo(np.int32).max, np.int32)
        for number in range(9):
            down, right = divmod(number, 3)
            part = np.s_[down : down + across, right : right + across]
            dy = inside[:, None, None, None] - (points[0][part] + np.float32(down - 1))
            dx = inside[None, :, None, None] - (points[1][part] + np.float32(right - 1))
            key = (dy * dy + dx * dx).view(np.int32)
            key &= ~15
            key |= number
            np.minimum(nearest, key, out=nearest)
        flat = nearest.transpose(2, 0, 3, 1).reshape(across * pixels, across * pixels)
        top, left = (int(start) for start in self.random.integers(pixels, size=2))
        flat = np.ascontiguousarray(flat[top : top + self.side, left : left + self.side])
        row, column = (
            (start + np.arange(self.side, dtype=np.int32)) // pixels for start in (top, left)
        )
        numbers = np.arange(9, dtype=np.int32)
        offsets = numbers // 3 * (across + 2) + numbers % 3
        owner = offsets.take(flat & 15)
        owner += (row * (across + 2))[:, None] + column
        return owner, np.sqrt((flat & ~15).view(np.float32))

    def jittered(self, indices: Ints, vary: float = 1.0, least: float = 0.0) -> UInt8Array:
        """Colours ``(N, 3)`` of the palette by index ``(N,)``, each a little off: by ``vary`` times
        what this artwork's colours are, or by ``least`` levels.
        """
        colors = self.palette[indices]
        both = self.random.standard_normal((len(colors), 4), np.float32)
        both *= np.float32(max(self._jitter * vary, least))
        return np.clip(colors + both[:, :1] + both[:, 1:] * np.float32(0.5), 0, 255).astype(
            np.uint8
        )

    def picked(self, count: int = HASHES) -> UInt8Array:
        """``count`` colours of the palette, some more often than others."""
        indices = self.random.choice(len(self.palette), count, p=self._weights)
        return self.jittered(indices.astype(np.int32))

    def shaded(self, owner: Ints) -> UInt8Array:
        """Colours ``(N, 3)`` for the cells of ``owner`` ``(side, side)``: at random, along the
        hills of a noise, or, where there is a photograph, at times after what it shows there.
        """
        count = int(owner.max()) + 1
        if self.pictured and self.chance(0.4):
            return self.jittered(self.matched(self.means(owner, count, self.fine)))
        if self.chance(0.55):
            return self.picked(count)
        hills = self.means(owner, count, self.noise(self.between(1.5, 5.0))[..., None])[:, 0]
        hills += self.random.normal(0.0, self.between(0.0, 0.12), count).astype(np.float32)
        steps = np.quantile(hills, np.cumsum(self._weights)[:-1])
        return self.jittered(np.searchsorted(steps, hills).astype(np.int32))

    @staticmethod
    def means(owner: Ints, count: int, values: NDArray[np.generic]) -> Array:
        """Means of ``values`` ``(side, side, C)`` in each cell, ``(count, C)``; 0 where empty."""
        flat = owner[::2, ::2].ravel()
        times = np.maximum(np.bincount(flat, minlength=count), 1)
        sums = [
            np.bincount(flat, values[::2, ::2, c].ravel(), count) for c in range(values.shape[-1])
        ]
        return np.asarray(np.stack(sums, axis=-1) / times[:, None], np.float32)

    def matched(self, colors: Array) -> Ints:
        """Indices of the palette's colours that stand for ``colors`` ``(N, 3)``: lightness first,
        reckoned between the palette's darkest and lightest, then tint.
        """
        light = colors @ LUMA
        own = self.palette @ LUMA
        grey, tint = light[:, None], colors - light[:, None]
        low, high = float(own.min()), float(own.max())
        spread = self._spread
        scaled = (grey - spread[0]) / max(spread[1] - spread[0], 8.0) * (high - low) + low
        away = np.square(np.clip(scaled, low, high) - own)
        for channel in range(3):
            own_tint = self.palette[:, channel] - own
            away = away + 0.3 * np.square(tint[:, channel, None] - own_tint)
        return np.asarray(away.argmin(axis=1), np.int32)

    @cached_property
    def small(self) -> UInt8Array:
        """The photograph, or hills and sky by formula, halved: ``(side / 2, side / 2, 3)``."""
        half = self.side // 2
        if self._photograph is not None:
            return resize(middle_square(self._photograph), half, half)
        colors = random_palette(self.random)
        ground = self.noise(self.between(1.5, 4.0), 4, half)
        ground += self.y[::2] / np.float32(self.side) * np.float32(self.between(-0.7, 0.7))
        ground -= ground.min()
        stops = np.linspace(0.0, float(ground.max()), len(colors))
        ruler = np.linspace(0.0, float(ground.max()), 512)
        order = np.argsort(colors @ LUMA)
        table = np.stack([np.interp(ruler, stops, colors[order, c]) for c in range(3)], axis=-1)
        step = (ground * np.float32(511.0 / ruler[-1])).astype(np.int32)
        return table.astype(np.uint8).take(step, axis=0)

    @cached_property
    def fine(self) -> UInt8Array:
        """The same at the canvas's size: ``(side, side, 3)``."""
        large = Image.fromarray(self.small).resize((self.side,) * 2, Image.Resampling.BILINEAR)
        return np.asarray(large)

    @cached_property
    def tone(self) -> Array:
        """How light it is, ``(side / 2, side / 2)``, 0..1, all tones about equally often."""
        grey = np.asarray(Image.fromarray(self.small).convert("L"))
        often = np.cumsum(np.bincount(grey.ravel(), minlength=256)).astype(np.float32)
        curve = 0.6 * often / often[-1] + 0.4 * np.linspace(0.0, 1.0, 256, dtype=np.float32)
        return np.asarray(curve, np.float32).take(grey)

    @cached_property
    def _spread(self) -> tuple[float, float]:
        """Between what lightness nearly all of the photograph lies, 0..255."""
        light = self.small[::4, ::4].reshape(-1, 3) @ LUMA
        low, high = np.quantile(light, (0.04, 0.96))
        return float(low), float(high)

    def blurred(self, radius: float) -> UInt8Array:
        """The photograph without what is smaller than ``radius`` px."""
        blur = ImageFilter.BoxBlur(max(1.0, radius / 4))
        soft = Image.fromarray(self.small).filter(blur).filter(blur)
        return np.asarray(soft.resize((self.side,) * 2, Image.Resampling.BILINEAR))

    def paper_and_ink(self) -> tuple[Array, Array]:
        """The palette's lightest and darkest colour."""
        luma = self.palette @ LUMA
        return self.palette[int(luma.argmax())], self.palette[int(luma.argmin())]

    def sheet(self, color: UInt8Array | Array) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """An empty picture of one colour to draw on."""
        red, green, blue = (int(value) for value in color)
        image = Image.new("RGB", (self.side, self.side), (red, green, blue))
        return image, ImageDraw.Draw(image)
