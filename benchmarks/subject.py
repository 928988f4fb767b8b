"""A model under test: a network of ours, or anybody's network from picture to picture."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tinystyle.errors import ModelError, OptionError
from tinystyle.images import UInt8Array, resize, to_uint8
from tinystyle.runtime.session import (
    PROVIDERS,
    SessionOptions,
    open_session,
    read_model,
    run_session,
)

__all__ = ["Subject"]

_TYPES: dict[str, type[np.generic]] = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


class Subject:
    """A session with one input for a picture, float32 or uint8, channels first or last.

    Raises ModelError for a model of another interface.
    """

    def __init__(self, path: Path, options: SessionOptions) -> None:
        self.path, self.options = path, options
        self.model = read_model(path)
        start = time.perf_counter()
        self._session = open_session(self.model, str(path), options)
        self.load_ms = 1e3 * (time.perf_counter() - start)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in _TYPES or len(inputs[0].shape) != 4:
            found = ", ".join(f"{i.name} {i.type}{i.shape}" for i in inputs)
            raise ModelError(f"{path}: takes {found}; measured are networks of one picture")
        entry = inputs[0]
        self._name, self._dtype = entry.name, _TYPES[entry.type]
        self._output = self._session.get_outputs()[0].name
        if entry.shape[1] == 3:
            self.channels_first = True
        elif entry.shape[3] == 3:
            self.channels_first = False
        else:
            raise ModelError(f"{path}: its input {entry.shape} is no picture of three channels")
        count, sides = entry.shape[0], entry.shape[2:] if self.channels_first else entry.shape[1:3]
        self.batch: int = count if isinstance(count, int) and count > 0 else 1
        known = all(isinstance(side, int) and side > 0 for side in sides)
        self.fixed_size: tuple[int, int] | None = (sides[0], sides[1]) if known else None

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.model).hexdigest()

    @property
    def takes_bytes(self) -> bool:
        """Whether its input is of uint8."""
        return self._dtype is np.uint8

    @property
    def session(self) -> onnxruntime.InferenceSession:
        """As onnxruntime made it."""
        return self._session

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers that the session has, by short name, preferred first."""
        short = {name: key for key, name in PROVIDERS.items()}
        return tuple(short.get(name, name) for name in self._session.get_providers())

    def require_size(self, size: tuple[int, int]) -> None:
        """OptionError where the model is made for another size."""
        if self.fixed_size is not None and self.fixed_size != size:
            made, wanted = ("{}x{}".format(*s) for s in (self.fixed_size, size))
            raise OptionError(f"{self.path}: is made for {made}, not for {wanted}")

    def feed(self, rgb: UInt8Array) -> NDArray[Any]:
        """A picture ``(H, W, 3)`` as the model takes it: floats are 0..1."""
        batch: NDArray[Any] = np.repeat(rgb[None], self.batch, axis=0)
        if self._dtype is np.float32:
            batch = batch.astype(np.float32) / np.float32(255.0)
        return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if self.channels_first else batch)

    def run(self, value: NDArray[Any]) -> NDArray[Any]:
        """The session alone."""
        return run_session(self._session, self._output, self._name, value)

    def pixels(self, result: NDArray[Any]) -> UInt8Array:
        """The first painted picture of a result, ``(H, W, 3)``."""
        if result.dtype == np.uint8:
            painted: UInt8Array = result[0]
            return painted.transpose(1, 2, 0) if self.channels_first else painted
        return to_uint8(result[:1] if self.channels_first else result[:1].transpose(0, 3, 1, 2))

    def paint(self, rgb: UInt8Array, size: tuple[int, int]) -> UInt8Array:
        """All that an app does to a decoded picture: resize, convert, run, convert."""
        return self.pixels(self.run(self.feed(resize(rgb, *size))))
