"""A model whose norms take their statistics from an input, cut where
:mod:`tinystyle.runtime.tiles` cuts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import onnx
from onnx import TensorProto, helper

from tinystyle.errors import ModelError, OptionError
from tinystyle.network.graph_ops import STRENGTH
from tinystyle.network.manifest import Manifest
from tinystyle.runtime.given.statistics import CORE, MEASURED, STATISTICS, GivenForm
from tinystyle.runtime.tiles.extents import Extents
from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.reading import read_graph
from tinystyle.runtime.tiles.spans import Span
from tinystyle.runtime.tiles.stage_model import Reducing
from tinystyle.runtime.tiles.statistics import Measure

__all__ = ["reached", "with_given_statistics"]

_SIDE = 4096
"""Of a picture in whose middle a tile sees no border."""

_BOUNDS = (Measure.MOST, Measure.LEAST)


@dataclass(frozen=True, slots=True)
class _Norm:
    """Names of its tensor, mean and variance; the tensor's channels, and pixels to its places.

    There is no variance where only the first place's value is asked for, which is taken away before
    a norm that does not see it (:class:`tinystyle.network.graph_ops.FromCorner`): the mean is as
    good. Some means are kept between the least and the largest value, whose names are in
    ``bounds``: one rounded apart from equal values is as large as they are.
    """

    source: str
    mean: str
    variance: str | None
    channels: int
    scale: int
    bounds: tuple[str, ...] = ()


def with_given_statistics(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model of one picture at a time with inputs ``statistics`` and ``core`` and an output
    ``measured`` (:mod:`tinystyle.runtime.given.statistics`).

    Raises OptionError where it has no norms of mean and variance, or looks further than tiles do.
    """
    properties = {one.key: one.value for one in model.metadata_props}
    manifest = Manifest.from_properties(properties, "graph")
    numbers = [STRENGTH] if manifest.takes_strength else []
    try:
        local = read_graph(
            model.SerializeToString(), manifest.input_name, manifest.output_name, numbers
        )
        extents = Extents(local, _SIDE, _SIDE)
    except ModelError as error:
        raise OptionError(f"--norm input: not for this network ({error})") from error
    norms = _norms(local, extents)
    multiple = max(_SIDE // extents.of[name][0] for name in extents.of)
    form = GivenForm(
        sum(norm.channels for norm in norms),
        max(local.levels.values()),
        _margin(local, extents, multiple),
        multiple,
    )
    return _Writer(model, manifest, norms, form).written()


def _norms(local: LocalGraph, extents: Extents) -> list[_Norm]:
    by_source: dict[str, dict[Measure, str]] = {}
    for name, statistic in local.statistics.items():
        by_source.setdefault(statistic.source, {})[statistic.measure] = name
    norms = []
    for source, names in by_source.items():
        scale, channels = _SIDE // extents.of[source][0], local.tensors[source].channels
        if set(names) == {Measure.CORNER}:
            norms.append(_Norm(source, names[Measure.CORNER], None, channels, scale))
            continue
        bounds = tuple(names.pop(each) for each in _BOUNDS if each in names)
        if set(names) != {Measure.MEAN, Measure.VARIANCE} or len(bounds) not in (0, len(_BOUNDS)):
            raise OptionError(
                "--norm input: not for this network (its norms know more than mean and variance)"
            )
        mean, variance = names[Measure.MEAN], names[Measure.VARIANCE]
        norms.append(_Norm(source, mean, variance, channels, scale, bounds))
    if not norms:
        raise OptionError("--norm input: the network has no norms that look at the whole picture")
    return norms


def _margin(local: LocalGraph, extents: Extents, multiple: int) -> int:
    """How far a pixel looks, statistics given, as a multiple of ``multiple``."""
    middle = _SIDE // 2
    core = Span(middle, middle + multiple)
    needed = {local.result: core}
    for node in reversed(local.nodes):
        name = node.output[0]
        if name not in needed:
            continue
        for source in local.sources_of(node):
            span = extents.reaches[name][0].needed(needed[name], extents.of[source][0])
            needed[source] = needed[source].around(span) if source in needed else span
    seen = needed[local.picture]
    furthest = max(core.start - seen.start, seen.end - core.end)
    return -(-furthest // multiple) * multiple


class _Writer:
    def __init__(
        self, model: onnx.ModelProto, manifest: Manifest, norms: Sequence[_Norm], form: GivenForm
    ) -> None:
        self._model, self._manifest, self._norms, self._form = model, manifest, norms, form
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._reducing = Reducing(model.opset_import[0].version, self._own, self._nodes)

    def written(self) -> onnx.ModelProto:
        """The model."""
        graph, found = self._model.graph, onnx.ModelProto()
        found.CopyFrom(self._model)
        self._give()
        given = list(self._nodes)
        self._nodes.clear()
        self._measure()
        replaced = {
            name for norm in self._norms for name in (norm.mean, norm.variance, *norm.bounds)
        }
        kept = [node for node in graph.node if not replaced & set(node.output)]
        nodes = reached([*given, *kept, *self._nodes], [self._manifest.output_name, MEASURED])
        used = {name for node in nodes for name in node.input}
        held = [one for one in (*graph.initializer, *self._constants.values()) if one.name in used]
        del found.graph.node[:], found.graph.initializer[:]
        found.graph.node.extend(nodes)
        found.graph.initializer.extend(held)
        for value in (*found.graph.input[:1], *found.graph.output[:1]):
            value.type.tensor_type.shape.dim[0].Clear()
            value.type.tensor_type.shape.dim[0].dim_value = 1
        shape = [2, self._form.channels]
        info = helper.make_tensor_value_info
        found.graph.input.append(info(STATISTICS, TensorProto.FLOAT, shape))
        found.graph.input.append(info(CORE, TensorProto.INT64, [4]))
        measured = [3, self._form.channels]
        found.graph.output.append(info(MEASURED, TensorProto.FLOAT, measured))
        notes = {**self._manifest.notes, "norm": "input", **self._form.notes()}
        manifest = Manifest(
            self._manifest.kind, self._manifest.spec, notes, self._manifest.pictures
        )
        del found.metadata_props[:]
        helper.set_model_props(found, manifest.to_properties())
        return found

    def _whole(self, name: str, values: list[int]) -> str:
        self._constants[name] = helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
        return name

    def _own(self, name: str, values: list[int]) -> str:
        """From opset 18 on the graph may have one of the same name."""
        return self._whole(f"given.{name}", values)

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def _give(self) -> None:
        """Each norm's mean and variance, ``(1, C, 1, 1)``, of the input."""
        shape = self._whole("given.shape", [2, self._form.channels, 1, 1])
        whole = self._add("Reshape", [STATISTICS, shape], "given")
        axes, start = self._whole("given.axes", [0, 1]), 0
        for norm in self._norms:
            end = start + norm.channels
            for row, name in enumerate((norm.mean, norm.variance)):
                if name is None:
                    continue
                first = self._whole(f"{name}.from", [row, start])
                last = self._whole(f"{name}.to", [row + 1, end])
                self._add("Slice", [whole, first, last, axes], name)
            for name in norm.bounds:  # what was measured is between them already
                self._add("Identity", [norm.mean], name)
            start = end

    def _measure(self) -> None:
        """Mean and variance of the core of each norm's tensor."""
        found: tuple[list[str], list[str], list[str]] = ([], [], [])
        ends: dict[int, tuple[str, str]] = {}
        for norm in self._norms:
            if norm.scale not in ends:
                ends[norm.scale] = self._core(norm.scale)
            axes = self._whole("core.axes", [2, 3])
            part = self._add("Slice", [norm.source, *ends[norm.scale], axes], f"{norm.source}.core")
            moments = self._bounded if norm.bounds else self._reducing.moments
            three = (*moments(part, part), self._places(part, norm.channels))
            for names, name in zip(found, three, strict=True):
                names.append(name)
        rows = [
            self._add("Concat", names, f"measured.{row}", axis=1) for row, names in enumerate(found)
        ]
        all_rows = self._add("Concat", rows, "measured.all", axis=0)
        shape = self._whole("measured.shape", [3, self._form.channels])
        self._add("Reshape", [all_rows, shape], MEASURED)

    def _bounded(self, part: str, name: str) -> tuple[str, str]:
        """As ``moments``, the mean kept between the least and the largest value."""
        mean = self._reducing.mean(part, f"{name}.mean")
        most = self._reducing.reduce("ReduceMax", part, f"{name}.most", [2, 3])
        least = self._reducing.reduce("ReduceMin", part, f"{name}.least", [2, 3])
        below = self._add("Min", [mean, most], f"{name}.below")
        within = self._add("Max", [below, least], f"{name}.within")
        return within, self._reducing.variance(part, within, name)

    def _places(self, part: str, channels: int) -> str:
        """How many each channel has, ``(1, C, 1, 1)``."""
        shape = self._add("Shape", [part], f"{part}.shape")
        ends = self._whole("core.2", [2]), self._whole("core.4", [4])
        sides = self._add("Slice", [shape, *ends], f"{part}.sides")
        floats = self._add("Cast", [sides], f"{part}.floats", to=TensorProto.FLOAT)
        first = self._whole("core.0", [0]), self._whole("core.1", [1])
        tall = self._add("Slice", [floats, *first], f"{part}.tall")
        wide = self._add("Slice", [floats, first[1], ends[0]], f"{part}.wide")
        count = self._add("Mul", [tall, wide], f"{part}.count")
        whole = self._whole(f"places.{channels}", [1, channels, 1, 1])
        return self._add("Expand", [count, whole], f"{part}.places")

    def _core(self, scale: int) -> tuple[str, str]:
        """First and last places of the core in a tensor of so many pixels a place.

        Rounded up in the coarsest tensor: where a picture ends in the middle of a place, tensors
        that are made of it have all of that place, until the painting is trimmed.
        """
        zero, two, four = (self._whole(f"core.{n}", [n]) for n in (0, 2, 4))
        coarsest = self._form.multiple
        whole = self._whole("core.coarsest", [coarsest])
        rest = self._whole("core.rest", [coarsest - 1])
        finer = self._whole(f"core.finer{scale}", [coarsest // scale])
        ends = []
        for name, first, last in (("start", zero, two), ("end", two, four)):
            place = f"core.{name}.places"
            if place not in (node.output[0] for node in self._nodes):
                pixels = self._add("Slice", [CORE, first, last], f"core.{name}")
                raised = self._add("Add", [pixels, rest], f"core.{name}.raised")
                self._add("Div", [raised, whole], place)
            ends.append(self._add("Mul", [place, finer], f"core.{name}.by{scale}"))
        return ends[0], ends[1]


def reached(nodes: list[onnx.NodeProto], outputs: list[str]) -> list[onnx.NodeProto]:
    """Those of the nodes that the outputs are made of, in order."""
    makers = {name: node for node in nodes for name in node.output}
    open_, inside = list(outputs), set[str]()
    while open_:
        name = open_.pop()
        if name in inside or name not in makers:
            continue
        inside.add(name)
        open_ += makers[name].input
    return [node for node in nodes if inside & set(node.output)]
