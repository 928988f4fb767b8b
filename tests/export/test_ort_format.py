from __future__ import annotations

import logging
import sys

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.conftest import MakeNet
from tinystyle.errors import ModelError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, calibration_pictures, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.onnx_writer.quantization import quantized
from tinystyle.export.ort_format import borrowed, optimised, to_ort
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.runtime.stylizer import Stylizer


def _session(model: bytes, level: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _operators(config: str) -> set[str]:
    found = set()
    for line in config.splitlines():
        domain, opset, names = line.split(";")
        assert domain.startswith(("ai.onnx", "com.microsoft"))
        assert opset.isdigit()
        depth, name = 0, ""
        for letter in f"{names},":
            depth += {"{": 1, "}": -1}.get(letter, 0)
            if letter == "," and depth == 0:
                found.add(name.partition("{")[0])
                name = ""
            else:
                name += letter
    return found


@pytest.mark.parametrize("size", [None, (64, 96)])
def test_ort_computes_what_the_onnx_file_does(
    make_net: MakeNet, size: tuple[int, int] | None
) -> None:
    model = to_onnx(prepare(make_net(), GraphOptions()), size=size).SerializeToString()
    data, _ = to_ort(model)
    assert data[4:8] == b"ORTM"
    picture = golden_pictures(64, 96)["scene"]
    same = _session(model, "ORT_ENABLE_BASIC").run(None, {"image": picture})[0]
    faster = _session(model, "ORT_ENABLE_ALL").run(None, {"image": picture})[0]
    got = Stylizer.from_bytes(data, "test").run(picture)
    np.testing.assert_allclose(got, same, rtol=0, atol=1e-6)
    np.testing.assert_allclose(got, faster, rtol=0, atol=1e-4)


def test_metadata_stays(make_net: MakeNet) -> None:
    net = make_net()
    model = to_onnx(net).SerializeToString()
    data, _ = to_ort(model)
    properties = _session(data, "ORT_ENABLE_BASIC").get_modelmeta().custom_metadata_map
    assert properties == _session(model, "ORT_ENABLE_BASIC").get_modelmeta().custom_metadata_map
    manifest = Manifest.from_properties(properties, "test")
    assert (manifest.kind, manifest.spec) == (Kind.NETWORK, net.spec)


def test_the_text_lists_every_operator_of_the_file_with_its_types(make_net: MakeNet) -> None:
    model = to_onnx(prepare(make_net(), GraphOptions())).SerializeToString()
    _, config = to_ort(model)
    assert _operators(config) == {
        node.op_type for node in onnx.load_from_string(optimised(model)).graph.node
    }
    assert 'Conv{"inputs": {"0": ["float"]}}' in config
    assert "/tmp" not in config
    assert "#" not in config


def test_int8_computes_in_int8(make_net: MakeNet) -> None:
    whole = to_onnx(prepare(make_net(), GraphOptions()), layout=Layout.ANY)
    model = quantized(whole, calibration_pictures(None)[:2]).SerializeToString()
    data, config = to_ort(model)
    assert "QLinearConv" in _operators(config)
    assert "QLinearConv" not in _operators(to_ort(whole.SerializeToString())[1])
    picture = golden_pictures(64, 96)["scene"]
    exact = _session(model, "ORT_ENABLE_EXTENDED").run(None, {"image": picture})[0]
    np.testing.assert_allclose(
        Stylizer.from_bytes(data, "test").run(picture), exact, rtol=0, atol=1e-6
    )


def test_what_is_no_model_is_refused(make_net: MakeNet) -> None:
    model = to_onnx(make_net())
    with pytest.raises(ModelError, match="cannot be read"):
        to_ort(b"\x00not a model")
    del model.graph.initializer[:]
    with pytest.raises(ModelError, match="not a model that onnxruntime can convert"):
        to_ort(model.SerializeToString())


def test_the_tools_are_used_quietly_and_leave_no_trace(
    make_net: MakeNet, capfd: pytest.CaptureFixture[str]
) -> None:
    path, handlers = sys.path[:], logging.getLogger().handlers[:]
    torch = sys.modules.pop("torch", None)
    try:
        with borrowed(), pytest.raises(ImportError):
            import torch as _  # noqa: F401
        to_ort(to_onnx(make_net()).SerializeToString())
        assert "torch" not in sys.modules
    finally:
        if torch is not None:
            sys.modules["torch"] = torch
    assert capfd.readouterr() == ("", "")
    assert sys.path == path
    assert logging.getLogger().handlers == handlers
