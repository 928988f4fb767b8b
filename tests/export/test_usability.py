from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from tests.conftest import MakeNet
from tinystyle.errors import ModelError, OptionError
from tinystyle.export.lowering import (
    GraphOptions,
    Norm,
    Upsampling,
    calibration_pictures,
    prepare,
)
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.ort_format import optimised
from tinystyle.export.passes.structure import Padding
from tinystyle.export.provider_coverage import Verdict, check
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.description import describe

SIZE = (64, 64)


def _verdicts(net: StyleNet, options: GraphOptions) -> dict[str, Verdict]:
    pictures = calibration_pictures(None)[:1] if options.norm is Norm.FROZEN else []
    model = to_onnx(prepare(net, options, pictures), size=SIZE)
    return {v.provider: v for v in check(model.SerializeToString())}


def test_nodes_are_those_left_when_constants_are_folded(make_net: MakeNet, tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    path.write_bytes(to_onnx(prepare(make_net(), GraphOptions()), size=SIZE).SerializeToString())
    stored, folded = describe(path)["nodes_in_file"], optimised(path.read_bytes())
    assert stored == len(onnx.load(path).graph.node)
    counts = {verdict.nodes for verdict in check(path.read_bytes())}
    assert counts == {len(onnx.load_from_string(folded).graph.node)}
    assert max(counts) < int(stored)


def test_reflection_cuts_the_graph_at_every_border(make_net: MakeNet) -> None:
    found = _verdicts(make_net(), GraphOptions(upsampling=Upsampling.NEAREST))
    assert list(found) == ["NNAPI", "CoreML MLProgram", "CoreML NeuralNetwork", "XNNPACK"]
    assert found["NNAPI"].left == ("InstanceNormalization", "Pad (reflect)")
    assert found["CoreML MLProgram"].left == ("Pad (reflect)",)
    for provider in ("NNAPI", "CoreML MLProgram"):
        verdict = found[provider]
        assert verdict.partitions >= 16
        assert 0 < verdict.taken < verdict.nodes
        assert not verdict.whole


@pytest.mark.parametrize("padding", [Padding.SLICE, Padding.ZERO])
@pytest.mark.parametrize("upsampling", Upsampling)
def test_without_reflection_the_graph_is_taken_whole(
    padding: Padding, upsampling: Upsampling, make_net: MakeNet
) -> None:
    found = _verdicts(make_net(), GraphOptions(padding=padding, upsampling=upsampling))
    assert found["NNAPI"].whole
    assert found["CoreML MLProgram"].whole
    assert found["CoreML NeuralNetwork"].left == ("ReduceMean",)


def test_frozen_norms_and_zeros_are_taken_by_coreml_of_old(make_net: MakeNet) -> None:
    found = _verdicts(make_net(), GraphOptions(norm=Norm.FROZEN, padding=Padding.ZERO))
    assert found["CoreML NeuralNetwork"].whole
    assert found["CoreML NeuralNetwork"].nodes < 40


def test_xnnpack_takes_the_convolutions(make_net: MakeNet) -> None:
    verdict = _verdicts(make_net(), GraphOptions())["XNNPACK"]
    assert verdict.taken == 16
    assert "Conv" not in verdict.left
    assert "InstanceNormalization" in verdict.left


def test_nothing_is_printed_or_left_behind(
    make_net: MakeNet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    check(to_onnx(make_net(), size=SIZE).SerializeToString())
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())


def test_free_sizes_and_other_bytes_are_refused(make_net: MakeNet) -> None:
    with pytest.raises(OptionError, match="batch, height, width"):
        check(to_onnx(make_net()).SerializeToString())
    with pytest.raises(ModelError):
        check(b"not a model")
