"""Where the tiles of a stage lie, and what each operation is given along one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinystyle.errors import ModelError
from tinystyle.runtime.tiles.extents import Extents
from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.spans import Border, Span
from tinystyle.runtime.tiles.stages import Stage

__all__ = ["Edge", "StagePlan", "Strip", "plan_stage"]

Edge = tuple[str, str]
"""A tensor, and the one that is made of it; of results, the tensor twice."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One row, or one column, of tiles."""

    sources: Mapping[str, Span]
    """What is read of each source."""
    results: Mapping[str, Span]
    """What is made of each result."""
    cuts: Mapping[Edge, Span]
    """What an operation is given of a tensor, counted from where that begins."""
    borders: Mapping[str, tuple[int, int]]
    """Places made up before and after, by the tensor made."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Tiles of a stage: each strip of rows with each of columns."""

    stage: Stage
    rows: tuple[Strip, ...]
    columns: tuple[Strip, ...]
    cut: frozenset[Edge]
    """Edges at which some tile has more than is used."""


def plan_stage(
    graph: LocalGraph, extents: Extents, stage: Stage, tile: tuple[int, int]
) -> StagePlan:
    """Of tiles of ``tile`` (height, width) pixels of the picture."""
    axes = []
    cut: set[Edge] = set()
    for axis in (0, 1):
        lengths = {name: sides[axis] for name, sides in extents.of.items()}
        results = {name: lengths[name] for name in stage.results}
        coarsest = min(results.values())
        scale = max(1, round(lengths[graph.picture] / coarsest))
        step = max(1, tile[axis] // scale)
        strips = []
        for start in range(0, coarsest, step):
            end = min(coarsest, start + step)
            wanted = {
                name: Span(length * start // coarsest, length * end // coarsest)
                for name, length in results.items()
            }
            strips.append(_strip(graph, extents, stage, axis, wanted, cut))
        axes.append(tuple(strips))
    return StagePlan(stage, axes[0], axes[1], frozenset(cut))


def _strip(
    graph: LocalGraph,
    extents: Extents,
    stage: Stage,
    axis: int,
    wanted: Mapping[str, Span],
    cut: set[Edge],
) -> Strip:
    lengths = {name: sides[axis] for name, sides in extents.of.items()}
    needed = dict(wanted)
    for node in reversed(stage.nodes):
        name = node.output[0]
        reach = extents.reaches[name][axis]
        for source in graph.sources_of(node):
            span = reach.needed(needed[name], lengths[source])
            span = span.within(Span(0, lengths[source]))
            needed[source] = needed[source].around(span) if source in needed else span
    there = {name: needed[name] for name in stage.sources}
    cuts: dict[Edge, Span] = {}
    borders: dict[str, tuple[int, int]] = {}

    def give(source: str, name: str, given: Span) -> None:
        whole = there[source]
        cuts[source, name] = Span(given.start - whole.start, given.end - whole.start)
        if given != whole:
            cut.add((source, name))

    for node in stage.nodes:
        name, sources = node.output[0], graph.sources_of(node)
        reach = extents.reaches[name][axis]
        given = reach.usable(there[sources[0]], lengths[sources[0]])
        for source in sources[1:]:  # which are as large: the operation is pointwise
            given = given.within(there[source])
        if given.length < 1:
            raise ModelError(f"tiles are too small to make {name}")
        for source in sources:
            give(source, name, given)
        if isinstance(reach, Border):
            borders[name] = reach.amounts(given, lengths[sources[0]])
        there[name] = reach.made(given, lengths[sources[0]])
    for name, span in wanted.items():
        if span.within(there[name]) != span:
            raise ModelError(f"tiles are too small to make {name}")
        give(name, name, span)
    sources_read = {name: there[name] for name in stage.sources}
    return Strip(sources_read, dict(wanted), cuts, borders)
