"""Cut-outs: colours under transparent pixels are nobody's choice and must not be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["composed", "filled", "resized"]

UInt8Array = NDArray[np.uint8]

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


def resized(rgb: UInt8Array, alpha: UInt8Array, height: int, width: int) -> Image.Image:
    """Colours ``(H, W, 3)`` and alpha ``(H, W)`` at another size, RGBA; colours weighed by alpha.

    Antialiased bicubic. Without the weights an edge would get a rim of the hidden colour; weighed
    in bytes, as Pillow does it, faint pixels would be 15 of 255 off.
    """

    def scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
        image = Image.fromarray(values).resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(image)

    weight = alpha.astype(np.float32)
    visible = scaled(weight)
    divisor = np.maximum(visible, 0.5)
    channels = [scaled(rgb[..., index] * weight) / divisor for index in range(3)]
    values = np.rint(np.stack([*channels, visible], axis=-1)).clip(0.0, 255.0)
    return Image.fromarray(values.astype(np.uint8))


def composed(rgba: Image.Image, background: str) -> Image.Image:
    """An RGBA image on a colour of Pillow's names (``white``, ``#ffeecc``), as RGB."""
    ground = Image.new("RGBA", rgba.size, background)
    return Image.alpha_composite(ground, rgba).convert("RGB")
