"""A model under test: a network of ours, or anybody's network from picture to picture."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tinystyle.benchmarks.models.backends import Engine, OnnxEngine
from tinystyle.benchmarks.models.litert import LiteEngine, is_tflite, load_library
from tinystyle.errors import ModelError, OptionError
from tinystyle.network.spec import MAX_SIZE, MIN_SIZE, NetSpec
from tinystyle.pictures.images import UInt8Array, resize, to_uint8
from tinystyle.runtime.session import SessionOptions, read_model

__all__ = ["Subject"]


class Subject:
    """A loaded model with one input for a picture, float32 or uint8, channels first or last.

    Raises ModelError for a model of another interface, MissingExtraError where what runs its format
    is not installed.
    """

    def __init__(
        self, path: Path, options: SessionOptions, make: Callable[[], Engine] | None = None
    ) -> None:
        """``make`` loads the model elsewhere than in what the file is made for."""
        self.path, self.options = path, options
        self.model = read_model(path)
        lite = is_tflite(self.model)
        if lite:
            load_library(path)  # as onnxruntime is already: not counted as loading the model
        kind = LiteEngine if lite else OnnxEngine
        start = time.perf_counter()
        self._engine: Engine = make() if make else kind(self.model, path, options)
        self.load_ms = 1e3 * (time.perf_counter() - start)
        shape = self._engine.shape
        if shape[1] == 3:
            self.channels_first = True
        elif shape[3] == 3:
            self.channels_first = False
        else:
            raise ModelError(f"{path}: its input {shape} is no picture of three channels")
        self.batch: int = shape[0] or 1
        height, width = shape[2:] if self.channels_first else shape[1:3]
        self.fixed_size: tuple[int, int] | None = None
        """Height and width that it is made for; None if it takes any."""
        if height is not None and width is not None:
            self.fixed_size = height, width

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.model).hexdigest()

    @property
    def takes_bytes(self) -> bool:
        """Whether its input is of uint8."""
        return self._engine.dtype is np.uint8

    @property
    def session(self) -> onnxruntime.InferenceSession | None:
        """As onnxruntime made it; None where another runtime runs the model."""
        return self._engine.session if isinstance(self._engine, OnnxEngine) else None

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers that really are there, by short name, preferred first."""
        return self._engine.providers

    @property
    def versions(self) -> dict[str, str]:
        """Of libraries that run this model and not all others."""
        return self._engine.versions

    @property
    def takes_mask(self) -> bool:
        """Whether it needs the regions of a picture beside it, which are drawn for it."""
        return self.spec is not None and self.spec.regions > 0

    @property
    def spec(self) -> NetSpec | None:
        """Of a network of ours; None for anybody else's."""
        return self._engine.spec

    def require_size(self, size: tuple[int, int]) -> None:
        """OptionError where the model is made for another size, or none is."""
        smallest = 1 if self.spec is None else MIN_SIZE
        if not all(smallest <= side <= MAX_SIZE for side in size):
            raise OptionError(
                f"{self.path}: size is {size[0]}x{size[1]}; each side may be {smallest} to "
                f"{MAX_SIZE} px"
            )
        if self.fixed_size is not None and self.fixed_size != size:
            made, wanted = ("{}x{}".format(*s) for s in (self.fixed_size, size))
            raise OptionError(f"{self.path}: is made for {made}, not for {wanted}")

    def require_picture_alone(self, target: str) -> None:
        """OptionError where the model takes a mask, which a target does not give it."""
        if self.takes_mask:
            raise OptionError(
                f"{self.path}: takes a mask beside the picture, which target {target} does not "
                "give; target cpu does"
            )

    def feed(self, rgb: UInt8Array) -> NDArray[Any]:
        """A picture ``(H, W, 3)`` as the model takes it: floats are 0..1."""
        batch: NDArray[Any] = np.repeat(rgb[None], self.batch, axis=0)
        if not self.takes_bytes:
            batch = batch.astype(np.float32) / np.float32(255.0)
        return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if self.channels_first else batch)

    def run(self, value: NDArray[Any]) -> NDArray[Any]:
        """The model alone."""
        return self._engine.run(value)

    def pixels(self, result: NDArray[Any]) -> UInt8Array:
        """The first painted picture of a result, ``(H, W, 3)``."""
        if result.dtype == np.uint8:
            painted: UInt8Array = result[0]
            return painted.transpose(1, 2, 0) if self.channels_first else painted
        return to_uint8(result[:1] if self.channels_first else result[:1].transpose(0, 3, 1, 2))

    def paint(self, rgb: UInt8Array, size: tuple[int, int]) -> UInt8Array:
        """All that an app does to a decoded picture: resize, convert, run, convert."""
        return self.pixels(self.run(self.feed(resize(rgb, *size))))
