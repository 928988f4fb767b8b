"""Style swap in MIL, CoreML's language of programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.network.ops import SwapPatches, SwapRegions

__all__ = ["emit_swap", "put_back"]

FloatArray = NDArray[np.float32]


def emit_swap(
    builder: Any,
    x: Any,
    op: SwapPatches,
    bank: FloatArray,
    lengths: FloatArray,
    *,
    match: Callable[[Any, FloatArray, str], Any],
    half: bool,
) -> Any:
    """As :func:`tinystyle.export.onnx_writer.patches.emit_swap`; ``match`` writes a convolution."""
    scores = match(x, bank, f"{op.name}_scores")
    return put_back(builder, op, scores, bank, lengths, op.name, half=half)


def put_back(
    builder: Any,
    op: SwapPatches | SwapRegions,
    scores: Any,
    bank: FloatArray,
    lengths: FloatArray,
    output: str,
    *,
    half: bool,
) -> Any:
    """The patch of the ``bank`` that has the highest of the ``scores`` at each place.

    Indices are padded as floats, which MIL pads in every version, in single precision, which holds
    them all. The table is stored beside the patches: MIL has no constant that is made of another.
    """
    mb, name, count = builder, op.name, op.patches
    best = mb.reduce_argmax(x=scores, axis=1, keep_dims=False)
    numbers = mb.cast(x=best, dtype="fp32", name=f"{name}_best")
    around = mb.pad(
        x=numbers,
        pad=np.array([0, 0, 2, 2, 2, 2], np.int32),
        mode="constant",
        constant_val=np.float32(count),
        name=f"{name}_framed",
    )
    rows = mb.cast(x=around, dtype="int32", name=f"{name}_rows")
    values = _table(bank, lengths).astype(np.float16 if half else np.float32)
    table = mb.const(val=values, name=f"{name}_table")  # one for all nine
    total = None
    for at in range(9):
        down, right = divmod(at, 3)
        seen = mb.slice_by_index(
            x=rows,
            begin=np.array([0, 2 - down, 2 - right], np.int32),
            end=np.array([0, -down, -right], np.int32),
            end_mask=np.array([True, down == 0, right == 0]),
            name=f"{name}_seen{at}",
        )
        row = mb.add(x=seen, y=np.int32(at * (count + 1)), name=f"{name}_row{at}")
        part = mb.gather(x=table, indices=row, axis=0, name=f"{name}_part{at}")
        total = part if total is None else mb.add(x=total, y=part, name=f"{name}_sum{at}")
    total = mb.transpose(x=total, perm=[0, 3, 1, 2], name=f"{name}_total")
    # 1 where a patch lies, 0 beyond the border: numbers there are the count.
    left = mb.sub(x=np.float32(count), y=around, name=f"{name}_left")
    there = mb.clip(x=left, alpha=np.float32(0.0), beta=np.float32(1.0), name=f"{name}_there")
    there = mb.expand_dims(x=there, axes=[1], name=f"{name}_mask")
    share = mb.avg_pool(
        x=there, kernel_sizes=[3, 3], strides=[1, 1], pad_type="valid", name=f"{name}_share"
    )
    overlaps = mb.mul(x=share, y=np.float32(9.0), name=f"{name}_overlaps")
    if half:
        overlaps = mb.cast(x=overlaps, dtype="fp16", name=f"{name}_divisor")
    return mb.real_div(x=total, y=overlaps, name=output)


def _table(bank: FloatArray, lengths: FloatArray) -> FloatArray:
    """The nine places of all patches, one more patch of zeros: ``(9 (K + 1), C)``."""
    real = bank.transpose(2, 3, 0, 1) * lengths[:, None]
    spare = np.pad(real, ((0, 0), (0, 0), (0, 1), (0, 0)))
    return np.ascontiguousarray(spare.reshape(-1, bank.shape[1]))
