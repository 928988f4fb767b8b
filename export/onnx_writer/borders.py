"""Blocks of 2x2 pixels, and what is computed apart for a picture's borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.export.onnx_writer.subpixel import kernel_of
from tinystyle.network.graph_ops import SubpixelConv
from tinystyle.network.ops import Conv, Pad, PadMode, Relu, Shape
from tinystyle.network.subpixel import BY_CHANNEL, OVER_BLOCKS

__all__ = ["COLUMNS", "ROWS", "first_blocks", "over_blocks", "with_lines"]

ROWS, COLUMNS = 2, 3
"""Axes of ``(N, C, H, W)``."""


def with_lines(
    nodes: Nodes,
    source: str,
    lines: str,
    at: Sequence[int],
    axis: int,
    output: str,
    *,
    shape: Shape | None = None,
) -> str:
    """``source`` with other rows (or columns) ``at`` these places: those of ``lines``, in turn.

    Negative places count from the end; ``shape`` is that of ``source``, if known. onnxruntime
    writes them into ``source`` where it knows that the result has the same shape, and copies it
    where it does not: :meth:`Nodes.alike`.
    """
    letter = "y" if axis == ROWS else "x"
    sides = (1, 1, len(at), 1) if axis == ROWS else (1, 1, 1, len(at))
    row = nodes.whole("at" + ",".join(map(str, at)), *at)
    places = nodes.add("Reshape", [row, nodes.whole(f"s{sides}", *sides)], f"{output}.{letter}a")
    if shape is None or isinstance(nodes.batch, str):
        wanted = nodes.add("Shape", [lines], f"{output}.{letter}s")
    else:
        rest = (len(at), shape[2]) if axis == ROWS else (shape[1], len(at))
        wanted = nodes.whole(f"{output}.{letter}s", nodes.batch, shape[0], *rest)
    everywhere = nodes.add("Expand", [places, wanted], f"{output}.{letter}e")
    return nodes.add("ScatterElements", [source, everywhere, lines], output, axis=axis)


def first_blocks(
    nodes: Nodes,
    source: str,
    border: Pad,
    first: Conv,
    relu: Relu,
    weights: Mapping[str, NDArray[np.float32]],
) -> str:
    """The first convolution's 2x2 pixels at a time, as channels, cut off below zero: ``relu``.

    That an odd side has a whole last block, the border is one pixel wider there. Returns the name
    of the picture with its border.
    """
    a = border.amount
    mode = "edge" if border.mode is PadMode.REPLICATE else border.mode.value
    more = nodes.whole(f"pad{a},{a + 1}", 0, 0, a, a, 0, 0, a + 1, a + 1)
    padded = nodes.add("Pad", [source, more], border.name, mode=mode)
    channels = (first.in_channels, first.out_channels)
    wide = SubpixelConv(
        *(first.name, padded, *channels, first.kernel), upsampled=False, bias=first.bias
    )
    inputs = [padded, *kernel_of(nodes, wide, weights)]
    blocks = nodes.add("Conv", inputs, first.name, strides=[2, 2])
    nodes.add("Relu", [blocks], relu.name)
    return padded


def over_blocks(nodes: Nodes, name: str, kernel: str, outputs: int, inputs: int, side: int) -> str:
    """``(O, I, k, k)``, an even ``side`` k, to ``(O, 4 I, k / 2, k / 2)``.

    The same convolution over blocks of 2x2 pixels that lie in the channels, row by row, each with
    all its channels. Runtimes compute it once, when they load the file. A name that tells the order
    of its rows goes on to tell it.
    """
    half = side // 2
    parts = nodes.whole(f"{name}.s3", outputs, inputs, half, 2, half, 2)
    split = nodes.add("Reshape", [kernel, parts], f"{name}.w6")
    first = nodes.add("Transpose", [split], f"{name}.w7", perm=[0, 3, 5, 1, 2, 4])
    whole = nodes.whole(f"{name}.s4", outputs, 4 * inputs, half, half)
    rows = BY_CHANNEL if kernel.endswith(BY_CHANNEL) else ""
    return nodes.add("Reshape", [first, whole], f"{name}.k{OVER_BLOCKS}{rows}")
