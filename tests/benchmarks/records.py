"""Records of benchmarks that nobody ran, and the schema of reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.latency.measurement import Record

SCHEMA = json.loads((Path(__file__).parents[2] / "benchmarks" / "bench.schema.json").read_text())


def complaints(content: object) -> list[str]:
    """What the schema has against a report. Skips the test where jsonschema is missing."""
    reason = "reports are checked against their schema by jsonschema: pip install jsonschema"
    jsonschema = pytest.importorskip("jsonschema", reason=reason)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [error.message for error in validator.iter_errors(content)]


def made_up(times: Sequence[float], **fields: object) -> Record:
    """A record of one CPU's ``times``, in milliseconds, with ``fields`` changed."""
    record = Record(
        model="net.onnx",
        sha256="0" * 64,
        size_bytes=1000,
        target="cpu",
        provider="cpu",
        providers=("cpu",),
        nodes={"cpu": 10},
        height=256,
        width=256,
        batch=1,
        threads=1,
        profile="rapid",
        warmup_runs=5,
        raw_ms=tuple(times),
        end_to_end_ms=(50.0, 60.0),
        stages_ms={
            "decode": (8.0, 9.0),
            "pre": (2.0, 3.0),
            "run": (36.0, 44.0),
            "post": (4.0, 4.0),
        },
        runtime_ms=(38.0, 46.0),
        cold=ColdStart(10.0, 20.0, 10**8),
        macs=800_000_000,
        parameters=108_363,
        peak_gmacs=40.0,
        turns="here, 256x256, 1 thread",
        machine={"processor": "made up", "onnxruntime": "1.0"},
    )
    return replace(record, **fields)  # type: ignore[arg-type]
