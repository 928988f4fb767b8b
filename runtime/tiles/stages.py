"""The parts of a graph between two statistics of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import onnx

from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.statistics import Measure

__all__ = ["Stage", "stages_of"]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is computed in one pass over the picture."""

    nodes: tuple[onnx.NodeProto, ...]
    """In order."""
    sources: tuple[str, ...]
    """Tensors with rows and columns that it reads: the picture, or what stages before it made."""
    results: tuple[str, ...]
    """Those that it makes for stages that follow, or for its statistics, or the painted picture."""
    measured: dict[str, dict[str, Measure]]
    """Statistics by name, by the tensor that they are of."""


def stages_of(graph: LocalGraph) -> list[Stage]:
    """The stages in order. The last makes the painted picture."""
    copied, last = graph.copied(), graph.levels[graph.result]
    measured: dict[str, dict[str, Measure]] = {}
    for name, statistic in graph.statistics.items():
        measured.setdefault(statistic.source, {})[name] = statistic.measure
    makers = {node.output[0]: node for node in graph.nodes}
    parts: dict[int, list[onnx.NodeProto]] = {}
    wanted: dict[int, set[str]] = {level: set() for level in range(last + 1)}
    wanted[last].add(graph.result)
    for level in range(last, -1, -1):
        # Statistics that this stage and those after it read are of tensors of stages before it.
        open_, inside = sorted(wanted[level]), set[str]()
        while open_:
            name = open_.pop()
            if name in inside or name == graph.picture:
                continue
            inside.add(name)
            for source in graph.sources_of(makers[name]):
                if graph.levels[source] == level or source in copied:
                    open_.append(source)
                else:
                    wanted[graph.levels[source]].add(source)
        parts[level] = [node for node in graph.nodes if node.output[0] in inside]
        for name in _statistics_read(graph, parts[level]):
            source = graph.statistics[name].source
            wanted[graph.levels[source]].add(source)
    stages = []
    for level in range(last + 1):
        made = {node.output[0] for node in parts[level]}
        read = {source for node in parts[level] for source in graph.sources_of(node)} - made
        results = sorted(wanted[level] - {graph.picture})
        own = {name: measured[name] for name in results if name in measured}
        stages.append(Stage(tuple(parts[level]), tuple(sorted(read)), tuple(results), own))
    return stages


def _statistics_read(graph: LocalGraph, nodes: list[onnx.NodeProto]) -> set[str]:
    """The statistics that are an input of the nodes, or of what they are given."""
    makers = {node.output[0]: node for node in graph.of_statistics}
    open_, found = [name for node in nodes for name in node.input], set[str]()
    while open_:
        name = open_.pop()
        if name in graph.statistics:
            found.add(name)
        elif name in makers:
            open_ += makers[name].input
    return found
