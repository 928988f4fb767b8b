"""Proof that an exported file computes what its network computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from tinystyle import reference
from tinystyle.errors import ParityError
from tinystyle.graph import Graph, Precision
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.similarity import ssim
from tinystyle.stylenet import StyleNet

__all__ = [
    "FULL_CHECK",
    "QUICK_CHECK",
    "Parity",
    "Tolerance",
    "change",
    "compare",
    "first_of",
    "golden_pictures",
    "painted_by",
    "tolerance_of",
    "verify",
]

# The check at export must cost little: one size that the strides divide, one that they do not.
QUICK_CHECK = ((64, 64, "scene"), (65, 79, "high contrast"))
FULL_CHECK = tuple(
    (height, width, name)
    for height, width in ((64, 64), (127, 333), (256, 256), (333, 127), (720, 1280))
    for name in ("scene", "noise", "high contrast", "white")
)
"""Twenty pictures: five sizes, odd ones among them."""

FloatArray = NDArray[np.float32]
Pictures = Iterable[tuple[int, int, str]]
Paint = Callable[[FloatArray], FloatArray]
"""A network, from picture to picture, ``(1, 3, H, W)``, 0..1."""

GREY_LEVEL = 1.0 / 255.0
_ORT_MAGIC = b"ORTM"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is allowed between a file and its network, at an output range of 0..1."""

    largest: float
    """Absolute difference of any value."""
    median: float = 1.0
    """Median absolute difference of a picture."""
    ssim: float = 0.0
    """Structural similarity, at least."""


_TOLERANCES = {
    Precision.FP32: Tolerance(1e-4),
    Precision.FP16: Tolerance(2 * GREY_LEVEL),
    Precision.INT8: Tolerance(1.0, 4 * GREY_LEVEL, 0.95),
}


def tolerance_of(precision: Precision, *, bytes_io: bool = False) -> Tolerance:
    """What is allowed. Of bytes, one grey level more: a hair's breadth can round another way."""
    found = _TOLERANCES[precision]
    if not bytes_io or precision is Precision.INT8:
        return found
    return Tolerance(found.largest + GREY_LEVEL)


@dataclass(frozen=True, slots=True)
class Parity:
    """Differences between a file's pictures and its reference's: the worst over pictures."""

    max_abs_difference: float
    median_abs_difference: float
    ssim: float
    tolerance: Tolerance
    pictures: int


def golden_pictures(height: int, width: int, seed: int = 0) -> dict[str, FloatArray]:
    """Pictures that exports go wrong on, by name, each ``(1, 3, H, W)``, 0..1."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ramp = np.stack([x / (width - 1), y / (height - 1), 1.0 - x / (width - 1)])
    waves = 0.5 + 0.5 * np.sin(np.stack([x / 3.0, y / 5.0, (x + y) / 7.0]))
    checker = np.broadcast_to(((x // 8 + y // 8) % 2)[None], (3, height, width))
    noise = random.random((3, height, width))
    pictures = {
        "scene": 0.6 * ramp + 0.3 * waves + 0.1 * noise,
        "noise": noise,
        "high contrast": checker,
        "white": np.ones((3, height, width)),
        "black": np.zeros((3, height, width)),
    }
    return {k: np.ascontiguousarray(v[None], dtype=np.float32) for k, v in pictures.items()}


def compare(paint: Paint, expected: Paint, tolerance: Tolerance, pictures: Pictures) -> Parity:
    """Two networks on :func:`golden_pictures` of these heights, widths and names.

    Raises ParityError beyond ``tolerance``.
    """
    rows = []
    for height, width, name in pictures:
        picture = golden_pictures(height, width)[name]
        got, wanted = paint(picture), expected(picture)
        difference = np.abs(got - wanted)
        largest, median = float(difference.max()), float(np.median(difference))
        alike = ssim(got, wanted)
        # Written so that NaN fails, too.
        if not largest <= tolerance.largest:
            fault = f"differ by {largest:.3g}; allowed is {tolerance.largest:.3g}"
        elif not median <= tolerance.median:
            fault = f"differ by {median:.3g} in the median; allowed is {tolerance.median:.3g}"
        elif not alike >= tolerance.ssim:
            fault = f"are alike to {alike:.3f} (SSIM); needed is {tolerance.ssim:.3f}"
        else:
            rows.append((largest, median, alike))
            continue
        raise ParityError(f"{name} picture of {height}x{width}: the file and the reference {fault}")
    largest_all, median_all, alike_all = zip(*rows, strict=True)
    return Parity(max(largest_all), max(median_all), min(alike_all), tolerance, len(rows))


def verify(
    model: bytes,
    network: StyleNet | Graph,
    *,
    precision: Precision = Precision.FP32,
    pictures: Pictures = QUICK_CHECK,
) -> Parity:
    """An ONNX or ORT model in onnxruntime against the numpy reference.

    A graph of fixed size is run at that size instead of that of ``pictures``. Raises ParityError
    beyond the tolerance of the precision, or where the file breaks ONNX's own rules.
    """
    if model[4:8] != _ORT_MAGIC:
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            raise ParityError(f"the graph breaks the rules of ONNX: {error}") from error
    graph = Graph.of(network) if isinstance(network, StyleNet) else network
    painter = Stylizer.from_bytes(model, "exported graph", SessionOptions(threads=1))
    if painter.fixed_size is not None:
        pictures = {(*painter.fixed_size, name) for _, _, name in pictures}
    tolerance = tolerance_of(precision, bytes_io=graph.takes_bytes)
    return compare(first_of(painter), lambda p: painted_by(graph, p), tolerance, pictures)


def change(graph: Graph, net: StyleNet, picture: FloatArray) -> float:
    """Mean absolute difference, 0..1, that passes have made to what a network paints."""
    return float(np.abs(painted_by(graph, picture) - reference.stylize(net, picture)).mean())


def painted_by(graph: Graph, picture: FloatArray) -> FloatArray:
    """The numpy reference on a picture of floats, through bytes where the graph takes them."""
    if not graph.takes_bytes:
        return reference.run(graph, picture)
    pixels = (np.clip(picture.transpose(0, 2, 3, 1), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    painted = reference.run(graph, pixels).transpose(0, 3, 1, 2)
    return painted.astype(np.float32) / np.float32(255.0)


def first_of(painter: Stylizer) -> Paint:
    """A model of several pictures at a time paints copies."""
    count = painter.batch or 1
    return lambda picture: painter.run(np.repeat(picture, count, axis=0))[:1]
