"""What ``export-net --for`` writes is what the place takes."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import onnx
import pytest

from tests.conftest import random_net
from tinystyle.cli import main as tinystyle
from tinystyle.commands.export.command import main as export_net
from tinystyle.export.formats import Format
from tinystyle.export.lowering import GraphOptions, Norm, Upsampling, calibration_pictures, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.passes.structure import Padding
from tinystyle.export.presets import PRESETS, Preset
from tinystyle.network.manifest import Manifest
from tinystyle.weights import ARCHITECTURE

FILES = [preset for preset in PRESETS.values() if preset.options["format"] == "onnx"]
EXACT = [preset for preset in PRESETS.values() if preset.options["norm"] == "instance"]
STRICT = [preset for preset in PRESETS.values() if preset.operators]


def _named(preset: Preset) -> str:
    return preset.name


@pytest.fixture(scope="module")
def folder(styles: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artwork of the package for every place, and its weights."""
    folder = tmp_path_factory.mktemp("places")
    style = ["--style", str(styles[0])]
    weights = str(folder / "net.safetensors")
    assert export_net([*style, "--format", "safetensors", "--output", weights]) == 0
    for name in PRESETS:
        # Verified as it is written: exit code 6 where it differs from the reference.
        assert export_net([*style, "--for", name, "--output", str(folder)]) == 0
    return folder


def _file(folder: Path, preset: Preset) -> Path:
    (found,) = folder.glob(f"*-{preset.name}.*")
    return found


@pytest.mark.parametrize("preset", EXACT, ids=_named)
def test_every_place_has_a_file_that_verifies(folder: Path, preset: Preset) -> None:
    weights = str(folder / "net.safetensors")
    assert tinystyle(["verify", str(_file(folder, preset)), "--reference", weights]) == 0


def test_a_lens_is_verified_against_its_own_graph(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--output", str(tmp_path / "lens.onnx"), "--json"]
    assert export_net(["--style", str(styles[0]), "--for", "lens-studio", *output]) == 0
    (made,) = json.loads(capsys.readouterr().out)["networks"]
    assert made["parity"]["max_abs_difference"] <= 1e-4
    assert made["change"] > 1 / 255  # and the command says that it paints another picture


@pytest.mark.parametrize("preset", FILES, ids=_named)
def test_the_file_is_what_the_options_say(folder: Path, preset: Preset) -> None:
    path = _file(folder, preset)
    model = onnx.load(path)
    assert model.opset_import[0].version == int(preset.options["opset"])
    properties = {p.key: p.value for p in model.metadata_props}
    manifest = Manifest.from_properties(properties, str(path))
    assert manifest.precision == preset.options["precision"]
    assert manifest.bytes_io == (preset.options["io"] == "uint8")
    (entry,) = model.graph.input
    shape = [side.dim_value for side in entry.type.tensor_type.shape.dim]
    sides = shape[1:3] if manifest.bytes_io else shape[2:]
    size = preset.options.get("size")
    assert sides == ([0, 0] if size is None else [int(side) for side in size.split("x")])


@pytest.mark.parametrize("preset", STRICT, ids=_named)
def test_the_file_holds_what_the_place_takes(folder: Path, preset: Preset) -> None:
    path = _file(folder, preset)
    model = onnx.load(path)
    assert {node.op_type for node in model.graph.node} <= preset.operators
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert path.stat().st_size <= (preset.largest_bytes or path.stat().st_size)
    # The opset as typed is among those that the place takes, too.
    preset.require_taken(preset.options)


def test_a_lens_is_a_list_of_convolutions(folder: Path) -> None:
    model = onnx.load(_file(folder, PRESETS["lens-studio"]))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("Conv") == 16
    assert kinds.count("Resize") == 2
    pads = [node for node in model.graph.node if node.op_type == "Pad"]
    assert all(
        onnx.helper.get_node_attr_value(pad, "mode") == b"constant"
        for pad in pads
        if any(a.name == "mode" for a in pad.attribute)
    )


@pytest.mark.parametrize("preset", STRICT, ids=_named)
def test_whatever_else_is_given_the_place_takes_it(preset: Preset) -> None:
    """All forms of the graph that :meth:`Preset.require_taken` lets through."""
    net = random_net(ARCHITECTURE)
    allowed = preset.takes
    pads = [p for p in Padding if p.value in allowed.get("pad", (p.value,))]
    norms = [n for n in Norm if n.value in allowed.get("norm", (n.value,))]
    ups = [u for u in Upsampling if u.value in allowed.get("upsample", (u.value,))]
    strengths = (False, True) if preset.strength_input else (False,)
    pictures = calibration_pictures(None)[:1]
    for padding, norm, upsampling, strength in product(pads, norms, ups, strengths):
        options = GraphOptions(
            padding=padding, norm=norm, upsampling=upsampling, strength_input=strength
        )
        graph = prepare(net, options, pictures)
        opset = int(preset.options["opset"])
        model = to_onnx(graph, opset=opset, size=(64, 80), layout=preset.layout)
        kinds = {node.op_type for node in model.graph.node}
        assert kinds <= preset.operators, (options, kinds - preset.operators)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=_named)
def test_a_preset_is_told_whole(preset: Preset) -> None:
    assert preset.options["format"] in [form.value for form in Format]
    assert {"format", "precision", "pad", "norm", "upsample"} <= set(preset.options)
    assert preset.why and "\n" not in preset.why
    assert preset.verified and "\n" not in preset.verified
    preset.require_taken(preset.options)


def test_presets_are_light() -> None:
    code = "import sys, tinystyle.export.presets; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(out.stdout.split()) & {"torch", "onnx", "onnxruntime", "numpy"}
