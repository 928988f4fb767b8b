"""Whether other engines paint what onnxruntime paints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from tinystyle.benchmarks.engines.files import SIDE, engine_file
from tinystyle.benchmarks.engines.list import BROWSER, ENGINES, FileSize
from tinystyle.benchmarks.engines.runs import BrowserEngine, InstalledEngine
from tinystyle.errors import AbsentTargetError, OptionError
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network.graph import Precision
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import FloatArray
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["EngineReport", "EngineRow", "check_engines", "faults", "to_markdown"]

_PICTURES = ("scene", "white")


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine and one file."""

    engine: str
    version: str
    precision: Precision
    differences: tuple[tuple[str, float, float], ...]
    """Picture, and how far its painting is from onnxruntime's of float32: largest and median, in
    grey levels of 255."""
    refused: str = ""
    """The last line of what it said where it did not paint."""
    size: FileSize = FileSize.ANY


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What came of asking."""

    rows: tuple[EngineRow, ...]
    absent: tuple[str, ...]
    """Why engines could not be asked: a line each."""


def check_engines(
    net: StyleNet,
    environments: Path,
    names: Sequence[str] = tuple(ENGINES),
    precisions: Sequence[Precision] = (Precision.FP32, Precision.FP16, Precision.INT8),
    sizes: Sequence[FileSize] = (),
) -> EngineReport:
    """Write ``net`` in each precision, and paint by each engine.

    Environments are made in the folder where they are not there; this needs a network. ``sizes``
    are those of the files; an engine gets those that it takes, without any the first of them.
    Raises OptionError for an engine that is not known.
    """
    unknown = sorted(set(names) - set(ENGINES))
    if unknown:
        raise OptionError(f"engines are {', '.join(unknown)}; known are {', '.join(ENGINES)}")
    pictures = {name: golden_pictures(SIDE, SIDE)[name] for name in _PICTURES}
    file = cache(partial(engine_file, net))
    reference = Stylizer.from_bytes(file(Precision.FP32, FileSize.ANY), "reference")
    wanted = {name: reference.run(picture) for name, picture in pictures.items()}
    rows, absent = [], []
    for name in names:
        known = ENGINES[name]
        asked = [size for size in known.sizes if size in sizes] if sizes else known.sizes[:1]
        try:
            engine = (
                BrowserEngine()
                if known.client == BROWSER
                else InstalledEngine(environments, name, known)
            )
        except AbsentTargetError as error:
            absent.append(str(error))
            continue
        for size in asked:
            for precision in precisions:
                found = engine.paint(file(precision, size), pictures)
                differences = tuple(
                    (picture, float(off.max()), float(np.median(off)))
                    for picture, painted in found.painted.items()
                    for off in [_apart(painted, wanted[picture])]
                )
                rows.append(
                    EngineRow(name, found.version, precision, differences, found.refused, size)
                )
    return EngineReport(tuple(rows), tuple(absent))


def _apart(painted: FloatArray, wanted: FloatArray) -> FloatArray:
    """Grey levels of 255 between two paintings, NaN where they are not of one shape."""
    if painted.shape != wanted.shape:
        return np.array([np.nan], np.float32)
    apart: FloatArray = np.float32(255.0) * np.abs(painted - wanted)
    return apart


def faults(rows: Sequence[EngineRow]) -> list[str]:
    """What should not be: refused files, and paintings further off than their precision allows.

    1 of 255 anywhere in fp32; in the median 1 in fp16 and 4 in int8. What an engine is known to
    refuse or to misread is none.
    """
    found = []
    for row in rows:
        what = f"{row.engine} {row.version}, {row.precision.value} ({row.size.value})"
        what = what.replace(" ,", ",")
        known = ENGINES[row.engine]
        if row.refused and not known.known_to_refuse(row.precision, row.size):
            found.append(f"{what}: {row.refused}")
        for name, largest, median in row.differences:
            off = largest if row.precision is Precision.FP32 else median
            right = off <= (4.0 if row.precision is Precision.INT8 else 1.0)
            if not right and row.precision not in known.misreads:
                found.append(f"{what}: {name} {off:.2f} of 255 off")
    return found


def to_markdown(rows: Sequence[EngineRow]) -> str:
    """A table: a row for each engine, precision and size."""
    lines = [
        "| engine | version | file | size | photograph: largest, median | white: largest, median |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = {name: f"{most:.2f}, {middle:.2f}" for name, most, middle in row.differences}
        found = [cells.get(name, "") for name in _PICTURES]
        if row.refused:
            found = [f"refused: {row.refused}", ""]
        file = f"{row.precision.value} | {row.size.value}"
        lines.append(f"| {row.engine} | {row.version} | {file} | {' | '.join(found)} |")
    return "\n".join(lines)
