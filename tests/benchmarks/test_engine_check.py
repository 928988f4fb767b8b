"""Other engines, of which onnxruntime in a process of its own stands for all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import random_net
from tinystyle.benchmarks import engine_check
from tinystyle.benchmarks.engine_check import (
    Engine,
    EngineRow,
    check_engines,
    faults,
    to_markdown,
)
from tinystyle.errors import AbsentTargetError, OptionError
from tinystyle.graph import Precision


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
    monkeypatch.setitem(engine_check.ENGINES, "here", Engine("onnxruntime", ()))
    rows = check_engines(random_net(), environments, ["here"], [Precision.FP32, Precision.FP16])
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
    monkeypatch.setitem(engine_check.ENGINES, "here", Engine("cannot", ()))
    (row,) = check_engines(random_net(), environments, ["here"], [Precision.FP32])
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


def test_unknown_engines_and_those_that_cannot_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OptionError, match=r"known are .*OpenCV 4"):
        check_engines(random_net(), tmp_path, ["TensorRT"])
    nothing = str(tmp_path / "no such wheel.whl")
    monkeypatch.setitem(engine_check.ENGINES, "gone", Engine("gone", (nothing,)))
    with pytest.raises(AbsentTargetError, match="gone: cannot be installed"):
        check_engines(random_net(), tmp_path, ["gone"])
