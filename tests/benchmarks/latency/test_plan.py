"""What ``bench`` makes of its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.networks import identity, ours
from tests.conftest import random_net
from tinystyle.benchmarks.latency.plan import plan
from tinystyle.benchmarks.models.model import Subject
from tinystyle.errors import ModelError, OptionError, PictureError
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.graph import Precision
from tinystyle.runtime.session import SessionOptions

EIGHTH, HALF, SINGLE = Precision.INT8, Precision.FP16, Precision.FP32


def test_everything_with_everything(tmp_path: Path) -> None:
    model = tmp_path / "net.onnx"
    ours(model)
    sizes = [(64, 64), (64, 80)]
    cases = plan([model], ["cpu", "cuda"], [1, 2], tmp_path, sizes=sizes)
    assert len(set(cases)) == len(cases) == 2 * 2 * 2
    assert {case.model for case in cases} == {model}
    assert [case.size for case in plan([model], ["cpu"], [1], tmp_path)] == [(256, 256)]


def test_a_model_of_one_size_has_its_own(tmp_path: Path) -> None:
    model = tmp_path / "net.onnx"
    data = to_onnx(prepare(random_net(), GraphOptions()), size=(64, 80)).SerializeToString()
    model.write_bytes(data)
    assert [case.size for case in plan([model], ["cpu"], [1], tmp_path)] == [(64, 80)]


def test_weights_in_every_precision(tmp_path: Path) -> None:
    random_net().save(tmp_path / "net.safetensors")
    given = [tmp_path / "net.safetensors"]
    cases = plan(given, ["cpu"], [1], tmp_path / "x", precisions=[SINGLE, HALF, HALF, EIGHTH])
    names = [case.model.name for case in cases]
    assert names == ["net-fp32.onnx", "net-fp16.onnx", "net-int8.onnx"]
    single, half, eighth = (case.model.stat().st_size for case in cases)
    assert single > 1.5 * half
    assert half > eighth
    assert not any(Subject(case.model, SessionOptions(1)).takes_bytes for case in cases)


def test_an_onnx_file_of_ours_in_another_precision(tmp_path: Path) -> None:
    random_net().save(tmp_path / "net.safetensors")
    (first,) = plan([tmp_path / "net.safetensors"], ["cpu"], [1], tmp_path / "x")
    (second,) = plan([first.model], ["cpu"], [1], tmp_path / "y", precisions=[HALF])
    assert second.model.name == "net-fp32-fp16.onnx"
    with pytest.raises(ModelError, match="fp32"):
        plan([second.model], ["cpu"], [1], tmp_path / "z", precisions=[EIGHTH])


def test_pictures_become_networks_of_bytes_for_a_phone(styles: list[Path], tmp_path: Path) -> None:
    (one, other) = plan(styles[:1], ["cpu", "android"], [1], tmp_path)
    assert one.model == other.model
    assert one.model.name == f"{styles[0].stem}-fp32.onnx"
    assert Subject(one.model, SessionOptions(1)).takes_bytes


def test_two_files_of_one_name_stay_two(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        random_net(seed=ord(name)).save(tmp_path / name / "net.safetensors")
    given = [tmp_path / name / "net.safetensors" for name in "ab"]
    first, second = plan(given, ["cpu"], [1], tmp_path / "x")
    assert first.model.read_bytes() != second.model.read_bytes()
    assert [first.name, second.name] == ["net-fp32.onnx", "net-fp32.onnx (2)"]


def test_a_file_given_twice_is_two_rows(tmp_path: Path) -> None:
    random_net().save(tmp_path / "net.safetensors")
    (first,) = plan([tmp_path / "net.safetensors"], ["cpu"], [1], tmp_path / "x")
    cases = plan([first.model] * 3, ["cpu", "web"], [1], tmp_path)
    assert [case.name for case in cases[::2]] == [
        *("net-fp32.onnx", "net-fp32.onnx (2)", "net-fp32.onnx (3)")
    ]


def test_what_cannot_be_measured(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="known are"):
        plan([tmp_path / "net.onnx"], ["tpu"], [1], tmp_path)
    with pytest.raises(OptionError, match="no model"):
        plan([], ["cpu"], [1], tmp_path)
    (tmp_path / "art.jpg").write_text("no picture")
    with pytest.raises(PictureError):
        plan([tmp_path / "art.jpg"], ["cpu"], [1], tmp_path)
    theirs = identity(tmp_path / "theirs.onnx", [1, 3, 64, 64])
    with pytest.raises(ModelError):
        plan([theirs], ["cpu"], [1], tmp_path, precisions=[HALF])
