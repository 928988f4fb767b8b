"""``bench``: times are true, statistics are numpy's, reports can be read back and compared."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from tests.benchmarks.networks import identity
from tests.benchmarks.records import made_up
from tests.conftest import random_net
from tinystyle.benchmarks.latency.case import PROFILES, Case, Profile
from tinystyle.benchmarks.latency.cold_start import cold_start
from tinystyle.benchmarks.latency.end_to_end import end_to_end
from tinystyle.benchmarks.latency.machine_load import Load
from tinystyle.benchmarks.latency.runner import alternate, arithmetic_of, measure_all, photograph
from tinystyle.benchmarks.latency.targets import Absence
from tinystyle.benchmarks.models.arithmetic import Arithmetic, count
from tinystyle.benchmarks.models.model import Subject
from tinystyle.benchmarks.models.node_profile import profile_nodes
from tinystyle.benchmarks.report.comparison import apart, compare_reports, paired
from tinystyle.benchmarks.report.json_file import Report, read_report, to_json
from tinystyle.benchmarks.report.page import to_html
from tinystyle.benchmarks.report.tables import doubts, to_csv, to_markdown
from tinystyle.benchmarks.report.text import to_text
from tinystyle.commands.bench import REGRESSION, main
from tinystyle.errors import ModelError, OptionError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.quantization import quantized
from tinystyle.network.graph import Precision
from tinystyle.network.shapes import macs
from tinystyle.network.spec import Architecture
from tinystyle.runtime.session import SessionOptions

SHORT = Profile("short", 5, 0.001, 60.0, 1)


def test_known_times_are_reported() -> None:
    """Sleeps by a clock that the test moves: 20 and 30 ms, in turns."""
    now = [0.0]
    calls: list[str] = []

    def work(name: str, seconds: float) -> None:
        calls.append(name)
        now[0] += seconds

    runs = [lambda: work("a", 0.020), lambda: work("b", 0.030)]
    profile = Profile("test", 64, 2.0, 60.0, 3)
    first, second = alternate(runs, profile, clock=lambda: now[0])
    assert calls[:8] == ["a", "b"] * 4
    assert len(first) == len(second) >= 80  # two seconds each, on average
    np.testing.assert_allclose(first, 20.0, rtol=1e-9)
    np.testing.assert_allclose(second, 30.0, rtol=1e-9)


def test_a_run_without_end_stops_at_the_limit() -> None:
    now = [0.0]

    def slow() -> None:
        now[0] += 10.0

    (times,) = alternate([slow], Profile("test", 1000, 60.0, 100.0, 0), clock=lambda: now[0])
    assert len(times) == 10


def test_statistics_are_numpys() -> None:
    times = np.random.default_rng(0).gamma(9.0, 4.0, 500).tolist()
    found = made_up(times).statistics
    for name, percent in (("p50", 50), ("p90", 90), ("p99", 99)):
        assert found[name] == pytest.approx(np.percentile(times, percent))
    assert found["mean"] == pytest.approx(np.mean(times))
    assert found["min"] == min(times)
    assert found["iqr"] == pytest.approx(np.subtract(*np.percentile(times, [75, 25])))
    assert found["frames_per_second"] == pytest.approx(1000.0 / np.median(times))
    assert found["gmacs_per_second"] == pytest.approx(0.8 / (np.median(times) / 1e3))
    assert found["share_of_peak"] == pytest.approx(found["gmacs_per_second"] / 40.0)
    assert found["first_ten_p50"] == pytest.approx(np.median(times[:10]))
    assert found["last_ten_p50"] == pytest.approx(np.median(times[-10:]))


def test_what_cannot_be_trusted_is_said() -> None:
    assert made_up([20.0, 20.1] * 50).warnings == []
    wide = made_up([10.0, 30.0] * 50).warnings
    assert any("not quiet" in text for text in wide)
    slower = made_up([*[20.0] * 50, *[24.0] * 50]).warnings
    assert any("1.20 times" in text for text in slower)
    fallback = made_up([20.0] * 9, provider="xnnpack", providers=("cpu",), nodes={"cpu": 10})
    assert any("asked for xnnpack, got cpu" in text for text in fallback.warnings)
    partly = made_up(
        [20.0] * 9, provider="xnnpack", providers=("xnnpack", "cpu"), nodes={"xnnpack": 4, "cpu": 6}
    )
    assert any("6 of 10 nodes did not run on xnnpack" in text for text in partly.warnings)


def test_reports_can_be_read_back(tmp_path: Path) -> None:
    records = [made_up([20.0, 21.0, 22.0]), made_up([30.0] * 3, macs=None, operators={"Conv": 1.5})]
    path = tmp_path / "bench.json"
    report = Report((*records,), (Absence("cuda", "no such provider"),), {"processor": "any"})
    path.write_text(to_json(report))
    assert read_report(path) == report
    content = json.loads(path.read_text())
    assert content["schema"] == 3
    assert content["records"][0]["statistics"]["p50"] == 21.0
    rows = list(csv.DictReader(io.StringIO(to_csv(records))))
    assert [row["p50"] for row in rows] == ["21", "30"]
    assert rows[1]["macs"] == ""
    assert rows[0]["machine"] == "processor made up, onnxruntime 1.0"
    table = to_markdown(records, report.absences)
    assert "- cuda: no such provider" in table
    assert "| net.onnx | cpu | 256x256 | 1 | 21.0 |" in table
    assert "Conv 1.50" in table


def test_reports_of_the_first_schema_are_read(tmp_path: Path) -> None:
    """As version 0.4.0 wrote them: no provider, no stages, one machine for all records."""
    row = made_up([20.0, 21.0]).to_json()
    added = ("provider", "stages_ms", "runtime_ms", "machine", "remarks", "turns", "load")
    old = {key: value for key, value in row.items() if key not in added}
    content = {"schema": 1, "environment": {"processor": "any"}, "records": [old]}
    (tmp_path / "old.json").write_text(json.dumps(content))
    report = read_report(tmp_path / "old.json")
    unknown = {"stages_ms": {}, "runtime_ms": (), "turns": ""}
    assert report.records == (made_up([20.0, 21.0], machine={"processor": "any"}, **unknown),)


def test_reports_of_the_second_schema_are_read(tmp_path: Path) -> None:
    """As versions to 0.19 wrote them: nothing of turns and load."""
    record = made_up([20.0, 21.0], load=Load(2, 0.5, 0.8))
    content = json.loads(to_json(Report((record,), (), {})))
    content["schema"] = 2
    for name in ("turns", "load"):
        del content["records"][0][name]
    (tmp_path / "old.json").write_text(json.dumps(content))
    assert read_report(tmp_path / "old.json").records == (replace(record, turns="", load=None),)


@pytest.mark.parametrize("times", ([float("nan")], [-1.0], [0.0], ["x"], 3, None, [float("inf")]))
def test_times_that_are_none_are_refused(times: object, tmp_path: Path) -> None:
    row = made_up([20.0]).to_json() | {"raw_ms": times}
    (tmp_path / "x.json").write_text(json.dumps({"schema": 3, "records": [row]}))
    with pytest.raises(ModelError, match="not a record"):
        read_report(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("threads", "1"), ("height", 1.5), ("width", True), ("batch", -1), ("model", ["x"])),
        *(("target", 1), ("providers", 5), ("providers", []), ("cold", 3), ("cold", {"x": 1})),
        *(("nodes", []), ("nodes", {"cpu": "x", "gpu": 1}), ("stages_ms", 3), ("macs", "many")),
        *(("stages_ms", {"run": [1.0]}), ("peak_gmacs", 0), ("turns", None), ("load", 3)),
        *(("load", {"cores": 0}), ("load", {"cores": 2, "cpu_share": -1.0}), ("load", {"x": 1})),
    ],
)
def test_fields_of_another_type_are_refused(name: str, value: object, tmp_path: Path) -> None:
    row = made_up([20.0]).to_json() | {name: value}
    (tmp_path / "x.json").write_text(json.dumps({"schema": 3, "records": [row]}))
    with pytest.raises(ModelError, match="not a record"):
        read_report(tmp_path / "x.json")


def test_names_do_no_harm_in_tables(tmp_path: Path) -> None:
    case = Case(tmp_path / "=cmd|' C calc'!A0\n| x |.onnx", "cpu", (64, 64), 1)
    record = made_up([20.0], model=case.name)
    (row,) = csv.DictReader(io.StringIO(to_csv([record])))
    assert row["model"].startswith("'=cmd")
    assert "\n" not in record.model
    (line,) = (line for line in to_markdown([record]).splitlines() if "| 256x256 |" in line)
    assert line.replace("\\|", "").count("|") == 18


def test_the_printed_table_fits_a_terminal() -> None:
    long = made_up(
        [12345.6] * 9,
        model=f"{'long-' * 30}fp16.onnx (2)",
        target="android:something-longer",
        height=8192,
        width=8192,
        threads=256,
        size_bytes=10**9,
        end_to_end_ms=(123456.7,),
        cold=None,
    )
    table = to_text([made_up([20.0]), long], [Absence("cuda", "no such provider")])
    lines = table.splitlines()
    assert max(map(len, lines[:3])) <= 100
    assert len({len(line) for line in lines[:3]}) == 1  # aligned
    assert lines[0].startswith("model ")
    assert lines[1].split() == [
        *("net.onnx", "cpu", "256x256", "1", "20.0", "20.0", "50.0", "55.0", "100", "1,000")
    ]
    assert lines[2].startswith("…")
    assert " (2)  …-longer  8192x8192  " in lines[2]
    assert " 12346 " in lines[2]
    assert " ?  1,000,000,000" in lines[2]
    assert "- cuda: no such provider" in lines
    short = to_text([made_up([20.0])]).splitlines()
    assert len(short[0]) < 90


def test_what_a_target_cannot_tell_is_left_open() -> None:
    bare = made_up([20.0, 21.0], nodes=None, cold=None, peak_gmacs=None, end_to_end_ms=())
    assert {"share_of_peak", "end_to_end_p50"}.isdisjoint(bare.statistics)
    assert bare.statistics["gmacs_per_second"] > 0.0
    assert "| ? |" in to_markdown([bare])
    (row,) = csv.DictReader(io.StringIO(to_csv([bare])))
    assert row["load_ms"] == row["end_to_end_p50"] == row["share_of_peak"] == ""


def test_the_overhead_of_the_runtime_is_paired() -> None:
    """The machine was three times as slow in half of the runs."""
    run = np.repeat([10.0, 30.0], 5)
    stages = {"decode": (1.0,) * 10, "run": tuple(run.tolist())}
    record = made_up([20.0] * 9, stages_ms=stages, runtime_ms=tuple((1.05 * run).tolist()))
    assert record.statistics["runtime_overhead"] == pytest.approx(0.05)
    assert record.statistics["run_p50"] == 20.0


def test_less_than_no_overhead_is_called_noise() -> None:
    for runtime, told in ((9.7, True), (9.99, False), (10.5, False)):
        record = made_up([20.0] * 9, stages_ms={"run": (10.0,) * 9}, runtime_ms=(runtime,) * 9)
        assert any("-3%: noise is larger" in text for text in record.warnings) == told


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "\xff", '{"schema": 4, "records": []}', '{"schema": 1, "records": [{}]}'),
        *('{"schema": 3, "records": 3}', '{"schema": 3, "records": [], "absent": [{"x": 1}]}'),
    ],
)
def test_other_files_are_no_reports(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ModelError):
        read_report(tmp_path / "x.json")


def test_slower_is_found_and_noise_is_not() -> None:
    random = np.random.default_rng(1)
    before = made_up((20.0 + random.random(200)).tolist())
    same = made_up((20.0 + random.random(200)).tolist())
    slower = made_up((23.0 + random.random(200)).tolist())
    (ratio,) = compare_reports([before], [same]).ratios
    assert ratio.low < 1.0 < ratio.high
    (ratio,) = compare_reports([before], [slower]).ratios
    assert ratio.value == pytest.approx(23.5 / 20.5, abs=0.02)
    assert ratio.slower_than(1.05)
    assert not ratio.slower_than(1.2)
    assert str(ratio).startswith(
        f"net.onnx, cpu, 256x256, 1 thread: after takes {ratio.value:.3f} times as long as before "
        "(95 %: "
    )


def test_rows_without_a_partner_are_told() -> None:
    rows = [made_up([20.0] * 9, threads=n) for n in (1, 2, 3)]
    found = compare_reports(rows[:2], rows[1:])
    assert len(found.ratios) == 1
    assert found.remarks == (
        "only before: net.onnx, cpu, 256x256, 1 thread",
        "only after: net.onnx, cpu, 256x256, 3 threads",
    )
    with pytest.raises(OptionError, match=r"in common: before has .* 1 thread and 1 more; after"):
        compare_reports(rows[:2], rows[2:])
    with pytest.raises(OptionError, match="after has no row"):
        compare_reports(rows, [])


def test_rows_that_are_there_twice_are_paired_in_order() -> None:
    """As older reports have them, of one file given twice."""
    first, second = made_up([20.0] * 9), made_up([40.0] * 9)
    found = compare_reports([first, second], [first, second, first])
    assert [ratio.value for ratio in found.ratios] == [1.0, 1.0]
    assert found.remarks == ("only after: net.onnx, cpu, 256x256, 1 thread",)


def test_what_else_is_another_is_told_once() -> None:
    rows = [made_up([20.0] * 9, threads=n) for n in (1, 2)]
    machine = {"processor": "another", "onnxruntime": "1.0", "tinystyle": "9"}
    others = [replace(row, sha256="1" * 64, machine=machine) for row in rows]
    assert compare_reports(rows, others).remarks == (
        "net.onnx is another file: sha256 000000000000… before, 111111111111… after",
        "another machine: processor made up before, another after",
    )
    assert compare_reports(rows, rows).remarks == ()


def test_reports_are_found_in_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    report = Report((made_up([20.0]),))
    (tmp_path / "bench.json").write_text(to_json(report))
    assert read_report(tmp_path) == report
    folder, missing, empty = (str(tmp_path / name) for name in (".", "none.json", "empty"))
    for bad, text in ((missing, "none.json: no such file"), (empty, "without bench.json")):
        assert main(["compare", folder, bad]) == 5
        assert text in capsys.readouterr().err


def test_pairs_of_one_run_share_its_noise() -> None:
    """The machine was twice as slow half of the time; the ratio is known well all the same."""
    noise = np.repeat([10.0, 20.0], 100)
    first, second = made_up(noise.tolist()), made_up((1.1 * noise).tolist(), model="other.onnx")
    (ratio,) = paired([first, second])
    assert ratio.value == pytest.approx(1.1)
    assert ratio.high - ratio.low < 0.01


def test_only_what_ran_in_turns_has_a_ratio() -> None:
    """A browser's rows beside each other, not beside the CPU's; phones measure row by row."""
    web = {"target": "web", "turns": "web, 256x256, 1 thread"}
    rows = [
        made_up([20.0] * 9),
        made_up([22.0] * 9, target="xnnpack", model="other.onnx"),
        made_up([40.0] * 9, **web),
        made_up([50.0] * 9, model="other.onnx", **web),
        *(made_up([30.0] * 9, target="android", turns="") for _ in range(2)),
        made_up([99.0] * 9, height=512, turns="here, 512x256, 1 thread"),
    ]
    assert [(r.before.split(",")[1], r.value) for r in paired(rows)] == [
        (" cpu", 1.1),
        (" web", 1.25),
    ]
    assert apart(rows) == (
        "measured one after another, not in turns, so no ratio between them: cpu, xnnpack; web; "
        "each row of android"
    )
    assert apart(rows[:2]) == apart([*rows[:2], rows[-1]]) == ""
    page = to_html(Report(tuple(rows), (), {}))
    assert apart(rows) in page
    assert page.count(">1.100<") == 1
    alone = to_html(Report((rows[0], rows[2]), (), {}))
    assert "so no ratio between them: cpu; web" in alone
    assert ">2.000<" not in alone


def test_what_is_said_of_several_rows_is_said_once() -> None:
    rows = [made_up([20.0] * 9, threads=n, remarks=("odd",)) for n in (1, 2)]
    assert doubts(rows) == ["all rows: odd"]
    assert doubts(rows[:1]) == ["net.onnx, cpu, 256x256, 1 thread: odd"]
    names = [f"net.onnx, cpu, 256x256, {n}" for n in ("1 thread", "2 threads")]
    assert doubts([*rows, made_up([20.0])]) == [f"{names[0]}; {names[1]}: odd"]


def test_macs_are_those_of_the_graph_or_of_the_network(model: Path) -> None:
    graph = prepare(random_net(), GraphOptions())
    found = count(model.read_bytes(), (128, 96))
    assert found.macs == macs(graph.ops, 128, 96)
    assert 105_675 < found.parameters < 109_000  # the graph holds constants, too
    own = arithmetic_of(Subject(model, SessionOptions(1)), (128, 96))
    assert own == Arithmetic(random_net().spec.macs(128, 96), 105_675)  # one for all its files
    ours = prepare(random_net(Architecture.SIX_NORM), GraphOptions())
    wide = count(to_onnx(ours).SerializeToString(), (256, 256)).macs
    assert 1.05 < wide / macs(ours.ops, 256, 256) < 1.08  # zeros of wider kernels, and borders
    eighth = quantized(to_onnx(graph, layout=Layout.ANY), [np.zeros((1, 3, 64, 64), np.float32)])
    assert count(eighth.SerializeToString(), (128, 96)).macs == macs(graph.ops, 128, 96)


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ([1, 3, "h", "w"], TensorProto.FLOAT),
        ([1, 64, 80, 3], TensorProto.UINT8),
        (["n", "h", "w", 3], TensorProto.FLOAT),
    ],
)
def test_peers_of_any_layout(shape: list[int | str], kind: int, tmp_path: Path) -> None:
    subject = Subject(identity(tmp_path / "other.onnx", shape, kind), SessionOptions(1))
    picture = photograph((64, 80))
    assert np.array_equal(subject.paint(picture, (64, 80)), picture)
    assert subject.fixed_size == ((64, 80) if kind == TensorProto.UINT8 else None)


def test_other_interfaces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="three channels"):
        Subject(identity(tmp_path / "other.onnx", [1, 4, 64, 64]), SessionOptions(1))
    with pytest.raises(ModelError, match="one picture"):
        Subject(identity(tmp_path / "other.onnx", [1, 3, 64]), SessionOptions(1))
    fixed = Subject(identity(tmp_path / "other.onnx", [1, 3, 64, 80]), SessionOptions(1))
    with pytest.raises(OptionError, match="made for 64x80, not for 64x64"):
        fixed.require_size((64, 64))


def test_peers_may_be_small_but_not_of_any_size(tmp_path: Path) -> None:
    subject = Subject(identity(tmp_path / "other.onnx", [1, 3, "h", "w"]), SessionOptions(1))
    subject.require_size((10, 1))
    for size in ((0, 64), (64, 99_999)):
        with pytest.raises(OptionError, match=r"each side may be 1 to 8192 px"):
            subject.require_size(size)


def test_advice_names_an_option_that_there_is(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = Subject(model, SessionOptions(1))
    with pytest.raises(ModelError, match=r"helps \(--size\)"):
        subject.run(np.zeros((1, 3, 1, 1), np.float32))

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("tinystyle.benchmarks.latency.plan.plan", full)
    assert main([str(model)]) == 1
    assert "help (--size)" in capsys.readouterr().err


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = " ".join(capsys.readouterr().out.split())
    codes = out.partition("exit codes: ")[2]
    for code in (0, 1, 2, 3, 4, 5, 7, REGRESSION, 9, 130):
        assert re.search(rf"(^|; ){code} [a-z]", codes), code
    assert ".tflite" in out


def test_nodes_are_counted_by_provider(model: Path) -> None:
    value = np.zeros((1, 3, 64, 64), np.float32)
    found = profile_nodes(model.read_bytes(), value, SessionOptions(1))
    assert found.nodes is not None
    assert set(found.nodes) == {"cpu"}
    assert found.nodes["cpu"] > 50
    assert {"Conv", "FusedConv"} & set(found.operators)
    assert list(found.operators.values()) == sorted(found.operators.values(), reverse=True)


def test_a_fresh_process_is_measured(model: Path) -> None:
    found = cold_start(model, (64, 64), 1, "cpu")
    assert found.load_ms > 0.0
    assert found.first_run_ms > 0.0
    assert found.peak_bytes is not None
    assert 3e7 < found.peak_bytes < 2e9
    with pytest.raises(ModelError, match="fresh process"):
        cold_start(model.with_name("missing.onnx"), (64, 64), 1, "cpu")


def test_everything_is_measured_in_turns(model: Path, tmp_path: Path) -> None:
    bytes_model = tmp_path / "bytes.onnx"
    graph = prepare(random_net(), GraphOptions(Precision.FP16, io=PictureIO.UINT8))
    data = to_onnx(graph, precision=Precision.FP16, size=(64, 80)).SerializeToString()
    bytes_model.write_bytes(data)
    cases = [Case(m, "cpu", (64, 80), 1) for m in (model, bytes_model)]
    records = measure_all(cases, SHORT, per_operator=True)
    assert [r.model for r in records] == ["net.onnx", "bytes.onnx"]
    assert [len(r.raw_ms) for r in records] == [5, 5]
    assert all(r.macs == graph.spec.macs(64, 80) for r in records)
    assert all(r.operators["Conv"] > 0.0 for r in records)
    assert records[1].size_bytes == len(data)


def test_stages_by_a_clock_that_the_test_moves(model: Path) -> None:
    """Each look at the clock takes 5 ms of its time: every part of a run is one look long."""
    now = itertools.count(0.0, 0.005)
    subject = Subject(model, SessionOptions(1))
    found = end_to_end(subject, photograph((64, 80)), runs=3, clock=lambda: next(now))
    assert list(found.stages_ms) == ["decode", "pre", "run", "post"]
    for times in (*found.stages_ms.values(), found.runtime_ms):
        np.testing.assert_allclose(times, [5.0] * 3)
    np.testing.assert_allclose(found.total_ms, [20.0] * 3)


def test_a_foreign_network_has_no_runtime_of_ours(tmp_path: Path) -> None:
    subject = Subject(identity(tmp_path / "other.onnx", [1, 3, "h", "w"]), SessionOptions(1))
    assert end_to_end(subject, photograph((64, 80)), runs=1).runtime_ms == ()


def test_the_command(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(PROFILES, "rapid", SHORT)
    arguments = [str(model), "--size", "64x64,64x80", "--threads", "1,2"]
    assert main([*arguments, "-o", str(tmp_path / "a")]) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"^net.onnx +cpu +64x(64|80) +[12] ", out, re.MULTILINE)) == 4
    assert "|" not in out  # the whole table, in Markdown, is in bench.md
    assert (tmp_path / "a" / "bench.md").read_text().count("| net.onnx | cpu |") == 4
    assert len(re.findall(r"cpu, [12] threads?: 64x64 \d+, 64x80 \d+\n", out)) == 2
    assert "times as long" not in out  # one model on one target: nothing beside it
    assert "no ratio" not in out
    assert {path.suffix for path in (tmp_path / "a").iterdir()} == {".json", ".csv", ".md", ".html"}
    report = tmp_path / "a" / "bench.json"
    assert main(["compare", str(report), str(report)]) == 0
    for name, time_ms in (("b", 20.0), ("c", 22.0)):
        read = read_report(report)
        steady = tuple(replace(r, raw_ms=(time_ms,) * 20) for r in read.records)
        (tmp_path / f"{name}.json").write_text(to_json(replace(read, records=steady)))
    before, after = (str(tmp_path / f"{name}.json") for name in "bc")
    assert main(["compare", before, after]) == REGRESSION
    out = capsys.readouterr().out
    assert "4 of 4 slower" in out
    assert "the reports were measured one after another" in out
    assert main(["compare", before, after, "--threshold", "1.2"]) == 0


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["--target", "tpu"], 2, "known are cpu"),
        (["--threads", "many"], 2, "1,2"),
        (["--threads", "0"], 2, "1,2"),
        (["--size", "64x64..96x96"], 2, "no range"),
        (["--profile", "slow"], 2, "rapid, quick, mlperf"),
        (["--precision", "fp8"], 2, "fp32, fp16, int8"),
        (["--precision", ""], 2, "fp32, fp16, int8"),
        (["--size", "10x10"], 2, r"size is 10x10; each side may be 64 to 8192 px"),
        (["--size", "64x99999"], 2, r"64x99999; each side may be 64 to 8192 px"),
        (["--device", "x"], 2, "for target android"),
        (["--apk", "x.apk", "--target", "cpu,web"], 2, "for target android"),
        (["--browser", "x", "--target", "cpu,android"], 2, "for target web"),
        (["--apk", "missing.apk", "--target", "android"], 2, "no such app"),
    ],
)
def test_bad_options(
    options: list[str], code: int, word: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(model), *options]) == code
    assert re.search(word, capsys.readouterr().err)


def test_bad_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    for name in ("text.onnx", "missing.onnx"):
        assert main([str(tmp_path / name)]) == 5
        assert capsys.readouterr().err.count("\n") == 1


def test_an_output_that_cannot_be_written_is_told_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the model is looked at, which is not there."""
    (tmp_path / "text.jpg").write_text("no folder")
    assert main([str(tmp_path / "none.onnx"), "-o", str(tmp_path / "text.jpg")]) == 7
    assert "text.jpg: is a file; needed is a folder" in capsys.readouterr().err
