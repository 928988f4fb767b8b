"""Where artworks come from: folders, tar shards, Parquet, Hugging Face datasets.

A source knows how many artworks it has, in an order that never changes, and reads any run of them:
so that workers read for themselves, and a build can go on where it was.
"""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinystyle.catalogue.artworks import Artwork, ArtworkSource
from tinystyle.catalogue.tables import DatasetSource, ParquetSource
from tinystyle.errors import OptionError, PictureError
from tinystyle.pictures.files import SUFFIXES

__all__ = ["FolderSource", "TarSource", "open_source"]


def open_source(path: Path) -> ArtworkSource:
    """The source that ``path`` is.

    A folder of pictures (with those in folders in it; ``metadata.csv`` with a column ``file_name``
    adds columns), ``.tar`` files or a folder of them (a ``.json`` of the same name adds columns),
    ``.parquet`` files or a folder of them, or a folder that ``datasets`` has saved. Raises
    PictureError where there is nothing of the kind.
    """
    if not path.exists():
        raise PictureError(f"{path}: no such file or folder")
    files = [path] if path.is_file() else sorted(f for f in path.iterdir() if f.is_file())
    names = {file.name for file in files}
    if "state.json" in names and "dataset_info.json" in names:
        return DatasetSource(path)
    for ending, kind in ((".tar", TarSource), (".parquet", ParquetSource)):
        found = [file for file in files if file.suffix.lower() == ending]
        if found:
            return _filled(kind(found), path)
    if path.is_file():
        raise PictureError(f"{path}: is none of a folder, .tar and .parquet")
    return _filled(FolderSource(path), path)


def _filled(source: ArtworkSource, path: Path) -> ArtworkSource:
    if not len(source):
        raise PictureError(f"{path}: no picture in it (looked for {' '.join(sorted(SUFFIXES))})")
    return source


class FolderSource:
    """Pictures of a folder and of those in it, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = sorted(
            found.relative_to(folder).as_posix()
            for found in folder.rglob("*")
            if found.suffix.lower() in SUFFIXES
            and found.is_file()
            and not any(part.startswith(".") for part in found.relative_to(folder).parts)
        )
        self._columns = _metadata(folder / "metadata.csv")

    def __len__(self) -> int:
        return len(self._names)

    def identity(self) -> str:
        """As of :class:`ArtworkSource`."""
        return "\n".join(self._names)

    def read(self, start: int, stop: int) -> list[Artwork]:
        """As of :class:`ArtworkSource`."""
        found = []
        for name in self._names[start:stop]:
            try:
                data: bytes | None = (self._folder / name).read_bytes()
            except OSError:
                data = None
            found.append(Artwork(name, data, self._columns.get(name, {})))
        return found


def _metadata(path: Path) -> dict[str, dict[str, str]]:
    """By file name: the columns of a ``metadata.csv``, as ``datasets`` reads it."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream)
        if "file_name" not in (rows.fieldnames or ()):
            raise OptionError(f"{path}: has no column file_name")
        return {
            row.pop("file_name"): {k: v or "" for k, v in row.items() if k is not None}
            for row in rows
        }


@dataclass(frozen=True, slots=True)
class _Member:
    """A file inside a tar file."""

    shard: int
    name: str
    offset: int
    size: int


class TarSource:
    """Shards as WebDataset writes them: ``0001.jpg`` and, if there, ``0001.json`` beside it."""

    def __init__(self, shards: Sequence[Path]) -> None:
        self._shards = list(shards)
        self._pictures: list[_Member] = []
        self._sides: dict[tuple[int, str], _Member] = {}
        for index, shard in enumerate(self._shards):
            try:
                with tarfile.open(shard, "r:") as archive:
                    for info in archive:
                        self._add(_Member(index, info.name, info.offset_data, info.size), info)
            except (tarfile.TarError, OSError, EOFError) as error:
                raise PictureError(f"{shard}: not a whole tar file ({error})") from error

    def _add(self, member: _Member, info: tarfile.TarInfo) -> None:
        name = PurePosixPath(member.name)
        if not info.isreg() or name.name.startswith("."):
            return
        if name.suffix.lower() in SUFFIXES:
            self._pictures.append(member)
        elif name.suffix.lower() == ".json":
            self._sides[member.shard, str(name.with_suffix(""))] = member

    def __len__(self) -> int:
        return len(self._pictures)

    def identity(self) -> str:
        """As of :class:`ArtworkSource`."""
        return "\n".join(self._id(member) for member in self._pictures)

    def _id(self, member: _Member) -> str:
        return f"{self._shards[member.shard].name}/{member.name}"

    def read(self, start: int, stop: int) -> list[Artwork]:
        """As of :class:`ArtworkSource`."""
        found = []
        for member in self._pictures[start:stop]:
            key = str(PurePosixPath(member.name).with_suffix(""))
            side = self._sides.get((member.shard, key))
            columns = _texts(self._bytes(side)) if side is not None else {}
            found.append(Artwork(self._id(member), self._bytes(member), columns))
        return found

    def _bytes(self, member: _Member) -> bytes:
        with self._shards[member.shard].open("rb") as stream:
            stream.seek(member.offset)
            return stream.read(member.size)


def _texts(data: bytes) -> dict[str, str]:
    """What a JSON object says in one line each; nothing, where it is none."""
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in value.items()}
