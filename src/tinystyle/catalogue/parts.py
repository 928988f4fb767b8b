"""The files of a catalogue: what it was built of, and parts of some rows each.

A part is written whole or not at all and never changed, so a build that was killed goes on with the
parts that are missing, and none is made twice.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinystyle import __version__
from tinystyle.catalogue.artworks import ArtworkSource
from tinystyle.catalogue.exporter import StyleExporter, row_schema
from tinystyle.catalogue.tables import require_parquet
from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_bytes

__all__ = ["PartBuilder", "PartDone", "Plan", "catalogue_schema", "part_path"]

_FACTS = "catalogue.json"
_FORMAT = "tinystyle-catalogue"
_FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a catalogue is built of and by: the same for all its parts."""

    rows: int
    rows_per_part: int
    source_sha256: str
    """Of the names of all artworks, in order."""
    preview: bool
    tinystyle: str
    hypernetwork: str
    code_length: int

    @classmethod
    def of(
        cls, source: ArtworkSource, exporter: StyleExporter, rows_per_part: int, preview: bool
    ) -> Plan:
        """For a source that is there."""
        names = source.identity().encode("utf-8", "surrogateescape")
        return cls(
            rows=len(source),
            rows_per_part=rows_per_part,
            source_sha256=hashlib.sha256(names).hexdigest(),
            preview=preview,
            tinystyle=__version__,
            hypernetwork=exporter.coder.version,
            code_length=exporter.coder.length,
        )

    @property
    def parts(self) -> int:
        """How many."""
        return -(-self.rows // self.rows_per_part)

    def rows_of(self, part: int) -> int:
        """How many are in a part."""
        return min(self.rows_per_part, self.rows - part * self.rows_per_part)

    def begin(self, folder: Path) -> list[int]:
        """Parts that are missing in ``folder``, which becomes a catalogue if it is none.

        Raises OptionError where it is that of another source, or made otherwise.
        """
        if (folder / _FACTS).exists():
            found = Plan.load(folder)
            for name, value in asdict(self).items():
                if (other := getattr(found, name)) != value:
                    raise OptionError(
                        f"{folder}: was begun with {name} {other}, now it is {value}; take another "
                        "folder, or remove this one"
                    )
        else:
            facts = {"format": _FORMAT, "version": _FORMAT_VERSION, **asdict(self)}
            write_bytes(folder / _FACTS, f"{json.dumps(facts, indent=2)}\n".encode())
        return [part for part in range(self.parts) if not part_path(folder, part).exists()]

    def end(self, folder: Path) -> None:
        """Remove what killed processes have left of parts that they had begun; all are there."""
        for begun in (folder / "parts").glob(".*.parquet.*"):
            begun.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path) -> Plan:
        """That of a catalogue. Raises ModelError where ``folder`` is none."""
        try:
            facts = json.loads((folder / _FACTS).read_bytes())
            if (facts.pop("format"), facts.pop("version")) != (_FORMAT, _FORMAT_VERSION):
                raise ValueError("another format")
            return cls(**facts)
        except FileNotFoundError as error:
            raise ModelError(f"{folder}: no catalogue ({_FACTS} is not there)") from error
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"{folder}: {_FACTS} cannot be read ({error})") from error


def part_path(folder: Path, part: int) -> Path:
    """Where a part lies."""
    return folder / "parts" / f"{part:06}.parquet"


@dataclass(frozen=True, slots=True)
class PartDone:
    """What became of a part."""

    part: int
    rows: int
    errors: int


class PartBuilder:
    """Reads, encodes and writes a part; for any process of any engine. It can be pickled."""

    def __init__(
        self, source: ArtworkSource, exporter: StyleExporter, folder: Path, plan: Plan
    ) -> None:
        self._source, self._exporter, self._folder = source, exporter, folder
        self.plan = plan

    def __call__(self, part: int, unreadable: dict[int, str] | None = None) -> PartDone:
        """Write a part. ``unreadable`` are rows of it, counted from its first, that are not to be
        tried, and why. Raises OutputError where it cannot be written."""
        start = part * self.plan.rows_per_part
        artworks = self._source.read(start, start + self.count(part))
        spared = unreadable or {}
        pictures = [
            None
            if row in spared or artwork.picture is None
            # The name is for what is wrong with it.
            else {"bytes": artwork.picture, "path": artwork.id}
            for row, artwork in enumerate(artworks)
        ]
        batch: dict[str, list[Any]] = {
            "id": [artwork.id for artwork in artworks],
            "source": [list(artwork.columns.items()) for artwork in artworks],
            "image": pictures,
        }
        columns = self._exporter(batch)
        for row, reason in spared.items():
            columns["error"][row] = reason
        self._write(part, columns)
        errors = sum(error is not None for error in columns["error"])
        return PartDone(part, len(artworks), errors)

    def count(self, part: int) -> int:
        """Rows in a part."""
        return self.plan.rows_of(part)

    def try_row(self, part: int, row: int) -> None:
        """Read and encode one row of a part, to see whether its process survives that."""
        start = part * self.plan.rows_per_part + row
        for artwork in self._source.read(start, start + 1):
            self._exporter.row(artwork.picture)

    def _write(self, part: int, columns: dict[str, Any]) -> None:
        import pyarrow as pa  # noqa: PLC0415

        schema = catalogue_schema()
        table = pa.table({name: columns[name] for name in schema.names}, schema=schema)
        stream = io.BytesIO()
        # Codes and previews do not shrink; dictionaries would only double them.
        words = ["tinystyle", "hypernetwork"]
        require_parquet().write_table(table, stream, compression="zstd", use_dictionary=words)
        write_bytes(part_path(self._folder, part), stream.getvalue())


def catalogue_schema() -> Any:
    """Of a part, as an Arrow schema: ``id``, ``source`` and what a StyleExporter adds."""
    import pyarrow as pa  # noqa: PLC0415

    source = pa.map_(pa.string(), pa.string())
    return pa.schema([pa.field("id", pa.string()), pa.field("source", source), *row_schema()])
