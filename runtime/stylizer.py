"""Painting pictures with an exported network."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import ModelError, OptionError
from tinystyle.network.graph_ops import STRENGTH
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.ops import MASK
from tinystyle.network.spec import MAX_BATCH, MAX_SIZE, MIN_SIZE
from tinystyle.network.stylenet import require_strength
from tinystyle.pictures.deep import DeepPicture, as_array, deep_of
from tinystyle.pictures.depth import Pixels, UInt16Array, to_pixels
from tinystyle.pictures.images import (
    Picture,
    UInt8Array,
    picture_of,
    resize,
    to_batch,
    to_uint8,
)
from tinystyle.pictures.masks import labels_of, resize_labels
from tinystyle.runtime.color import softened, transfer_luma
from tinystyle.runtime.enlargement import enlarged, painted_size, stroke_size_for
from tinystyle.runtime.given.painting import paint_whole
from tinystyle.runtime.segmentation import Segmenter
from tinystyle.runtime.session import (
    SessionOptions,
    open_session,
    read_manifest,
    read_model,
    require_finite,
    run_session,
    short_name,
)
from tinystyle.runtime.tiles.memory import TileOptions
from tinystyle.runtime.tiles.tiling import Tiling

__all__ = ["AnyPicture", "MaskSource", "Stylizer"]

MaskSource = UInt8Array | Image.Image | str | Path | Segmenter
"""Labels ``(H, W)``, a picture of them, or what makes them of the photograph."""

AnyPicture = TypeVar("AnyPicture", bound=Picture | DeepPicture)
"""Of 8 or 16 bits a channel; what is painted of it is as deep."""

_OVERSHOOT = 0.2
"""How far beyond 0 and 1 resampling of sharp edges may go; other ranges are further off."""


class Stylizer:
    """An exported network, ready to paint.

    >>> painter = Stylizer.load("starry-night.onnx")            # doctest: +SKIP
    >>> painter.stylize("photo.jpg").save("painted.png")        # doctest: +SKIP

    One may be used by several threads at once, and by forked processes. Pickled, or copied by
    :func:`copy.deepcopy`, it takes the model along and opens a session of its own: workers that are
    spawned can be given one.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        manifest: Manifest,
        options: SessionOptions,
        source: tuple[bytes, str] | None = None,
    ) -> None:
        """``source`` is the model and its name in errors; without it there are no copies."""
        self._source = source
        self._options = options
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
        any_size = self.fixed_size is None and self.batch in (None, 1)
        self.tiling = Tiling(source, manifest, options, any_size=any_size)
        """When large pictures are painted in tiles, or why never."""

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
        manifest = read_manifest(session, Kind.NETWORK, label)
        return cls(session, manifest, options, (model, label))

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is None:
            raise TypeError("made of a session alone: load the file where it is to be used")
        return type(self).from_bytes, (*self._source, self._options)

    @property
    def options(self) -> SessionOptions:
        """As it was opened with."""
        return self._options

    def with_options(self, options: SessionOptions) -> Stylizer:
        """The same network in a session of its own. One that was made of a session alone is
        returned as it is."""
        if self._source is None:
            return self
        return type(self).from_bytes(*self._source, options)

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers that the session really has, by short name, preferred first."""
        return tuple(map(short_name, self._session.get_providers()))

    def run(
        self, batch: NDArray[Any], *, strength: float = 1.0, mask: UInt8Array | None = None
    ) -> NDArray[np.float32]:
        """The bare network: ``(N, 3, H, W)``, 0..1, from 64 px up; same shape and range.

        Other floats than float32 are converted. For a model of bytes the picture is rounded to
        them. ``strength`` 0..1 goes straight from the photograph to the painting: by the model
        where it takes it (``export-net --strength input``), else here. A network with regions
        (``export-net --method semantic``) needs a ``mask``, uint8 ``(N, 1, H, W)``, the region of
        each pixel, counted from 0; what it has no such region of is painted as the whole artwork.
        Raises OptionError for another shape, type or range, for values that are no numbers, and for
        a size or a number of pictures that the model is not made for.
        """
        batch = self._checked(batch)
        if not self.manifest.bytes_io:
            return self._run(batch, strength, mask)
        pixels = np.stack([to_uint8(picture[None]) for picture in batch])
        painted = self.run_bytes(pixels, strength=strength, mask=mask)
        return np.concatenate([to_batch(picture) for picture in painted])

    def run_bytes(
        self, pixels: UInt8Array, *, strength: float = 1.0, mask: UInt8Array | None = None
    ) -> UInt8Array:
        """As :meth:`run`, of pictures ``(N, H, W, 3)`` as bytes, by a model of either kind."""
        pixels = np.asarray(pixels)
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[3] != 3 or not len(pixels):
            raise OptionError(
                f"pictures are {pixels.dtype}{pixels.shape}; needed is uint8 (N, H, W, 3)"
            )
        self._require_fitting(len(pixels), pixels.shape[1:3])
        if self.manifest.bytes_io:
            painted: UInt8Array = self._run(pixels, strength, mask)
            return painted
        batches = [to_batch(rgb) for rgb in pixels]
        batch = batches[0] if len(batches) == 1 else np.concatenate(batches)
        result = require_finite(self._run(batch, strength, mask))
        return np.stack([to_uint8(picture[None]) for picture in result])

    def _checked(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        batch = np.asarray(batch)
        got = f"pictures are {batch.dtype}{batch.shape}"
        if not np.issubdtype(batch.dtype, np.floating):
            raise OptionError(f"{got}; needed are floats, 0 to 1 (or run_bytes with uint8)")
        if batch.ndim != 4 or batch.shape[1] != 3 or not len(batch):
            raise OptionError(f"{got}; needed is (N, 3, H, W): pictures, channels, rows, columns")
        batch = np.ascontiguousarray(batch, np.float32)
        self._require_fitting(len(batch), batch.shape[2:])
        low, high = float(batch.min()), float(batch.max())
        if not (low >= -_OVERSHOOT and high <= 1.0 + _OVERSHOOT):  # neither is true of NaN
            raise OptionError(f"pictures have values from {low:g} to {high:g}; allowed are 0 to 1")
        return batch

    def _require_fitting(self, count: int, size: tuple[int, ...]) -> None:
        if self.batch is not None and count != self.batch:
            raise OptionError(f"{count} pictures; the model takes {self.batch} at a time")
        if self.fixed_size is not None and size != self.fixed_size:
            raise OptionError(f"pictures are {size}; the model is made for {self.fixed_size}")
        if not all(MIN_SIZE <= side <= MAX_SIZE for side in size):
            raise OptionError(
                f"pictures are {size}; allowed are {MIN_SIZE} to {MAX_SIZE} px a side"
            )

    def _run(self, batch: NDArray[Any], strength: float, mask: UInt8Array | None) -> NDArray[Any]:
        require_strength(strength)
        manifest = self.manifest
        others: dict[str, NDArray[Any]] = {}
        sides = batch.shape[1:3] if manifest.bytes_io else batch.shape[2:]
        if self._with_mask(mask, (len(batch), 1, *sides)):
            others[MASK] = np.ascontiguousarray(mask)
        if manifest.takes_strength:
            others[STRENGTH] = np.array([strength], np.float32)
        if manifest.takes_statistics:
            result = paint_whole(self._session, manifest, batch, others)
        else:
            result = run_session(
                self._session, manifest.output_name, manifest.input_name, batch, others=others
            )
        if result.shape != batch.shape:
            raise ModelError(f"the model made {result.shape} of a picture of {batch.shape}")
        return result if manifest.takes_strength else softened(result, batch, strength)

    def _with_mask(self, mask: UInt8Array | None, shape: tuple[int, ...]) -> bool:
        """Whether there is a mask to be given. Raises OptionError where it does not fit."""
        if (mask is not None) != self.manifest.takes_mask:
            raise OptionError(
                f"the network has {self.manifest.spec.regions} regions and needs a mask of them"
                if mask is None
                else "the network has no regions and takes no mask"
            )
        if mask is not None and (mask.dtype != np.uint8 or mask.shape != shape):
            raise OptionError(f"mask is {mask.dtype}{mask.shape}; needed is uint8{shape}")
        return mask is not None

    @overload
    def stylize(
        self,
        image: Pixels,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
        tiles: TileOptions | None = None,
    ) -> Pixels: ...
    @overload
    def stylize(
        self,
        image: Image.Image | str | Path,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
        tiles: TileOptions | None = None,
    ) -> Image.Image: ...

    def stylize(
        self,
        image: UInt8Array | UInt16Array | Image.Image | str | Path,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
        tiles: TileOptions | None = None,
    ) -> UInt8Array | UInt16Array | Image.Image:
        """Paint a picture of any size.

        ``image`` is an array ``(H, W)``, ``(H, W, 1)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8
        or uint16, a PIL image of any mode, or a picture file, of which a PIL image of 8 bits a
        channel is made. The result is of the same kind and size, RGB, or RGBA if it came with
        alpha. A PIL image is turned upright as its
        EXIF says, its colour profile converted to sRGB, and the result keeps its EXIF. Colours
        under alpha 0 take no part. ``keep_color`` takes only the brightness from the painting,
        ``strength`` 0..1 goes from the photograph to it. A network of fixed size paints at that
        size and the result is scaled back. A network with regions needs a ``mask`` of the picture's
        aspect ratio: labels ``(H, W)`` of uint8, or a picture or its file, made as the mask of the
        artwork was, or a :class:`Segmenter`, which makes it of the picture (docs/semantic.md).

        ``stroke_size`` 1..64 makes strokes so many times as large as the network paints them: it
        paints a smaller picture, whose strokes are carried to the full size and meet the
        photograph's own edges there. By default that is 1 up to 2 megapixels, beyond it what makes
        a picture look as it would with one megapixel; 1 paints any picture as it is. What would
        take more than a gigabyte of memory, or what ``tiles`` say, is painted in tiles, exactly
        (docs/large-pictures.md). Raises OptionError for what does not fit the network, and for
        other numbers.
        """
        paint = partial(
            self.stylize_picture,
            keep_color=keep_color,
            strength=strength,
            mask=mask,
            stroke_size=stroke_size,
            tiles=tiles,
        )
        if isinstance(image, np.ndarray) and image.dtype == np.uint16:
            return as_array(paint(deep_of(image)))
        painted = paint(picture_of(image))
        return as_array(painted) if isinstance(image, np.ndarray) else painted.to_pil()

    def stylize_picture(
        self,
        picture: AnyPicture,
        *,
        keep_color: bool = False,
        strength: float = 1.0,
        mask: MaskSource | None = None,
        stroke_size: float | None = None,
        tiles: TileOptions | None = None,
    ) -> AnyPicture:
        """As :meth:`stylize`, for a decoded file. Raises OptionError for a picture of 16 bits where
        the model takes bytes."""
        if isinstance(picture, DeepPicture) and self.manifest.bytes_io:
            raise OptionError("the model takes pictures of 8 bits, not of 16 (--io uint8)")
        size = self.painted_size(picture.height, picture.width, stroke_size)
        labels = self._labels(mask, picture)
        rgb: Any = picture.rgb  # of either depth
        painted: Any = self._paint(rgb, strength, labels, size, tiles or TileOptions())
        if keep_color:
            painted = transfer_luma(painted, rgb)
        return replace(picture, rgb=painted, sha256="")

    def painted_size(
        self, height: int, width: int, stroke_size: float | None = None
    ) -> tuple[int, int]:
        """Height and width at which :meth:`stylize` paints a picture of such a size.

        Raises OptionError for a ``stroke_size`` that is out of range or that the network cannot
        have.
        """
        if self.fixed_size is None:
            return painted_size(height, width, stroke_size_for(height, width, stroke_size))
        if stroke_size is not None:
            raise OptionError(
                f"stroke size is {stroke_size:g}, but the model is made for pictures "
                f"{self.fixed_size[0]} px high and {self.fixed_size[1]} wide and paints at that "
                "size; leave it out, or export without --size"
            )
        return self.fixed_size

    def _labels(self, mask: MaskSource | None, picture: Picture | DeepPicture) -> UInt8Array | None:
        """``(H, W)``, as large as the picture."""
        if mask is None:
            return None
        manifest = self.manifest
        if isinstance(mask, Segmenter):
            if not manifest.takes_mask:
                raise OptionError("the network has no regions and takes no mask")
            shown = picture if isinstance(picture, Picture) else picture.narrow()
            return mask.mask(shown, manifest.region_names)
        size, regions = (picture.height, picture.width), manifest.spec.regions
        return labels_of(mask, *size, regions, manifest.mask_colors)

    def _paint(
        self,
        rgb: Pixels,
        strength: float,
        labels: UInt8Array | None,
        size: tuple[int, int],
        tiles: TileOptions,
    ) -> Pixels:
        height, width = rgb.shape[:2]
        if size != (height, width):
            small = resize(rgb, *size)
            if labels is not None:
                labels = resize_labels(labels, *size)
            # Softened here, so that what stays of the photograph is not scaled.
            require_strength(strength)
            painted = self._paint_as_it_is(small, 1.0, labels, tiles)
            larger = height > size[0] and width > size[1]
            painted = enlarged(painted, small, rgb) if larger else resize(painted, height, width)
            carried: Pixels = softened(painted, rgb, strength)
            return carried
        return self._paint_as_it_is(rgb, strength, labels, tiles)

    def _paint_as_it_is(
        self, rgb: Pixels, strength: float, labels: UInt8Array | None, tiles: TileOptions
    ) -> Pixels:
        height, width = rgb.shape[:2]
        below, right = max(0, MIN_SIZE - height), max(0, MIN_SIZE - width)
        padded = rgb
        if below or right:
            padded = np.pad(rgb, ((0, below), (0, right), (0, 0)), mode="edge")
        unmasked = labels is None or self.manifest.takes_mask  # else an error is to be raised
        if unmasked and self.tiling.takes(len(padded), padded.shape[1], tiles):
            return self.tiling.paint(padded, strength, tiles)[:height, :width]
        if labels is not None:
            labels = np.pad(labels, ((0, below), (0, right)), mode="edge")
        return self._paint_one(padded, strength, labels)[:height, :width]

    def _paint_one(self, rgb: Pixels, strength: float, labels: UInt8Array | None) -> Pixels:
        count = self.batch or 1
        mask = None if labels is None else np.repeat(labels[None, None], count, axis=0)
        painted: Pixels
        if rgb.dtype == np.uint8:
            copies: NDArray[Any] = np.repeat(rgb[None], count, axis=0)
            painted = self.run_bytes(copies, strength=strength, mask=mask)[0]
        else:
            batch = np.repeat(to_batch(rgb), count, axis=0)
            made = require_finite(self.run(batch, strength=strength, mask=mask)[:1])
            painted = to_pixels(made, rgb.dtype)
        return painted
