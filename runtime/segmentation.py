"""Masks of photographs, made by a segmentation network that the user has."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from tinystyle.checks import chosen
from tinystyle.errors import ModelError, OptionError
from tinystyle.pictures.images import Picture, UInt8Array, picture_of, resize
from tinystyle.runtime.class_scores import MADE, region_scores
from tinystyle.runtime.region_classes import Assignment, RegionClasses, assign, parse_classes
from tinystyle.runtime.session import SessionOptions, is_ort, open_session, read_model, run_session

__all__ = ["SegmentInput", "Segmenter"]

FloatArray = NDArray[np.float32]


class SegmentInput(str, Enum):
    """What values a segmentation network takes."""

    UNIT = "unit"
    """0 to 1."""
    BYTES = "bytes"
    """0 to 255."""
    SIGNED = "signed"
    """-1 to 1."""
    IMAGENET = "imagenet"
    """0 to 1, less ImageNet's means, divided by its deviations, as torchvision's networks."""


_RANGES = {
    "NominalRange_0_255": SegmentInput.BYTES,
    "Normalized_0_1": SegmentInput.UNIT,
    "Normalized_1_1": SegmentInput.SIGNED,
}
"""Of the entry ``Image.NominalPixelRange`` that ONNX has for it (onnx/docs/MetadataProps.md)."""

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)

_INPUTS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")
_OUTPUTS = {f"tensor({kind})" for kind in ("float", "float16", "double", *_WHOLE)}

_LONGEST = 512
"""Longest side at which a photograph is looked at by a network that takes any size."""

_STEP = 32
"""Sides are multiples of it: what networks halve five times."""

_LARGEST = 4096
"""Side of a picture of fixed size."""


class Segmenter:
    """A segmentation network as ONNX file, which tells the regions of photographs.

    >>> people = Segmenter.load("people.onnx", classes="person=15,background=*")  # doctest: +SKIP
    >>> painter.stylize("photo.jpg", mask=people).save("painted.png")             # doctest: +SKIP

    Its one input is a picture, ``(1, 3, H, W)`` or ``(1, H, W, 3)``, RGB, of float32, float16 or
    uint8, of a fixed size or any. Of its outputs the first is taken: scores of K classes,
    ``(1, K, h, w)`` or ``(1, h, w, K)``, of which the highest counts; labels ``(1, 1, h, w)`` or
    ``(1, h, w)``; or there the probability of one thing, which is class 1 where it is above 0.5,
    and 0 elsewhere.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        label: str,
        classes: RegionClasses | None = None,
        values: SegmentInput | None = None,
    ) -> None:
        """``label`` names the file in errors; ``classes`` and ``values`` are as in :meth:`load`.

        Raises ModelError for other inputs and outputs than these.
        """
        self._session, self._label, self._classes = session, label, classes
        self._name, self._type, self._last, self._sides = self._input()
        outputs = [(str(output.name), output.type) for output in session.get_outputs()]
        if not outputs or outputs[0][1] not in _OUTPUTS:
            kind = outputs[0][1] if outputs else "none"
            raise ModelError(f"{label}: its first output is {kind}; needed is {MADE}")
        self._output = outputs[0][0]
        self._values, self._blue_first = self._told(values)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        classes: str | RegionClasses | None = None,
        values: str | SegmentInput | None = None,
        options: SessionOptions | None = None,
    ) -> Segmenter:
        """Open a file. It is not trusted: no loops, no branches, no data outside of it.

        ``classes`` are those of each region, as text or as what
        :func:`tinystyle.runtime.region_classes.parse_classes` makes of it; None takes class 0 for
        region 0 and so on, but 0 for a region named ``background``. ``values`` is what the network
        takes; None is what its metadata says by ``Image.NominalPixelRange``, bytes for an input of
        uint8, else IMAGENET. Raises ModelError for a file that cannot be used, OptionError for
        other classes or values.
        """
        given = parse_classes(classes) if isinstance(classes, str) else classes
        kind = None if values is None else chosen(SegmentInput, "segment input", values)
        model = read_model(Path(path))
        if is_ort(model):  # whose loops nobody looks for
            raise ModelError(f"{path}: is an .ort file; needed is a segmentation network as .onnx")
        session = open_session(model, str(path), options)
        return cls(session, str(path), given, kind)

    def mask(
        self, image: Picture | UInt8Array | Image.Image | str | Path, regions: Sequence[str]
    ) -> UInt8Array:
        """Labels ``(H, W)`` of a photograph, as large as it is: places in ``regions``, the names of
        a network's (:attr:`tinystyle.network.manifest.Manifest.region_names`).

        The scores of a region are the highest of its classes; they are scaled to the photograph,
        then the highest wins. Raises ModelError where the network makes something else than it
        should, OptionError where classes and regions do not fit, PictureError for a class that has
        no region and for pictures that cannot be used.
        """
        picture = image if isinstance(image, Picture) else picture_of(image)
        scores = self._run(picture, regions)
        best = np.full((picture.height, picture.width), -np.inf, np.float32)
        labels = np.zeros(best.shape, np.uint8)
        for region, plane in enumerate(scores):  # one after the other: photographs are large
            scaled = _scaled(plane, picture.height, picture.width)
            labels[scaled > best] = region
            np.maximum(best, scaled, out=best)
        return labels

    def require_regions(self, regions: Sequence[str]) -> Assignment:
        """Raise OptionError where the classes that were given cannot be those of ``regions``. How
        many the network has shows when it is run."""
        return assign(self._classes, regions, None, self._label)

    def _input(self) -> tuple[str, Any, bool, tuple[int | None, int | None]]:
        """Name and type, whether channels are last, height and width where they are fixed."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(str(value.name) for value in inputs) or "none"
            raise ModelError(f"{self._label}: its inputs are {names}; needed is one, a picture")
        shape, kind = list(inputs[0].shape), str(inputs[0].type)
        fixed = [side if isinstance(side, int) else None for side in shape]
        shown = f"{kind} ({', '.join(map(str, shape))})"
        if len(fixed) != 4 or fixed[0] not in (None, 1) or 3 not in (fixed[1], fixed[3]):
            raise ModelError(
                f"{self._label}: its input is {shown}; needed is one picture, (1, 3, H, W) or "
                "(1, H, W, 3)"
            )
        if kind not in _INPUTS:
            raise ModelError(f"{self._label}: its input is {shown}; known are {', '.join(_INPUTS)}")
        last = fixed[1] != 3
        height, width = fixed[1:3] if last else fixed[2:]
        if not all(side is None or 1 <= side <= _LARGEST for side in (height, width)):
            raise ModelError(f"{self._label}: its input is {shown}; sides are 1 to {_LARGEST}")
        return str(inputs[0].name), _INPUTS[kind], last, (height, width)

    def _told(self, values: SegmentInput | None) -> tuple[SegmentInput, bool]:
        """What the input takes, and whether blue is first."""
        try:
            metadata = dict(self._session.get_modelmeta().custom_metadata_map)
        except UnicodeDecodeError as error:
            raise ModelError(f"{self._label}: its metadata is not text") from error
        blue_first = metadata.get("Image.BitmapPixelFormat") == "Bgr8"
        if self._type is np.uint8:
            if values not in (None, SegmentInput.BYTES):
                raise OptionError(f"segment input is {values.value}; {self._label} takes bytes")
            return SegmentInput.BYTES, blue_first
        told = _RANGES.get(metadata.get("Image.NominalPixelRange", ""), SegmentInput.IMAGENET)
        return values or told, blue_first

    def _run(self, picture: Picture, regions: Sequence[str]) -> FloatArray:
        """The scores of regions, ``(R, h, w)``."""
        batch = self._prepared(picture.rgb)
        try:
            made = run_session(self._session, self._output, self._name, batch, smaller="")
        except ModelError as error:
            raise ModelError(f"{self._label}: {error}") from error
        return region_scores(
            made,
            batch.shape[1:3] if self._last else batch.shape[2:],
            lambda count: assign(self._classes, regions, count, self._label),
            regions,
            channels_last=self._last,
            label=self._label,
        )

    def _prepared(self, rgb: UInt8Array) -> NDArray[Any]:
        """The photograph as the network takes it, which changes its ratio."""
        scale = _LONGEST / max(rgb.shape)
        height, width = (
            max(_STEP, round(side * scale / _STEP) * _STEP) if fixed is None else fixed
            for side, fixed in zip(rgb.shape, self._sides, strict=False)
        )
        pixels: NDArray[Any] = resize(rgb, height, width)
        if self._blue_first:
            pixels = pixels[..., ::-1]
        if self._type is not np.uint8:
            pixels = _converted(pixels, self._values)
        if not self._last:
            pixels = pixels.transpose(2, 0, 1)
        return np.ascontiguousarray(pixels[None], self._type)


def _converted(rgb: UInt8Array, values: SegmentInput) -> FloatArray:
    pixels = rgb.astype(np.float32)
    if values is SegmentInput.BYTES:
        return pixels
    if values is SegmentInput.SIGNED:
        return pixels / np.float32(127.5) - np.float32(1.0)
    pixels /= np.float32(255.0)
    return pixels if values is SegmentInput.UNIT else (pixels - _MEAN) / _DEVIATION


def _scaled(plane: FloatArray, height: int, width: int) -> FloatArray:
    image = Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image)
