"""Proof that an exported file computes what its network computes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from tinystyle import reference
from tinystyle.errors import ParityError
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.stylenet import StyleNet

__all__ = ["FULL_CHECK", "QUICK_CHECK", "TOLERANCE", "Parity", "golden_pictures", "verify"]

TOLERANCE = 1e-4
"""Largest absolute difference allowed, fp32, at an output range of 0..1."""

# The check at export must cost little: one size that the strides divide, one that they do not.
QUICK_CHECK = ((64, 64, "scene"), (65, 79, "high contrast"))
FULL_CHECK = tuple(
    (height, width, name)
    for height, width in ((64, 64), (127, 333), (256, 256), (333, 127), (720, 1280))
    for name in ("scene", "noise", "high contrast", "white")
)
"""Twenty pictures: five sizes, odd ones among them."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest difference between a graph in onnxruntime and the numpy reference."""

    max_abs_difference: float
    tolerance: float
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


def verify(
    model: bytes,
    net: StyleNet,
    *,
    tolerance: float = TOLERANCE,
    pictures: Iterable[tuple[int, int, str]] = QUICK_CHECK,
) -> Parity:
    """Run the graph in onnxruntime against the numpy reference.

    ``pictures`` are height, width and name of :func:`golden_pictures`; a graph of fixed size is
    run at that size instead. Raises ParityError beyond ``tolerance``, or where the file breaks
    ONNX's own rules.
    """
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise ParityError(f"the graph breaks the rules of ONNX: {error}") from error
    painter = Stylizer.from_bytes(model, "exported graph", SessionOptions(threads=1))
    if painter.fixed_size is not None:
        pictures = {(*painter.fixed_size, name) for _, _, name in pictures}
    differences = []
    for height, width, name in pictures:
        picture = golden_pictures(height, width)[name]
        difference = float(np.abs(painter.run(picture) - reference.stylize(net, picture)).max())
        if not difference <= tolerance:  # also where it is NaN
            raise ParityError(
                f"{name} picture of {height}x{width}: onnxruntime and the reference differ by "
                f"{difference:.3g}; allowed is {tolerance:.3g}; nothing was written"
            )
        differences.append(difference)
    return Parity(max(differences), tolerance, len(differences))
