"""One pass over a picture: a stage, tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from tinystyle.errors import ModelError
from tinystyle.pictures.images import UInt8Array, to_batch
from tinystyle.runtime.session import ORT_ERRORS, SessionOptions, open_session, require_finite
from tinystyle.runtime.tiles.local_graph import LocalGraph
from tinystyle.runtime.tiles.rows import RowSource
from tinystyle.runtime.tiles.scratch import ScratchMap
from tinystyle.runtime.tiles.spans import Span
from tinystyle.runtime.tiles.stage_model import StageModel
from tinystyle.runtime.tiles.stage_plan import StagePlan, Strip
from tinystyle.runtime.tiles.statistics import Gathered

__all__ = ["StageRun"]

Array = NDArray[Any]


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
    ) -> None:
        """``maps`` are the tensors between stages, ``numbers`` statistics of the whole."""
        self._graph, self._plan, self._maps = graph, plan, maps
        self._model = StageModel(graph, plan)
        self._session = open_session(self._model.to_bytes(), label, options)
        self._numbers = {name: numbers[name] for name in self._model.numbers}
        self.gathered = {name: Gathered() for name in plan.stage.measured}
        """Of each tensor that is measured."""

    def run(
        self,
        source: RowSource,
        on_rows: Callable[[Span, Array], None] | None,
        on_tile: Callable[[], None],
    ) -> None:
        """All tiles. ``on_rows`` takes the painted picture's rows, as the graph makes them, where
        this is the last stage; ``on_tile`` is called after each."""
        stage, graph = self._plan.stage, self._graph
        for rows in self._plan.rows:
            bands = {
                name: self._maps[name].read(rows.sources[name])
                for name in stage.sources
                if name != graph.picture
            }
            pixels = (
                source.read(rows.sources[graph.picture]) if graph.picture in stage.sources else None
            )
            blank = {
                name: self._maps[name].blank(rows.results[name])
                for name in stage.results
                if name in self._maps
            }
            painted: list[Array] = []
            for columns in self._plan.columns:
                feeds = self._feeds(rows, columns, bands, pixels)
                made = self._compute(feeds)
                for name, tile in made.items():
                    if name in blank:
                        place = columns.results[name]
                        blank[name][..., place.start : place.end] = tile[0].transpose(1, 0, 2)
                    else:
                        painted.append(tile)
                on_tile()
            for name, band in blank.items():
                self._maps[name].write(rows.results[name], band)
            if on_rows is not None:
                axis = graph.tensors[graph.result].axes[1]
                on_rows(rows.results[graph.result], np.concatenate(painted, axis))

    def _feeds(
        self, rows: Strip, columns: Strip, bands: Mapping[str, Array], pixels: UInt8Array | None
    ) -> dict[str, Array]:
        feeds = {**self._numbers, **self._model.feeds(rows, columns)}
        for name, band in bands.items():
            place = columns.sources[name]
            part = band[..., place.start : place.end].transpose(1, 0, 2)
            feeds[name] = np.ascontiguousarray(part)[None]
        if pixels is not None:
            place = columns.sources[self._graph.picture]
            part = pixels[:, place.start : place.end]
            as_bytes = self._graph.tensors[self._graph.picture].kind == TensorProto.UINT8
            feeds[self._graph.picture] = (
                np.ascontiguousarray(part)[None] if as_bytes else to_batch(part)
            )
        return feeds

    def _compute(self, feeds: dict[str, Array]) -> dict[str, Array]:
        """The stage's results of a tile, by name; what is measured is gathered."""
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
        measured: dict[str, dict[Any, Array]] = {}
        for (source, measure, _), value in zip(model.measures, found[len(results) :], strict=True):
            measured.setdefault(source, {})[measure] = require_finite(value)
        for source, values in measured.items():
            made = results[source]
            self.gathered[source].add(made.shape[2] * made.shape[3], values)
        return results
