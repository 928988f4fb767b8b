"""One callable for every engine: a batch of artworks in, a batch of rows of a catalogue out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tinystyle import __version__
from tinystyle.catalogue.codes import StyleCoder
from tinystyle.catalogue.preview import PreviewPainter
from tinystyle.errors import OptionError, PictureError, TinystyleError
from tinystyle.pictures.images import Picture, decode_picture, picture_of
from tinystyle.runtime.session import SessionOptions

__all__ = ["PALETTE_SIZE", "ROW_FIELDS", "Row", "StyleExporter", "row_schema"]

PALETTE_SIZE = 5
"""Colours in a row's palette."""

_PALETTE_SIDE = 40
"""Pixels a side of an artwork that its palette is made of."""

_Batch = TypeVar("_Batch")
"""A dictionary of columns, or a ``pyarrow.Table``."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a catalogue holds of an artwork. Of one that could not be read only ``error``."""

    sha256: str
    """Of the picture's file, or of its pixels where there is none."""
    width: int
    height: int
    """Of the artwork, in pixels."""
    code: bytes | None
    """Half precision, little-endian: :data:`tinystyle.catalogue.codes.CODE_TYPE`."""
    palette: tuple[str, ...]
    """``#rrggbb``, most frequent first."""
    preview: bytes | None
    """WebP: a photograph painted with the network, where asked."""
    error: str | None
    """What was wrong with the picture, in one line."""


ROW_FIELDS = tuple(field.name for field in fields(Row))
"""Columns that a StyleExporter adds, but for ``tinystyle`` and ``hypernetwork``, its versions."""


class StyleExporter:
    """Turns batches with pictures into batches with the codes of their networks.

    >>> exporter = StyleExporter(image="image")                    # doctest: +SKIP
    >>> dataset.map(exporter, batched=True, num_proc=2)            # Hugging Face   # doctest: +SKIP
    >>> data.map_batches(StyleExporter, concurrency=2)             # Ray Data       # doctest: +SKIP

    It holds one hypernetwork, which is loaded at the first batch of each process: it can be
    pickled. A picture that cannot be used is a row with an ``error``, never an exception.
    """

    def __init__(
        self,
        *,
        image: str = "image",
        preview: bool = False,
        hypernetwork: Path | None = None,
        threads: int = 1,
    ) -> None:
        """``image`` is the column with pictures: bytes of a file, a dictionary with ``bytes`` or
        ``path`` (as ``datasets.Image(decode=False)`` and Arrow give them), a PIL image or an array
        ``(H, W, 3)`` of uint8. ``preview`` paints a small photograph with each network."""
        self._image, self._preview = image, preview
        self._hypernetwork, self._threads = hypernetwork, threads

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in ("coder", "_painter")}

    @cached_property
    def coder(self) -> StyleCoder:
        """The hypernetwork of this process."""
        return StyleCoder(self._hypernetwork, SessionOptions(threads=self._threads))

    def __call__(self, batch: _Batch) -> _Batch:
        """The batch without its pictures and with the columns of :class:`Row`, and ``tinystyle``
        and ``hypernetwork``, which say what made them.

        A dictionary of columns (lists or arrays) gives one of lists, an Arrow table a table.
        Raises OptionError where the column of pictures is missing.
        """
        if isinstance(batch, Mapping):
            return self._columns(batch)  # type: ignore[return-value]
        return self._table(batch)  # type: ignore[no-any-return]

    def row(self, picture: Any) -> Row:
        """Of one picture, given as in a batch."""
        try:
            return self._row(_decoded(picture))
        except TinystyleError as error:
            return Row(_digest(picture), 0, 0, None, (), None, str(error))

    def _columns(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        if self._image not in batch:
            raise OptionError(
                f"no column {self._image!r} of pictures; there are {', '.join(batch) or 'none'}"
            )
        rows = [self.row(picture) for picture in batch[self._image]]
        kept = {name: list(values) for name, values in batch.items() if name != self._image}
        made = {name: [getattr(row, name) for row in rows] for name in ROW_FIELDS}
        made["palette"] = [list(row.palette) for row in rows]
        made["tinystyle"] = [__version__] * len(rows)
        made["hypernetwork"] = [self.coder.version] * len(rows)
        return {**kept, **made}

    def _table(self, table: Any) -> Any:
        import pyarrow as pa  # noqa: PLC0415  (who gives a table has it)

        columns = self._columns({name: table[name].to_pylist() for name in table.column_names})
        kept = [name for name in table.column_names if name != self._image]
        schema = pa.schema([*(table.schema.field(name) for name in kept), *row_schema()])
        return pa.table({field.name: columns[field.name] for field in schema}, schema=schema)

    def _row(self, picture: Picture) -> Row:
        code = self.coder.encode(picture)
        return Row(
            sha256=picture.sha256 or hashlib.sha256(picture.rgb.tobytes()).hexdigest(),
            width=picture.width,
            height=picture.height,
            code=code.tobytes(),
            palette=_palette(picture),
            preview=self._painter.paint(code) if self._preview else None,
            error=None,
        )

    @cached_property
    def _painter(self) -> PreviewPainter:
        return PreviewPainter(self.coder)


def row_schema() -> Any:
    """The columns that a StyleExporter adds, as an Arrow schema."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema(
        [
            ("sha256", pa.string()),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("code", pa.binary()),
            ("palette", pa.list_(pa.string())),
            ("preview", pa.binary()),
            ("error", pa.string()),
            ("tinystyle", pa.string()),
            ("hypernetwork", pa.string()),
        ]
    )


def _decoded(picture: Any) -> Picture:
    if isinstance(picture, Mapping):
        data, path = picture.get("bytes"), picture.get("path")
        label = str(path or "picture")
        if data is None and path is None:
            raise PictureError("no picture: neither bytes nor a path")
        return picture_of(label) if data is None else decode_picture(data, label)
    if isinstance(picture, bytes | bytearray | memoryview):
        return decode_picture(bytes(picture), "picture")
    if picture is None:
        raise PictureError("no picture: the value is missing")
    try:
        return picture_of(picture)
    except OptionError as error:
        raise PictureError(str(error)) from error


def _digest(picture: Any) -> str:
    data = picture.get("bytes") if isinstance(picture, Mapping) else picture
    if not isinstance(data, bytes | bytearray | memoryview):
        return ""
    return hashlib.sha256(data).hexdigest()


def _palette(picture: Picture) -> tuple[str, ...]:
    """By median cut (Heckbert 1982) of a grid of pixels; fewer where it has fewer colours.

    Single pixels: means of several would show colours that small elements do not have.
    """
    image = Image.fromarray(picture.rgb)
    width, height = (min(side, _PALETTE_SIDE) for side in image.size)
    image = image.resize((width, height), Image.Resampling.NEAREST)
    cut = image.quantize(PALETTE_SIZE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colors: NDArray[np.uint8] = np.array(cut.getpalette(), np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(cut).ravel(), minlength=len(colors))
    frequent = [k for k in np.argsort(-counts, kind="stable") if counts[k]]
    return tuple(f"#{colors[k].tobytes().hex()}" for k in frequent)
