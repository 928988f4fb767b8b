"""The demo's session code on the JVM, on real exported networks, against Python's runtime."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.android.conftest import ORT_COMMANDS, Jvm, byte_model, load, save
from tests.conftest import random_net
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, Norm, PictureIO, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.network.graph import Precision
from tinystyle.network.spec import Architecture
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array, to_batch
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

PHOTOGRAPH = landscape(160)[:120]


def _options(**changes: object) -> ExportOptions:
    return ExportOptions(graph=GraphOptions(io=PictureIO.UINT8), **changes)  # type: ignore[arg-type]


def _painted(model: bytes, rgb: UInt8Array) -> UInt8Array:
    painter = Stylizer.from_bytes(model, "model", SessionOptions(threads=1))
    painted: UInt8Array = painter.run_bytes(rgb[None])[0]
    return painted


def test_the_runtime_tells_its_version(jvm: Jvm, tmp_path: Path) -> None:
    expected = f"onnxruntime {onnxruntime.__version__}"
    assert jvm.script(ORT_COMMANDS, tmp_path, ["runtime"]) == [expected]


MODELS: dict[str, Callable[[], bytes]] = {
    "any size": byte_model,
    "fixed size": lambda: onnx_bytes(
        prepare(random_net(), _options().graph), _options(size=(120, 160))
    ),
    "half precision": lambda: byte_model(precision=Precision.FP16),
}


@pytest.mark.parametrize("kind", MODELS)
def test_paintings_are_those_of_python(jvm: Jvm, tmp_path: Path, kind: str) -> None:
    model = MODELS[kind]()
    (tmp_path / "m.onnx").write_bytes(model)
    save(tmp_path / "in", PHOTOGRAPH)
    line = f"paint {tmp_path / 'm.onnx'} cpu 1 120 160 {tmp_path / 'in'} {tmp_path / 'out'}"
    said = jvm.script(ORT_COMMANDS, tmp_path, [line, "handles"])
    assert said == ["providers [cpu]", "handles 0"]
    painted = load(tmp_path / "out", PHOTOGRAPH.shape)
    assert painted.std() > 10
    assert np.array_equal(painted, _painted(model, PHOTOGRAPH))


def test_a_run_makes_nothing_of_a_pictures_size(jvm: Jvm, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(byte_model())
    lines = [f"allocations {tmp_path / 'm.onnx'} cpu 1 {side} {side}" for side in (64, 192)]
    found = [int(line) for line in jvm.script(ORT_COMMANDS, tmp_path, lines)]
    assert max(found) < 1000
    assert found[0] == found[1]


def test_the_preview_on_onnxruntime(jvm: Jvm, tmp_path: Path) -> None:
    """Frames to pixels of the screen; networks changed meanwhile, damaged ones among them."""
    models = {"first": byte_model(), "second": byte_model(random_net(seed=5)), "damaged": b"no"}
    for name, model in models.items():
        (tmp_path / name).write_bytes(model)
    grey = np.ascontiguousarray(PHOTOGRAPH[..., 1])
    (tmp_path / "grey").write_bytes(grey.tobytes())
    files = " ".join(str(tmp_path / name) for name in models)
    lines = [f"preview {files} 120 160 {tmp_path / 'grey'} {tmp_path / 'out'}"]
    painted, refused, handles, allocated = jvm.script(ORT_COMMANDS, tmp_path, lines)[0].split(", ")
    assert (painted, refused) == ("32 painted", "4 refused")
    # Options, session and two tensors of one network at a time; nothing after the pause.
    assert handles == "handles 4 then 0"
    assert int(allocated.removeprefix("bytes ")) < 1000
    rgba = load(tmp_path / "out", (120, 160, 4))
    assert np.array_equal(rgba[..., :3], _painted(models["first"], np.stack([grey] * 3, axis=-1)))
    assert (rgba[..., 3] == 255).all()


def test_models_that_cannot_paint_are_refused_with_a_reason(jvm: Jvm, tmp_path: Path) -> None:
    model = byte_model()
    floats = onnx_bytes(prepare(random_net(), GraphOptions()), ExportOptions())
    fixed = onnx_bytes(prepare(random_net(), _options().graph), _options(size=(64, 80)))
    files = {
        "empty": (b"", "empty"),
        "noise": (np.random.default_rng(0).bytes(5000), "not a model"),
        "cut": (model[: len(model) // 2], "not a model"),
        "text": (b"no model", "not a model"),
        "floats": (floats, "--io uint8"),
        "fixed": (fixed, "64x80; asked for was 120x160"),
    }
    save(tmp_path / "in", PHOTOGRAPH)
    rest = f"120 160 {tmp_path / 'in'} {tmp_path / 'out'}"
    lines = []
    for name, (content, _) in files.items():
        (tmp_path / f"{name}.onnx").write_bytes(content)
        lines.append(f"paint {tmp_path / name}.onnx cpu 1 {rest}")
    *found, left = jvm.script(ORT_COMMANDS, tmp_path, [*lines, "handles"])
    assert left == "handles 0"
    for (name, (_, reason)), line in zip(files.items(), found, strict=True):
        assert line.startswith(f"refused MODEL: {name}.onnx: "), line
        assert reason in line
        assert len(line) < 400
    assert not (tmp_path / "out").exists()


def test_absent_providers_are_refused(jvm: Jvm, tmp_path: Path) -> None:
    """The library for computers has none of the three."""
    (tmp_path / "m.onnx").write_bytes(byte_model())
    names = ("xnnpack", "nnapi", "qnn")
    lines = [f"allocations {tmp_path / 'm.onnx'} {name} 1 64 64" for name in names]
    *found, left = jvm.script(ORT_COMMANDS, tmp_path, [*lines, "handles"])
    assert left == "handles 0"
    for name, line in zip(names, found, strict=True):
        assert line.startswith(f"refused OPTION: execution provider {name} is not in this"), line


@pytest.mark.parametrize("missing", ["classes", "library"])
def test_an_app_without_onnxruntime_says_so(jvm: Jvm, tmp_path: Path, missing: str) -> None:
    """As when the APK of tools/build_apk.py is installed, or one for another processor."""
    (tmp_path / "m.onnx").write_bytes(byte_model())
    save(tmp_path / "in", PHOTOGRAPH)
    rest = f"120 160 {tmp_path / 'in'} {tmp_path / 'out'}"
    lines = [
        "runtime",
        f"paint {tmp_path / 'm.onnx'} cpu 1 {rest}",
        f"weights {tmp_path / 'm.onnx'}",
    ]
    lacking = tmp_path / "jvm"
    (lacking / "temporary").mkdir(parents=True)
    shutil.copytree(
        jvm.folder / "classes",
        lacking / "classes",
        ignore=lambda folder, names: ["ai"] if missing == "classes" and "ai" in names else [],
    )
    shutil.copy(jvm.folder / "libtinystyle_ort.so", lacking)
    library = tmp_path / "none.so" if missing == "library" else jvm.library
    version, *refused = Jvm(lacking, library).script(ORT_COMMANDS, tmp_path, lines)
    assert version == "none"
    assert len(refused) == 2
    for line in refused:
        assert line.startswith("refused MODEL: onnxruntime is not in this app, or not for this")


def _plain() -> bytes:
    return byte_model(random_net(Architecture.PLAIN, seed=3))


def _frozen() -> bytes:
    options = ExportOptions(graph=GraphOptions(io=PictureIO.UINT8, norm=Norm.FROZEN))
    pictures = [to_batch(landscape(96))]
    return onnx_bytes(prepare(random_net(seed=3), options.graph, pictures), options, pictures)


@pytest.mark.parametrize("make", [_plain, _frozen, byte_model])
def test_tiles(jvm: Jvm, tmp_path: Path, make: Callable[[], bytes]) -> None:
    """Without norms, or with frozen ones, in tiles as in one piece, but for rounding."""
    model = make()
    photograph = np.ascontiguousarray(landscape(431)[:350])
    (tmp_path / "m.onnx").write_bytes(model)
    save(tmp_path / "in", photograph)
    line = f"photo {tmp_path / 'm.onnx'} local 65536 350 431 {tmp_path / 'in'} {tmp_path / 'out'}"
    assert jvm.script(ORT_COMMANDS, tmp_path, [line]) == ["TILES 4"]
    whole = _painted(model, photograph).astype(int)
    difference = np.abs(load(tmp_path / "out", photograph.shape) - whole)
    assert whole.std() > 10
    if make is byte_model:  # what plans forbid would be seen: norms differ from tile to tile
        assert difference.max() > 10
    else:
        assert difference.max() <= 1


def test_photos_for_global_networks_are_scaled(jvm: Jvm, tmp_path: Path) -> None:
    photograph = np.ascontiguousarray(landscape(431)[:350])
    (tmp_path / "m.onnx").write_bytes(byte_model())
    save(tmp_path / "in", photograph)
    words = f"65536 350 431 {tmp_path / 'in'} {tmp_path / 'out'}"
    line = f"photo {tmp_path / 'm.onnx'} fine {words}"
    assert jvm.script(ORT_COMMANDS, tmp_path, [line]) == ["SCALED 1"]
    assert load(tmp_path / "out", photograph.shape).std() > 10


def test_the_benchmarks_file(jvm: Jvm, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(byte_model())
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    folder = tmp_path / "device" / "benchmark"
    lines = [f"benchmark {n} {tmp_path / n}.onnx 96 64 4 {folder}" for n in ("m", "bad")]
    assert jvm.script(ORT_COMMANDS, tmp_path, lines) == ["m.json", "bad.json"]
    assert sorted(path.name for path in folder.iterdir()) == ["bad.json", "m.json"]
    report = json.loads((folder / "m.json").read_text())
    assert report["format"] == "tinystyle-benchmark-run"
    assert (report["version"], report["status"], report["error"]) == (1, "done", None)
    assert report["providers"] == ["cpu"]
    assert (report["height"], report["width"], report["threads"]) == (96, 64, 2)
    assert report["size_bytes"] == (tmp_path / "m.onnx").stat().st_size
    assert report["runtime"] == f"onnxruntime {onnxruntime.__version__}"
    assert len(report["raw_ms"]) == len(report["end_to_end_ms"]) == 4
    for raw, whole in zip(report["raw_ms"], report["end_to_end_ms"], strict=True):
        assert 0 < raw < whole
    assert all(math.isfinite(report[key]) for key in ("load_ms", "first_run_ms"))
    failed = json.loads((folder / "bad.json").read_text())
    assert failed["status"] == "failed"
    assert failed["error"].startswith("bad.onnx: not a model")
    assert failed["raw_ms"] == []
