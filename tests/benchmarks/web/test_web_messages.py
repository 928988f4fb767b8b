"""What a page says is read with care."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tinystyle.benchmarks.latency.cold_start import ColdStart
from tinystyle.benchmarks.web.messages import (
    Absent,
    Alive,
    BrowserFacts,
    Cold,
    Failure,
    Progress,
    Timed,
    TimedModel,
    read_message,
)
from tinystyle.errors import TargetError

FACTS: dict[str, Any] = {
    "kind": "browser",
    "brand": "Chromium",
    "version": "156.0.1.2",
    "user_agent": "Mozilla/5.0",
    "hardware_concurrency": 2,
    "cross_origin_isolated": True,
    "clock_us": 5.0,
    "onnxruntime_web": "1.30.0",
    "graphics": "",
    "threads_started": 1,
    "runtime_start_ms": 300.5,
}
COLD: dict[str, Any] = {
    "kind": "cold",
    "load_ms": 30.0,
    "first_run_ms": 40,
    "heap_bytes": 2**24,
    "nodes": {"CPUExecutionProvider": 3, "WebGpuExecutionProvider": 4, "JsExecutionProvider": 1},
}
STAGES = {"decode": [1.0], "pre": [2.0], "run": [3.0], "post": [4.0]}
TIMED: dict[str, Any] = {
    "kind": "timed",
    "models": [{"raw_ms": [3.0, 4], "stages_ms": STAGES}],
}


def _bytes(data: object) -> bytes:
    return json.dumps(data).encode()


def test_messages_are_read() -> None:
    assert read_message(b'{"kind": "alive"}') == Alive()
    progress = {"kind": "progress", "phase": "runs", "share": 1.7}
    assert read_message(_bytes(progress)) == Progress("runs", 1.0)
    assert read_message(b'{"kind": "absent", "message": "no GPU"}') == Absent("no GPU")
    assert read_message(b'{"kind": "error", "message": "no memory"}') == Failure("no memory")
    assert read_message(_bytes(FACTS)) == BrowserFacts(
        "Chromium 156.0.1.2", "1.30.0", "", 2, True, 5.0, 2, 300.5
    )
    assert read_message(_bytes(COLD)) == Cold(
        ColdStart(30.0, 40.0, 2**24), {"wasm": 3, "webgpu": 5}
    )
    stages = {name: tuple(times) for name, times in STAGES.items()}
    timed = read_message(_bytes(TIMED))
    assert timed == Timed((TimedModel((3.0, 4.0), stages),))
    assert isinstance(timed, Timed)
    assert timed.models[0].total_ms == (10.0,)


def test_a_browser_without_brands_is_named_by_its_user_agent() -> None:
    facts = read_message(_bytes({**FACTS, "brand": "", "version": ""}))
    assert isinstance(facts, BrowserFacts)
    assert facts.name == "Mozilla/5.0"


def test_texts_are_one_short_line() -> None:
    text = "a\n\x1b[31mred\u202e" + "x" * 5000
    failure = read_message(_bytes({"kind": "error", "message": text}))
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("a ?[31mred?xxx")
    assert len(failure.reason) == 300


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"3",
        b"{}",
        b'{"kind": []}',
        b'{"kind": "other"}',
        b"[" * 100_000,
        b'{"kind": "progress", "phase": "runs", "share": ' + b"9" * 5000 + b"}",
    ],
)
def test_other_bodies_are_no_messages(body: bytes) -> None:
    with pytest.raises(TargetError, match="no message"):
        read_message(body)


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (FACTS, {"threads_started": -1}),
        (FACTS, {"threads_started": 1.5}),
        (FACTS, {"threads_started": True}),
        (FACTS, {"hardware_concurrency": "2"}),
        (FACTS, {"hardware_concurrency": 2**60}),
        (FACTS, {"cross_origin_isolated": "yes"}),
        (FACTS, {"clock_us": -1.0}),
        (FACTS, {"graphics": None}),
        (FACTS, {"version": 3}),
        (FACTS, {"runtime_start_ms": float("nan")}),
        (COLD, {"load_ms": -1.0}),
        (COLD, {"load_ms": None}),
        (COLD, {"first_run_ms": float("inf")}),
        (COLD, {"nodes": {"CPUExecutionProvider": "3"}}),
        (COLD, {"nodes": [3]}),
        (TIMED, {"models": 3}),
        (TIMED, {"models": [3]}),
        (TIMED, {"models": [{"raw_ms": [], "stages_ms": STAGES}]}),
        (TIMED, {"models": [{"raw_ms": [1.0, 0.0], "stages_ms": STAGES}]}),
        (TIMED, {"models": [{"raw_ms": [float("nan")], "stages_ms": STAGES}]}),
        (TIMED, {"models": [{"raw_ms": [True], "stages_ms": STAGES}]}),
        (TIMED, {"models": [{"raw_ms": "12", "stages_ms": STAGES}]}),
        (TIMED, {"models": [{"raw_ms": [1.0], "stages_ms": {**STAGES, "pre": [1.0, 2.0]}}]}),
        (TIMED, {"models": [{"raw_ms": [1.0], "stages_ms": {"run": [1.0]}}]}),
    ],
)
def test_wrong_values_are_refused(message: dict[str, Any], changes: dict[str, Any]) -> None:
    read_message(_bytes(message))
    with pytest.raises(TargetError, match="no message"):
        read_message(_bytes({**message, **changes}))


def test_an_error_names_the_value_and_what_is_needed() -> None:
    with pytest.raises(TargetError, match=r"load_ms is '3'; needed is a number 0 to 3\.6e\+06"):
        read_message(_bytes({**COLD, "load_ms": "3"}))
    with pytest.raises(TargetError, match="kind is 'other'; needed is one of alive, progress"):
        read_message(b'{"kind": "other"}')
