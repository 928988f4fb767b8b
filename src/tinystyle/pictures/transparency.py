"""Cut-outs: colours under transparent pixels are nobody's choice and must not be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tinystyle.pictures.depth import Pixels, UInt8Array, full

__all__ = ["composed", "filled", "hidden_colours", "resized"]

_NOTHING = (128, 128, 128)
"""Where a picture shows nothing at all."""


def filled(rgba: Image.Image) -> UInt8Array:
    """The colours ``(H, W, 3)`` of an RGBA image, those of wholly transparent pixels from around.

    A program that cuts a picture out leaves black, white or the old background under alpha 0. A
    network of large strokes would draw it into what is visible, so such pixels take the mean of
    the visible ones near them: of blocks of 2, 4, 8 … pixels, weighed by alpha, the smallest that
    shows something. All other pixels keep their colour.
    """
    alpha = rgba.getchannel("A")
    if np.asarray(alpha).min() > 0:
        return np.array(rgba.convert("RGB"))
    levels = [rgba.convert("RGBa")]
    while max(levels[-1].size) > 1:
        levels.append(levels[-1].reduce(2))
    around = Image.new("RGB", levels[-1].size, _NOTHING)
    for level in reversed(levels[1:]):
        around = around.resize(level.size, Image.Resampling.BILINEAR)
        shown = level.convert("RGBA")
        visible = shown.getchannel("A").point(lambda value: 255 if value else 0)
        around = Image.composite(shown.convert("RGB"), around, visible)
    around = around.resize(rgba.size, Image.Resampling.BILINEAR)
    visible = alpha.point(lambda value: 255 if value else 0)
    return np.array(Image.composite(rgba.convert("RGB"), around, visible))


def hidden_colours(rgb: UInt8Array, alpha: UInt8Array) -> UInt8Array:
    """As :func:`filled`, of arrays ``(H, W, 3)`` and ``(H, W)``."""
    return filled(Image.fromarray(np.dstack([rgb, alpha])))


def resized(rgb: Pixels, alpha: Pixels, height: int, width: int) -> tuple[Pixels, Pixels]:
    """Colours ``(H, W, 3)`` and alpha ``(H, W)`` at another size; colours weighed by alpha.

    Antialiased bicubic. Without the weights an edge would get a rim of the hidden colour; weighed
    in bytes, as Pillow does it, faint pixels would be 15 of 255 off.
    """

    def scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
        image = Image.fromarray(values).resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(image)

    weight = alpha.astype(np.float32)
    visible = scaled(weight)
    divisor = np.maximum(visible, 0.5)
    channels: list[NDArray[np.floating]]
    channels = [scaled(rgb[..., index] * weight) / divisor for index in range(3)]
    values = np.rint(np.stack([*channels, visible], axis=-1)).clip(0.0, full(rgb.dtype))
    return values[..., :3].astype(rgb.dtype), values[..., 3].astype(alpha.dtype)


def composed(rgba: Image.Image, background: str) -> Image.Image:
    """An RGBA image on a colour of Pillow's names (``white``, ``#ffeecc``), as RGB."""
    ground = Image.new("RGBA", rgba.size, background)
    return Image.alpha_composite(ground, rgba).convert("RGB")
