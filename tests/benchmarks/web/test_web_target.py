"""``bench --target web``: what a page may do wrong, and a real browser doing it right."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from tests.benchmarks import networks
from tests.benchmarks.web.test_web_messages import COLD, FACTS, TIMED
from tests.conftest import random_net
from tinystyle.benchmarks.latency import targets
from tinystyle.benchmarks.latency.case import PROFILES, Case, Profile
from tinystyle.benchmarks.latency.runner import photograph
from tinystyle.benchmarks.latency.targets import TargetOptions, measure
from tinystyle.benchmarks.models.model import Subject
from tinystyle.benchmarks.web.browser import Browser, find_browser, flags
from tinystyle.benchmarks.web.job import WebJob, WebModel
from tinystyle.benchmarks.web.runtime import FILES, RUNTIME_VARIABLE, cached_runtime, runtime_in
from tinystyle.benchmarks.web.server import PageServer
from tinystyle.benchmarks.web.target import WebOptions, measure_web
from tinystyle.benchmarks.web.visit import Patience, visit
from tinystyle.commands.bench import main
from tinystyle.errors import AbsentTargetError, OptionError, TargetError
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.graph import Precision
from tinystyle.runtime.session import SessionOptions

SHORT = Profile("short", 5, 0.001, 60.0, 1)
SIZE = (8, 8)
ONE_THREAD = {**FACTS, "threads_started": 0}
QUICK = {**TIMED, "models": [{**TIMED["models"][0], "raw_ms": [0.01]}]}

Page = Callable[..., Path]
Steps = list[dict[str, Any]]


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """A network that gives back what it takes."""
    return networks.identity(tmp_path / "same.onnx", [1, 3, "h", "w"])


@pytest.fixture
def output(identity: Path) -> bytes:
    """What it makes of the picture."""
    return Subject(identity, SessionOptions(1)).feed(photograph(SIZE)).tobytes()


@pytest.fixture
def rgba(identity: Path) -> bytes:
    """What it makes of the picture as JPEG."""
    painted = _job(identity).models[0].painted
    return np.dstack([painted, np.full(SIZE, 255, np.uint8)]).tobytes()


def _sent(output: bytes, rgba: bytes, timed: dict[str, Any] = QUICK) -> Steps:
    """All that a page sends that measured."""
    uploads = {"output-0": output, "painted-0": rgba}
    sent = [{"send": [name, body.hex()]} for name, body in uploads.items()]
    return [{"say": ONE_THREAD}, *sent, {"say": timed}]


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Files that only a fake browser does not mind."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes(b"")
    return folder


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A browser whose page does what it is told; its program."""
    if os.name != "posix":
        pytest.skip("the fake browser is a shell script")

    def planned(*timed: dict[str, Any], cold: list[dict[str, Any]] | None = None) -> Path:
        plan = tmp_path / "plan.json"
        known = [{"say": ONE_THREAD}, {"say": COLD}] if cold is None else cold
        plan.write_text(json.dumps({"timed": timed, "cold": known}))
        monkeypatch.setenv("FAKE_BROWSER_PLAN", str(plan))
        program = tmp_path / "browser"
        script = Path(__file__).parents[1] / "fake_browser.py"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        program.chmod(0o755)
        return program

    return planned


def _job(model: Path, profile: Profile | None = SHORT) -> WebJob:
    picture = photograph(SIZE)
    web_model = WebModel.of(Subject(model, SessionOptions(1)), picture)
    return WebJob("wasm", 1, (web_model,), picture, profile)


def test_results_become_a_record(
    identity: Path, output: bytes, rgba: bytes, runtime: Path, page: Page
) -> None:
    progress = {"say": {"kind": "progress", "phase": "runs", "share": 0.5}}
    program = page({"say": {"kind": "alive"}}, progress, *_sent(output, rgba))
    cases = [Case(identity, "web", SIZE, 1)]
    found = measure(cases, SHORT, TargetOptions(browser=program, web_runtime=runtime))
    (record,) = found.records
    assert (record.target, record.provider, record.providers) == ("web", "wasm", ("wasm",))
    assert record.raw_ms == (0.01,)
    assert record.end_to_end_ms == (10.0,)
    assert record.nodes == {"wasm": 3, "webgpu": 5}
    assert record.cold is not None
    assert (record.cold.load_ms, record.cold.runtime_start_ms) == (30.0, 300.5)
    assert record.difference == 0.0
    assert record.machine["browser"] == "Chromium 156.0.1.2"
    assert record.machine["cross-origin isolated"] == "yes"
    assert "5 of 8 nodes did not run on wasm" in record.warnings


@pytest.mark.parametrize(("steps", "same"), [(2, True), (3, False)])
def test_another_output_than_the_cpus_is_no_result(
    steps: int, same: bool, identity: Path, output: bytes, rgba: bytes, runtime: Path, page: Page
) -> None:
    values = np.frombuffer(output, np.float32).copy()
    values[17] += steps * 0.999 / 255
    program = page(*_sent(values.tobytes(), rgba))
    options = WebOptions(program, runtime)
    if same:
        (record,) = measure_web([Case(identity, "web:wasm", SIZE, 1)], SHORT, options)
        assert record.difference == pytest.approx(1.998, abs=1e-3)
    else:
        with pytest.raises(TargetError, match=r"differs from the CPU's by 3/255, allowed are 2;"):
            measure_web([Case(identity, "web:wasm", SIZE, 1)], SHORT, options)


def test_a_painted_file_is_compared_too(
    identity: Path, output: bytes, rgba: bytes, runtime: Path, page: Page
) -> None:
    """As of a page that takes red for blue."""
    wrong = np.frombuffer(rgba, np.uint8).reshape(*SIZE, 4)[:, :, [2, 1, 0, 3]]
    program = page(*_sent(output, wrong.tobytes()))
    with pytest.raises(TargetError, match=r"painted JPEG differs from the CPU's on average by"):
        measure_web([Case(identity, "web", SIZE, 1)], SHORT, WebOptions(program, runtime))


def test_differences(identity: Path, output: bytes, rgba: bytes) -> None:
    (model,) = _job(identity).models
    assert model.difference(output) == model.painted_difference(rgba) == 0.0
    values = np.frombuffer(output, np.float32).copy()
    values[3] = np.nan
    assert model.difference(values.tobytes()) == float("inf")
    with pytest.raises(TargetError, match="has 764 bytes, the CPU's 768"):
        model.difference(output[4:])
    with pytest.raises(TargetError, match="has 260 bytes, the CPU's 256"):
        model.painted_difference(rgba + bytes(4))
    byte = replace(model, expected=(model.expected * 200).astype(np.uint8))
    assert byte.difference((byte.expected + 3).tobytes()) == 3.0
    assert byte.difference((byte.expected - 3).tobytes()) == 3.0
    brighter = np.minimum(np.frombuffer(rgba, np.uint8), 250) + 5
    darker = replace(model, painted=np.minimum(model.painted, 250))
    assert darker.painted_difference(brighter.astype(np.uint8).tobytes()) == 5.0


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ([{"exit": 3}], r"ended by itself with exit code 3 \(\[1:2\] FATAL something broke\)"),
        ([{"sleep": 30}], "did not open the page in 1 s"),
        ([{"say": {"kind": "alive"}}, {"sleep": 30}], "fell silent for 0.8 s"),
        ([{"say": {"kind": "alive"}}, {"sleep": 0.3}] * 40, "no run ended in 2 s"),
        ([{"say": "{]"}], "sent something that is no message"),
        ([{"say": {"kind": "error", "message": "no memory"}}], r"cannot run same.onnx.*no memory"),
        ([{"say": QUICK}], "without saying what measured them"),
        ([{"say": FACTS}, {"say": QUICK}], "runs on 2 threads, asked were 1"),
        ([{"say": ONE_THREAD}, {"say": QUICK}], "results of some models only"),
        ([{"say": ONE_THREAD}, {"say": COLD}], "result of another job"),
        ([{"send": ["output-0", "00" * 769]}], "ended by itself with exit code 5"),
        ([{"send": ["output-1", "00"]}], "ended by itself with exit code 5"),
    ],
)
def test_what_a_page_does_wrong_is_told(
    plan: list[dict[str, Any]], word: str, identity: Path, runtime: Path, page: Page
) -> None:
    patience = Patience(1.0, 0.8, 2.0) if plan[-1].get("sleep") else Patience()
    with pytest.raises(TargetError, match=word):
        visit(page(*plan), runtime, _job(identity), patience=patience)


def test_times_longer_than_the_visit_are_not_believed(
    identity: Path, output: bytes, rgba: bytes, runtime: Path, page: Page
) -> None:
    slow = {**TIMED, "models": [{**TIMED["models"][0], "raw_ms": [1e6]}]}
    program = page(*_sent(output, rgba, slow))
    with pytest.raises(TargetError, match=r"tells of 1e\+03 s of runs, but was there for"):
        visit(program, runtime, _job(identity))


def test_absent_graphics_are_told_beside_what_is_there(
    identity: Path, runtime: Path, page: Page
) -> None:
    program = page(cold=[{"say": {"kind": "absent", "message": "no WebGPU adapter"}}])
    cases = [Case(identity, target, SIZE, 1) for target in ("cpu", "web:webgpu")]
    found = measure(cases, SHORT, TargetOptions(browser=program, web_runtime=runtime))
    assert [record.target for record in found.records] == ["cpu"]
    (absence,) = found.absences
    assert (absence.target, absence.reason, absence.failed) == (
        "web:webgpu",
        "no WebGPU adapter",
        False,
    )


def test_bad_options(identity: Path, runtime: Path, page: Page, tmp_path: Path) -> None:
    program = page()
    with pytest.raises(OptionError, match="known are web and web:wasm, web:webgpu"):
        measure_web([Case(identity, "web:cuda", SIZE, 1)], SHORT, WebOptions(program, runtime))
    with (
        patch.object(targets, "measure_all", side_effect=AssertionError("minutes were lost")),
        pytest.raises(OptionError, match="known are web and"),
    ):
        measure([Case(identity, target, SIZE, 1) for target in ("cpu", "web:tpu")], SHORT)
    case = Case(identity, "web", SIZE, 1)
    with pytest.raises(OptionError, match="no program that can be started"):
        measure_web([case], SHORT, WebOptions(tmp_path / "missing", runtime))
    with pytest.raises(OptionError, match="no unpacked onnxruntime-web"):
        measure_web([case], SHORT, WebOptions(program, tmp_path))


def test_the_page_gets_exactly_what_it_needs(identity: Path, runtime: Path) -> None:
    job = replace(_job(identity), provider="webgpu", threads=2)
    files = job.files(runtime)
    assert {name for name in files if name.startswith("ort/")} == {
        "ort/ort.webgpu.min.mjs",
        "ort/ort-wasm-simd-threaded.asyncify.mjs",
        "ort/ort-wasm-simd-threaded.asyncify.wasm",
    }
    assert all(path.is_file() for path in files.values() if isinstance(path, Path))
    told = files["job.json"]
    assert isinstance(told, bytes)
    content = json.loads(told)
    assert (content["threads"], content["provider"]) == (2, "webgpu")
    assert content["models"][0]["dims"] == [1, 3, 8, 8]
    assert files["model-0"] == identity.read_bytes()
    assert job.uploads() == {"output-0": 768, "painted-0": 256}


@pytest.fixture(scope="module")
def browser() -> WebOptions:
    """A real one, and onnxruntime-web, both already on this machine."""
    try:
        program = find_browser()
    except (AbsentTargetError, OptionError) as error:
        pytest.skip(str(error))
    folder = Path(os.environ.get(RUNTIME_VARIABLE) or cached_runtime())
    try:
        return WebOptions(program, runtime_in(folder), software_adapter=True)
    except OptionError:
        pytest.skip("no onnxruntime-web here: python -m tinystyle.benchmarks.web.runtime")


def test_a_browser_paints_what_the_cpu_paints(
    browser: WebOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two networks, of floats and of bytes, in turns, on two threads."""
    monkeypatch.setitem(PROFILES, "rapid", SHORT)
    networks.ours(tmp_path / "net.onnx")
    graph = prepare(random_net(), GraphOptions(Precision.FP16, io=PictureIO.UINT8))
    data = to_onnx(graph, precision=Precision.FP16, size=(64, 72)).SerializeToString()
    (tmp_path / "bytes.onnx").write_bytes(data)
    files = [str(tmp_path / f"{name}.onnx") for name in ("net", "bytes")]
    options = ["--size", "64x72", "--threads", "2", "--browser", str(browser.browser)]
    options += ["--target", "web", "--web-runtime", str(browser.runtime)]
    assert main([*files, *options, "-o", str(tmp_path / "out")]) == 0
    assert len(re.findall(r"onnx +web +64x72 +2 ", capsys.readouterr().out)) == 2
    records = json.loads((tmp_path / "out" / "bench.json").read_text())["records"]
    for record in records:
        assert len(record["raw_ms"]) == 5
        assert record["provider"] == "wasm"
        assert set(record["nodes"]) == {"wasm"}
        assert record["nodes"]["wasm"] > 50
        assert record["cold"]["peak_bytes"] > 2**20
        assert record["cold"]["runtime_start_ms"] > 0.0
        assert record["machine"]["cross-origin isolated"] == "yes"
        assert set(record["stages_ms"]) == {"decode", "pre", "run", "post"}
    assert records[0]["difference"] < 0.1
    assert records[1]["difference"] <= 1.0  # a byte that was rounded the other way


@pytest.mark.slow
def test_a_browser_runs_webgpu_by_software(browser: WebOptions, identity: Path) -> None:
    """No figure, but the way that a GPU's would take; without leave, software is none."""
    case = Case(identity, "web:webgpu", SIZE, 1)
    try:
        (real,) = measure_web([case], SHORT, replace(browser, software_adapter=False))
        assert not real.machine["graphics"].endswith("(software)")
    except AbsentTargetError as error:
        assert "adapter" in str(error)
    (record,) = measure_web([case], SHORT, browser)
    assert record.machine["graphics"].endswith("(software)")
    assert record.difference == 0.0
    assert record.cold is not None
    assert record.cold.peak_bytes is None


DOCUMENT = Path(__file__).parents[3] / "docs" / "web.md"
SNIPPET_PAGE = b"""
const worker = new Worker("worker.mjs", { type: "module" });
const tell = (body) => fetch("result", { method: "POST", body });
worker.onmessage = ({ data }) => tell(data.data);
worker.onerror = ({ message }) => tell("error: " + message);
const file = await (await fetch("photograph.jpg")).blob();
worker.postMessage({ file, width: 80, height: 64 });
"""


def test_the_page_of_the_documentation_paints(browser: WebOptions, tmp_path: Path) -> None:
    snippet = DOCUMENT.read_text().partition("```js\n")[2].partition("```")[0]
    model = tmp_path / "art.onnx"
    networks.ours(model)
    picture = photograph((64, 80))
    web_model = WebModel.of(Subject(model, SessionOptions(1)), picture)
    assert browser.browser is not None
    assert browser.runtime is not None
    files = WebJob("wasm", 1, (web_model,), picture).files(browser.runtime)
    files |= {"page.mjs": SNIPPET_PAGE, "worker.mjs": snippet.encode(), "art.onnx": model}
    with (
        PageServer(files, {"result": 4 * 64 * 80}) as server,
        Browser(browser.browser, server.url("page.html"), flags()),
    ):
        result = server.receive(60.0)
    assert result is not None
    assert web_model.painted_difference(result.body) < 1.0, result.body[:100]


def test_what_onnxruntime_web_refuses_is_told(browser: WebOptions, tmp_path: Path) -> None:
    """A cold start with bytes that are no model."""
    job = _job(networks.ours(tmp_path / "net.onnx"), None)
    bad = replace(job, models=(replace(job.models[0], data=b"no model"),))
    assert browser.browser is not None
    assert browser.runtime is not None
    with pytest.raises(TargetError, match=r"cannot run net.onnx in the browser \(.+\)"):
        visit(browser.browser, browser.runtime, bad)
