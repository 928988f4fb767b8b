"""``export-net --norm input``: tiles by an app's own hand are the whole picture."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.conftest import random_net
from tinystyle.cli import main as tinystyle
from tinystyle.commands.export.command import main as export_net
from tinystyle.errors import ModelError, OptionError, ParityError
from tinystyle.export.files import onnx_bytes
from tinystyle.export.formats import Format
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, Norm, PictureIO, Upsampling, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.structure import Padding
from tinystyle.export.template import make_template
from tinystyle.export.verify.files import verify_file
from tinystyle.export.verify.parity import verify
from tinystyle.network.graph import Precision
from tinystyle.network.graph_ops import STRENGTH
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.given.painting import paint_tiles
from tinystyle.runtime.given.statistics import GivenForm, tiles_of
from tinystyle.runtime.session import SessionOptions, open_session
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions

ROOT = Path(__file__).parents[3]
PICTURES = {
    "landscape": to_batch(landscape(224)[:150, :201]),
    "noise": np.random.default_rng(0).random((1, 3, 131, 178), np.float32),
    "flat": np.full((1, 3, 97, 140), 0.4, np.float32),
}


def _bytes(net: StyleNet, **form: Any) -> bytes:
    options = ExportOptions(format=Format.ONNX, graph=GraphOptions(**form))
    return onnx_bytes(prepare(net, options.graph), options)


def _painter(model: bytes) -> Stylizer:
    return Stylizer.from_bytes(model, "net", SessionOptions(threads=1))


@pytest.fixture(scope="module")
def net() -> StyleNet:
    return random_net(Architecture.SIX_NORM)


@pytest.fixture(scope="module")
def model(net: StyleNet) -> bytes:
    return _bytes(net, norm=Norm.INPUT)


@pytest.mark.parametrize("side", [32, 64, 100, 500])
@pytest.mark.parametrize("name", PICTURES)
def test_tiles_are_the_whole_picture(name: str, side: int, net: StyleNet, model: bytes) -> None:
    picture = PICTURES[name]
    whole = _painter(_bytes(net)).run(picture)
    painter = _painter(model)
    session = open_session(model, "net", SessionOptions(threads=1))
    painted = paint_tiles(session, painter.manifest, picture, {}, side=side)
    assert np.abs(painted - whole).max() <= 1e-4
    assert np.abs(painter.run(picture) - whole).max() <= 1e-4


@pytest.mark.parametrize("opset", [13, 18, 21])
def test_all_opsets(opset: int, net: StyleNet) -> None:
    """From 18 on axes are constants with names, which the graph had already."""
    options = ExportOptions(
        format=Format.ONNX, opset=opset, graph=GraphOptions(norm=Norm.INPUT, io=PictureIO.UINT8)
    )
    model = onnx_bytes(prepare(net, options.graph), options)
    verify(model, prepare(net, options.graph))


def test_what_does_not_go_together_is_named(styles: list[Path], tmp_path: Path) -> None:
    command = ["--style", str(styles[0]), "-o", str(tmp_path / "a.onnx"), "--norm", "input"]
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert export_net([*command, "--pad", "slice"]) == 2
    assert "--pad slice" in said.getvalue()


@pytest.mark.parametrize("name", PICTURES)
def test_the_layout_for_onnxruntime_on_a_cpu(name: str, net: StyleNet) -> None:
    """Its means are kept between the least and the largest value, of each tile too."""
    form = GraphOptions(norm=Norm.INPUT)
    options = ExportOptions(graph=form, layout=Layout.ONNXRUNTIME_CPU)
    model = onnx_bytes(prepare(net, form), options)
    picture = PICTURES[name]
    whole = _painter(_bytes(net)).run(picture)
    painter = _painter(model)
    session = open_session(model, "net", SessionOptions(threads=1))
    painted = paint_tiles(session, painter.manifest, picture, {}, side=64)
    assert np.abs(painted - whole).max() <= 1e-4
    assert np.abs(painter.run(picture) - whole).max() <= 1e-4
    # The file holds weights as they are: it can be a template.
    assert make_template(net, options).model == model


def test_statistics_matter(model: bytes) -> None:
    """With those of another picture it is another painting: they are an input, not for show."""
    painter = _painter(model)
    form = GivenForm.of(painter.manifest, "net")
    session = open_session(model, "net", SessionOptions(threads=1))
    picture = PICTURES["landscape"]
    core = np.array([0, 0, *picture.shape[2:]], np.int64)
    blank = {"image": picture, "statistics": form.blank(), "core": core}
    made, measured = session.run(["stylized", "measured"], blank)
    assert measured.shape == (3, form.channels)
    assert np.abs(made - painter.run(picture)).max() > 0.05


@pytest.mark.parametrize(
    "form",
    [
        {"io": PictureIO.UINT8},
        {"strength_input": True},
        {"upsampling": Upsampling.NEAREST},
        {"padding": Padding.ZERO},
        {"padding": Padding.REPLICATE},
        {"io": PictureIO.UINT8, "strength_input": True},
    ],
)
def test_forms_of_the_graph(form: dict[str, Any], net: StyleNet) -> None:
    model = _bytes(net, norm=Norm.INPUT, **form)
    parity = verify(model, prepare(net, GraphOptions(norm=Norm.INPUT, **form)))
    assert parity.max_abs_difference <= (1 / 255 + 1e-6 if "io" in form else 1e-4)
    if "strength_input" in form:
        painter, picture = _painter(model), PICTURES["landscape"]
        half = painter.run(picture, strength=0.5)
        straight = 0.5 * (picture + painter.run(picture))
        assert np.abs(half - straight).max() <= (2.1 / 255 if "io" in form else 1e-4)


@pytest.mark.parametrize("architecture", list(Architecture))
def test_every_architecture_or_a_reason(architecture: Architecture) -> None:
    if architecture in (Architecture.STYLE_SWAP, Architecture.SEMANTIC, Architecture.REGIONS):
        pytest.skip("made by methods of their own: test_what_it_is_not_for")
    net = random_net(architecture)
    try:
        model = _bytes(net, norm=Norm.INPUT)
    except OptionError as error:
        assert "--norm input: " in str(error)
        assert architecture in (Architecture.SHEN2018, Architecture.PLAIN)
        return
    verify(model, prepare(net, GraphOptions(norm=Norm.INPUT)))


def test_the_guides_lines_are_all_that_an_app_needs(
    model: bytes, net: StyleNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "export.md").read_text()
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    (tmp_path / "art.onnx").write_bytes(model)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(block, "docs/export.md", "exec"), names)
    for picture in PICTURES.values():
        painted = names["paint"](picture, side=64)
        assert np.abs(painted - _painter(_bytes(net)).run(picture)).max() <= 1e-4


def test_what_the_file_says(model: bytes) -> None:
    onnx.checker.check_model(model, full_check=True)
    painter = _painter(model)
    assert painter.manifest.takes_statistics
    assert not painter.manifest.frozen
    form = GivenForm.of(painter.manifest, "net")
    loaded = onnx.load_model_from_string(model)
    sides = [one.dim_value for one in loaded.graph.input[1].type.tensor_type.shape.dim]
    assert sides == [2, form.channels]
    assert painter.batch == 1
    # Nothing is left that computes statistics of the whole for the painting itself.
    measured = [one for one in loaded.graph.node if one.op_type == "ReduceMean"]
    assert all(".core" in one.output[0] for one in measured)
    assert painter.tiling.refusal is not None
    assert "--norm input" in painter.tiling.refusal
    with pytest.raises(OptionError, match="--norm input"):
        painter.stylize(landscape(96), tiles=TileOptions(side=64))


def test_a_false_file_is_refused(model: bytes) -> None:
    for key, value in (("tile_margin", "x"), ("statistics_passes", "-3"), ("tile_multiple", "0")):
        false = onnx.load_model_from_string(model)
        for prop in false.metadata_props:
            if prop.key == f"tinystyle.{key}":
                prop.value = value
        painter = _painter(false.SerializeToString())
        with pytest.raises(ModelError, match="statistics"):
            painter.run(PICTURES["flat"])


def test_a_file_whose_margin_is_too_small_is_not_written(net: StyleNet, model: bytes) -> None:
    """What verification is for: whole it is right, in tiles not."""
    false = onnx.load_model_from_string(model)
    for prop in false.metadata_props:
        if prop.key == "tinystyle.tile_margin":
            prop.value = "8"
    with pytest.raises(ParityError, match="150x201"):
        verify(false.SerializeToString(), prepare(net, GraphOptions(norm=Norm.INPUT)))
    changed = onnx.load_model_from_string(model)
    bias = next(one for one in changed.graph.initializer if one.name.endswith("norm.bias"))
    values = numpy_helper.to_array(bias) + np.float32(0.1)
    bias.CopyFrom(numpy_helper.from_array(values, bias.name))
    with pytest.raises(ParityError):
        verify(changed.SerializeToString(), prepare(net, GraphOptions(norm=Norm.INPUT)))


def test_tiles_cover_the_picture_once() -> None:
    form = GivenForm(channels=4, passes=1, margin=20, multiple=4)
    for size in ((1, 1), (64, 65), (131, 97)):
        seen = np.zeros(size, int)
        for tile in tiles_of(*size, 50, form):
            seen[slice(*tile.core_rows), slice(*tile.core_columns)] += 1
            assert tile.rows.start % 4 == 0
            assert tile.core_rows.within(tile.rows) == tile.core_rows
        assert (seen == 1).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--precision", "fp16"], "fp32"),
        (["--precision", "int8"], "fp32"),
        (["--format", "ort"], "--norm input"),
        (["--format", "coreml"], "--norm input"),
        (["--size", "256x256"], "--size"),
        (["--method", "style-swap"], "--norm input"),
    ],
)
def test_what_it_is_not_for(
    options: list[str], words: str, styles: list[Path], tmp_path: Path, capsys: Any
) -> None:
    output = ["-o", str(tmp_path / "nets")]
    code = export_net(["--style", str(styles[0]), "--norm", "input", *options, *output])
    assert code == 2
    assert words in capsys.readouterr().err
    assert not [*tmp_path.rglob("*.onnx")]


def test_the_command_and_its_file(styles: list[Path], tmp_path: Path, capsys: Any) -> None:
    from PIL import Image

    assert export_net(["--style", str(styles[0]), "--norm", "input", "-o", str(tmp_path)]) == 0
    (made,) = tmp_path.glob("*.onnx")
    assert "norm-input" in made.name
    weights = tmp_path / "a.safetensors"
    arguments = ["--style", str(styles[0]), "--format", "safetensors", "-o", str(weights)]
    assert export_net(arguments) == 0
    assert verify_file(made, StyleNet.load(weights)).parity.max_abs_difference <= 1e-4
    assert export_net(["--style", str(styles[0]), "-o", str(tmp_path / "usual.onnx")]) == 0
    Image.fromarray(landscape(96)).save(tmp_path / "in.png")
    painted = []
    for model in (made, tmp_path / "usual.onnx"):
        output = tmp_path / f"{model.stem}.png"
        assert tinystyle(["stylize", str(model), str(tmp_path / "in.png"), "-o", str(output)]) == 0
        painted.append(np.asarray(Image.open(output)).astype(int))
    assert np.abs(painted[0] - painted[1]).max() <= 1
    assert tinystyle(["info", str(made)]) == 0


def test_what_a_form_of_the_graph_allows(net: StyleNet) -> None:
    with pytest.raises(OptionError, match="frozen norms"):
        make_template(net, ExportOptions(graph=GraphOptions(norm=Norm.FROZEN)))
    assert STRENGTH not in {
        one.name for one in onnx.load_model_from_string(_bytes(net, norm=Norm.INPUT)).graph.input
    }
    assert GraphOptions(norm=Norm.INPUT).exact
    with pytest.raises(OptionError, match="fp32"):
        ExportOptions(graph=GraphOptions(Precision.FP16, norm=Norm.INPUT))
