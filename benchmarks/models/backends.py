"""What runs a model: onnxruntime, or LiteRT for ``.tflite`` files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.network.manifest import Kind
from tinystyle.network.ops import MASK
from tinystyle.network.spec import NetSpec
from tinystyle.runtime.session import (
    SessionOptions,
    open_session,
    read_manifest,
    run_session,
    short_name,
)

__all__ = ["Engine", "OnnxEngine", "drawn_mask"]

_TYPES: dict[str, type[np.generic]] = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


class Engine(Protocol):
    """A loaded model of one input with four dimensions."""

    dtype: type[np.generic]
    """Of the input: float32 or uint8."""
    shape: tuple[int | None, ...]
    """Of the input; None for a side that may be any."""
    spec: NetSpec | None
    """Of a network of ours; None for anybody else's."""

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers that it has, by short name, preferred first."""

    @property
    def versions(self) -> dict[str, str]:
        """What the machine's facts do not say yet: libraries and their versions."""

    def run(self, value: NDArray[Any]) -> NDArray[Any]:
        """The first output for an input. Raises ModelError where it cannot be computed."""


class OnnxEngine:
    """An onnxruntime session. Raises ModelError for a model of another interface."""

    def __init__(self, model: bytes, path: Path, options: SessionOptions) -> None:
        self.session = open_session(model, str(path), options)
        inputs = self.session.get_inputs()
        pictures = [i for i in inputs if i.name != MASK]
        if len(pictures) != 1 or inputs[0].type not in _TYPES or len(inputs[0].shape) != 4:
            found = ", ".join(f"{i.name} {i.type}{i.shape}" for i in inputs)
            raise ModelError(f"{path}: takes {found}; measured are networks of one picture")
        self.spec = _spec_of(self.session, str(path))
        self._name, self.dtype = inputs[0].name, _TYPES[inputs[0].type]
        self._output = self.session.get_outputs()[0].name
        self.shape = tuple(
            side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape
        )

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers that the session has, by short name, preferred first."""
        return tuple(map(short_name, self.session.get_providers()))

    @property
    def versions(self) -> dict[str, str]:
        """None: every record names onnxruntime."""
        return {}

    def run(self, value: NDArray[Any]) -> NDArray[Any]:
        """The session alone; a network with regions paints two halves."""
        others = drawn_mask(self.session, value)
        return run_session(
            self.session, self._output, self._name, value, others=others, smaller="--size"
        )


def drawn_mask(
    session: onnxruntime.InferenceSession, value: NDArray[Any]
) -> dict[str, NDArray[np.uint8]]:
    """The mask beside a picture, where a session takes one: region 0 on the left, 1 on the right.

    Which regions there are changes nothing about the time that they take.
    """
    if MASK not in [i.name for i in session.get_inputs()]:
        return {}
    height, width = value.shape[2:] if value.shape[1] == 3 else value.shape[1:3]
    labels = np.zeros((len(value), 1, height, width), np.uint8)
    labels[..., width // 2 :] = 1
    return {MASK: labels}


def _spec_of(session: onnxruntime.InferenceSession, label: str) -> NetSpec | None:
    try:
        return read_manifest(session, Kind.NETWORK, label).spec
    except ModelError:
        return None
