"""Painting pictures with an exported network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import ModelError, OptionError
from tinystyle.images import Picture, UInt8Array, from_pil, resize, to_batch, to_uint8
from tinystyle.manifest import Kind, Manifest
from tinystyle.runtime.color import transfer_luma
from tinystyle.runtime.session import (
    SessionOptions,
    open_session,
    read_manifest,
    read_model,
    require_finite,
    run_session,
    short_name,
)
from tinystyle.spec import MAX_BATCH, MAX_SIZE, MIN_SIZE

__all__ = ["Stylizer"]


class Stylizer:
    """An exported network, ready to paint.

    >>> painter = Stylizer.load("starry-night.onnx")            # doctest: +SKIP
    >>> painter.stylize(Image.open("photo.jpg")).save("painted.png")  # doctest: +SKIP
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, manifest: Manifest, options: SessionOptions
    ) -> None:
        self._session = session
        self.manifest = manifest
        self.requested_providers = options.providers
        count, *sides = session.get_inputs()[0].shape
        height, width = sides[:2] if manifest.bytes_io else sides[1:]
        self.batch: int | None = count if isinstance(count, int) else None
        """Pictures that the graph takes at a time; None if it takes any number."""
        if self.batch is not None and not 1 <= self.batch <= MAX_BATCH:
            raise ModelError(f"the model takes {self.batch} pictures at a time; not one of ours")
        self.fixed_size: tuple[int, int] | None = None
        """Height and width that the graph is made for; None if it takes any."""
        if isinstance(height, int) and isinstance(width, int):
            if not all(MIN_SIZE <= side <= MAX_SIZE for side in (height, width)):
                raise ModelError(f"the model is made for {height}x{width}; not a size of ours")
            self.fixed_size = height, width

    @classmethod
    def load(cls, path: str | Path, options: SessionOptions | None = None) -> Stylizer:
        """Open an ONNX file made by ``export-net``. Raises ModelError on any other file."""
        return cls.from_bytes(read_model(Path(path)), str(path), options)

    @classmethod
    def from_bytes(
        cls, model: bytes, label: str, options: SessionOptions | None = None
    ) -> Stylizer:
        """As :meth:`load`, from memory. ``label`` names the model in errors."""
        options = options or SessionOptions()
        session = open_session(model, label, options)
        return cls(session, read_manifest(session, Kind.NETWORK, label), options)

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers that the session really has, by short name, preferred first."""
        return tuple(map(short_name, self._session.get_providers()))

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The bare network: ``(N, 3, H, W)``, 0..1, from 64 px up; same shape and range.

        For a model of bytes the picture is rounded to them.
        """
        if not self.manifest.bytes_io:
            return self._run(batch)
        if batch.ndim != 4 or not len(batch):
            raise OptionError(f"pictures are {batch.shape}; needed is (N, 3, H, W)")
        pixels = np.stack([to_uint8(picture[None]) for picture in batch])
        return np.concatenate([to_batch(painted) for painted in self.run_bytes(pixels)])

    def run_bytes(self, pixels: UInt8Array) -> UInt8Array:
        """As :meth:`run`, of pictures ``(N, H, W, 3)`` as bytes, by a model of either kind."""
        if self.manifest.bytes_io:
            painted: UInt8Array = self._run(pixels)
            return painted
        result = require_finite(self._run(np.concatenate([to_batch(rgb) for rgb in pixels])))
        return np.stack([to_uint8(picture[None]) for picture in result])

    def _run(self, batch: NDArray[Any]) -> NDArray[Any]:
        manifest = self.manifest
        result = run_session(self._session, manifest.output_name, manifest.input_name, batch)
        if result.shape != batch.shape:
            raise ModelError(f"the model made {result.shape} of a picture of {batch.shape}")
        return result

    @overload
    def stylize(self, image: UInt8Array, *, keep_color: bool = False) -> UInt8Array: ...
    @overload
    def stylize(self, image: Image.Image, *, keep_color: bool = False) -> Image.Image: ...

    def stylize(
        self, image: UInt8Array | Image.Image, *, keep_color: bool = False
    ) -> UInt8Array | Image.Image:
        """Paint a picture of any size.

        ``image`` is an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, or a PIL image of
        any mode; the result is of the same kind and size, RGB, or RGBA if it came with alpha. A PIL
        image is turned upright as its EXIF says, its colour profile converted to sRGB, and the
        result keeps its EXIF. Colours under alpha 0 take no part.
        ``keep_color`` takes only the brightness from the painting. A network of fixed size paints
        at that size and the result is scaled back.
        """
        if isinstance(image, Image.Image):
            return self.stylize_picture(from_pil(image), keep_color=keep_color).to_pil()
        painted = self.stylize_picture(_from_array(image), keep_color=keep_color)
        if painted.alpha is None:
            return painted.rgb
        return np.concatenate([painted.rgb, painted.alpha[..., None]], axis=-1)

    def stylize_picture(self, picture: Picture, *, keep_color: bool = False) -> Picture:
        """As :meth:`stylize`, for a decoded file."""
        painted = self._paint(picture.rgb)
        if keep_color:
            painted = transfer_luma(painted, picture.rgb)
        return replace(picture, rgb=painted, sha256="")

    def _paint(self, rgb: UInt8Array) -> UInt8Array:
        height, width = rgb.shape[:2]
        if self.fixed_size is not None:
            fitted = resize(rgb, *self.fixed_size)
            return resize(self._paint_one(fitted), height, width)
        bottom, right = max(0, MIN_SIZE - height), max(0, MIN_SIZE - width)
        padded = np.pad(rgb, ((0, bottom), (0, right), (0, 0)), mode="edge")
        return self._paint_one(padded)[:height, :width]

    def _paint_one(self, rgb: UInt8Array) -> UInt8Array:
        copies = np.repeat(rgb[None], self.batch or 1, axis=0)
        painted: UInt8Array = self.run_bytes(copies)[0]
        return painted


def _from_array(array: UInt8Array) -> Picture:
    good_shape = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not good_shape or 0 in array.shape:
        raise OptionError(
            f"image is {array.dtype}{array.shape}; needed is uint8 (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=-1)
    if array.shape[2] == 4:
        return from_pil(Image.fromarray(np.ascontiguousarray(array)))
    return Picture(np.ascontiguousarray(array))
