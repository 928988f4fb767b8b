"""Any style on the phone: the demo's Java code makes a network as Python does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.android.conftest import ORT_COMMANDS, Jvm, byte_model, load, save
from tinystyle.export.template import make_template
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, UInt8Array
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.weights import released

SHAPES = {"square": (256, 256, 256), "long": (90, 300, 128), "tall": (333, 127, 256)}
"""Height and width of the artwork, and the size at which it is looked at."""


def _artwork(height: int, width: int) -> UInt8Array:
    return np.ascontiguousarray(next(iter(ARTWORKS.values()))(max(height, width))[:height, :width])


@pytest.fixture(scope="module")
def hypernetwork() -> Hypernetwork:
    return Hypernetwork()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, hypernetwork: Hypernetwork) -> Path:
    """A file of other weights."""
    path = tmp_path_factory.mktemp("template") / "template.onnx"
    make_template(hypernetwork.generate(Picture(_artwork(64, 64)))).write(path)
    return path


def _line(template: Path, folder: Path, kind: str) -> str:
    height, width, size = SHAPES[kind]
    save(folder / f"{kind}.rgb", _artwork(height, width))
    files = f"{released().hypernetwork} {template} {template.with_suffix('.json')}"
    return f"generate {files} {height} {width} {folder / kind}.rgb {size} {folder / kind}.onnx"


def _weights(path: Path, net: StyleNet) -> dict[str, np.ndarray]:
    stored = {tensor.name: tensor for tensor in onnx.load(path).graph.initializer}
    return {name: numpy_helper.to_array(stored[name]).ravel() for name in net.weights}


def test_networks_are_those_of_python(
    jvm: Jvm, template: Path, hypernetwork: Hypernetwork, tmp_path: Path
) -> None:
    lines = [_line(template, tmp_path, kind) for kind in SHAPES]
    photograph = landscape(160)[:120]
    save(tmp_path / "photograph", photograph)
    paint = f"cpu 2 120 160 {tmp_path / 'photograph'}"
    lines += [f"paint {tmp_path / kind}.onnx {paint} {tmp_path / kind}.out" for kind in SHAPES]
    said = jvm.script(ORT_COMMANDS, tmp_path, [*lines, "handles"])
    count = f"{hypernetwork.spec.parameter_count} weights"
    assert said == [count] * 3 + ["providers [cpu]"] * 3 + ["handles 0"]
    for kind, (height, width, size) in SHAPES.items():
        net = hypernetwork.generate(Picture(_artwork(height, width)), kind, size)
        for name, values in _weights(tmp_path / f"{kind}.onnx", net).items():
            assert np.abs(values - net.weights[name].ravel()).max() <= 1e-5, name
        expected = Stylizer.from_bytes(byte_model(net), kind).stylize(photograph)
        found = load(tmp_path / f"{kind}.out", photograph.shape)
        assert expected.std() > 10
        assert np.abs(found.astype(int) - expected).max() <= 1
        assert (found != expected).mean() < 0.01


def test_what_does_not_fit_is_refused(jvm: Jvm, template: Path, tmp_path: Path) -> None:
    good = _line(template, tmp_path, "square")
    save(tmp_path / "small", np.zeros((20, 40, 3), np.uint8))
    (tmp_path / "other.onnx").write_bytes(byte_model())
    small = good.replace(f"256 256 {tmp_path / 'square'}.rgb", f"20 40 {tmp_path / 'small'}")
    lines = [
        small,
        good.replace(".rgb 256 ", ".rgb 63 "),
        good.replace(str(template), str(tmp_path / "other.onnx"), 1),
        f"weights {tmp_path / 'other.onnx'}",
        f"weights {tmp_path / 'small'}",
        f"weights {released().hypernetwork}",
        "handles",
    ]
    found = jvm.script(ORT_COMMANDS, tmp_path, lines)
    assert "refused PICTURE: the style picture is 20x40" in found[0]
    assert "refused OPTION: style size is 63; allowed are 64 to 1024" in found[1]
    assert "refused MODEL: template: its list of weights belongs to another file" in found[2]
    assert "refused MODEL: style model: is not a hypernetwork" in found[3]
    assert "refused MODEL: style model: not a model" in found[4]
    assert found[5:] == ["opened", "handles 0"]
