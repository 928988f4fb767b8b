"""What a row of a catalogue costs, by engine and workers, beside its floor."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.catalogue import Catalogue
from tinystyle.catalogue.codes import CODE_TYPE, StyleCoder
from tinystyle.catalogue.near_index import NearIndex
from tinystyle.catalogue.parts import catalogue_schema, part_path
from tinystyle.catalogue.sources import open_source
from tinystyle.errors import OptionError, TinystyleError
from tinystyle.pictures.images import decode_picture
from tinystyle.runtime.session import SessionOptions

__all__ = [
    "IndexCost",
    "NearCost",
    "RowCost",
    "floor_of",
    "grown",
    "measure_build",
    "measure_index",
    "measure_near",
    "to_markdown",
]

_FLOOR_ROWS = 200
"""Artworks that are decoded and encoded alone."""

_QUERIES = 20

_RECALLED = 200
"""Queries of which an index is asked what it finds."""

_KNOWN = 4096
"""Codes that tell how much codes deviate."""


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


@dataclass(frozen=True, slots=True)
class IndexCost:
    """Of an approximate index of ``codes`` codes."""

    codes: int
    build_seconds: float
    build_processor_seconds: float
    size_bytes: int
    seconds: float
    """Of a query for ten."""
    recall: float
    """Share of the ten that are exactly nearest which it finds, mean over all queries."""
    worst: float
    """Of the worst of them."""


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


def measure_build(source: Path, engine: str, workers: int, preview: bool = False) -> RowCost:
    """Build a catalogue in a temporary folder.

    Raises OptionError where there are too few artworks to tell anything.
    """
    rows = len(open_source(source))
    if rows < 2 * workers:
        raise OptionError(f"{source}: {rows} artworks are too few for {workers} workers")
    with tempfile.TemporaryDirectory(prefix="tinystyle-catalogue-") as folder:
        start, before = time.perf_counter(), _processor()
        build(source, Path(folder), BuildOptions(engine, workers, preview))
        seconds, used = time.perf_counter() - start, _processor() - before
        size = Catalogue(Path(folder)).size_bytes
    return RowCost(engine, workers, rows, seconds / rows, used / rows, size / rows)


def _processor() -> float:
    """Seconds of this process and of those of its children that have ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    times = [resource.getrusage(each) for each in whose]
    return sum(each.ru_utime + each.ru_stime for each in times)


def grown(catalogue: Catalogue, count: int, folder: Path) -> Catalogue:
    """One of ``count`` codes: those of ``catalogue``, each again and again with some noise.

    Noise is 0.1 to 0.5 of a deviation: so far apart are artworks of one kind. It has no networks.
    """
    import pyarrow as pa  # noqa: PLC0415  (a catalogue is there, so it is, too)
    import pyarrow.parquet as pq  # noqa: PLC0415

    random = np.random.default_rng(0)
    own = catalogue.codes.astype(np.float32)
    deviations = own.std(axis=0)
    most = catalogue.plan.rows_per_part
    plan = replace(catalogue.plan, rows=count, source_sha256="0" * 64)
    plan.begin(folder)
    for part in range(plan.parts):
        size = plan.rows_of(part)
        noise = random.standard_normal((size, own.shape[1]), np.float32) * deviations
        noise *= random.uniform(0.1, 0.5, size=(size, 1)).astype(np.float32)
        codes = (own[random.integers(len(own), size=size)] + noise).astype(CODE_TYPE)
        names = [str(part * most + k) for k in range(size)]
        known = {"id": names, "sha256": names, "code": [code.tobytes() for code in codes]}
        schema = catalogue_schema()
        columns = {name: known.get(name, [None] * size) for name in schema.names}
        path = part_path(folder, part)
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(columns, schema=schema), path, compression="zstd")
    return Catalogue(folder)


def measure_near(large: Catalogue) -> NearCost:
    """Search a catalogue by looking at all codes."""
    times, used = [], []
    for code in _asked(large, _QUERIES + 1):
        start, before = time.perf_counter(), time.process_time()
        large.near(code)
        times.append(time.perf_counter() - start)
        used.append(time.process_time() - before)
    medians = (float(np.median(values[1:] or values)) for values in (times, used))
    return NearCost(len(large), times[0], *medians)


def measure_index(large: Catalogue, folder: Path) -> IndexCost:
    """Make an approximate index of a catalogue and search it for what is exactly nearest."""
    start, before = time.perf_counter(), time.process_time()
    index = NearIndex.build(large, folder)
    built, used = time.perf_counter() - start, time.process_time() - before
    times, shares = [], []
    for code in _asked(large, _RECALLED):
        wanted = {found.id for found in large.near(code)}
        start = time.perf_counter()
        found = index.near(code)
        times.append(time.perf_counter() - start)
        shares.append(len(wanted & {each.id for each in found}) / len(wanted))
    size = sum(path.stat().st_size for path in folder.iterdir())
    median = float(np.median(times))
    return IndexCost(len(large), built, used, size, median, float(np.mean(shares)), min(shares))


def _asked(catalogue: Catalogue, count: int) -> Iterator[NDArray[np.float16]]:
    """Codes to search for: some of a catalogue with noise of 0.2 deviations."""
    random = np.random.default_rng(1)
    deviations = catalogue.codes[:_KNOWN].astype(np.float32).std(axis=0)
    for row in random.integers(len(catalogue), size=count).tolist():
        noise = 0.2 * deviations * random.standard_normal(len(deviations), np.float32)
        yield (catalogue.codes[row].astype(np.float32) + noise).astype(CODE_TYPE)


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
