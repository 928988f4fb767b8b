"""Reports of ``bench`` are what their schema says."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.benchmarks.records import SCHEMA, complaints, made_up
from tests.conftest import random_net
from tinystyle.benchmarks.latency import targets
from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.machine_load import Load
from tinystyle.benchmarks.latency.measurement import STAGES, Record
from tinystyle.benchmarks.latency.targets import Absence, TargetOptions, measure
from tinystyle.benchmarks.report.json_file import SCHEMA_VERSION, Report, to_json
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx

RECORD = SCHEMA["$defs"]["record"]


def _report() -> dict[str, Any]:
    """Everything known, nothing known, and what was not measured."""
    whole = made_up(
        [20.0, 21.0, 22.0], operators={"Conv": 1.5}, remarks=("a remark",), load=Load(2, 1.0, 0.7)
    )
    bare = made_up(
        [20.0],
        **dict.fromkeys(("nodes", "cold", "macs", "parameters", "peak_gmacs")),
        **dict.fromkeys(("end_to_end_ms", "runtime_ms"), ()),
        stages_ms={},
        machine={},
        target="android:xnnpack",
        provider="xnnpack",
    )
    absences = (Absence("web", "no browser"), Absence("android", "it crashed", failed=True))
    content: dict[str, Any] = json.loads(to_json(Report((whole, bare), absences)))
    return content


def test_the_schema_names_every_field() -> None:
    fields = {field.name for field in dataclasses.fields(Record)}
    assert set(RECORD["properties"]) == {*fields, "statistics", "warnings"}
    assert set(RECORD["required"]) == set(RECORD["properties"])
    assert set(RECORD["properties"]["stages_ms"]["properties"]) == set(STAGES)
    assert SCHEMA["properties"]["schema"]["const"] == SCHEMA_VERSION
    assert set(_report()) == set(SCHEMA["properties"])


def test_the_schema_is_one() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="pip install jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_reports_are_valid() -> None:
    assert complaints(_report()) == []


def test_a_measured_report_is_valid(tmp_path: Path) -> None:
    model = to_onnx(prepare(random_net(), GraphOptions()), size=(64, 80)).SerializeToString()
    (tmp_path / "net.onnx").write_bytes(model)
    cases = [Case(tmp_path / "net.onnx", target, (64, 80), 1) for target in ("cpu", "coreml")]
    with patch.object(targets, "available_providers", lambda: ("cpu",)):
        found = measure(cases, Profile("short", 3, 0.001, 60.0, 1), TargetOptions(True))
    content = json.loads(to_json(Report(found.records, found.absences)))
    assert content["records"][0]["statistics"]["runtime_overhead"] > -1.0
    assert content["absent"][0]["target"] == "coreml"
    assert complaints(content) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("raw_ms", []), ("raw_ms", [0.0]), ("raw_ms", ["20"]), ("sha256", "0")),
        *(("stages_ms", {"lunch": [1.0]}), ("cold", {"load_ms": 1.0}), ("target", "A phone")),
        *(("turns", None), ("load", {"cores": 2}), ("load", {"cores": 0})),
        *(("statistics", {}), ("nodes", {"cpu": 0.5}), ("surprise", 1)),
    ],
)
def test_others_are_not(name: str, value: object) -> None:
    content = _report()
    content["records"][0][name] = value
    assert len(complaints(content)) >= 1
