"""What paints the pictures that are judged: our networks, or somebody else's results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError, PictureError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.stylenet import require_strength
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import read_picture, to_batch
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, Hypernetwork, require_style_size
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["GeneratedPainter", "ModelPainter", "Painter", "ReadyPictures"]

Batch = NDArray[np.float32]
"""``(N, 3, H, W)``, RGB, 0..1."""


class Painter(Protocol):
    """Paints photographs in a style."""

    @property
    def live(self) -> bool:
        """Whether it paints any photograph, or only knows ready pictures."""

    def paint(self, photographs: Batch, contents: Sequence[str], style: Path) -> Batch:
        """``contents`` are the photographs' names."""


class GeneratedPainter:
    """Networks that a hypernetwork generates, exported and run by onnxruntime."""

    live = True

    def __init__(
        self,
        hypernetwork: Hypernetwork,
        strength: float = 1.0,
        style_size: int = DEFAULT_STYLE_SIZE,
    ) -> None:
        """Raises OptionError for a style size or a strength outside the allowed ones."""
        require_style_size(style_size)
        require_strength(strength)
        self._hypernetwork = hypernetwork
        self._strength = strength
        self._style_size = style_size
        self._last: tuple[Path, Stylizer] | None = None

    def paint(self, photographs: Batch, contents: Sequence[str], style: Path) -> Batch:
        """See :class:`Painter`."""
        if self._last is None or self._last[0] != style:
            picture = read_picture(style)
            net = self._hypernetwork.generate(picture, style.stem, self._style_size)
            model = to_onnx(net.with_strength(self._strength))
            self._last = (style, Stylizer.from_bytes(model.SerializeToString(), style.stem))
        return np.concatenate([self._last[1].run(p[None]) for p in photographs])


class ModelPainter:
    """Exported networks, one for each style: ``FOLDER/<style>.onnx``."""

    live = True

    def __init__(self, folder: Path) -> None:
        """Raises ModelError where there is no such folder."""
        if not folder.is_dir():
            raise ModelError(f"{folder}: no such folder of networks")
        self._folder = folder

    def paint(self, photographs: Batch, contents: Sequence[str], style: Path) -> Batch:
        """See :class:`Painter`."""
        painter = Stylizer.load(self._folder / f"{style.stem}.onnx")
        return np.concatenate([painter.run(p[None]) for p in photographs])


class ReadyPictures:
    """Pictures that something else has painted, named ``<content><separator><style>.png``."""

    live = False

    def __init__(self, folder: Path, separator: str = "--") -> None:
        self._files = {path.stem: path for path in find_pictures([folder])}
        self._folder = folder
        self._separator = separator

    def paint(self, photographs: Batch, contents: Sequence[str], style: Path) -> Batch:
        """See :class:`Painter`. Raises PictureError where one is missing or of another size."""
        rows = []
        for photograph, content in zip(photographs, contents, strict=True):
            name = f"{content}{self._separator}{style.stem}"
            if name not in self._files:
                raise PictureError(f"{self._folder}: holds no picture {name!r}")
            rgb = read_picture(self._files[name]).rgb
            if rgb.shape[:2] != photograph.shape[1:]:
                height, width = photograph.shape[1:]
                raise PictureError(f"{name}: {rgb.shape[:2]}, not {height}x{width}")
            rows.append(to_batch(rgb))
        return np.concatenate(rows)
