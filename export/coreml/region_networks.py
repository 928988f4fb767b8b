"""Networks of regions in MIL: labels to shares, weights of norms, norms inside a region, the blend.

Shares and statistics are in single precision, also where the program is in half.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.passes.norms import FLAT_VARIANCE
from tinystyle.network.methods.region_networks import LEAST_SHARE
from tinystyle.network.ops import BlendRegions, OneHot, RegionNorm, RegionWeights, Smooth

__all__ = [
    "channel",
    "emit_blend",
    "emit_one_hot",
    "emit_region_norm",
    "emit_smooth",
    "emit_weights",
    "one_hot",
]

FloatArray = NDArray[np.float32]


def one_hot(mb: Any, numbers: Any, count: int, name: str) -> Any:
    """Whole numbers ``(1, 1, H, W)`` as ``(1, count, H, W)``; those from ``count`` on are the last.

    By 1 - min(|number - each|, 1): CoreML's units have no comparison that gives numbers.
    """
    known = mb.minimum(x=numbers, y=np.float32(count - 1), name=f"{name}_known")
    each = np.arange(count, dtype=np.float32).reshape(1, count, 1, 1)
    away = mb.abs(x=mb.sub(x=known, y=each, name=f"{name}_off"), name=f"{name}_away")
    other = mb.minimum(x=away, y=np.float32(1.0), name=f"{name}_other")
    return mb.sub(x=np.float32(1.0), y=other, name=name)


def channel(mb: Any, shares: Any, at: int, name: str) -> Any:
    """One channel of shares, ``(1, 1, H, W)``."""
    return mb.slice_by_index(
        x=shares,
        begin=np.array([0, at, 0, 0], np.int32),
        end=np.array([0, at + 1, 0, 0], np.int32),
        end_mask=np.array([True, False, True, True]),
        name=name,
    )


def emit_one_hot(mb: Any, labels: Any, op: OneHot, name: str) -> Any:
    """:class:`tinystyle.network.ops.OneHot` of ``labels``, float32 ``(1, 1, H, W)``."""
    return one_hot(mb, labels, op.regions, name)


def emit_smooth(mb: Any, shares: Any, op: Smooth, name: str) -> Any:
    """:class:`tinystyle.network.ops.Smooth`."""
    r, side = op.radius, 2 * op.radius + 1
    amounts = np.array([0, 0, 0, 0, r, r, r, r], np.int32)
    padded = mb.pad(x=shares, pad=amounts, mode="replicate", name=f"{name}_pad")
    strides = [op.stride, op.stride]
    return mb.avg_pool(
        x=padded, kernel_sizes=[side, side], strides=strides, pad_type="valid", name=name
    )


def emit_weights(mb: Any, shares: Any, op: RegionWeights, name: str) -> Any:
    """:class:`tinystyle.network.ops.RegionWeights`."""
    share = channel(mb, shares, op.region, f"{name}_share")
    held = mb.add(x=share, y=np.float32(LEAST_SHARE), name=f"{name}_held")
    return mb.real_div(x=held, y=_mean(mb, held, f"{name}_mean"), name=name)


def emit_region_norm(
    mb: Any,
    x: Any,
    weighted: Any,
    op: RegionNorm,
    affine: tuple[FloatArray, FloatArray] | None,
    name: str,
    *,
    half: bool,
) -> Any:
    """:class:`tinystyle.network.ops.RegionNorm`; ``affine`` are its gain and shift.

    Times v² / (v² + FLAT_VARIANCE²) with the variance v, as in ONNX: of a flat region rounding is
    left, which one norm after the other would enlarge to patterns.
    """
    single = mb.cast(x=x, dtype="fp32", name=f"{name}_single") if half else x

    def mean(values: Any, output: str) -> Any:
        return _mean(mb, mb.mul(x=values, y=weighted, name=f"{output}_weighted"), output)

    centred = mb.sub(x=single, y=mean(single, f"{name}_mean"), name=f"{name}_centred")
    squares = mb.mul(x=centred, y=centred, name=f"{name}_squares")
    variance = mean(squares, f"{name}_variance")
    held = mb.add(x=variance, y=np.float32(op.epsilon), name=f"{name}_held")
    root = mb.sqrt(x=held, name=f"{name}_root")
    power = mb.mul(x=variance, y=variance, name=f"{name}_power")
    above = mb.add(x=power, y=np.float32(FLAT_VARIANCE**2), name=f"{name}_above")
    seen = mb.real_div(x=power, y=above, name=f"{name}_seen")
    factor = mb.real_div(x=seen, y=root, name=f"{name}_factor")
    shift = None
    if affine is not None:
        gain, shift = (values.reshape(1, -1, 1, 1) for values in affine)
        factor = mb.mul(x=factor, y=gain, name=f"{name}_gain")
    last = name if not half else f"{name}_whole"
    made = mb.mul(x=centred, y=factor, name=last if shift is None else f"{name}_unit")
    if shift is not None:
        made = mb.add(x=made, y=shift, name=last)
    return mb.cast(x=made, dtype="fp16", name=name) if half else made


def emit_blend(
    mb: Any, shares: Any, op: BlendRegions, pictures: Sequence[Any], name: str, *, half: bool
) -> Any:
    """:class:`tinystyle.network.ops.BlendRegions`: ``pictures`` by ``shares``."""
    if half:
        shares = mb.cast(x=shares, dtype="fp16", name=f"{name}_shares")
    total: Any = None
    for region, picture in enumerate(pictures):
        share = channel(mb, shares, region, f"{name}_share{region}")
        part = mb.mul(x=picture, y=share, name=f"{name}_part{region}")
        last = name if region == len(op.others) - 1 else f"{name}_sum{region}"
        total = part if total is None else mb.add(x=total, y=part, name=last)
    return total


def _mean(mb: Any, values: Any, name: str) -> Any:
    return mb.reduce_mean(x=values, axes=[2, 3], keep_dims=True, name=name)
