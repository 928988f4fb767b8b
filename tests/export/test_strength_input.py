"""Files that take the strength of the style as a second input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import random_net
from tinystyle.errors import ModelError, OptionError, ParityError
from tinystyle.export.exporter import Exporter
from tinystyle.export.formats import Format
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, PictureIO
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.structure import with_strength
from tinystyle.export.verify.files import verify_file
from tinystyle.export.verify.parity import golden_picture, require_strengths
from tinystyle.export.verify.tolerances import Tolerance, tolerance_for
from tinystyle.network import reference
from tinystyle.network.graph import Graph, Precision
from tinystyle.pictures.images import to_batch, to_uint8
from tinystyle.runtime.network_file import read_network
from tinystyle.runtime.stylizer import Stylizer

PICTURE = golden_picture("scene", 64, 79)

FILES = {
    "any engine": ExportOptions(graph=GraphOptions(strength_input=True)),
    "onnxruntime": ExportOptions(
        graph=GraphOptions(strength_input=True), layout=Layout.ONNXRUNTIME_CPU
    ),
    "fp16": ExportOptions(graph=GraphOptions(Precision.FP16, strength_input=True)),
    "int8": ExportOptions(graph=GraphOptions(Precision.INT8, strength_input=True)),
    "bytes": ExportOptions(graph=GraphOptions(io=PictureIO.UINT8, strength_input=True)),
    "fp16 of bytes": ExportOptions(
        graph=GraphOptions(Precision.FP16, io=PictureIO.UINT8, strength_input=True)
    ),
    "one size": ExportOptions(size=(64, 79), graph=GraphOptions(strength_input=True)),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_strength_lies_between_photograph_and_painting(
    kind: str, styles: list[Path], tmp_path: Path
) -> None:
    options = FILES[kind]
    file = tmp_path / "art.onnx"
    exporter = Exporter(options)
    exporter.export(styles[0], file)
    session = onnxruntime.InferenceSession(file)
    painted = {}
    for strength in (0.0, 0.25, 1.0):
        feeds: dict[str, NDArray[Any]] = {
            "image": PICTURE,
            "strength": np.array([strength], np.float32),
        }
        if options.graph.io is PictureIO.UINT8:
            feeds["image"] = to_uint8(PICTURE)[None]
        painted[strength] = session.run(["stylized"], feeds)[0].astype(np.float32)
    if options.graph.io is PictureIO.UINT8:
        painted = {k: to_batch(v[0].astype(np.uint8)) for k, v in painted.items()}
    level = 1.0 / 255.0 if "bytes" in kind else 5e-4 if kind == "fp16" else 1e-6
    assert np.abs(painted[0.0] - PICTURE).max() <= min(level, 5e-4)
    straight = PICTURE + 0.25 * (painted[1.0] - PICTURE)
    assert np.abs(painted[0.25] - straight).max() <= level
    assert np.abs(painted[1.0] - PICTURE).mean() > 0.05
    # At full strength it is the network: within the tolerance that verify has for it.
    verify_file(file, exporter.network(styles[0]))


def test_a_file_for_onnxruntimes_own_format(styles: list[Path], tmp_path: Path) -> None:
    options = ExportOptions(format=Format.ORT, graph=GraphOptions(strength_input=True))
    Exporter(options).export(styles[0], tmp_path / "art.ort")
    painter = Stylizer.load(tmp_path / "art.ort")
    assert np.array_equal(painter.run(PICTURE, strength=0.0), PICTURE)


def test_a_stylizer_gives_any_strength_of_any_file(styles: list[Path], tmp_path: Path) -> None:
    rgb = to_uint8(PICTURE)
    painted = {}
    for name, given in (("input", True), ("none", False)):
        options = ExportOptions(graph=GraphOptions(strength_input=given))
        Exporter(options).export(styles[0], tmp_path / f"{name}.onnx")
        painter = Stylizer.load(tmp_path / f"{name}.onnx")
        assert painter.manifest.takes_strength is given
        painted[name] = [painter.stylize(rgb, strength=s).astype(int) for s in (0.0, 0.4, 1.0)]
        image = painter.stylize(Image.fromarray(rgb), strength=0.4)
        assert np.array_equal(np.asarray(image), painted[name][1])
        with pytest.raises(OptionError, match="0 to 1"):
            painter.stylize(rgb, strength=1.5)
    assert np.array_equal(painted["none"][0], rgb)
    for with_input, without in zip(painted["input"], painted["none"], strict=True):
        assert np.abs(with_input - without).max() <= 1


def test_a_file_of_one_size_keeps_the_photograph_sharp(styles: list[Path], tmp_path: Path) -> None:
    options = ExportOptions(size=(64, 64), graph=GraphOptions(strength_input=True))
    Exporter(options).export(styles[0], tmp_path / "art.onnx")
    rgb = np.random.default_rng(0).integers(0, 256, (150, 170, 3), np.uint8)
    assert np.array_equal(Stylizer.load(tmp_path / "art.onnx").stylize(rgb, strength=0.0), rgb)


def test_the_reference_goes_straight() -> None:
    net = random_net()
    full = reference.stylize(net, PICTURE)
    graph = with_strength(Graph.of(net))
    found = reference.run(graph, PICTURE, strength=0.6)
    np.testing.assert_allclose(found, PICTURE + 0.6 * (full - PICTURE), atol=1e-6)
    np.testing.assert_allclose(reference.run(graph, PICTURE), full, atol=1e-6)


def test_a_file_that_does_not_go_straight_is_found() -> None:
    graph = with_strength(Graph.of(random_net()))
    model = to_onnx(graph)
    tolerance: Tolerance = tolerance_for(graph, Precision.FP32)
    require_strengths(Stylizer.from_bytes(model.SerializeToString(), "true"), graph, tolerance)
    (share,) = (node for node in model.graph.node if node.op_type == "Mul" and "share" in node.name)
    (at,) = (i for i, name in enumerate(share.input) if name == "strength")
    squared = onnx.helper.make_node("Mul", ["strength", "strength"], ["squared"])
    share.input[at] = "squared"
    model.graph.node.insert(0, squared)
    false = Stylizer.from_bytes(model.SerializeToString(), "false")
    with pytest.raises(ParityError):
        require_strengths(false, graph, tolerance)


def test_a_file_without_the_input_that_it_names_is_refused() -> None:
    model = to_onnx(with_strength(Graph.of(random_net())))
    for prop in model.metadata_props:
        if prop.key == "tinystyle.strength":
            prop.value = "1"
    with pytest.raises(ModelError, match="inputs"):
        Stylizer.from_bytes(model.SerializeToString(), "false")


def test_weights_are_read_back_without_the_files_strength(
    styles: list[Path], tmp_path: Path
) -> None:
    exporter = Exporter(FILES["onnxruntime"])
    exporter.export(styles[0], tmp_path / "art.onnx")
    net = read_network(tmp_path / "art.onnx")
    assert "strength" not in net.notes
    for name, value in exporter.network(styles[0]).weights.items():
        assert np.array_equal(net.weights[name], value)


@pytest.mark.parametrize("form", [Format.COREML, Format.SAFETENSORS])
def test_formats_without_it_say_so(form: Format) -> None:
    with pytest.raises(OptionError, match=r"--strength input; these have: onnx, ort"):
        ExportOptions(format=form, graph=GraphOptions(strength_input=True))
