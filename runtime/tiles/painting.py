"""A picture painted in tiles: each stage of the network over all of it, then the next."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from tinystyle.network.graph_ops import STRENGTH
from tinystyle.network.manifest import Manifest
from tinystyle.network.stylenet import require_strength
from tinystyle.pictures.depth import to_pixels
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.color import softened
from tinystyle.runtime.session import SessionOptions, require_finite
from tinystyle.runtime.tiles.extents import Extents
from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.memory import MOST_WORKERS, Progress, Room, TileOptions
from tinystyle.runtime.tiles.reading import read_graph
from tinystyle.runtime.tiles.rows import RowPixels, RowSink, RowSource
from tinystyle.runtime.tiles.scratch import ScratchMap, new_map
from tinystyle.runtime.tiles.spans import Span
from tinystyle.runtime.tiles.stage_plan import StagePlan, plan_stage
from tinystyle.runtime.tiles.stage_run import Finish, StageRun
from tinystyle.runtime.tiles.stages import Stage, stages_of

__all__ = ["TiledNetwork"]

Array = NDArray[Any]
_Form = tuple[int, int, int, str]
"""Height, channels, width and type of a tensor."""


class TiledNetwork:
    """A network's file that paints pictures of any size in bounded memory.

    The painted picture is that of the network on the whole picture, but for rounding.
    """

    def __init__(
        self, model: bytes, label: str, manifest: Manifest, options: SessionOptions
    ) -> None:
        """Raises ModelError, with the reason, for a network that cannot paint in tiles."""
        self.label, self.manifest, self.options = label, manifest, options
        numbers = [STRENGTH] if manifest.takes_strength else []
        self.graph = read_graph(model, manifest.input_name, manifest.output_name, numbers)
        self.stages = stages_of(self.graph)
        self.division = _divided(options)
        """How sessions are run, and how many tiles at a time."""

    def paint(
        self,
        source: RowSource,
        sink: RowSink,
        *,
        strength: float = 1.0,
        room: Room | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Paint ``source`` into ``sink``, once, from above to below.

        ``strength`` is that of :meth:`tinystyle.runtime.stylizer.Stylizer.stylize`; ``room`` is by
        default what the machine has. Raises OutputError where there is no room for what is kept
        between two passes, ModelError where onnxruntime fails.
        """
        require_strength(strength)
        finish = _Pixels(self.manifest, source, sink, strength)
        self.compute(source, finish, strength=strength, room=room, progress=progress)

    def compute(
        self,
        source: RowSource,
        finish: Finish,
        *,
        strength: float = 1.0,
        room: Room | None = None,
        progress: Progress | None = None,
    ) -> None:
        """As :meth:`paint`; ``finish`` takes what the graph makes, ``(1, 3, h, w)``, 0..1, or
        ``(1, h, w, 3)`` of bytes. ``strength`` counts where the graph takes it."""
        room = room or TileOptions().room(*source.size)
        numbers = {STRENGTH: np.array([strength], np.float32)}
        _Painting(self, source, finish, numbers, room, progress).paint()


class _Pixels:
    """Tiles to pixels, as the whole picture's would be, and rows of them to the sink."""

    def __init__(
        self, manifest: Manifest, source: RowSource, sink: RowSink, strength: float
    ) -> None:
        self._as_bytes = manifest.bytes_io
        self._soft = strength != 1.0 and not manifest.takes_strength
        self._strength, self._source, self._sink = strength, source, sink
        self._depth: np.dtype[Any] = source.read(Span(0, 1)).dtype
        self._tiles: dict[int, RowPixels] = {}
        """Of the rows that are painted, by their first column."""

    def tile(self, rows: Span, columns: Span, made: Array) -> None:
        batch = made if self._as_bytes else require_finite(made)
        if self._soft:
            pixels = self._source.read(rows)[:, columns.start : columns.end]
            before = pixels[None] if self._as_bytes else to_batch(pixels)
            batch = softened(batch, before, self._strength)
        self._tiles[columns.start] = batch[0] if self._as_bytes else to_pixels(batch, self._depth)

    def rows(self, rows: Span) -> None:
        painted = np.concatenate([self._tiles[start] for start in sorted(self._tiles)], axis=1)
        self._tiles.clear()
        self._sink.write(rows, painted)


class _Painting:
    """Of one picture."""

    def __init__(
        self,
        network: TiledNetwork,
        source: RowSource,
        finish: Finish,
        numbers: dict[str, Array],
        room: Room,
        progress: Progress | None,
    ) -> None:
        self._network, self._graph, self._source = network, network.graph, source
        self._finish, self._numbers = finish, numbers
        self._progress, self._room = progress, room
        self._extents = Extents(self._graph, *source.size)
        self._plans = [
            plan_stage(self._graph, self._extents, stage, room.tile) for stage in network.stages
        ]
        self._maps: dict[str, ScratchMap] = {}
        self._forms: dict[str, _Form] = {}
        self._spare: dict[_Form, list[ScratchMap]] = {}
        self._left = room.scratch
        """Bytes of memory."""

    def paint(self) -> None:
        """All stages."""
        costs = [_cost(self._graph, self._extents, plan.stage) for plan in self._plans]
        try:
            for index, plan in enumerate(self._plans):
                done, share = sum(costs[:index]) / sum(costs), costs[index] / sum(costs)
                self._pass(plan, done, share)
                later = {name for other in self._plans[index + 1 :] for name in other.stage.sources}
                self._drop(set(self._maps) - later)
        finally:
            self._close()

    def _pass(self, plan: StagePlan, done: float, share: float) -> None:
        graph, network = self._graph, self._network
        last = graph.result in plan.stage.results
        for name in plan.stage.results:
            if name != graph.result:
                self._open(name)
        label, (options, workers) = network.label, network.division
        run = StageRun(graph, plan, self._maps, self._numbers, options, label, workers)
        tiles, count = len(plan.rows) * len(plan.columns), 0

        def on_tile() -> None:
            nonlocal count
            count += 1
            if self._progress is not None:
                self._progress(min(1.0, done + share * count / tiles))

        run.run(self._source, self._finish if last else None, on_tile)
        for source, names in plan.stage.measured.items():
            for name, measure in names.items():
                value = run.gathered[source].values[measure].astype(np.float32)
                self._numbers[name] = require_finite(value)

    def _open(self, name: str) -> None:
        tensor, (height, width) = self._graph.tensors[name], self._extents.of[name]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.kind)
        form = height, tensor.channels, width, dtype.str
        self._forms[name] = form
        if self._spare.get(form):
            self._maps[name] = self._spare[form].pop()
            return
        size = height * tensor.channels * width * dtype.itemsize
        in_memory = size <= self._left
        self._maps[name] = new_map(*form, in_memory=in_memory)
        if in_memory:
            self._left -= size

    def _drop(self, names: set[str]) -> None:
        """Kept for others of the same size: new memory, and new files, take their time."""
        for name in names:
            spare = self._maps.pop(name)
            spare.rest()
            self._spare.setdefault(self._forms[name], []).append(spare)

    def _close(self) -> None:
        self._drop(set(self._maps))
        for spares in self._spare.values():
            for spare in spares:
                spare.close()
        self._spare.clear()


def _divided(options: SessionOptions) -> tuple[SessionOptions, int]:
    """On a CPU each thread computes a tile of its own: copies are made beside arithmetic, and
    threads wait for each other once a row of tiles."""
    processors = os.cpu_count() or 1
    threads = min(options.threads or processors, processors)
    if options.providers != ("cpu",):
        return options, 1
    workers = min(threads, MOST_WORKERS)
    return replace(options, threads=max(1, threads // workers)), workers


def _cost(graph: LocalGraph, extents: Extents, stage: Stage) -> float:
    """Arithmetic of a stage, and a little for each value that it makes."""
    total = 1.0
    for node in stage.nodes:
        height, width = extents.of[node.output[0]]
        tensor = graph.tensors[node.output[0]]
        values = height * width * tensor.channels
        if node.op_type == "Conv":
            kernel = next(list(a.ints) for a in node.attribute if a.name == "kernel_shape")
            values *= graph.tensors[node.input[0]].channels * kernel[0] * kernel[1] // 8 or 1
        total += values
    return total
