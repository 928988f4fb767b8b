"""Artworks that lie in tables: Parquet files, and what ``datasets`` has saved."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tinystyle.catalogue.artworks import Artwork
from tinystyle.errors import MissingExtraError, PictureError
from tinystyle.pictures.images import MAX_BYTES

__all__ = ["DatasetSource", "ParquetSource"]


class ParquetSource:
    """Rows of Parquet files: a column of pictures, and others that are passed on as text.

    The pictures' column is the first of binary values, or of structures with ``bytes``, as
    ``datasets`` writes them; ``id`` is the artwork's name where there is such a column.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        pq = require_parquet()
        self._groups: list[tuple[Path, int, int]] = []
        self._starts = [0]
        self._image = ""
        for file in files:
            try:
                opened = pq.ParquetFile(file)
                self._image = self._image or _image_column(opened.schema_arrow)
                sizes = [
                    opened.metadata.row_group(k).num_rows for k in range(opened.num_row_groups)
                ]
            except (OSError, ValueError) as error:  # pyarrow's errors are both
                raise PictureError(f"{file}: not a Parquet file ({error})") from error
            first = 0
            for group, size in enumerate(sizes):
                self._groups.append((file, group, first))
                self._starts.append(self._starts[-1] + size)
                first += size
        if not self._image:
            raise PictureError(f"{files[0]}: has no column of pictures (binary, or with bytes)")

    def __len__(self) -> int:
        return self._starts[-1]

    def identity(self) -> str:
        """As of :class:`ArtworkSource`."""
        return "\n".join(f"{file.name} {group} {first}" for file, group, first in self._groups)

    def read(self, start: int, stop: int) -> list[Artwork]:
        """As of :class:`ArtworkSource`."""
        found: list[Artwork] = []
        at = start
        while at < stop:
            k = bisect_right(self._starts, at) - 1
            file, group, first = self._groups[k]
            table = require_parquet().ParquetFile(file).read_row_group(group)
            begin, end = at - self._starts[k], min(stop, self._starts[k + 1]) - self._starts[k]
            rows = table.slice(begin, end - begin).to_pylist()
            found += [
                _artwork(row, self._image, f"{file.name}#{first + begin + n}")
                for n, row in enumerate(rows)
            ]
            at += end - begin
        return found


class DatasetSource:
    """A folder that ``datasets.Dataset.save_to_disk`` has written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        data = self._data()
        self._length = len(data)
        self._image = next(
            (name for name, kind in data.features.items() if type(kind).__name__ == "Image"), ""
        )
        self._fingerprint = str(data._fingerprint)
        if not self._image:
            raise PictureError(f"{folder}: has no column of type Image")

    def _data(self) -> Any:
        try:
            import datasets  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise MissingExtraError("a set that datasets has saved", "datasets") from error
        data = datasets.load_from_disk(str(self._folder))
        if isinstance(data, datasets.DatasetDict):
            raise PictureError(
                f"{self._folder}: has the parts {', '.join(data)}; name the folder of one"
            )
        for name, kind in data.features.items():
            if isinstance(kind, datasets.Image):
                data = data.cast_column(name, datasets.Image(decode=False))
        return data

    def __len__(self) -> int:
        return self._length

    def identity(self) -> str:
        """As of :class:`ArtworkSource`."""
        return self._fingerprint

    def read(self, start: int, stop: int) -> list[Artwork]:
        """As of :class:`ArtworkSource`."""
        data = self._data()
        rows = [data[index] for index in range(start, min(stop, self._length))]
        for row in rows:
            row[self._image] = _loaded(row[self._image])
        return [_artwork(row, self._image, f"#{start + n}") for n, row in enumerate(rows)]


def require_parquet() -> Any:
    """pyarrow's module for Parquet. Raises MissingExtraError where it is not installed."""
    try:
        import pyarrow.parquet as pq  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtraError("a catalogue", "catalogue") from error
    return pq


def _image_column(schema: Any) -> str:
    import pyarrow as pa  # noqa: PLC0415

    def holds(kind: Any) -> bool:
        if pa.types.is_struct(kind):
            return any(field.name == "bytes" for field in kind)
        return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))

    return next((field.name for field in schema if holds(field.type)), "")


def _loaded(picture: Any) -> bytes | None:
    """Of a saved set, which may name the files that it was made of in place of holding them."""
    if not picture or picture.get("bytes") is not None:
        return (picture or {}).get("bytes")
    path = Path(picture.get("path") or "")
    known = path.is_file() and path.stat().st_size <= MAX_BYTES
    return path.read_bytes() if known else None


def _artwork(row: dict[str, Any], image: str, name: str) -> Artwork:
    picture = row.pop(image)
    if isinstance(picture, dict):
        picture = picture.get("bytes")
    label = str(row.pop("id", None) or name)
    columns = {k: str(v) for k, v in row.items() if isinstance(v, str | int | float | bool)}
    return Artwork(label, picture, columns)
