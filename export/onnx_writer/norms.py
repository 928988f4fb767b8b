"""Instance norms: by the operator of ONNX where that is exact enough, else in plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tinystyle.export.onnx_writer.nodes import Nodes
from tinystyle.export.passes.norms import FLAT_VARIANCE
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import FromCorner
from tinystyle.network.ops import Add, Conv, InstanceNorm, RegionNorm, Shape

__all__ = ["LARGEST_NATIVE", "NormWay", "emit_norm", "emit_region_norm", "norm_ways"]

LARGEST_NATIVE = 8192
"""Values of a channel for which onnxruntime's own operator is exact enough; see :func:`_mean`."""


@dataclass(frozen=True, slots=True)
class NormWay:
    """How a norm is written."""

    from_corner: bool = False
    """The first pixel is taken away before. Even a mean of equal values is off by an ulp, which the
    norms enlarge; that of zeros is exact."""
    small: bool = False
    """A channel has at most LARGEST_NATIVE values: by ONNX's operator, which is the fastest."""
    bounded: bool = False
    """In place of ``from_corner`` where means are made of plain operations, in single precision:
    they are kept between the least and the largest value, which reads the tensor twice and writes
    nothing."""


def norm_ways(graph: Graph, shapes: Mapping[str, Shape], *, for_cpu: bool) -> dict[str, NormWay]:
    """That of each norm; ``shapes`` are those that are known. Operators that back ends lack are
    written ``for_cpu`` alone."""
    norms = [op for op in graph.ops if isinstance(op, InstanceNorm)]
    # Zeros are far from what they surround, which onnxruntime's own norm adds up least well.
    zeros = any(isinstance(op, Conv) and op.padding for op in graph.ops)
    few = {name for name, (_, h, w) in shapes.items() if not zeros and h * w <= LARGEST_NATIVE}
    small = [op.name for op in norms if op.name in few]
    # What FromCorner stands before is exact zeros on a flat picture already.
    levelled = {op.name.partition(".")[0] for op in graph.ops if isinstance(op, FromCorner)}
    # What follows the first small norm reads the exact zeros that it makes of a flat picture. After
    # the last norm there is none that would take an offset away.
    uneven = {*small[:1], *(op.name for op in norms[-1:])}
    summed = {name for op in graph.ops if isinstance(op, Add) for name in (op.source, op.other)}
    summing = bool(summed & {op.name for op in norms[-1:]})
    if summing:
        # No norm follows the sum of all: an offset of any of them would stay.
        uneven = {op.name for op in norms}
    # Back ends lack the two operators that this takes.
    bounded = {name for name in uneven if for_cpu and summing and name not in small}
    return {
        op.name: NormWay(
            from_corner=op.name in uneven - bounded and op.name.partition(".")[0] not in levelled,
            small=op.name in small,
            bounded=op.name in bounded,
        )
        for op in norms
    }


def emit_norm(
    nodes: Nodes,
    source: str,
    op: InstanceNorm,
    weights: Mapping[str, NDArray[np.float32]],
    way: NormWay,
    *,
    single: bool = False,
) -> None:
    """The norm of the tensor ``source``, in single precision also where the graph is in half.

    ``single`` says that ``source`` is in single precision there already.
    """
    # Short names: there can be 15 norms, and each name is stored twice.
    layer = op.name.partition(".")[0]
    if nodes.portable:
        _guarded(nodes, source, op, layer, weights, single=single)
        return
    if nodes.halved:
        if not single:
            source = nodes.cast(source, f"{layer}.f", TensorProto.FLOAT)
        _half(nodes, source, op, layer, weights, small=way.small)
        return
    if way.from_corner:
        corner = nodes.slice(source, f"{layer}.first", [0, 0], [1, 1])
        source = nodes.add("Sub", [source, corner], f"{layer}.shift")
    if way.small:
        _whole(nodes, source, op, op.name, _affine(nodes, op, weights, (op.channels,)))
    else:
        _full(nodes, source, op, layer, weights, way)


def emit_region_norm(
    nodes: Nodes,
    source: str,
    op: RegionNorm,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    single: bool = False,
) -> None:
    """The norm of the tensor ``source`` inside a region, in single precision also where the graph
    is in half. What is flat there stays so in every layout: :func:`_guarded`."""
    _guarded(nodes, source, op, op.name.removesuffix(".norm"), weights, single=single)


def _full(
    nodes: Nodes,
    source: str,
    op: InstanceNorm,
    layer: str,
    weights: Mapping[str, NDArray[np.float32]],
    way: NormWay,
) -> None:
    centred, root = _parts(nodes, source, op, layer, bounded=way.bounded)
    if not op.affine:
        nodes.add("Div", [centred, root], op.name)
        return
    gain, shift = _affine(nodes, op, weights, (op.channels, 1, 1))
    nodes.add("Div", [gain, root], f"{layer}.g")
    nodes.add("Mul", [centred, f"{layer}.g"], f"{layer}.s")
    nodes.add("Add", [f"{layer}.s", shift], op.name)


def _guarded(
    nodes: Nodes,
    source: str,
    op: InstanceNorm | RegionNorm,
    layer: str,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    single: bool,
) -> None:
    """The norm times v^2 / (v^2 + f^2), with v the variance and f FLAT_VARIANCE: about
    1 - (f / v)^2 of it.

    On a flat picture v is what rounding leaves. Some engines' convolutions (Winograd's, tiled)
    round otherwise from place to place, by 1e-6 of the values, which leaves v of 1e-14 to 1e-10. A
    norm divides its root by sqrt(epsilon): six in a row make patterns of full contrast of it.
    Nothing is left of it by the factor, less than a norm of so small a v passes on would need to
    grow. Squares, as the step from nothing to all is steeper so: a wall in fog, half a level from
    white here and there, has v of 1e-4, of which the factor takes away 1e-3.
    """
    if nodes.halved and not single:
        source = nodes.cast(source, f"{layer}.f", TensorProto.FLOAT)

    def mean(values: str, output: str) -> str:
        if isinstance(op, RegionNorm):
            values = nodes.add("Mul", [values, op.other], f"{output}w")
        return _mean(nodes, values, output)

    centred = nodes.add("Sub", [source, mean(source, f"{layer}.m")], f"{layer}.c")
    squares = nodes.add("Mul", [centred, centred], f"{layer}.q")
    variance = mean(squares, f"{layer}.v")
    epsilon, flat = (
        nodes.scalar(op.epsilon, single=True),
        nodes.scalar(FLAT_VARIANCE**2, single=True),
    )
    root = nodes.add("Sqrt", [nodes.add("Add", [variance, epsilon], f"{layer}.e")], f"{layer}.d")
    power = nodes.add("Mul", [variance, variance], f"{layer}.p")
    above = nodes.add("Add", [power, flat], f"{layer}.a")
    seen = nodes.add("Div", [power, above], f"{layer}.w")
    factor = nodes.add("Div", [seen, root], f"{layer}.r")
    affine = _affine(nodes, op, weights, (op.channels, 1, 1))
    if nodes.halved:
        unit = nodes.add("Mul", [centred, factor], f"{layer}.u")
        made = nodes.cast(unit, f"{layer}.h" if affine else op.name)
    else:
        if affine:
            factor = nodes.add("Mul", [affine[0], factor], f"{layer}.g")
        made = nodes.add("Mul", [centred, factor], f"{layer}.s" if affine else op.name)
    if affine:
        if nodes.halved:
            made = nodes.add("Mul", [made, affine[0]], f"{layer}.s")
        nodes.add("Add", [made, affine[1]], op.name)


def _half(
    nodes: Nodes,
    source: str,
    op: InstanceNorm,
    layer: str,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    small: bool,
) -> None:
    if small:
        unit = _whole(nodes, source, op, f"{layer}.u", [])
    else:
        centred, root = _parts(nodes, source, op, layer)
        unit = nodes.add("Div", [centred, root], f"{layer}.u")
    unit = nodes.cast(unit, f"{layer}.h" if op.affine else op.name)
    if op.affine:
        gain, shift = _affine(nodes, op, weights, (op.channels, 1, 1))
        nodes.add("Mul", [unit, gain], f"{layer}.s")
        nodes.add("Add", [f"{layer}.s", shift], op.name)


def _whole(nodes: Nodes, source: str, op: InstanceNorm, output: str, affine: list[str]) -> str:
    """By the operator for it."""
    if not affine:
        constants = ((f"ones{op.channels}", np.ones), (f"zeros{op.channels}", np.zeros))
        affine = [
            nodes.floats(name, make(op.channels, np.float32), single=True)
            for name, make in constants
        ]
    return nodes.add("InstanceNormalization", [source, *affine], output, epsilon=op.epsilon)


def _affine(
    nodes: Nodes,
    op: InstanceNorm | RegionNorm,
    weights: Mapping[str, NDArray[np.float32]],
    shape: tuple[int, ...],
) -> list[str]:
    """Gain and shift, if the norm has them."""
    names = [f"{op.name}.{key}" for key in ("weight", "bias")] if op.affine else []
    return [nodes.floats(name, weights[name].reshape(shape)) for name in names]


def _parts(
    nodes: Nodes, source: str, op: InstanceNorm, layer: str, *, bounded: bool = False
) -> tuple[str, str]:
    """What is left when the mean is taken away, and its deviation."""
    mean = _mean(nodes, source, f"{layer}.m")
    if bounded:
        most = nodes.reduce("Max", source, f"{layer}.most", [2, 3])
        least = nodes.reduce("Min", source, f"{layer}.least", [2, 3])
        mean = nodes.add("Min", [mean, most], f"{layer}.below")
        mean = nodes.add("Max", [mean, least], f"{layer}.within")
    centred = nodes.add("Sub", [source, mean], f"{layer}.c")
    squares = nodes.add("Mul", [centred, centred], f"{layer}.q")
    epsilon = nodes.scalar(op.epsilon, single=True)
    shifted = nodes.add("Add", [_mean(nodes, squares, f"{layer}.v"), epsilon], f"{layer}.e")
    return centred, nodes.add("Sqrt", [shifted], f"{layer}.d")


def _mean(nodes: Nodes, source: str, name: str) -> str:
    """Along rows first, then along columns.

    onnxruntime's own operator adds up all H x W values of a channel in float32. On a flat
    720 x 1280 picture that makes its mean wrong by 1e-6 and its variance by 1e-3, and division by
    sqrt(epsilon) turns the former into 3e-4 and more on an all-white picture. Stripes come out
    wrong by 8e-4, by 4e-4 if only layers at a quarter of the resolution use it, but by no more than
    3e-5 at 256 x 256.
    """
    return nodes.reduce("Mean", nodes.reduce("Mean", source, f"{name}r", [3]), name, [2])
