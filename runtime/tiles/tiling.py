"""Whether a network's file can paint in tiles, and when it does."""

from __future__ import annotations

import numpy as np

from tinystyle.errors import ModelError, OptionError
from tinystyle.network.manifest import Manifest
from tinystyle.network.spec import MAX_SIZE, MIN_SIZE
from tinystyle.pictures.depth import Pixels
from tinystyle.runtime.session import SessionOptions, is_ort
from tinystyle.runtime.tiles.memory import LEAST_MEMORY, TileOptions, whole_bytes
from tinystyle.runtime.tiles.painting import TiledNetwork
from tinystyle.runtime.tiles.rows import ArrayRows, RowSink, RowSource

__all__ = ["Tiling"]


class Tiling:
    """Of one file. Its graph is read when a large picture comes."""

    def __init__(
        self,
        source: tuple[bytes, str] | None,
        manifest: Manifest,
        options: SessionOptions,
        *,
        any_size: bool,
    ) -> None:
        """``source`` is the model and its name; ``any_size`` says that the graph takes one picture
        of any size at a time."""
        self._source, self._manifest, self._options = source, manifest, options
        self._any_size = any_size
        self._network: TiledNetwork | None = None
        self._refusal: str | None = None

    @property
    def refusal(self) -> str | None:
        """Why pictures are painted whole by this file; None where tiles are exact."""
        if self._network is None and self._refusal is None:
            self._read()
        return self._refusal

    def _read(self) -> None:
        if self._source is None or is_ort(self._source[0]):
            self._refusal = "tiles are painted by .onnx files alone"
        elif self._manifest.takes_mask:
            self._refusal = "networks with regions are not painted in tiles"
        elif self._manifest.takes_statistics:
            self._refusal = "with --norm input an app paints the tiles, and tinystyle does not"
        elif not self._any_size:
            self._refusal = "its graph is made for one size, or for several pictures at a time"
        elif self._manifest.precision == "int8":
            self._refusal = "int8 is not painted in tiles"
        else:
            try:
                self._network = TiledNetwork(*self._source, self._manifest, self._options)
            except ModelError as error:
                self._refusal = f"this graph is not painted in tiles ({error})"

    def require(self, options: TileOptions) -> None:
        """Raise OptionError where tiles are asked for by their side and are not possible."""
        if options.side is not None and self.refusal is not None:
            raise OptionError(f"tiles: {self.refusal}; leave out their side (--tile)")

    def takes(self, height: int, width: int, options: TileOptions) -> bool:
        """Whether a picture of that size is painted in tiles. Raises OptionError as
        :meth:`require`."""
        self.require(options)
        if min(height, width) < MIN_SIZE:
            return False
        if options.side is not None:
            return True
        whole = whole_bytes(height, width)
        # The machine is not asked for each small picture: that takes its time.
        large = max(height, width) > MAX_SIZE or (whole > LEAST_MEMORY and whole > options.most)
        return large and self.refusal is None

    def paint(self, rgb: Pixels, strength: float, options: TileOptions) -> Pixels:
        """``(H, W, 3)`` painted, where :meth:`takes` says so."""
        painted = np.empty_like(rgb)
        pictures = 2 * rgb.nbytes
        self.paint_rows(ArrayRows(rgb), ArrayRows(painted), strength, options, pictures)
        return painted

    def paint_rows(
        self,
        source: RowSource,
        sink: RowSink,
        strength: float,
        options: TileOptions,
        pictures: int,
    ) -> None:
        """As :meth:`paint`, from and to wherever the rows are; ``pictures`` bytes of memory are
        theirs."""
        if self.refusal is not None or self._network is None:
            raise OptionError(f"{self.refusal}")
        self._network.paint(
            source,
            sink,
            strength=strength,
            room=options.room(*source.size, pictures),
            progress=options.progress,
        )
