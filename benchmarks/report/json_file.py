"""A benchmark as JSON that can be read back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tinystyle.benchmarks.latency.machine import environment
from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.latency.targets import Absence
from tinystyle.errors import ModelError

__all__ = ["REPORT_NAME", "SCHEMA_VERSION", "Report", "read_report", "to_json"]

SCHEMA_VERSION = 3
REPORT_NAME = "bench.json"
"""Of the file in a folder of reports."""
_READ = (1, 2, 3)
MAX_REPORT_BYTES = 2**28


@dataclass(frozen=True, slots=True)
class Report:
    """What one call of ``bench`` found."""

    records: tuple[Record, ...]
    absences: tuple[Absence, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: {**environment(), **_date()})
    """Of the machine that asked, and when; a phone or a browser is described in its records."""


def _date() -> dict[str, str]:
    return {"date": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC"}


def to_json(report: Report) -> str:
    """All of it, raw times too. ``benchmarks/bench.schema.json`` describes it."""
    content = {
        "schema": SCHEMA_VERSION,
        "environment": dict(report.environment),
        "absent": [dataclasses.asdict(absence) for absence in report.absences],
        "records": [record.to_json() for record in report.records],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def read_report(path: Path) -> Report:
    """Read :func:`to_json`, of this schema or an older; of a folder, its ``bench.json``.

    ModelError for all else.
    """
    if path.is_dir():
        if not (path / REPORT_NAME).is_file():
            raise ModelError(f"{path}: is a folder without {REPORT_NAME}; needed is a report")
        path = path / REPORT_NAME
    try:
        if path.stat().st_size > MAX_REPORT_BYTES:
            raise ModelError(f"{path}: above {MAX_REPORT_BYTES:,} bytes; not a report of bench")
        content: Any = json.loads(path.read_bytes())
        version, rows = content["schema"], content["records"]
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: not a report of bench ({error})") from error
    if version not in _READ:
        raise ModelError(f"{path}: schema {version!r}; this version reads up to {SCHEMA_VERSION}")
    told, absent = content.get("environment", {}), content.get("absent", [])
    if not isinstance(told, dict) or not all(
        isinstance(part, list) and all(isinstance(row, dict) for row in part)
        for part in (rows, absent)
    ):
        raise ModelError(f"{path}: its records are no list of objects")
    about = {str(key): str(value) for key, value in told.items()}
    older = {"machine": about} if version == 1 else {}
    records = tuple(Record.from_json({**older, **row}) for row in rows)
    try:
        absences = tuple(Absence(**row) for row in absent)
    except TypeError as error:
        raise ModelError(f"{path}: not a report of bench ({error})") from error
    return Report(records, absences, about)
