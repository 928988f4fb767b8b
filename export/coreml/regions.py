"""Semantic style transfer in MIL: labels to shares, masked means by matrix products, patches.

In single precision, also where the program is in half: sums over a picture leave its range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.coreml.patches import put_back
from tinystyle.export.coreml.region_networks import one_hot
from tinystyle.network.methods.regions import EPSILON, LEAST, MOST_GAIN, MOST_GAIN_OF_PATCHES
from tinystyle.network.ops import FRAME, MoveRegions, RegionKernel, SwapRegions

__all__ = ["emit_region_swap", "emit_regions"]

FloatArray = NDArray[np.float32]
Weights = Mapping[str, FloatArray]
Match = Callable[[Any, FloatArray, str], Any]
"""Writes a convolution of a tensor with a kernel, under a name."""

_BARRED = 10_000.0
"""By how much a patch of another region is less like: beyond all scores, and a half number."""


def emit_regions(
    mb: Any, x: Any, labels: Any, op: MoveRegions, weights: Weights, *, half: bool
) -> Any:
    """:class:`tinystyle.network.ops.MoveRegions` of ``x``, by ``labels``, float32 ``(1, 1, H,
    W)``."""
    name = op.name
    shares = _rows(mb, _label_shares(mb, labels, name, op.regions), op.regions + 1, f"{name}_rows")
    rows = _rows(mb, _single(mb, x, f"{name}_x", half=half), op.channels, f"{name}_features")
    mover = _Mover(mb, name, weights, op.kernel)
    moved = mover.moved(rows, shares, f"{name}_moved", weights[f"{name}.balance"])
    return _as_features(mb, moved, x, name, half=half)


def emit_region_swap(
    mb: Any, x: Any, labels: Any, op: SwapRegions, weights: Weights, *, match: Match, half: bool
) -> Any:
    """:class:`tinystyle.network.ops.SwapRegions` of ``x``, by ``labels``, float32 ``(1, 1, H,
    W)``."""
    name, regions = op.name, op.regions + 1
    mover = _Mover(mb, name, weights, RegionKernel.MOMENTS)
    soft = _label_shares(mb, labels, name, op.regions, 4 * FRAME)
    single = _single(mb, x, f"{name}_x", half=half)
    rows = _rows(mb, single, op.channels, f"{name}_all")
    shares = _rows(mb, soft, regions, f"{name}_shares")
    matched = mover.moved(rows, shares, f"{name}_match")
    matched = _as_features(mb, matched, x, f"{name}_matched", half=half)

    bank, lengths = weights[f"{name}.weight"], weights[f"{name}.length"]
    middles = _inside(mb, soft, 1, f"{name}_middles")
    found = mb.reduce_argmax(x=middles, axis=1, keep_dims=True, name=f"{name}_found")
    numbers = mb.cast(x=found, dtype="fp32", name=f"{name}_numbers")
    places = one_hot(mb, numbers, regions, f"{name}_places")
    if half:
        places = mb.cast(x=places, dtype="fp16", name=f"{name}_hot")
    bars = match(places, _bars(weights[f"{name}.label"], regions), f"{name}_bars")
    scores = mb.add(x=match(matched, bank, f"{name}_free"), y=bars, name=f"{name}_scores")
    swapped = put_back(mb, op, scores, bank, lengths, f"{name}_swapped", half=half)

    swapped = _single(mb, swapped, f"{name}_patches", half=half)
    parts = ((single, op.channels), (soft, regions), (swapped, op.channels))
    inner = [_inside(mb, part, FRAME, f"{name}_inner{at}") for at, (part, _) in enumerate(parts)]
    rows, shares, patches = (
        _rows(mb, part, count, f"{name}_inside{at}")
        for at, (part, (_, count)) in enumerate(zip(inner, parts, strict=True))
    )
    aimed = mover.moved(patches, shares, f"{name}_again", most=MOST_GAIN_OF_PATCHES)
    change = mb.sub(x=aimed, y=rows, name=f"{name}_change")
    balance = weights[f"{name}.balance"][None, None]
    share = mb.matmul(x=balance, y=shares, name=f"{name}_balanced")
    part = mb.mul(x=change, y=share, name=f"{name}_part")
    whole = mb.add(x=rows, y=part, name=f"{name}_whole")
    return _as_features(mb, whole, inner[0], name, half=half)


def _bars(label: FloatArray, regions: int) -> FloatArray:
    """What each region adds to the scores of patches that it may not take: ``(K, regions, 1, 1)``.

    A region without patches bars none.
    """
    own = label[:, None] == np.arange(regions)
    own |= ~own.any(axis=0)
    return np.where(own, 0.0, -_BARRED).astype(np.float32)[:, :, None, None]


def _label_shares(mb: Any, labels: Any, name: str, regions: int, frame: int = 0) -> Any:
    """As :func:`tinystyle.network.methods.regions.soft_regions`, with a ``frame`` of so many pixels
    of the labels' mirror image."""
    masks = one_hot(mb, labels, regions + 1, f"{name}_masks")
    if frame:
        around = np.array([0, 0, 0, 0, *[frame] * 4], np.int32)
        masks = mb.pad(x=masks, pad=around, mode="reflect", name=f"{name}_around")
    one_more = np.array([0, 0, 0, 0, 0, 1, 0, 1], np.int32)
    masks = mb.pad(x=masks, pad=one_more, mode="replicate", name=f"{name}_padded")
    sides = [4, 4]
    return mb.avg_pool(
        x=masks, kernel_sizes=sides, strides=sides, pad_type="valid", name=f"{name}_soft"
    )


def _single(mb: Any, x: Any, name: str, *, half: bool) -> Any:
    return mb.cast(x=x, dtype="fp32", name=name) if half else x


def _inside(mb: Any, x: Any, amount: int, name: str) -> Any:
    ends = np.array([0, 0, -amount, -amount], np.int32)
    starts = np.array([0, 0, amount, amount], np.int32)
    masked = np.array([True, True, False, False])
    return mb.slice_by_index(x=x, begin=starts, end=ends, end_mask=masked, name=name)


def _rows(mb: Any, x: Any, channels: int, name: str) -> Any:
    """``(1, C, h, w)`` as ``(1, C, P)``."""
    return mb.reshape(x=x, shape=np.array([1, channels, -1], np.int32), name=name)


def _as_features(mb: Any, rows: Any, like: Any, name: str, *, half: bool) -> Any:
    """``(1, C, P)`` in the shape of ``like``, and in the program's type."""
    shape = mb.shape(x=like, name=f"{name}_shape")
    if not half:
        return mb.reshape(x=rows, shape=shape, name=name)
    return mb.cast(x=mb.reshape(x=rows, shape=shape, name=f"{name}_last"), dtype="fp16", name=name)


class _Mover:
    """Moves features to an artwork's, as :func:`tinystyle.network.methods.regions.moved`.

    C channels of P features are rows, K + 1 regions columns.
    """

    def __init__(self, mb: Any, name: str, weights: Weights, kernel: RegionKernel) -> None:
        self._mb = mb
        keys = ["mean"] if kernel is RegionKernel.LINEAR else ["mean", "deviation"]
        self._columns = {
            key: np.ascontiguousarray(weights[f"{name}.{key}"].T)[None] for key in keys
        }

    def moved(
        self,
        rows: Any,
        shares: Any,
        name: str,
        balance: FloatArray | None = None,
        most: float = MOST_GAIN,
    ) -> Any:
        """``(1, C, P)`` by shares ``(1, K + 1, P)``; all the way without a ``balance``, deviations
        growing ``most`` times at most."""
        mb = self._mb
        counts = mb.reduce_sum(x=shares, axes=[2], keep_dims=False, name=f"{name}_sums")
        counts = mb.maximum(x=counts, y=np.float32(LEAST), name=f"{name}_held_sums")
        counts = mb.expand_dims(x=counts, axes=[1], name=f"{name}_counts")

        def inside(values: Any, output: str) -> Any:
            """Means in each region: ``(1, C, P)`` to ``(1, C, K + 1)``."""
            total = mb.matmul(x=values, y=shares, transpose_y=True, name=f"{output}_total")
            return mb.real_div(x=total, y=counts, name=output)

        means = inside(rows, f"{name}_means")
        local = mb.matmul(x=means, y=shares, name=f"{name}_local")
        deviations = mb.sub(x=rows, y=local, name=f"{name}_deviations")
        aims = self._columns["mean"]
        if balance is not None:
            change = mb.sub(x=aims, y=means, name=f"{name}_change")
            change = mb.mul(x=change, y=balance[None, None], name=f"{name}_step")
            aims = mb.add(x=means, y=change, name=f"{name}_aims")
        if "deviation" in self._columns:
            squares = mb.mul(x=deviations, y=deviations, name=f"{name}_squares")
            gains = self._gains(inside(squares, f"{name}_variance"), name, balance, most)
            gain = mb.matmul(x=gains, y=shares, name=f"{name}_gain")
            deviations = mb.mul(x=deviations, y=gain, name=f"{name}_scaled")
        level = mb.matmul(x=aims, y=shares, name=f"{name}_level")
        return mb.add(x=deviations, y=level, name=name)

    def _gains(self, variance: Any, name: str, balance: FloatArray | None, most: float) -> Any:
        mb = self._mb
        held = mb.add(x=variance, y=np.float32(EPSILON), name=f"{name}_held")
        own = mb.sqrt(x=held, name=f"{name}_own")
        ratio = mb.real_div(x=self._columns["deviation"], y=own, name=f"{name}_ratio")
        ratio = mb.minimum(x=ratio, y=np.float32(most), name=f"{name}_most")
        if balance is None:
            return ratio
        more = mb.sub(x=ratio, y=np.float32(1.0), name=f"{name}_more")
        more = mb.mul(x=more, y=balance[None, None], name=f"{name}_more_share")
        return mb.add(x=more, y=np.float32(1.0), name=f"{name}_gains")
