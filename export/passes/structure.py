"""Changes to a graph that leave what it computes as it is, or change it in a stated way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import Enum

import numpy as np

from tinystyle.export.passes.half_precision import first_convolutions
from tinystyle.network.graph import Graph
from tinystyle.network.graph_ops import (
    BlendByInput,
    Concat,
    FromBytes,
    FromCorner,
    GraphOp,
    Scale,
    SubpixelConv,
    ToBytes,
    read_by,
)
from tinystyle.network.ops import (
    IMAGE,
    Conv,
    Crop,
    InstanceNorm,
    Pad,
    PadMode,
    Slice,
    Trim,
    Upsample,
)

__all__ = [
    "Padding",
    "blocked",
    "reading",
    "subpixel",
    "with_bytes",
    "with_exact_levels",
    "with_padding",
    "with_strength",
    "without_corners",
]


class Padding(str, Enum):
    """How the borders of convolutions are padded."""

    REFLECT = "reflect"
    """As trained: reflected, or the edge pixel where the form has that."""
    SLICE = "slice"
    """As trained, by slices set side by side, for back ends without reflection. Exact."""
    REPLICATE = "replicate"
    """The edge pixel: another picture near the edges where borders are reflected."""
    ZERO = "zero"
    """Zeros: another picture, most near the edges, since norms see them. Convolutions pad
    themselves where nothing else reads the border."""


def reading(op: GraphOp, names: Mapping[str, str]) -> GraphOp:
    """The operation, reading the tensors' new names."""
    changed: dict[str, str | tuple[str, ...]] = {}
    for field in fields(op):
        value = getattr(op, field.name)
        if field.name in ("source", "other", "like"):
            changed[field.name] = names.get(value, value)
        elif field.name == "others":
            changed[field.name] = tuple(names.get(name, name) for name in value)
    return replace(op, **changed)  # type: ignore[arg-type]


def blocked(graph: Graph) -> Graph:
    """The last convolution as one that makes 2x2 pixels at a time. Exact.

    It has 3 outputs, where processors compute 8 or 16 at a time.
    """
    ops: list[GraphOp] = []
    for op in graph.ops:
        # Others with few outputs may read the photograph, whose size can be odd.
        if not isinstance(op, Conv) or op.name.rpartition(".")[2] != "out" or op.stride != 1:
            ops.append(op)
            continue
        source = op.source
        if op.padding:
            source = f"{op.name}.pad"
            ops.append(Pad(source, op.source, op.padding, PadMode.ZERO))
        ops.append(_subpixel(op, source, upsampled=False))
    return replace(graph, ops=tuple(ops))


def subpixel(graph: Graph) -> Graph:
    """Upsamplings and their convolutions as ones that make 2x2 pixels at a time. Exact.

    A reflected border of an enlarged picture is the repeated border of the small one. These
    convolutions then take 4/9 of the arithmetic, and nothing is resized.
    """
    ops: list[GraphOp] = []
    names: dict[str, str] = {}
    normed = {op.source for op in graph.ops if isinstance(op, InstanceNorm)}
    plan = list(graph.ops)
    while plan:
        match [reading(op, names) for op in plan[:3]]:
            case [Upsample(scale=2) as up, Pad(amount=1) as pad, Conv(kernel=3, stride=1) as conv]:
                del plan[:3]
                mode = PadMode.REPLICATE if pad.mode is PadMode.REFLECT else pad.mode
                ops += _enlarging(conv, up.source, mode, normed=conv.name in normed)
                names[conv.name] = ops[-1].name
            case [Upsample(scale=2) as up, Conv(kernel=3, stride=1, padding=1) as conv, *_]:
                del plan[:2]
                ops += _enlarging(conv, up.source, PadMode.ZERO, normed=False)
                names[conv.name] = ops[-1].name
            case [Upsample(scale=2) as up, Conv(kernel=3, stride=1, padding=0) as conv, *_]:
                del plan[:2]
                ops.append(_subpixel(conv, up.source, upsampled=True))
            case [op, *_]:
                del plan[:1]
                ops.append(op)
    return replace(graph, ops=tuple(ops))


def _enlarging(conv: Conv, source: str, mode: PadMode, *, normed: bool) -> list[GraphOp]:
    name = conv.name
    ops: list[GraphOp] = []
    if normed and mode is not PadMode.ZERO:
        # The four pixels of a block add up the taps in another order. On a flat picture they would
        # differ by an ulp, which the norm enlarges 300 times. The norm takes out what is taken out
        # here.
        ops.append(FromCorner(f"{name}.level", source))
        source = f"{name}.level"
    ops.append(Pad(f"{name}.pad", source, 1, mode))
    ops.append(_subpixel(conv, f"{name}.pad", upsampled=True))
    return [*ops, Crop(f"{name}.crop", name, 1)]


def _subpixel(conv: Conv, source: str, *, upsampled: bool) -> SubpixelConv:
    i, o, k, bias = conv.in_channels, conv.out_channels, conv.kernel, conv.bias
    return SubpixelConv(conv.name, source, i, o, k, upsampled, bias)


def with_padding(graph: Graph, padding: Padding) -> Graph:
    """Borders made in another way. To be applied before :func:`subpixel`, SLICE after it.

    Repeated edges are left as they are but for SLICE and ZERO. Zeros become part of the convolution
    that reads them, if nothing else does.
    """
    if padding is Padding.REFLECT:
        return graph
    convs = {op.name for op in graph.ops if isinstance(op, Conv)}
    inside = {op.source for op in graph.ops if op.name in convs} - {
        name for op in graph.ops if op.name not in convs for name in read_by(op)
    }
    ops: list[GraphOp] = []
    names: dict[str, str] = {}
    amounts: dict[str, int] = {}
    for old in graph.ops:
        op = reading(old, names)
        match op:
            case Pad(mode=PadMode.REFLECT | PadMode.REPLICATE) if padding is Padding.SLICE:
                ops.extend(_slices(op))
            case Pad(name, source, amount, PadMode.REFLECT | PadMode.REPLICATE) if (
                padding is Padding.ZERO and name in inside
            ):
                names[name] = source
                amounts[source] = amount
            case Pad(mode=PadMode.REFLECT | PadMode.REPLICATE):
                ops.append(replace(op, mode=PadMode(padding.value)))
            case Conv(padding=own) if old.source in names:
                ops.append(replace(op, padding=own + amounts[op.source]))
            case _:
                ops.append(op)
    notes = {**graph.notes, "padding": padding.value}
    return replace(graph, ops=tuple(ops), notes=notes, padded=True)


def _slices(pad: Pad) -> list[GraphOp]:
    """The border rows one by one, then the border columns."""
    ops: list[GraphOp] = []
    source = pad.source
    # Of a repeated edge the one row is cut once, and set beside itself.
    places = tuple(range(1, pad.amount + 1)) if pad.mode is PadMode.REFLECT else (0,) * pad.amount
    for axis, letter in ((2, "y"), (3, "x")):
        first = {at: Slice(f"{pad.name}.{letter}{at}", source, axis, at, at + 1) for at in places}
        last = {
            at: Slice(f"{pad.name}.{letter}-{at}", source, axis, -at - 1, -at or None)
            for at in places
        }
        ops += [*first.values(), *last.values()]
        before = [first[at].name for at in reversed(places)]
        name = pad.name if axis == 3 else f"{pad.name}.{letter}"
        others = (*before[1:], source, *(last[at].name for at in places))
        ops.append(Concat(name, before[0], others, axis))
        source = name
    return ops


def without_corners(graph: Graph) -> Graph:
    """Nothing counts from the corner's value any more. Exact, since norms take it out again."""
    ops: list[GraphOp] = []
    names: dict[str, str] = {}
    for old in graph.ops:
        op = reading(old, names)
        if isinstance(op, FromCorner):
            names[op.name] = op.source
        else:
            ops.append(op)
    return replace(graph, ops=tuple(ops))


_LEVELS = 128.0


def with_exact_levels(graph: Graph) -> Graph:
    """The first convolution reads k/128 for a byte k, and has the factor in its weights. Exact.

    In half precision k/128 is exact, k/255 is not: what is lost there, later norms enlarge to
    3/255. To be applied before :func:`with_bytes`.
    """
    names = first_convolutions(graph)
    firsts = [op for op in graph.ops if op.name in names]
    pads = {op.name for op in graph.ops if isinstance(op, Pad)}
    readers = {op.source if op.source in pads else op.name for op in firsts}
    scale = Scale(f"{IMAGE}.levels", IMAGE, 255.0 / _LEVELS)
    ops = [reading(op, {IMAGE: scale.name}) if op.name in readers else op for op in graph.ops]
    smaller = {
        key: graph.weights[key] * np.float32(_LEVELS / 255.0)
        for key in (f"{name}.weight" for name in sorted(names))
    }
    return replace(graph, ops=(scale, *ops), weights={**graph.weights, **smaller})


def with_strength(graph: Graph) -> Graph:
    """The strength as a second input: 0 gives the photograph, 1 what the graph gives now.

    To be applied before :func:`with_bytes`.
    """
    last = BlendByInput("mixed", graph.result, IMAGE)
    return replace(graph, ops=(*graph.ops, last), notes={**graph.notes, "strength": "input"})


def with_bytes(graph: Graph) -> Graph:
    """Pictures as uint8 ``(N, H, W, 3)`` in and out, so that an app moves bytes only."""
    names = {IMAGE: f"{IMAGE}.float"}
    ops: list[GraphOp] = [FromBytes(names[IMAGE], IMAGE)]
    readers = [op for op in graph.ops if IMAGE in read_by(op)]
    scales = [op.name for op in readers if isinstance(op, Scale)]
    if scales and all(isinstance(op, Scale | Trim) for op in readers):
        # Nobody reads the picture 0..1: of another scale it has the same size.
        names, ops = {IMAGE: scales[0]}, []
    for op in graph.ops:
        match op:
            case Scale(name, source, factor) if source == IMAGE:
                ops.append(FromBytes(name, IMAGE, 255.0 / factor))
            case _:
                ops.append(reading(op, names))
    last = ToBytes("bytes", graph.result)
    return replace(graph, ops=(*ops, last), notes={**graph.notes, "io": "uint8"})
