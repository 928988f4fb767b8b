"""A catalogue that was built: its rows, its networks, and which styles are alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystyle.catalogue.codes import CODE_TYPE, StyleCoder
from tinystyle.catalogue.parts import Plan, part_path
from tinystyle.catalogue.tables import require_parquet
from tinystyle.checks import require_whole
from tinystyle.errors import ModelError, OptionError
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE
from tinystyle.runtime.tiles.statistics import Gathered, Measure

__all__ = ["Catalogue", "Neighbour", "nearest_of", "scale_of"]

_ROWS = 4096
"""Codes that are widened to double precision at a time."""

_SURELY = 64
"""More than asked for that are compared again in double precision: float32 may swap near ones."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A style that is near another."""

    id: str
    distance: float
    """Root mean square of the codes' difference, in deviations of the catalogue's codes."""


class Catalogue:
    """The whole rows of a catalogue; those with an error are apart."""

    def __init__(self, folder: Path, hypernetwork: Path | None = None) -> None:
        """Open ``folder``. Raises ModelError where it is none, or not all of it is there."""
        self.folder, self.plan = folder, Plan.load(folder)
        self._hypernetwork = hypernetwork
        missing = [k for k in range(self.plan.parts) if not part_path(folder, k).exists()]
        if missing:
            raise ModelError(
                f"{folder}: {len(missing)} of {self.plan.parts} parts are missing; build it to its "
                "end with the same words"
            )

    def __len__(self) -> int:
        """Styles in it."""
        return len(self.ids)

    @cached_property
    def _table(self) -> Any:
        import pyarrow as pa  # noqa: PLC0415

        names = ["id", "error", "sha256"]  # codes are most of the bytes, and not always needed
        parts = [self._read(part, names) for part in range(self.plan.parts)]
        return pa.concat_tables(parts)

    def _read(self, part: int, columns: list[str] | None = None) -> Any:
        path = part_path(self.folder, part)
        try:
            return require_parquet().read_table(path, columns=columns, partitioning=None)
        except (OSError, ValueError) as error:  # pyarrow's errors are both
            raise ModelError(f"{path}: cannot be read ({error})") from error

    @cached_property
    def _whole(self) -> Any:
        return self._table.filter(self._table["error"].is_null())

    @cached_property
    def ids(self) -> list[str]:
        """Of all styles, in order."""
        names: list[str] = self._whole["id"].to_pylist()
        return names

    @property
    def errors(self) -> dict[str, str]:
        """What was wrong with the pictures that are no styles, by id."""
        bad = self._table.filter(self._table["error"].is_valid())
        return dict(zip(bad["id"].to_pylist(), bad["error"].to_pylist(), strict=True))

    @cached_property
    def sha256s(self) -> list[str]:
        """Of the pictures of all styles, in order."""
        found: list[str] = self._whole["sha256"].to_pylist()
        return found

    @cached_property
    def codes(self) -> NDArray[np.float16]:
        """``(N, length)``, in the order of :attr:`ids`."""
        found = [whole for _, whole in self.portions()]
        if sum(map(len, found)) != len(self):
            raise ModelError(f"{self.folder}: codes and errors do not fit together")
        return np.concatenate(found)

    def _codes(self, column: Any) -> NDArray[np.float16]:
        values = column.to_pylist()
        if any(len(value) != self.plan.code_length * CODE_TYPE.itemsize for value in values):
            raise ModelError(f"{self.folder}: a code is not {self.plan.code_length} numbers")
        flat: NDArray[np.float16] = np.frombuffer(b"".join(values), CODE_TYPE)
        return flat.reshape(-1, self.plan.code_length)

    def portions(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Rows with a code, counted among all rows, and their codes, part by part: for a catalogue
        that is larger than memory."""
        for part in range(self.plan.parts):
            table = self._read(part, ["code"])
            rows = np.flatnonzero(table["code"].is_valid().to_numpy())
            whole = self._codes(table["code"].drop_null())
            yield rows + part * self.plan.rows_per_part, whole

    def of_rows(self, rows: NDArray[np.int64]) -> tuple[list[str], NDArray[np.float16]]:
        """Ids and codes of rows, counted among all rows and in ascending order; the parts that they
        are in are read."""
        import pyarrow as pa  # noqa: PLC0415

        if len(rows) and not 0 <= rows[0] <= rows[-1] < self.plan.rows:
            raise ModelError(f"{self.folder}: has {self.plan.rows} rows, none {rows[-1]}")
        parts, places = np.divmod(rows, self.plan.rows_per_part)
        found = [
            self._read(int(part), ["id", "code"]).take(pa.array(places[parts == part]))
            for part in np.unique(parts)
        ]
        table = pa.concat_tables(found)
        if table["code"].null_count:
            raise ModelError(f"{self.folder}: some of the rows {rows.tolist()} are no styles")
        return table["id"].to_pylist(), self._codes(table["code"])

    def with_codes(self, ids: list[str], codes: NDArray[np.float16]) -> Catalogue:
        """The same with other styles to search, which have no rows and no networks."""
        other = Catalogue(self.folder, self._hypernetwork)
        other.ids, other.codes, other.sha256s = ids, codes, ids
        return other

    def row(self, name: str) -> dict[str, Any]:
        """All that is known of a style, but its code. Raises OptionError where there is none."""
        part, place = divmod(self._place(name), self.plan.rows_per_part)
        (row,) = self._read(part).slice(place, 1).drop_columns(["code"]).to_pylist()
        return {**row, "source": dict(row["source"])}

    def _place(self, name: str) -> int:
        """Among all rows, with and without errors."""
        import pyarrow.compute as pc  # noqa: PLC0415

        at: int = pc.index(self._table["id"], name).as_py()
        if at < 0:
            raise OptionError(f"no style {name!r} in {self.folder}; ids are as {self.ids[:3]}")
        return at

    @cached_property
    def coder(self) -> StyleCoder:
        """The hypernetwork that made the codes. Raises ModelError where this is another."""
        coder = StyleCoder(self._hypernetwork)
        if coder.version != self.plan.hypernetwork:
            raise ModelError(
                f"{self.folder}: its codes are of hypernetwork {self.plan.hypernetwork} (tinystyle "
                f"{self.plan.tinystyle}), this one is {coder.version}; name it by --hypernetwork"
            )
        return coder

    @property
    def size_bytes(self) -> int:
        """Of all its files."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def code(self, name: str) -> NDArray[np.float16]:
        """That of a style. Raises OptionError where there is none of that id."""
        return self._style(name)[0]

    def network(self, name: str) -> StyleNet:
        """The network of a style. Raises OptionError where there is none of that id."""
        code, sha256 = self._style(name)
        notes = {
            "style_name": Path(name).stem,
            "style_sha256": sha256,
            "style_size": str(DEFAULT_STYLE_SIZE),
        }
        return self.coder.generate(code, notes)

    def _style(self, name: str) -> tuple[NDArray[np.float16], str]:
        place = self._place(name)
        (row,) = self._table.slice(place, 1).to_pylist()
        if row["error"] is not None:
            raise OptionError(f"{name} is no style: {row['error']}")
        _, codes = self.of_rows(np.array([place]))
        return codes[0], row["sha256"]

    @cached_property
    def _scaled(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Codes in deviations, their squared lengths, and what they were multiplied by."""
        scale = scale_of([self.codes])
        codes = self.codes.astype(np.float32)
        codes *= scale
        return codes, np.einsum("ij,ij->i", codes, codes), scale

    def near(self, code: NDArray[np.float16], count: int = 10) -> list[Neighbour]:
        """The ``count`` nearest styles of a code, nearest first: all are looked at, none is missed.

        Equal ones are in the catalogue's order.
        """
        require_whole("count", count)
        codes, squares, scale = self._scaled
        if code.shape != codes.shape[1:]:
            raise OptionError(f"a code is {code.shape}; those of this catalogue {codes.shape[1:]}")
        wanted = code.astype(np.float32) * scale
        rough = squares - 2.0 * (codes @ wanted)
        few = min(len(rough), count + _SURELY)
        places = np.sort(np.argpartition(rough, few - 1)[:few])
        names = [self.ids[place] for place in places]
        return nearest_of(names, self.codes[places], code, scale, count)


def nearest_of(
    names: Sequence[str],
    codes: NDArray[np.float16],
    code: NDArray[np.float16],
    scale: NDArray[np.float32],
    count: int,
) -> list[Neighbour]:
    """The ``count`` nearest of a few, in double precision; equal ones in the order given."""
    apart = (codes.astype(np.float64) - code.astype(np.float64)) * scale
    distances = np.sqrt((apart * apart).mean(axis=1))
    first = np.argsort(distances, kind="stable")[:count]
    return [Neighbour(names[k], float(distances[k])) for k in first]


def scale_of(portions: Iterable[NDArray[np.float16]]) -> NDArray[np.float32]:
    """One over the deviation of each number of codes, which come in portions ``(n, length)``."""
    gathered = Gathered()
    for portion in portions:
        for top in range(0, len(portion), _ROWS):
            values = portion[top : top + _ROWS].astype(np.float64)
            measures = {Measure.MEAN: values.mean(axis=0), Measure.VARIANCE: values.var(axis=0)}
            gathered.add(len(values), measures)
    deviations = np.sqrt(gathered.values.get(Measure.VARIANCE, np.zeros(1)))
    scale: NDArray[np.float32] = (1.0 / np.maximum(deviations, 1e-6)).astype(np.float32)
    return scale
