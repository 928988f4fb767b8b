"""``.tflite`` files beside ours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import random_net
from tinystyle.benchmarks.latency.case import Case, Profile
from tinystyle.benchmarks.latency.end_to_end import end_to_end
from tinystyle.benchmarks.latency.runner import measure_all, photograph
from tinystyle.benchmarks.latency.targets import measure
from tinystyle.benchmarks.models.model import Subject
from tinystyle.errors import MissingExtraError, ModelError, OptionError
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.session import SessionOptions

SHORT = Profile("short", 3, 0.001, 60.0, 1)
NEEDED = "what runs .tflite files is not installed: pip install ai-edge-litert"


def _write(path: Path, sides: list[int], *, kind: str = "FLOAT32", inputs: int = 1) -> Path:
    """A model of one RELU, which gives back a picture as it is; -1 is a side that may be any."""
    schema: Any = pytest.importorskip("ai_edge_litert.schema_py_generated", reason=NEEDED)
    flatbuffers: Any = pytest.importorskip("flatbuffers", reason=NEEDED)
    tensors = []
    for name in ("in", "out"):
        tensor = schema.TensorT()
        tensor.name, tensor.type = name, getattr(schema.TensorType, kind)
        tensor.shape, tensor.shapeSignature = [max(1, side) for side in sides], sides
        tensors.append(tensor)
    code, operator = schema.OperatorCodeT(), schema.OperatorT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.RELU
    operator.inputs, operator.outputs = [0], [1]
    graph, model = schema.SubGraphT(), schema.ModelT()
    graph.tensors, graph.operators = tensors, [operator]
    graph.inputs, graph.outputs = [0] * inputs, [1]
    model.version, model.operatorCodes = 3, [code]
    model.subgraphs, model.buffers = [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


@pytest.mark.parametrize(
    ("sides", "fixed"), [([1, 64, 80, 3], (64, 80)), ([1, -1, -1, 3], None), ([1, 3, -1, -1], None)]
)
def test_pictures_go_through(
    sides: list[int], fixed: tuple[int, int] | None, tmp_path: Path
) -> None:
    subject = Subject(_write(tmp_path / "x.tflite", sides), SessionOptions(1))
    assert subject.fixed_size == fixed
    assert subject.channels_first is (sides[1] == 3)
    assert subject.providers == ("cpu",)
    for size in [(64, 80)] if fixed else [(64, 80), (48, 96), (64, 80)]:
        picture = photograph(size)
        assert np.array_equal(subject.paint(picture, size), picture)
    assert end_to_end(subject, photograph((64, 80)), runs=1).runtime_ms == ()


def test_it_is_measured_beside_ours(tmp_path: Path) -> None:
    theirs = _write(tmp_path / "theirs.tflite", [1, -1, -1, 3])
    ours = tmp_path / "ours.onnx"
    ours.write_bytes(to_onnx(prepare(random_net(), GraphOptions())).SerializeToString())
    records = measure_all([Case(path, "cpu", (64, 80), 1) for path in (ours, theirs)], SHORT)
    assert [len(record.raw_ms) for record in records] == [3, 3]
    assert "litert" not in records[0].machine
    assert records[1].machine["litert"][0].isdigit()
    assert records[1].nodes is None
    assert records[1].macs is None
    assert records[1].cold is not None
    assert records[1].size_bytes == theirs.stat().st_size


def test_other_interfaces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="three channels"):
        Subject(_write(tmp_path / "x.tflite", [1, 64, 64, 4]), SessionOptions(1))
    with pytest.raises(ModelError, match="one picture"):
        Subject(_write(tmp_path / "x.tflite", [64, 64, 3]), SessionOptions(1))
    with pytest.raises(ModelError, match="one picture"):
        Subject(_write(tmp_path / "x.tflite", [1, 64, 64, 3], kind="INT8"), SessionOptions(1))
    with pytest.raises(OptionError, match="target cpu, not on xnnpack"):
        Subject(_write(tmp_path / "x.tflite", [1, 8, 8, 3]), SessionOptions(1, ("xnnpack",)))
    with pytest.raises(OptionError, match="target cpu alone"):
        measure([Case(tmp_path / "x.tflite", "android", (64, 64), 1)], SHORT)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    data = _write(tmp_path / "x.tflite", [1, 64, 64, 3]).read_bytes()
    for damaged in (data[:100], data[:-20], data[:8] + b"\xff" * 500):
        (tmp_path / "y.tflite").write_bytes(damaged)
        with pytest.raises(ModelError, match="LiteRT can load"):
            Subject(tmp_path / "y.tflite", SessionOptions(1))


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.tflite").write_bytes(b"\x1c\x00\x00\x00TFL3")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(MissingExtraError, match=r".\[tflite\]"):
        Subject(tmp_path / "x.tflite", SessionOptions(1))
