"""Other engines, of which onnxruntime in a process of its own stands for all."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession

from tests.conftest import random_net
from tinystyle.benchmarks.engines.check import EngineRow, check_engines, faults, to_markdown
from tinystyle.benchmarks.engines.files import engine_file
from tinystyle.benchmarks.engines.list import BROWSER, ENGINES, Engine, FileSize
from tinystyle.benchmarks.engines.runs import BrowserEngine
from tinystyle.benchmarks.web.browser import BROWSER_VARIABLE
from tinystyle.benchmarks.web.runtime import RUNTIME_VARIABLE, cached_runtime, runtime_in
from tinystyle.errors import AbsentTargetError, OptionError
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network.graph import Precision
from tinystyle.pictures.images import FloatArray
from tinystyle.runtime.stylizer import Stylizer


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """An environment that is there: this one."""
    folder = tmp_path / "here"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (folder / "ready").touch()
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the interpreter")
def test_an_engine_paints_in_a_process_of_its_own(
    environments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENGINES, "here", Engine("onnxruntime", ()))
    precisions = [Precision.FP32, Precision.FP16]
    rows = check_engines(random_net(), environments, ["here"], precisions).rows
    assert [row.precision for row in rows] == [Precision.FP32, Precision.FP16]
    for row in rows:
        assert row.version and not row.refused
        assert [name for name, _, _ in row.differences] == ["scene", "white"]
        largest = max(most for _, most, _ in row.differences)
        assert largest <= (0.1 if row.precision is Precision.FP32 else 4.0)
    assert max(most for _, most, _ in rows[1].differences) > 0.0
    table = to_markdown(rows)
    assert table.count("\n") == 3 and "fp16" in table


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the interpreter")
def test_an_engine_that_refuses_is_told(
    environments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENGINES, "here", Engine("cannot", ()))
    (row,) = check_engines(random_net(), environments, ["here"], [Precision.FP32]).rows
    assert "cannot" in row.refused and not row.differences
    assert "refused" in to_markdown([row])


def test_faults_are_what_a_precision_does_not_allow() -> None:
    def row(engine: str, precision: Precision, off: float, refused: str = "") -> EngineRow:
        return EngineRow(engine, "1", precision, (("scene", 2.0 * off, off),), refused)

    good = [
        row("OpenCV 4", Precision.FP32, 0.4),
        row("OpenCV 4", Precision.FP16, 0.9),
        row("OpenCV 4", Precision.INT8, 3.9),
        row("onnx2torch", Precision.INT8, 0.0, "not implemented"),
    ]
    assert faults(good) == []
    bad = [
        row("OpenCV 4", Precision.FP32, 0.6),
        row("OpenCV 4", Precision.FP16, 1.1),
        row("OpenCV 4", Precision.INT8, float("nan")),
        row("OpenCV 4", Precision.FP32, 0.0, "not implemented"),
    ]
    assert len(faults(bad)) == 4


def test_a_refusal_may_be_known_of_one_size_alone() -> None:
    def row(size: FileSize, precision: Precision = Precision.INT8) -> EngineRow:
        return EngineRow("MNN", "1", precision, (), "no result", size)

    assert faults([row(FileSize.WRITTEN), row(FileSize.FIXED)]) == []
    assert len(faults([row(FileSize.ANY), row(FileSize.FIXED, Precision.FP32)])) == 2


def test_a_misreading_that_is_known_is_no_fault_and_is_shown() -> None:
    off = (("scene", 230.0, 36.0),)
    row = EngineRow("onnx2tf and LiteRT", "1", Precision.INT8, off)
    assert faults([row]) == []
    assert "230.00, 36.00" in to_markdown([row])
    assert faults([EngineRow("onnx2tf and LiteRT", "1", Precision.FP32, off)])


def test_files_are_given_one_size_by_the_tool_of_onnxruntime() -> None:
    net = random_net()
    free, fixed = (engine_file(net, Precision.FP32, s) for s in (FileSize.ANY, FileSize.FIXED))
    assert [_sides(free), _sides(fixed)] == [["height", "width"] * 2, [256] * 4]
    picture = golden_pictures(256, 256)["scene"]
    one, other = (Stylizer.from_bytes(data, "file").run(picture) for data in (free, fixed))
    np.testing.assert_allclose(one, other, atol=1e-4)


def _sides(data: bytes) -> list[str | int]:
    graph = onnx.load_from_string(data).graph
    shapes = [value.type.tensor_type.shape for value in (*graph.input, *graph.output)]
    return [d.dim_param or d.dim_value for shape in shapes for d in shape.dim[2:]]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the interpreter")
def test_an_engine_gets_the_sizes_that_it_takes(
    environments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENGINES, "here", Engine("onnxruntime", (), free=False))
    fp32 = [Precision.FP32]
    (row,) = check_engines(random_net(), environments, ["here"], fp32).rows
    assert row.size is FileSize.WRITTEN
    rows = check_engines(random_net(), environments, ["here"], fp32, tuple(FileSize)).rows
    assert [row.size for row in rows] == [FileSize.WRITTEN, FileSize.FIXED]
    assert faults(rows) == []


def test_unknown_engines_and_those_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OptionError, match=r"known are .*OpenCV 4"):
        check_engines(random_net(), tmp_path, ["TensorRT"])
    nothing = str(tmp_path / "no such wheel.whl")
    monkeypatch.setitem(ENGINES, "gone", Engine("gone", (nothing,)))
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.delenv(BROWSER_VARIABLE, raising=False)
    report = check_engines(random_net(), tmp_path, ["gone", "onnxruntime-web"])
    assert report.rows == ()
    first, second = report.absent
    assert "gone: cannot be installed" in first and "needs a browser" in second


@pytest.fixture
def web() -> BrowserEngine:
    """A browser and onnxruntime-web that are already on this machine."""
    try:
        runtime_in(Path(os.environ.get(RUNTIME_VARIABLE) or cached_runtime()))
    except OptionError:
        pytest.skip("no onnxruntime-web here: python -m tinystyle.benchmarks.web.runtime")
    try:
        return BrowserEngine()
    except (AbsentTargetError, OptionError) as error:
        pytest.skip(str(error))


def test_the_browser_is_an_engine(web: BrowserEngine) -> None:
    assert ENGINES["onnxruntime-web"].client == BROWSER
    model = engine_file(random_net(), Precision.FP32, FileSize.ANY)
    found = web.paint(model, _small_pictures())
    assert found.version and not found.refused
    stylizer = Stylizer.from_bytes(model, "file")
    for name, picture in _small_pictures().items():
        np.testing.assert_allclose(found.painted[name], stylizer.run(picture), atol=1e-4)


def test_what_the_browser_refuses_is_told(web: BrowserEngine) -> None:
    found = web.paint(b"no model", _small_pictures())
    assert "onnxruntime-web cannot run" in found.refused and not found.painted


def test_the_documented_graphs_are_right_in_onnxruntime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other engines make of them is a fault of theirs only if this holds."""
    text = (Path(__file__).parents[3] / "docs" / "engines.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "engines.md", "exec"), {})

    def ran(name: str, *shape: int, dtype: type = np.float32) -> list[float]:
        session = InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
        result = np.asarray(session.run(None, {"x": np.ones(shape, dtype)})[0])
        return [float(v) for v in np.unique(result)]

    assert ran("scales", 1, 1, 8, 8) == [1.0, 2.0, 3.0, 4.0]
    assert ran("clip", 1, 1, 8, 8) == [0.5]
    assert ran("told", 1, 4, 8, 8) == [18.0]
    assert ran("shape", 2, 3) == [3.0, 4.0]
    assert ran("sum", 1, 4096, 1, 1, dtype=np.float16) == [4096.0]


def _small_pictures() -> dict[str, FloatArray]:
    rng = np.random.default_rng(0)
    return {name: rng.random((1, 3, 64, 72), np.float32) for name in ("one", "two")}
