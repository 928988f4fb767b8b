"""Files that are no models, or not ours."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from tests.conftest import random_net
from tinystyle.errors import ModelError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.description import describe
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.session import SessionOptions, open_session, read_model
from tinystyle.runtime.stylizer import Stylizer


def _foreign() -> onnx.ModelProto:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [value], [out])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


def _external() -> onnx.ModelProto:
    """A model of ours whose last bias claims to lie in a file elsewhere."""
    model = to_onnx(random_net())
    for tensor in model.graph.initializer:
        if tensor.name == "out.bias":
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="../../../../etc/hostname")
    return model


CASES = {
    "empty": (b"", "1 to"),
    "noise": (np.random.default_rng(0).bytes(1000), "not a"),
    "text": (b"not a model at all", "not a"),
    "truncated": (to_onnx(random_net()).SerializeToString()[:200_000], "not a"),
    "foreign": (_foreign().SerializeToString(), "not one that tinystyle made"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_models_are_one_clear_error(case: str, tmp_path: Path) -> None:
    data, reason = CASES[case]
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    for read in (Stylizer.load, Hypernetwork, describe):
        with pytest.raises(ModelError, match=reason) as caught:
            read(path)
        assert str(path) in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        Stylizer.load(tmp_path / "gone.onnx")
    with pytest.raises(ModelError, match="folder"):
        Stylizer.load(tmp_path)


def test_external_data_in_the_working_folder_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = to_onnx(random_net())
    for tensor in model.graph.initializer:
        if tensor.name == "r0a.weight":
            (tmp_path / "secret.bin").write_bytes(tensor.raw_data)
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="secret.bin")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError):
        Stylizer.load("m.onnx")


def test_external_data_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(_external().SerializeToString())
    with pytest.raises(ModelError):
        Stylizer.load(path)


@pytest.mark.parametrize("shape", [[1], [1, 3, "h", "w"]])
def test_a_foreign_graph_with_our_metadata_is_refused(
    shape: list[int | str], tmp_path: Path
) -> None:
    """Shapes and names are not taken on trust."""
    output: list[int | str] = [1, 1, "h", "w"] if len(shape) == 4 else shape
    value = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    out = helper.make_tensor_value_info("stylized", TensorProto.FLOAT, output)
    axis = 1 if len(shape) == 4 else 0
    node = helper.make_node("ReduceMean", ["image"], ["stylized"], axes=[axis])
    graph = helper.make_graph([node], "g", [value], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    model.metadata_props.extend(to_onnx(random_net()).metadata_props)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match=r"inputs or outputs|made"):
        Stylizer.load(tmp_path / "m.onnx").stylize(np.zeros((64, 64, 3), np.uint8))


def test_a_newer_format_says_so(tmp_path: Path) -> None:
    model = to_onnx(random_net())
    for entry in model.metadata_props:
        if entry.key == "tinystyle.format":
            entry.value = "2"
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="install a newer"):
        Stylizer.load(tmp_path / "m.onnx")


def test_a_network_is_no_hypernetwork(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    with pytest.raises(ModelError, match="is a network; needed is a hypernetwork"):
        Hypernetwork(path)


def test_an_input_of_an_unknown_kind_is_named(tmp_path: Path) -> None:
    model = to_onnx(random_net())
    model.metadata_props.add(key="tinystyle.input_type", value="bfloat16")
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="'bfloat16'; known are float32, uint8, image"):
        describe(tmp_path / "m.onnx")


def test_describe(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(to_onnx(random_net(), opset=15, size=(64, 96)).SerializeToString())
    facts = describe(path)
    assert facts["opset"] == 15
    assert facts["input_shape"] == "1 x 3 x 64 x 96"
    assert facts["parameters"] == 105_675
    assert facts["style_name"] == "random"
    random_net().save(tmp_path / "m.safetensors")
    assert describe(tmp_path / "m.safetensors")["parameters"] == 105_675
    assert facts["precision"] == "fp32"


def test_notes_cannot_replace_facts(tmp_path: Path) -> None:
    model = to_onnx(random_net())
    helper.set_model_props(
        model, {p.key: p.value for p in model.metadata_props} | {"tinystyle.opset": "99"}
    )
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    assert describe(tmp_path / "m.onnx")["opset"] == 17


def test_describe_refuses_a_graph_without_inputs(tmp_path: Path) -> None:
    model = to_onnx(random_net())
    del model.graph.input[:]
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="without"):
        describe(tmp_path / "m.onnx")


def test_a_result_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    net = random_net()
    net.weights["out.bias"][:] = np.nan
    (tmp_path / "m.onnx").write_bytes(to_onnx(net).SerializeToString())
    with pytest.raises(ModelError, match="not numbers"):
        Stylizer.load(tmp_path / "m.onnx").stylize(np.zeros((64, 64, 3), np.uint8))


def test_loops_and_branches_are_refused(tmp_path: Path) -> None:
    """A loop may never end."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["goes"]),
            helper.make_node("Identity", ["x"], ["y"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    loop = helper.make_node("Loop", ["", "yes", "image"], ["stylized"], body=body)
    shape = [1, 3, 64, 64]
    graph = helper.make_graph(
        [loop],
        "loop",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("stylized", TensorProto.FLOAT, shape)],
        [helper.make_tensor("yes", TensorProto.BOOL, [], [True])],
    )
    data = helper.make_model(graph).SerializeToString()
    with pytest.raises(ModelError, match="holds a Loop"):
        open_session(data, "loop.onnx")


def test_a_picture_in_place_of_a_model_is_named(tmp_path: Path) -> None:
    for form in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"):
        path = tmp_path / f"a.{form}"
        Image.new("RGB", (64, 64)).save(path, form)
        with pytest.raises(ModelError, match="is a picture"):
            read_model(path)


def test_more_threads_than_processors_cost_nothing() -> None:
    model = to_onnx(random_net()).SerializeToString()
    start = time.perf_counter()
    open_session(model, "net", SessionOptions(threads=256))
    assert time.perf_counter() - start < 5.0
