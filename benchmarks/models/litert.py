"""``.tflite`` files in LiteRT, the former TensorFlow Lite: peers of another house."""

from __future__ import annotations

import importlib
import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import MissingExtraError, ModelError, OptionError
from tinystyle.network.spec import NetSpec
from tinystyle.runtime.session import SessionOptions

__all__ = ["LiteEngine", "is_tflite", "load_library"]

_PACKAGE = "ai-edge-litert"
_TYPES: tuple[type[np.generic], ...] = (np.float32, np.uint8)
_ERRORS = (ValueError, RuntimeError, TypeError, OverflowError)


def is_tflite(model: bytes) -> bool:
    """Whether a model is in TensorFlow Lite's file format."""
    return model[4:8] == b"TFL3"


def load_library(path: Path) -> Any:
    """LiteRT's module of interpreters. ``path`` names who needs it in MissingExtraError."""
    try:
        return importlib.import_module("ai_edge_litert.interpreter")
    except ImportError as error:
        raise MissingExtraError(f"{path}: a .tflite file", "tflite") from error


class LiteEngine:
    """LiteRT's interpreter as it is by default: on the CPU, with its XNNPACK delegate.

    Raises MissingExtraError where LiteRT is not installed, OptionError for another target than cpu,
    ModelError for bytes that it does not take and models of another interface.
    """

    def __init__(self, model: bytes, path: Path, options: SessionOptions) -> None:
        if options.providers != ("cpu",):
            asked = ", ".join(options.providers)
            raise OptionError(f"{path}: a .tflite file is measured on target cpu, not on {asked}")
        library = load_library(path)
        try:
            self._interpreter: Any = library.Interpreter(
                model_content=model, num_threads=max(1, options.threads)
            )
            inputs = self._interpreter.get_input_details()
            self._output: int = self._interpreter.get_output_details()[0]["index"]
        except (*_ERRORS, IndexError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise ModelError(f"{path}: not a model that LiteRT can load ({reason})") from error
        found = [(entry["dtype"], [int(side) for side in entry["shape"]]) for entry in inputs]
        if len(found) != 1 or found[0][0] not in _TYPES or len(found[0][1]) != 4:
            told = ", ".join(f"{kind.__name__}{shape}" for kind, shape in found)
            raise ModelError(f"{path}: takes {told}; measured are networks of one picture")
        self.dtype: type[np.generic] = found[0][0]
        self.spec: NetSpec | None = None  # we write no such files
        self._input: int = inputs[0]["index"]
        self._made: tuple[int, ...] | None = None
        signature = [int(side) for side in inputs[0]["shape_signature"]]
        self.shape: tuple[int | None, ...] = tuple(
            None if free < 0 else side
            for free, side in zip(signature or found[0][1], found[0][1], strict=True)
        )

    @property
    def providers(self) -> tuple[str, ...]:
        """The CPU alone: LiteRT does not tell what its delegate takes."""
        return ("cpu",)

    @property
    def versions(self) -> dict[str, str]:
        """Of LiteRT."""
        return {"litert": f"{importlib.metadata.version(_PACKAGE)}, XNNPACK delegate by default"}

    def run(self, value: NDArray[Any]) -> NDArray[Any]:
        """Copy in, invoke, copy out. Memory is allocated when the shape is another than before."""
        try:
            if self._made != value.shape:
                self._interpreter.resize_tensor_input(self._input, list(value.shape))
                self._interpreter.allocate_tensors()
                self._made = value.shape
            self._interpreter.set_tensor(self._input, value)
            self._interpreter.invoke()
            result: NDArray[Any] = self._interpreter.get_tensor(self._output)
        except _ERRORS as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise ModelError(
                f"LiteRT cannot run the network on {value.shape} ({reason})"
            ) from error
        return result
