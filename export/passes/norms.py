"""Passes over the instance norms of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import OptionError
from tinystyle.export.passes.structure import reading
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import GraphOp, SubpixelConv
from tinystyle.network.ops import IMAGE, Conv, ConvTranspose, InstanceNorm, RegionNorm
from tinystyle.network.reference import compute, run
from tinystyle.pictures.images import to_uint8

__all__ = ["FLAT_VARIANCE", "equalised", "frozen", "rescaled"]

FLAT_VARIANCE = 3e-6
"""Variance that counts as nothing to be seen, in norms inside a region and those of engines that
round otherwise from place to place."""

FloatArray = NDArray[np.float32]


def rescaled(graph: Graph) -> Graph:
    """Filters before an instance norm scaled to a length of about 1, epsilon with them. Exact.

    A norm takes out any factor. Without this, half precision overflows on squares of what lies
    before norms. The factors are powers of two: no weight is rounded. To be applied
    before passes that replace convolutions.
    """
    weights = dict(graph.weights)
    ops = list(graph.ops)
    for index, op in enumerate(ops):
        key = f"{op.source}.weight"
        if not isinstance(op, InstanceNorm | RegionNorm) or key not in weights:
            continue
        filters = np.sqrt(np.square(weights[key]).sum() / op.channels)
        scale = np.float32(2.0 ** -np.round(np.log2(max(filters, 1e-6))))
        for name in (key, f"{op.source}.bias"):
            if name in weights:
                weights[name] = weights[name] * scale
        ops[index] = replace(op, epsilon=float(op.epsilon * scale**2))
    return replace(graph, ops=tuple(ops), weights=weights)


def equalised(graph: Graph, pictures: Sequence[FloatArray]) -> Graph:
    """Filters before an instance norm scaled so that all of its channels vary alike.

    A norm takes out any factor, also one for each channel. 8 bits for all channels together leave
    few steps for those that vary little, which the norm would then enlarge. Variances are those of
    ``pictures``, ``(1, 3, H, W)``, 0..1. Exact but for epsilon, which the channels of a norm share:
    it is scaled by what is right for the middle one of them.
    """
    variances: dict[str, list[FloatArray]] = {
        op.source: [] for op in graph.ops if isinstance(op, InstanceNorm)
    }
    if not variances:
        return graph

    def observe(op: GraphOp, made: FloatArray) -> None:
        if op.name in variances:
            variances[op.name].append(made.var(axis=(2, 3), dtype=np.float64)[0])

    for picture in pictures:
        run(graph, to_uint8(picture)[None] if graph.takes_bytes else picture, observe=observe)
    weights = dict(graph.weights)
    ops = list(graph.ops)
    for index, op in enumerate(ops):
        if not isinstance(op, InstanceNorm):
            continue
        found = np.mean(variances[op.source], axis=0)
        factors = (1.0 / np.sqrt(found + op.epsilon)).astype(np.float32)
        conv = _filters(graph, op)
        across = (1, -1, 1, 1) if isinstance(conv, ConvTranspose) else (-1, 1, 1, 1)
        for name, shape in ((f"{conv.name}.weight", across), (f"{conv.name}.bias", (-1,))):
            if name in weights:
                weights[name] = weights[name] * factors.reshape(shape)
        ops[index] = replace(op, epsilon=float(op.epsilon * np.median(factors**2)))
    return replace(graph, ops=tuple(ops), weights=weights)


def _filters(graph: Graph, norm: InstanceNorm) -> GraphOp:
    """The convolution that a norm follows."""
    makers = {op.name: op for op in graph.ops}
    found = makers[norm.source]
    while not isinstance(found, Conv | ConvTranspose | SubpixelConv):
        found = makers[found.source]
    return found


def frozen(graph: Graph, pictures: Sequence[FloatArray]) -> Graph:
    """Norms replaced by constant gains and shifts, part of the convolutions before them.

    Their statistics are those of ``pictures``, ``(1, 3, H, W)``, 0..1, one layer after the other,
    so that each layer is measured on what the frozen ones before it make. What is left is
    convolutions: pixels depend on near ones only, so tiles fit together and videos do not flicker.
    To be applied before passes that replace convolutions. Raises OptionError without pictures, or
    for a network without norms.
    """
    if not pictures:
        raise OptionError("norms are frozen to the statistics of pictures, but there are none")
    if not any(isinstance(op, InstanceNorm) for op in graph.ops):
        raise OptionError("the network has no norms to freeze")
    weights = dict(graph.weights)
    ops: list[GraphOp] = []
    names: dict[str, str] = {}
    known: list[dict[str, FloatArray]] = [{IMAGE: picture} for picture in pictures]
    for old in graph.ops:
        op = reading(old, names)
        if not isinstance(op, InstanceNorm):
            ops.append(op)
            for tensors in known:
                tensors[op.name] = compute(op, weights, tensors)
            continue
        gain, shift = _constants(op, weights, [tensors[op.source] for tensors in known])
        index = next(i for i, before in enumerate(ops) if before.name == op.source)
        ops[index] = _absorb(ops[index], gain, shift, weights)
        for name in (f"{op.name}.weight", f"{op.name}.bias"):
            weights.pop(name, None)
        names[old.name] = op.source
        for tensors in known:
            tensors[op.source] = tensors[op.source] * gain[:, None, None] + shift[:, None, None]
    notes = {**graph.notes, "norm": "frozen"}
    return replace(graph, ops=tuple(ops), weights=weights, notes=notes)


def _constants(
    norm: InstanceNorm, weights: Mapping[str, FloatArray], seen: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    values = np.concatenate(
        [part.transpose(1, 0, 2, 3).reshape(norm.channels, -1) for part in seen], 1
    )
    mean = values.mean(axis=1, dtype=np.float64)
    gain = 1.0 / np.sqrt(values.var(axis=1, dtype=np.float64) + norm.epsilon)
    shift = -mean * gain
    if norm.affine:
        scale, bias = weights[f"{norm.name}.weight"], weights[f"{norm.name}.bias"]
        gain, shift = gain * scale, shift * scale + bias
    return gain.astype(np.float32), shift.astype(np.float32)


def _absorb(
    conv: GraphOp, gain: FloatArray, shift: FloatArray, weights: dict[str, FloatArray]
) -> GraphOp:
    key, bias = f"{conv.name}.weight", f"{conv.name}.bias"
    match conv:
        case Conv():
            weights[key] = weights[key] * gain[:, None, None, None]
            weights[bias] = weights[bias] * gain + shift if conv.bias else shift
            return replace(conv, bias=True)
        case _:
            raise OptionError(
                "norms after transposed convolutions cannot be frozen; they can in the forms "
                "tiny, one-norm, six-norm and zhang2018"
            )
