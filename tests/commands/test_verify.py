"""``tinystyle verify``: what it accepts, what it finds, what it leaves for an app."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator
from PIL import Image

from tests.conftest import random_net
from tinystyle.cli import main
from tinystyle.export.lowering import (
    GraphOptions,
    Norm,
    PictureIO,
    calibration_pictures,
    prepare,
)
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.ort_format import to_ort
from tinystyle.export.passes.structure import Padding
from tinystyle.network.graph import Precision
from tinystyle.runtime.network_file import read_network

ARCHITECTURES = {
    "fp32": GraphOptions(),
    "fp16": GraphOptions(Precision.FP16),
    "bytes": GraphOptions(io=PictureIO.UINT8),
    "zeros": GraphOptions(padding=Padding.ZERO),
    "slices of bytes in half": GraphOptions(Precision.FP16, Padding.SLICE, io=PictureIO.UINT8),
}


@pytest.fixture
def net_file(tmp_path: Path) -> Path:
    random_net().save(tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


def _write(path: Path, options: GraphOptions, size: tuple[int, int] | None = None) -> Path:
    pictures = calibration_pictures(None)[:1] if options.norm is Norm.FROZEN else []
    graph = prepare(random_net(), options, pictures)
    model = to_onnx(graph, precision=options.precision, size=size)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_true_files_pass(
    name: str, net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = _write(tmp_path / "model.onnx", ARCHITECTURES[name])
    assert main(["verify", str(model), "--reference", str(net_file)]) == 0
    out = capsys.readouterr().out
    assert ARCHITECTURES[name].precision.value in out
    assert "3 pictures" in out
    assert "within the tolerance" in out


def test_another_network_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random_net(seed=1).save(tmp_path / "other.safetensors")
    random_net(width=16).save(tmp_path / "wider.safetensors")
    model = _write(tmp_path / "model.onnx", GraphOptions())
    for name, word in (("other", "differ by"), ("wider", '"width":16')):
        reference = tmp_path / f"{name}.safetensors"
        assert main(["verify", str(model), "--reference", str(reference)]) == 6
        assert word in capsys.readouterr().err


def test_one_wrong_weight_fails(net_file: Path, tmp_path: Path) -> None:
    net = random_net()
    wrong = replace(
        net, weights={**net.weights, "out.bias": net.weights["out.bias"] + np.float32(0.1)}
    )
    (tmp_path / "model.onnx").write_bytes(
        to_onnx(prepare(wrong, ARCHITECTURES["fp16"]), precision=Precision.FP16).SerializeToString()
    )
    arguments = ["verify", str(tmp_path / "model.onnx"), "--reference", str(net_file)]
    assert main(arguments) == 6
    assert main([*arguments, "--tolerance", "0.5"]) == 0


def test_frozen_norms_need_a_tolerance(
    net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = _write(tmp_path / "model.onnx", GraphOptions(norm=Norm.FROZEN))
    arguments = ["verify", str(model), "--reference", str(net_file)]
    assert main(arguments) == 2
    assert "--tolerance" in capsys.readouterr().err
    assert main([*arguments, "--tolerance", "1"]) == 0
    assert main([*arguments, "--tolerance", "0.001"]) == 6


def test_golden_pictures_for_the_device(
    net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = _write(tmp_path / "model.onnx", ARCHITECTURES["bytes"], size=(64, 72))
    folder = tmp_path / "golden"
    arguments = ["verify", str(model), "--reference", str(net_file), "--golden", str(folder)]
    assert main([*arguments, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    report = json.loads((folder / "golden.json").read_text())
    assert report["parity"] == shown["parity"]
    assert report["tolerance_grey_levels"]["largest"] == pytest.approx(2.03, abs=0.01)
    assert len(report["pictures"]) == 5
    session = ReferenceEvaluator(str(model))
    for row in report["pictures"][:2]:
        pixels = np.asarray(Image.open(folder / row["input"]))
        expected = np.asarray(Image.open(folder / row["expected"]))
        assert pixels.shape == expected.shape == (64, 72, 3)
        painted = np.asarray(next(iter(session.run(None, {"image": pixels[None]}))))
        assert np.abs(painted[0].astype(int) - expected.astype(int)).max() <= 1


@pytest.mark.parametrize(("tolerance", "largest"), [([], 14.0), (["--tolerance", "0.03"], 8.65)])
def test_devices_may_add_up_in_half_numbers(
    tolerance: list[str], largest: float, net_file: Path, tmp_path: Path
) -> None:
    model = _write(tmp_path / "model.onnx", ARCHITECTURES["slices of bytes in half"])
    arguments = ["verify", str(model), "--reference", str(net_file), *tolerance]
    assert main([*arguments, "--golden", str(tmp_path / "golden"), "--golden-size", "64x64"]) == 0
    report = json.loads((tmp_path / "golden" / "golden.json").read_text())
    assert report["tolerance_grey_levels"]["largest"] == pytest.approx(largest)


def test_the_reference_can_be_an_fp32_model(net_file: Path, tmp_path: Path) -> None:
    model = _write(tmp_path / "model.onnx", GraphOptions())
    net = random_net()
    found = read_network(model)
    assert found.spec == net.spec
    assert all(np.array_equal(found.weights[k], v) for k, v in net.weights.items())
    half = _write(tmp_path / "half.onnx", ARCHITECTURES["fp16"])
    assert main(["verify", str(half), "--reference", str(model)]) == 0


def test_bad_references(net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = _write(tmp_path / "model.onnx", GraphOptions())
    half = _write(tmp_path / "half.onnx", ARCHITECTURES["fp16"])
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "text.safetensors").write_text("no weights")
    for bad in (
        half,
        tmp_path / "text.onnx",
        tmp_path / "text.safetensors",
        tmp_path / "none.onnx",
    ):
        assert main(["verify", str(model), "--reference", str(bad)]) == 5
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
    assert main(["verify", str(tmp_path / "text.onnx"), "--reference", str(net_file)]) == 5


@pytest.mark.parametrize("tolerance", ["nan", "-0.1", "1.5", "inf"])
def test_bad_tolerances(tolerance: str, net_file: Path, tmp_path: Path) -> None:
    model = _write(tmp_path / "model.onnx", GraphOptions())
    arguments = ["verify", str(model), "--reference", str(net_file), f"--tolerance={tolerance}"]
    assert main(arguments) == 2


@pytest.mark.parametrize("size", ["0x0", "10x10", "100000x100000"])
def test_bad_golden_sizes_leave_nothing(size: str, net_file: Path, tmp_path: Path) -> None:
    model, golden = _write(tmp_path / "model.onnx", GraphOptions()), tmp_path / "golden"
    arguments = ["verify", str(model), "--reference", str(net_file), "--golden", str(golden)]
    assert main([*arguments, "--golden-size", size]) == 2
    assert not golden.exists()


def test_a_file_is_no_place_for_golden_pictures(
    net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told before the model is looked at, which is not there."""
    (tmp_path / "text.jpg").write_text("no folder")
    arguments = ["verify", str(tmp_path / "none.onnx"), "--reference", str(net_file)]
    assert main([*arguments, "--golden", str(tmp_path / "text.jpg")]) == 7
    assert "text.jpg: is a file; needed is a folder" in capsys.readouterr().err


def test_frozen_norms_have_no_golden_pictures(net_file: Path, tmp_path: Path) -> None:
    model, golden = _write(tmp_path / "m.onnx", GraphOptions(norm=Norm.FROZEN)), tmp_path / "g"
    arguments = ["verify", str(model), "--reference", str(net_file), "--tolerance", "1"]
    assert main([*arguments, "--golden", str(golden)]) == 2
    assert not golden.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("precision", "fp64"), ("precision", "int8"), ("padding", "weird")],
)
def test_files_that_say_what_is_not_so(
    key: str, value: str, net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = to_onnx(prepare(random_net(), GraphOptions()))
    model.metadata_props.add(key=f"tinystyle.{key}", value=value)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    assert main(["verify", str(path), "--reference", str(net_file)]) == 5
    assert "says that" in capsys.readouterr().err


@pytest.mark.parametrize(("said", "code"), [("fp16", 0), ("fp32", 5), ("int8", 5), (None, 5)])
def test_the_precision_of_an_ort_file_is_what_it_says_and_holds(
    said: str | None, code: int, net_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = prepare(random_net(), GraphOptions(Precision.FP16))
    notes = {key: text for key, text in graph.notes.items() if key != "precision"}
    graph = replace(graph, notes={**notes, "precision": said} if said else notes)
    data, _ = to_ort(to_onnx(graph, precision=Precision.FP16).SerializeToString())
    path = tmp_path / "model.ort"
    path.write_bytes(data)
    assert main(["verify", str(path), "--reference", str(net_file), "--json"]) == code
    shown = capsys.readouterr()
    if code:
        assert f"says that it is {said or 'fp32'}, but is fp16" in shown.err
    else:
        assert json.loads(shown.out)["precision"] == "fp16"


def test_notes_of_the_file_are_not_those_of_the_network(tmp_path: Path) -> None:
    options = GraphOptions(padding=Padding.ZERO, io=PictureIO.UINT8)
    assert set(read_network(_write(tmp_path / "m.onnx", options)).notes) == {"style_name"}


def test_another_style_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = replace(random_net(), notes={"style_name": "one", "style_sha256": "1" * 64})
    (tmp_path / "one.onnx").write_bytes(to_onnx(one).SerializeToString())
    two = replace(random_net(), notes={"style_name": "two", "style_sha256": "2" * 64})
    two.save(tmp_path / "two.safetensors")
    given = ["verify", str(tmp_path / "one.onnx"), "--reference", str(tmp_path / "two.safetensors")]
    assert main(given) == 6
    error = capsys.readouterr().err
    assert "another style picture ('one') than the reference ('two')" in error
