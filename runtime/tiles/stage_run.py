"""One pass over a picture: a stage, tile by tile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tinystyle.errors import ModelError
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.session import ORT_ERRORS, SessionOptions, open_session
from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.rows import RowPixels, RowSource
from tinystyle.runtime.tiles.scratch import ScratchMap
from tinystyle.runtime.tiles.spans import Span
from tinystyle.runtime.tiles.stage_model import StageModel
from tinystyle.runtime.tiles.stage_plan import StagePlan, Strip
from tinystyle.runtime.tiles.statistics import Gathered, Measure

__all__ = ["Finish", "StageRun"]

Array = NDArray[Any]


class Finish(Protocol):
    """What takes tiles of the painted picture."""

    def tile(self, rows: Span, columns: Span, made: Array) -> None:
        """As the graph makes it; called by several threads."""

    def rows(self, rows: Span) -> None:
        """All tiles of these rows are there."""


class StageRun:
    """A stage's session over the tiles of one picture."""

    def __init__(
        self,
        graph: LocalGraph,
        plan: StagePlan,
        maps: Mapping[str, ScratchMap],
        numbers: Mapping[str, Array],
        options: SessionOptions,
        label: str,
        workers: int,
    ) -> None:
        """``maps`` are the tensors between stages, ``numbers`` statistics of the whole. So many
        ``workers`` compute a tile each at a time, with the threads of ``options``."""
        self._workers = workers
        self._buffers = threading.local()
        self._graph, self._plan, self._maps = graph, plan, maps
        self._model = StageModel(graph, plan)
        self._session = open_session(self._model.to_bytes(), label, options)
        self._numbers = {name: numbers[name] for name in self._model.numbers}
        self.gathered = {name: Gathered() for name in plan.stage.measured}
        """Of each tensor that is measured."""

    def run(self, source: RowSource, finish: Finish | None, on_tile: Callable[[], None]) -> None:
        """All tiles. The last stage's are given to ``finish``, on any thread, and its rows written;
        ``on_tile`` is called after each tile, on this thread."""
        with ThreadPoolExecutor(self._workers) as pool:
            for rows in self._plan.rows:
                self._run_rows(rows, source, finish, on_tile, pool)

    def _run_rows(
        self,
        rows: Strip,
        source: RowSource,
        finish: Finish | None,
        on_tile: Callable[[], None],
        pool: ThreadPoolExecutor,
    ) -> None:
        stage, graph = self._plan.stage, self._graph
        bands = {
            name: self._maps[name].read(rows.sources[name])
            for name in stage.sources
            if name != graph.picture
        }
        blank = {
            name: self._maps[name].blank(rows.results[name])
            for name in stage.results
            if name != graph.result
        }
        pixels = None
        if graph.picture in stage.sources:
            pixels = source.read(rows.sources[graph.picture])

        def compute(columns: Strip) -> dict[str, dict[Measure, Array]]:
            made, measured = self._compute(self._feeds(rows, columns, bands, pixels))
            for name, band in blank.items():
                place = columns.results[name]
                band[..., place.start : place.end] = made[name][0].transpose(1, 0, 2)
            if finish is not None:
                spans = rows.results[graph.result], columns.results[graph.result]
                finish.tile(*spans, made[graph.result])
            return measured

        jobs = [pool.submit(compute, columns) for columns in self._plan.columns]
        try:
            # In order, so that the same picture is painted each time.
            for columns, job in zip(self._plan.columns, jobs, strict=True):
                for name, values in job.result().items():
                    count = rows.results[name].length * columns.results[name].length
                    self.gathered[name].add(count, values)
                on_tile()
        finally:
            for job in jobs:
                job.cancel()
        for name, band in blank.items():
            self._maps[name].write(rows.results[name], band)
        if finish is not None:
            finish.rows(rows.results[graph.result])

    def _feeds(
        self, rows: Strip, columns: Strip, bands: Mapping[str, Array], pixels: RowPixels | None
    ) -> dict[str, Array]:
        feeds = {**self._numbers, **self._model.feeds(rows, columns)}
        for name, band in bands.items():
            place = columns.sources[name]
            part = band[..., place.start : place.end].transpose(1, 0, 2)
            feeds[name] = self._copied(name, part)[None]
        if pixels is not None:
            place = columns.sources[self._graph.picture]
            part = pixels[:, place.start : place.end]
            as_bytes = self._graph.tensors[self._graph.picture].kind == TensorProto.UINT8
            feeds[self._graph.picture] = (
                np.ascontiguousarray(part)[None] if as_bytes else to_batch(part)
            )
        return feeds

    def _copied(self, name: str, part: Array) -> Array:
        """In memory that the thread uses again: new memory takes as long as the copy."""
        buffers: dict[str, Array] = self._buffers.__dict__
        if name not in buffers or buffers[name].size < part.size:
            buffers[name] = np.empty(part.size, part.dtype)
        copy = buffers[name][: part.size].reshape(part.shape)
        np.copyto(copy, part)
        return copy

    def _compute(
        self, feeds: dict[str, Array]
    ) -> tuple[dict[str, Array], dict[str, dict[Measure, Array]]]:
        """The stage's results of a tile by name, and what is measured of them."""
        model = self._model
        names = [*model.results, *(name for _, _, name in model.measures)]
        try:
            found = self._session.run(names, feeds)
        except ORT_ERRORS as error:
            reason = str(error).splitlines()[0][:200]
            raise ModelError(
                f"onnxruntime cannot run the network on a tile ({reason}); where memory is short, "
                "smaller tiles help (--tile)"
            ) from error
        results = dict(zip(self._plan.stage.results, found, strict=False))
        measured: dict[str, dict[Measure, Array]] = {}
        for (source, measure, _), value in zip(model.measures, found[len(results) :], strict=True):
            measured.setdefault(source, {})[measure] = value
        return results, measured
