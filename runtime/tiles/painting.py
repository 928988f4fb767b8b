"""A picture painted in tiles: each stage of the network over all of it, then the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from tinystyle.network.graph_ops import STRENGTH
from tinystyle.network.manifest import Manifest
from tinystyle.network.stylenet import require_strength
from tinystyle.pictures.images import to_batch, to_uint8
from tinystyle.runtime.color import softened
from tinystyle.runtime.session import SessionOptions, require_finite
from tinystyle.runtime.tiles.extents import Extents
from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.memory import Progress, Room, TileOptions
from tinystyle.runtime.tiles.reading import read_graph
from tinystyle.runtime.tiles.rows import RowSink, RowSource
from tinystyle.runtime.tiles.scratch import ScratchMap, new_map
from tinystyle.runtime.tiles.spans import Span
from tinystyle.runtime.tiles.stage_plan import StagePlan, plan_stage
from tinystyle.runtime.tiles.stage_run import StageRun
from tinystyle.runtime.tiles.stages import Stage, stages_of

__all__ = ["TiledNetwork"]

Array = NDArray[Any]


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

        def finish(rows: Span, made: Array) -> None:
            """To bytes, as the whole picture's would be."""
            softer = strength != 1.0 and not self.manifest.takes_strength
            if self.manifest.bytes_io:
                painted = softened(made[0], source.read(rows), strength) if softer else made[0]
            else:
                batch = require_finite(made)
                if softer:
                    batch = softened(batch, to_batch(source.read(rows)), strength)
                painted = to_uint8(batch)
            sink.write(rows, painted)

        self.compute(source, finish, strength=strength, room=room, progress=progress)

    def compute(
        self,
        source: RowSource,
        on_rows: Callable[[Span, Array], None],
        *,
        strength: float = 1.0,
        room: Room | None = None,
        progress: Progress | None = None,
    ) -> None:
        """As :meth:`paint`, what the graph makes: ``on_rows`` takes rows ``(1, 3, n, W)``, 0..1, or
        ``(1, n, W, 3)`` of bytes. ``strength`` counts where the graph takes it."""
        room = room or TileOptions().room(*source.size)
        numbers = {STRENGTH: np.array([strength], np.float32)}
        _Painting(self, source, on_rows, numbers, room, progress).paint()


class _Painting:
    """Of one picture."""

    def __init__(
        self,
        network: TiledNetwork,
        source: RowSource,
        on_rows: Callable[[Span, Array], None],
        numbers: dict[str, Array],
        room: Room,
        progress: Progress | None,
    ) -> None:
        self._network, self._graph, self._source = network, network.graph, source
        self._on_rows, self._numbers = on_rows, numbers
        self._progress, self._room = progress, room
        self._extents = Extents(self._graph, *source.size)
        self._plans = [
            plan_stage(self._graph, self._extents, stage, room.tile) for stage in network.stages
        ]
        self._maps: dict[str, ScratchMap] = {}
        self._held: dict[str, int] = {}
        """Bytes of those that are in memory."""

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
            self._drop(set(self._maps))

    def _pass(self, plan: StagePlan, done: float, share: float) -> None:
        graph, network = self._graph, self._network
        last = graph.result in plan.stage.results
        for name in plan.stage.results:
            if name != graph.result:
                self._open(name)
        label, options = network.label, network.options
        run = StageRun(graph, plan, self._maps, self._numbers, options, label)
        tiles, count = len(plan.rows) * len(plan.columns), 0

        def on_tile() -> None:
            nonlocal count
            count += 1
            if self._progress is not None:
                self._progress(min(1.0, done + share * count / tiles))

        run.run(self._source, self._on_rows if last else None, on_tile)
        for source, names in plan.stage.measured.items():
            for name, measure in names.items():
                self._numbers[name] = run.gathered[source].values[measure].astype(np.float32)

    def _open(self, name: str) -> None:
        tensor, (height, width) = self._graph.tensors[name], self._extents.of[name]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.kind)
        size = height * tensor.channels * width * dtype.itemsize
        in_memory = sum(self._held.values()) + size <= self._room.scratch
        self._maps[name] = new_map(height, tensor.channels, width, dtype, in_memory=in_memory)
        if in_memory:
            self._held[name] = size

    def _drop(self, names: set[str]) -> None:
        for name in names:
            self._maps.pop(name).close()
            self._held.pop(name, None)


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
