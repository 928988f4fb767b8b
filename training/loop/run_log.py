"""What a run reports: a CSV table, TensorBoard if wanted, contact sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tinystyle.errors import MissingExtraError
from tinystyle.files import write_bytes
from tinystyle.pictures.images import UInt8Array, encode_png

__all__ = ["RunLog", "tiled"]


class RunLog:
    """Rows of ``<name>-log.csv`` in a run folder, continued when a run is resumed."""

    def __init__(
        self, folder: Path, name: str, *, resume: bool = False, tensorboard: bool = False
    ) -> None:
        self._csv = folder / f"{name}-log.csv"
        self._sheets = folder / f"{name}-sheets"
        self._board: Any = None
        if not resume:
            self._csv.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        if tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  (optional)
            except ImportError as error:
                raise MissingExtraError("--tensorboard", "tensorboard") from error
            self._board = SummaryWriter(str(folder / f"{name}-tensorboard"))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add a row. The columns are those of the first row ever written."""
        row = {"step": step, **{name: f"{value:.6g}" for name, value in values.items()}}
        line = io.StringIO()
        writer = csv.DictWriter(line, list(row), lineterminator="\n")
        if not self._csv.exists():
            writer.writeheader()
        writer.writerow(row)
        with self._csv.open("a", encoding="utf-8") as file:
            file.write(line.getvalue())
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(name, value, step)

    def show(self, step: int, sheet: UInt8Array) -> None:
        """Keep a contact sheet."""
        write_bytes(self._sheets / f"step-{step:07d}.png", encode_png(sheet))

    def close(self) -> None:
        """Finish the TensorBoard file."""
        if self._board is not None:
            self._board.close()


def tiled(rows: Sequence[Tensor]) -> UInt8Array:
    """Rows of pictures, each ``(N, 3, H, W)``, 0..1, as one: ``(sum H, N W, 3)``."""
    grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    pixels: UInt8Array = (
        (grid.permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).to(torch.uint8).cpu().numpy()
    )
    return pixels
