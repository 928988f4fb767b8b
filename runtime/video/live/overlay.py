"""Words on a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinystyle.pictures.images import UInt8Array

__all__ = ["with_words"]

_SHARE = 28
"""Lines of text that would fill the picture's height."""
_SHADE = 0.35
"""What is left of the picture's light behind words."""


def with_words(
    rgb: UInt8Array, table: Sequence[tuple[str, str]] = (), notice: str = ""
) -> UInt8Array:
    """``(H, W, 3)`` with a table of two columns in the middle and a line at the bottom."""
    if not table and not notice:
        return rgb
    image = Image.fromarray(rgb)
    height = max(11, image.height // _SHARE)
    if table:
        _write(image, ["\n".join(column) for column in zip(*table, strict=True)], height, False)
    if notice:
        _write(image, [notice], height, True)
    return np.array(image)


def _write(image: Image.Image, columns: list[str], height: int, at_bottom: bool) -> None:
    """Columns of lines that are ``height`` px high, in the middle or at the lower left."""
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(height)
    gap = height // 2
    boxes = [draw.multiline_textbbox((0, 0), text, font, spacing=gap) for text in columns]
    width = sum(round(box[2]) for box in boxes) + 2 * gap * len(columns)
    depth = max(round(box[3]) for box in boxes) + 2 * gap
    x = height if at_bottom else max(0, (image.width - width) // 2)
    y = image.height - depth - height if at_bottom else max(0, (image.height - depth) // 2)
    area = (x, y, min(image.width, x + width), min(image.height, y + depth))
    image.paste(image.crop(area).point(lambda level: level * _SHADE), area[:2])
    for text, box in zip(columns, boxes, strict=True):
        draw.multiline_text((x + gap, y + gap), text, "white", font, spacing=gap)
        x += round(box[2]) + 2 * gap
