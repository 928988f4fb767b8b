"""Files from which a tool has removed what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnxruntime.quantization import quantize_dynamic

from tests.conftest import random_net
from tinystyle.cli import main
from tinystyle.errors import ModelError, ParityError
from tinystyle.export.adoption import adopt
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.verify.files import verify_file
from tinystyle.export.verify.parity import golden_pictures
from tinystyle.network.graph import Precision
from tinystyle.runtime.stylizer import Stylizer


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "art.onnx"
    path.write_bytes(to_onnx(prepare(random_net(), GraphOptions())).SerializeToString())
    return path


def _bare(model: onnx.ModelProto, path: Path) -> Path:
    """As graph surgeons leave it."""
    del model.metadata_props[:]
    path.write_bytes(model.SerializeToString())
    return path


def test_metadata_are_given_back(
    original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = _bare(onnx.load(original), tmp_path / "bare.onnx")
    with pytest.raises(ModelError, match="--adopt"):
        Stylizer.load(bare)
    command = ["info", str(bare), "--adopt", str(original), "-o", str(bare)]
    assert main(command) == 0
    assert "paints what" in capsys.readouterr().out
    adopted, wanted = Stylizer.load(bare), Stylizer.load(original)
    assert adopted.manifest == wanted.manifest
    scene = golden_pictures(64, 80)["scene"]
    assert np.array_equal(adopted.run(scene), wanted.run(scene))


def test_a_new_precision_is_told(original: Path, tmp_path: Path) -> None:
    half = to_onnx(prepare(random_net(), GraphOptions(Precision.FP16)), precision=Precision.FP16)
    bare = _bare(half, tmp_path / "half.onnx")
    adopt(bare, original, tmp_path / "new.onnx")
    assert Stylizer.load(tmp_path / "new.onnx").manifest.precision == "fp16"


def test_what_was_adopted_can_be_verified(tmp_path: Path) -> None:
    """Also where a tool quantises at run time: both read the precision in the same way."""
    original = tmp_path / "any.onnx"
    model = to_onnx(prepare(random_net(), GraphOptions()), layout=Layout.ANY)
    original.write_bytes(model.SerializeToString())
    quantize_dynamic(original, tmp_path / "dynamic.onnx")
    bare = _bare(onnx.load(tmp_path / "dynamic.onnx"), tmp_path / "bare.onnx")
    adopt(bare, original, tmp_path / "new.onnx")
    assert Stylizer.load(tmp_path / "new.onnx").manifest.precision == "int8"
    assert verify_file(tmp_path / "new.onnx", random_net()).precision is Precision.INT8


def test_another_network_is_refused(original: Path, tmp_path: Path) -> None:
    bare = _bare(to_onnx(random_net(seed=9)), tmp_path / "other.onnx")
    with pytest.raises(ParityError, match="not the network of"):
        adopt(bare, original, tmp_path / "new.onnx")
    assert not (tmp_path / "new.onnx").exists()


def test_a_damaged_kernel_is_found(original: Path, tmp_path: Path) -> None:
    model = onnx.load(original)
    tensor = next(t for t in model.graph.initializer if t.name == "r0a.weight")
    values = numpy_helper.to_array(tensor).copy()
    values[0] = 0.0
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    with pytest.raises(ParityError, match="not the network of"):
        adopt(_bare(model, tmp_path / "bare.onnx"), original, tmp_path / "new.onnx")


def test_what_is_no_model(original: Path, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"\xff\xff not a model")
    with pytest.raises(ModelError):
        adopt(tmp_path / "x.onnx", original, tmp_path / "new.onnx")
    assert main(["info", str(original), "--adopt", str(original)]) == 2
