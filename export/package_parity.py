"""Proof that a CoreML package computes what its network computes, also without CoreML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.export.coreml_evaluator import evaluate
from tinystyle.export.coreml_package import Package, read_package
from tinystyle.export.coreml_runtime import COMPUTE_UNITS, available, predict
from tinystyle.export.parity import GREY_LEVEL, Paint, Parity, Tolerance, compare
from tinystyle.graph import Graph, Precision
from tinystyle.images import to_batch, to_uint8
from tinystyle.manifest import Manifest
from tinystyle.reference import run
from tinystyle.spec import MIN_SIZE

__all__ = ["PACKAGE_TOLERANCES", "verify_on_device", "verify_package"]

FloatArray = NDArray[np.float32]

PACKAGE_TOLERANCES = {
    Precision.FP32: Tolerance(1e-4),
    Precision.FP16: Tolerance(6 * GREY_LEVEL, 0.5 * GREY_LEVEL),
}
"""Before the package's result is rounded to bytes."""

_NAMES = ("scene", "noise")
_SIZES = ((MIN_SIZE, MIN_SIZE), (65, 79), (256, 256))


def verify_package(
    path: Path,
    graph: Graph,
    *,
    precision: Precision,
    tolerance: Tolerance | None = None,
) -> Parity:
    """A saved package, computed by numpy, against ``graph``.

    On pictures of bytes, of the smallest size that the package takes. Raises ParityError beyond
    the tolerance of the precision.
    """

    def paint(picture: FloatArray) -> FloatArray:
        made = evaluate(path, to_uint8(picture)) / np.float32(255.0)
        return np.ascontiguousarray(made.transpose(2, 0, 1)[None], np.float32)

    return _compare(path, graph, paint, tolerance or _tolerance(path, precision))


def verify_on_device(
    path: Path,
    graph: Graph,
    *,
    precision: Precision,
    tolerance: Tolerance | None = None,
) -> dict[str, Parity]:
    """As :func:`verify_package`, by CoreML on each of its compute units; nothing but on macOS.

    One grey level more is allowed: CoreML rounds to bytes.
    """
    if not available():
        return {}
    allowed = tolerance or _tolerance(path, precision)
    allowed = replace(allowed, largest=allowed.largest + GREY_LEVEL)
    manifest = Manifest.from_properties(read_package(path).properties, str(path))
    found = {}
    for unit in COMPUTE_UNITS:

        def paint(picture: FloatArray, unit: str = unit) -> FloatArray:
            return to_batch(predict(path, manifest, to_uint8(picture), unit))

        found[unit] = _compare(path, graph, paint, allowed)
    return found


def _tolerance(path: Path, precision: Precision) -> Tolerance:
    if precision not in PACKAGE_TOLERANCES:
        raise ModelError(f"{path}: says that it is {precision.value}, which no package is")
    return PACKAGE_TOLERANCES[precision]


def _compare(path: Path, graph: Graph, paint: Paint, allowed: Tolerance) -> Parity:
    height, width = _smallest(read_package(path))

    def expected(picture: FloatArray) -> FloatArray:
        wanted: FloatArray = run(graph, to_batch(to_uint8(picture)))
        return wanted

    return compare(paint, expected, allowed, [(height, width, name) for name in _NAMES])


def _smallest(package: Package) -> tuple[int, int]:
    return next((size for size in _SIZES if package.takes(*size)), package.default_size)
