"""Sub-pixel convolutions in the operations of ONNX."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.network import subpixel
from tinystyle.network.graph_ops import SubpixelConv
from tinystyle.network.ops import Conv, Shape
from tinystyle.network.subpixel import BY_CHANNEL

__all__ = ["emit_subpixel", "kernel_of", "place", "result_of"]


def result_of(op: Conv | SubpixelConv) -> str:
    """Name of what the convolution itself makes, before pixels are put in place."""
    return f"{op.name}.blocks" if isinstance(op, SubpixelConv) else op.name


def emit_subpixel(
    nodes: Nodes,
    source: str,
    op: SubpixelConv,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    for_cpu: bool,
    shape: Shape | None = None,
) -> None:
    """The convolution of the tensor ``source``.

    Its kernel is stored as the weights of the network with nodes that make the kernel of them:
    runtimes compute those once, when they load the file. Pixels are put in place ``for_cpu`` by
    :func:`place`; then ``shape`` is that of the result, where it is known.
    """
    inputs = [source, *kernel_of(nodes, op, weights, placed=True)]
    k = 2 if op.upsampled else op.kernel + 1
    sizes = {"kernel_shape": [k] * 2, "strides": [subpixel.stride(op)] * 2, "pads": [0] * 4}
    blocks = nodes.add("Conv", inputs, result_of(op), **sizes)
    if for_cpu or nodes.portable:
        place(nodes, blocks, op.name, op.out_channels, shape[2] if shape else None)
    else:
        nodes.add("DepthToSpace", [blocks], op.name, blocksize=2, mode="DCR")


def kernel_of(
    nodes: Nodes,
    op: SubpixelConv,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    placed: bool = False,
) -> list[str]:
    """Its kernel, and its bias if it has one; ``placed`` says that :func:`place` follows."""
    name = op.name
    weight = weights[f"{name}.weight"]
    rows = subpixel.by_channel(op.out_channels) if placed and nodes.portable else None
    stored = nodes.single(nodes.floats(f"{name}.weight", weight))
    whole = _enlarging(nodes, op, stored) if op.upsampled else _shifted(nodes, name, stored)
    found = [_back(nodes, whole)]
    if op.bias:
        stored = nodes.single(nodes.floats(f"{name}.bias", weights[f"{name}.bias"]))
        found.append(_back(nodes, nodes.add("Concat", [stored] * 4, f"{name}.b", axis=0)))
    if rows is not None:
        order = nodes.whole(f"rows{len(rows)}", *rows.tolist())
        found = [
            nodes.add("Gather", [each, order], f"{each}{BY_CHANNEL}", axis=0) for each in found
        ]
    return found


def place(nodes: Nodes, blocks: str, name: str, channels: int, width: int | None) -> str:
    """DepthToSpace: the pixels of a row one after the other, then the rows.

    The result, called ``name``, has ``channels`` and a ``width``, which is read at run time if not
    told. Two transpositions of neighbouring axes: onnxruntime on a CPU has fast programs for those.
    Other engines have them for DepthToSpace, and of its modes more know CRD.
    """
    if nodes.portable:
        return nodes.add("DepthToSpace", [blocks], name, blocksize=2, mode="CRD")
    rows, picture = _placed_shapes(nodes, blocks, name, channels, width)
    split = nodes.add("Reshape", [blocks, nodes.whole("pairs", 0, 2, 2, -1)], f"{name}.p1")
    across = nodes.add("Transpose", [split], f"{name}.p2", perm=[0, 1, 3, 2])
    split = nodes.add("Reshape", [across, rows], f"{name}.p3")
    down = nodes.add("Transpose", [split], f"{name}.p4", perm=[0, 2, 1, 3])
    return nodes.add("Reshape", [down, picture], name)


def _placed_shapes(
    nodes: Nodes, blocks: str, name: str, channels: int, width: int | None
) -> tuple[str, str]:
    """Of the upper rows of all blocks, then the lower ones, ``(N, 2, C H / 2, W)``, and of the
    result, ``(N, C, H, W)``. Zero keeps the batch as it is, and -1 is what is left."""
    if width is not None:
        rows = nodes.whole(f"rows{width}", 0, 2, -1, width)
        return rows, nodes.whole(f"placed{channels},{width}", 0, channels, -1, width)
    nodes.add("Shape", [blocks], f"{name}.shape")
    half = [nodes.whole("i3", 3), nodes.whole("i4", 4)]
    nodes.add("Slice", [f"{name}.shape", *half], f"{name}.half")
    nodes.add("Add", [f"{name}.half", f"{name}.half"], f"{name}.width")
    rows, placed = nodes.whole("rows", 0, 2, -1), nodes.whole(f"placed{channels}", 0, channels, -1)
    return (
        nodes.add("Concat", [rows, f"{name}.width"], f"{name}.s3", axis=0),
        nodes.add("Concat", [placed, f"{name}.width"], f"{name}.s4", axis=0),
    )


def _back(nodes: Nodes, constant: str) -> str:
    return nodes.cast(constant, f"{constant}.h") if nodes.halved else constant


def _shifted(nodes: Nodes, name: str, weight: str) -> str:
    """``(O, I, k, k)`` to ``(4 O, I, k + 1, k + 1)``: four copies, each padded at other sides."""
    copies = []
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        shift = nodes.whole(f"shift{row}{column}", 0, 0, row, column, 0, 0, 1 - row, 1 - column)
        copies.append(nodes.add("Pad", [weight, shift], f"{name}.weight{row}{column}"))
    return nodes.add("Concat", copies, f"{name}.k", axis=0)


def _enlarging(nodes: Nodes, op: SubpixelConv, weight: str) -> str:
    """As :func:`tinystyle.network.subpixel.kernel`."""
    name, o, i = op.name, op.out_channels, op.in_channels
    taps = nodes.floats("taps", subpixel.UPSAMPLED_TAPS, single=True)
    across = nodes.add("MatMul", [weight, taps], f"{name}.w1")
    turned = nodes.add("Transpose", [across], f"{name}.w2", perm=[0, 1, 3, 2])
    down = nodes.add("MatMul", [turned, taps], f"{name}.w3")  # columns, then rows
    parts = nodes.add("Reshape", [down, nodes.whole(f"{name}.s1", o, i, 2, 2, 2, 2)], f"{name}.w4")
    first = nodes.add("Transpose", [parts], f"{name}.w5", perm=[4, 2, 0, 1, 5, 3])
    return nodes.add("Reshape", [first, nodes.whole(f"{name}.s2", 4 * o, i, 2, 2)], f"{name}.k")
