"""What a style looks like: one small photograph, the same for all."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tinystyle.assets import asset
from tinystyle.catalogue.codes import StyleCoder
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.images import middle_square, read_picture, resize
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["PREVIEW_SIDE", "PreviewPainter"]

PREVIEW_SIDE = 64
"""Of a preview, in pixels."""

_PAINTED = 2 * PREVIEW_SIDE
"""Pixels a side at which it is painted: strokes would be as large as things otherwise."""

_PHOTOGRAPH = "photographs/china.jpg"


class PreviewPainter:
    """Paints the photograph with the network of a code."""

    def __init__(self, coder: StyleCoder) -> None:
        self._coder = coder
        photograph = middle_square(read_picture(asset(_PHOTOGRAPH)).rgb)
        self._photograph = resize(photograph, _PAINTED, _PAINTED)

    def paint(self, code: NDArray[np.float16]) -> bytes:
        """A WebP file of 64 x 64 pixels."""
        model = to_onnx(self._coder.generate(code, {}))
        painter = Stylizer.from_bytes(
            model.SerializeToString(), "preview", SessionOptions(threads=1)
        )
        painted = resize(painter.stylize(self._photograph), PREVIEW_SIDE, PREVIEW_SIDE)
        stream = io.BytesIO()
        Image.fromarray(painted).save(stream, "WEBP", quality=80, method=4)
        return stream.getvalue()
