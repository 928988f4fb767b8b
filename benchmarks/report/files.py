"""The files that ``bench`` leaves behind."""

from __future__ import annotations

from pathlib import Path

from tinystyle.benchmarks.report.json_file import REPORT_NAME, Report, to_json
from tinystyle.benchmarks.report.page import to_html
from tinystyle.benchmarks.report.tables import to_csv, to_markdown
from tinystyle.files import write_bytes

__all__ = ["write_reports"]


def write_reports(report: Report, folder: Path) -> list[Path]:
    """``bench.json``, ``bench.csv``, ``bench.md`` and ``bench.html``, each whole or not at all.

    Gives their paths. Raises OutputError where the folder cannot be written.
    """
    written = []
    for name, text in (
        (REPORT_NAME, to_json(report)),
        ("bench.csv", to_csv(report.records)),
        ("bench.md", to_markdown(report.records, report.absences)),
        ("bench.html", to_html(report)),
    ):
        written.append(folder / name)
        write_bytes(written[-1], text.encode())
    return written
