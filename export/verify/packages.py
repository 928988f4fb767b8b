"""Proof that a CoreML package computes what its network computes, also without CoreML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError
from tinystyle.export.coreml.device import COMPUTE_UNITS, available, predict
from tinystyle.export.coreml.interpreter import evaluate
from tinystyle.export.coreml.package import Package, read_package
from tinystyle.export.progress import Size, watched
from tinystyle.export.verify.parity import FULL_CHECK, Parity, compare, mask_for, painted_by
from tinystyle.export.verify.tolerances import GREY_LEVEL, Tolerance, tolerance_for
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.manifest import Manifest
from tinystyle.network.spec import MIN_SIZE
from tinystyle.pictures.images import to_batch, to_uint8

__all__ = ["verify_on_device", "verify_package"]

FloatArray = NDArray[np.float32]

_NAMES = ("scene", "noise")
_SIZES = ((MIN_SIZE, MIN_SIZE), (65, 79), (256, 256))


def verify_package(
    path: Path,
    graph: Graph,
    *,
    precision: Precision,
    tolerance: Tolerance | None = None,
    full: bool = False,
) -> Parity:
    """A saved package, computed by numpy, against ``graph``.

    On pictures of bytes, of the smallest size that the package takes; with ``full`` on those of
    FULL_CHECK that it takes, or four of its default size where it takes none. Raises ParityError
    beyond the tolerance of the precision.
    """
    pictures = _all(read_package(path)) if full else _few(read_package(path))
    with watched(pictures, times=2) as seen:

        def paint(picture: FloatArray) -> FloatArray:
            mask = mask_for(picture, graph.spec)
            labels = None if mask is None else mask[0, 0]
            made = evaluate(path, to_uint8(picture), seen, labels) / np.float32(255.0)
            return np.ascontiguousarray(made.transpose(2, 0, 1)[None], np.float32)

        def expected(picture: FloatArray) -> FloatArray:
            return painted_by(graph, to_batch(to_uint8(picture)), seen)

        return compare(paint, expected, tolerance or _tolerance(path, graph, precision), pictures)


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
    allowed = tolerance or _tolerance(path, graph, precision)
    allowed = replace(allowed, largest=allowed.largest + GREY_LEVEL)
    package = read_package(path)
    manifest = Manifest.from_properties(package.properties, str(path))
    pictures = _few(package)
    found = {}
    for unit in COMPUTE_UNITS:

        def paint(picture: FloatArray, unit: str = unit) -> FloatArray:
            mask = mask_for(picture, graph.spec)
            labels = None if mask is None else mask[0, 0]
            return to_batch(predict(path, manifest, to_uint8(picture), unit, labels))

        found[unit] = compare(
            paint, lambda p: painted_by(graph, to_batch(to_uint8(p))), allowed, pictures
        )
    return found


def _tolerance(path: Path, graph: Graph, precision: Precision) -> Tolerance:
    """Before the package's result is rounded to bytes."""
    if precision is Precision.INT8:
        raise ModelError(f"{path}: says that it is {precision.value}, which no package is")
    return tolerance_for(graph, precision, half_sums=False)


def _few(package: Package) -> list[Size]:
    size = next((size for size in _SIZES if package.takes(*size)), package.default_size)
    return [(*size, name) for name in _NAMES]


def _all(package: Package) -> list[Size]:
    taken = [entry for entry in FULL_CHECK if package.takes(*entry[:2])]
    names = sorted({name for _, _, name in FULL_CHECK})
    return taken or [(*package.default_size, name) for name in names]
