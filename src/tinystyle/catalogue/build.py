"""Building a catalogue."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinystyle.catalogue.engines import ENGINES, on_ray, on_this_machine
from tinystyle.catalogue.exporter import StyleExporter
from tinystyle.catalogue.parts import PartBuilder, Plan
from tinystyle.catalogue.sources import open_source
from tinystyle.catalogue.tables import require_parquet
from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.files import require_folder

__all__ = ["ROWS_PER_PART", "BuildOptions", "Built", "build"]

ROWS_PER_PART = 64
"""Three seconds of a core: what a killed process loses."""

_MOST_WORKERS = 1024


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How a catalogue is built. Engine and workers change nothing in it."""

    engine: str = "local"
    workers: int = 0
    """Processes or actors; 0 is one for each core."""
    preview: bool = True
    address: str | None = None
    """Of a Ray cluster; None starts one on this machine."""
    hypernetwork: Path | None = None
    rows_per_part: int = ROWS_PER_PART

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise OptionError(f"engine is {self.engine!r}; allowed is {', '.join(ENGINES)}")
        if self.address is not None and self.engine != "ray":
            raise OptionError(f"address is {self.address!r}, which is for engine ray alone")
        require_whole("workers", self.workers, 0, _MOST_WORKERS)
        require_whole("rows per part", self.rows_per_part, 1, 100_000)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    rows: int
    """Of the whole catalogue."""
    made: int
    """Of them in this run; the others were there."""
    errors: int
    """Of those made: pictures that cannot be used."""


def build(
    source: Path,
    folder: Path,
    options: BuildOptions | None = None,
    *,
    seen: Callable[[int, int], None] = lambda done, rows: None,
) -> Built:
    """Make the rows of a catalogue that are missing, of the artworks at ``source``.

    ``seen`` is told how many of all rows are done, again and again. Raises PictureError where the
    source has no picture, OptionError where ``folder`` is the catalogue of another source, and
    OutputError where it cannot be written; what was made before stays, and a later build goes on.
    """
    options = options or BuildOptions()
    require_parquet()
    require_folder(folder)
    opened = open_source(source.absolute())
    exporter = StyleExporter(preview=options.preview, hypernetwork=options.hypernetwork)
    plan = Plan.of(opened, exporter, options.rows_per_part, options.preview)
    missing = plan.begin(folder)
    builder = PartBuilder(opened, exporter, folder.absolute(), plan)
    workers = options.workers or _cores()
    there = plan.rows - sum(builder.count(part) for part in missing)
    if options.engine == "ray":
        found = on_ray(builder, missing, workers, options.address)
    else:
        found = on_this_machine(builder, missing, min(workers, max(1, len(missing))))
    made = errors = 0
    seen(there, plan.rows)
    for part in found:
        made += part.rows
        errors += part.errors
        seen(there + made, plan.rows)
    plan.end(folder)
    return Built(plan.rows, made, errors)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
