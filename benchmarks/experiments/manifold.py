"""Walks among generated networks (Shen et al. 2018, section 5): pictures and what they measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tinystyle.checks import require_seed, require_whole
from tinystyle.errors import OptionError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.stylenet import StyleNet, mix
from tinystyle.pictures.images import Picture, UInt8Array, resize, to_batch, to_uint8
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["Walk", "interpolate", "random_styles", "strengths", "textures"]

_MAX_STEPS = 100
"""Of pictures in one strip."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Pictures side by side, and the mean absolute change from each to the next, 0..1."""

    strip: UInt8Array
    changes: tuple[float, ...]


def interpolate(
    source: Callable[[Picture], StyleNet],
    photograph: Picture,
    first: Picture,
    last: Picture,
    steps: int = 6,
) -> Walk:
    """From one style to another in equal steps of the weights (Figure 7, rows 1 and 2).

    The generator is affine, so for generated networks these are equal steps of the hidden state.
    Finetuned networks that began with the same weights can be mixed as well (Zhang et al. 2018,
    Figure 5a).
    """
    nets = source(first), source(last)
    shares = np.linspace(0.0, 1.0, _checked(steps))
    mixed = [mix([(nets[0], 1.0 - float(s)), (nets[1], float(s))]) for s in shares]
    return _walk([_paint(net, photograph.rgb) for net in mixed], first.rgb, last.rgb)


def strengths(
    hypernetwork: Hypernetwork, photograph: Picture, style: Picture, steps: int = 6
) -> Walk:
    """From the photograph to the full style (Figure 7, row 3).

    Where strength 0 lies is the network generated from the photograph itself (section 4.3).
    """
    return interpolate(hypernetwork.generate, photograph, photograph, style, steps)


def random_styles(
    hypernetwork: Hypernetwork,
    photograph: Picture,
    styles: Sequence[Picture],
    count: int = 6,
    seed: int = 0,
    spread: float = 1.0,
) -> Walk:
    """Styles that nobody painted (Figure 8).

    The paper draws hidden states at random. Here the draws have the mean and the covariance of the
    hidden states of ``styles``, which keeps them among sensible ones: a random combination of the
    weights' deviations from their mean is just that, as the generator is affine.
    """
    require_whole("steps", count, 2, _MAX_STEPS)
    require_seed(seed)
    if len(styles) < 2:
        raise OptionError(f"{len(styles)} styles; random styles need the spread of at least 2")
    rows = np.stack([hypernetwork.generate(style).flat() for style in styles])
    mean = rows.mean(axis=0)
    draws = np.random.default_rng(seed).standard_normal((count, len(rows)))
    draws *= spread / np.sqrt(len(rows) - 1)
    nets = [
        StyleNet.from_flat(hypernetwork.spec, (mean + draw @ (rows - mean)).astype(np.float32))
        for draw in draws
    ]
    return _walk([_paint(net, photograph.rgb) for net in nets])


def textures(
    hypernetwork: Hypernetwork, styles: Sequence[Picture], size: int = 256, seed: int = 0
) -> Walk:
    """What a network makes of Gaussian white noise, below its style (Figure 6)."""
    require_whole("steps", len(styles))
    require_seed(seed)
    noise = np.random.default_rng(seed).normal(0.5, 0.25, (size, size, 3))
    noise_rgb = (np.clip(noise, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    painted = [_paint(hypernetwork.generate(style), noise_rgb) for style in styles]
    made = _walk(painted)
    above = np.concatenate([resize(style.rgb, size, size) for style in styles], axis=1)
    return Walk(np.concatenate([above, made.strip]), made.changes)


def _checked(steps: int) -> int:
    require_whole("steps", steps, 2, _MAX_STEPS)
    return steps


def _paint(net: StyleNet, rgb: UInt8Array) -> NDArray[np.float32]:
    model = to_onnx(net).SerializeToString()
    return Stylizer.from_bytes(model, "network").run(to_batch(rgb))


def _walk(painted: Sequence[NDArray[np.float32]], *ends: UInt8Array) -> Walk:
    changes = tuple(float(np.abs(after - before).mean()) for before, after in pairwise(painted))
    pictures = [to_uint8(batch) for batch in painted]
    height, width = pictures[0].shape[:2]
    framed = [resize(end, height, width) for end in ends]
    row = framed[:1] + pictures + framed[1:]
    return Walk(np.concatenate(row, axis=1), changes)
