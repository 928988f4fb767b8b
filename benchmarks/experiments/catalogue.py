"""What a row of a catalogue costs, by engine and workers, beside its floor."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.codes import StyleCoder
from tinystyle.catalogue.sources import open_source
from tinystyle.errors import OptionError, TinystyleError
from tinystyle.pictures.images import decode_picture
from tinystyle.runtime.session import SessionOptions

__all__ = ["NearCost", "RowCost", "floor_of", "measure_build", "measure_near", "to_markdown"]

_FLOOR_ROWS = 200
"""Artworks that are decoded and encoded alone."""

_QUERIES = 20


@dataclass(frozen=True, slots=True)
class RowCost:
    """Of one build; seconds a row."""

    engine: str
    workers: int
    rows: int
    seconds: float
    processor_seconds: float
    """Of all processes together; Ray's own that outlive the build are not counted."""
    size_bytes: float


@dataclass(frozen=True, slots=True)
class NearCost:
    """Of a search through ``codes`` codes: of the first, and the others' medians."""

    codes: int
    first_seconds: float
    seconds: float
    processor_seconds: float


def floor_of(source: Path) -> float:
    """Processor seconds that decoding and the hypernetwork alone take a row, in one thread."""
    opened = open_source(source)
    artworks = opened.read(0, min(len(opened), _FLOOR_ROWS))
    coder = StyleCoder(options=SessionOptions(threads=1))
    start = time.process_time()
    for artwork in artworks:
        try:
            coder.encode(decode_picture(artwork.picture or b"", artwork.id))
        except TinystyleError:
            continue  # as a build does
    return (time.process_time() - start) / len(artworks)


def measure_build(source: Path, engine: str, workers: int) -> RowCost:
    """Build a catalogue without previews in a temporary folder.

    Raises OptionError where there are too few artworks to tell anything.
    """
    rows = len(open_source(source))
    if rows < 2 * workers:
        raise OptionError(f"{source}: {rows} artworks are too few for {workers} workers")
    with tempfile.TemporaryDirectory(prefix="tinystyle-catalogue-") as folder:
        start, before = time.perf_counter(), _processor()
        build(source, Path(folder), BuildOptions(engine=engine, workers=workers, preview=False))
        seconds, used = time.perf_counter() - start, _processor() - before
        size = Catalogue(Path(folder)).size_bytes
    return RowCost(engine, workers, rows, seconds / rows, used / rows, size / rows)


def _processor() -> float:
    """Seconds of this process and of those of its children that have ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    times = [resource.getrusage(each) for each in whose]
    return sum(each.ru_utime + each.ru_stime for each in times)


def measure_near(catalogue: Catalogue, count: int) -> NearCost:
    """Search ``count`` codes: those of the catalogue, repeated with some noise."""
    random = np.random.default_rng(0)
    own = catalogue.codes.astype(np.float32)
    noise = np.float32(0.1) * own.std(axis=0)
    rows = random.integers(len(own), size=count)
    codes = own[rows] + noise * random.standard_normal((count, own.shape[1]), np.float32)
    large = catalogue.with_codes([str(k) for k in range(count)], codes.astype(np.float16))
    times, used = [], []
    for query in range(min(count, _QUERIES + 1)):
        start, before = time.perf_counter(), time.process_time()
        large.near(large.codes[query])
        times.append(time.perf_counter() - start)
        used.append(time.process_time() - before)
    medians = (float(np.median(values[1:] or values)) for values in (times, used))
    return NearCost(count, times[0], *medians)


def to_markdown(floor: float, rows: Sequence[RowCost]) -> str:
    """A table. ``floor`` is the share of the processor time that the floor takes."""
    lines = [
        "| engine | workers | rows | rows a second | processor, ms a row | floor | bytes a row |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.engine} | {row.workers} | {row.rows:,} | {1 / row.seconds:.1f} | "
        f"{1e3 * row.processor_seconds:.1f} | {floor / row.processor_seconds:.0%} | "
        f"{row.size_bytes:,.0f} |"
        for row in rows
    ]
    return "\n".join(lines)
