"""The proof itself must be able to fail."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest

from tests.conftest import random_net
from tinystyle.errors import ParityError
from tinystyle.export import progress
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.verify.parity import (
    QUICK_CHECK,
    golden_picture,
    golden_pictures,
    painted_by,
    verify,
)
from tinystyle.export.verify.tolerances import tolerance_of
from tinystyle.network.graph import Precision


def test_a_true_export_passes() -> None:
    net = random_net()
    found = verify(to_onnx(net).SerializeToString(), net)
    assert 0.0 <= found.max_abs_difference <= found.tolerance.largest == 1e-4
    assert found.pictures == 3


def test_one_wrong_weight_is_found() -> None:
    net = random_net()
    weights = {**net.weights, "out.bias": net.weights["out.bias"] + np.float32(0.01)}
    with pytest.raises(ParityError, match="differ"):
        verify(to_onnx(replace(net, weights=weights)).SerializeToString(), net)


def test_nan_is_found() -> None:
    net = random_net()
    model = to_onnx(net)
    for tensor in model.graph.initializer:
        if tensor.name == "out.bias":
            tensor.raw_data = np.full(3, np.nan, np.float32).tobytes()
    with pytest.raises(ParityError, match="nan"):
        verify(model.SerializeToString(), net)


def test_a_graph_that_breaks_the_rules_is_found() -> None:
    model = to_onnx(random_net())
    model.graph.node.append(onnx.helper.make_node("Conv", ["nowhere"], ["nothing"]))
    with pytest.raises(ParityError, match="rules of ONNX"):
        verify(model.SerializeToString(), random_net())


def test_a_large_graph_is_checked_on_one_picture_of_all() -> None:
    net = random_net(width=1, residual_blocks=1)
    large = to_onnx(net, size=(256, 264)).SerializeToString()
    assert verify(large, net).pictures == 1
    assert verify(to_onnx(net, size=(256, 256)).SerializeToString(), net).pictures == 3
    patchwork = golden_picture("patchwork", 256, 264)
    for index, (_, _, name) in enumerate(QUICK_CHECK):
        rows = slice(85 * index, 85 * index + 85)
        whole = golden_picture(name, 256, 264)
        assert np.array_equal(patchwork[:, :, rows], whole[:, :, rows]), name


def test_one_wrong_weight_of_a_large_graph_is_found() -> None:
    net = random_net(width=1, residual_blocks=1)
    weights = {**net.weights, "out.bias": net.weights["out.bias"] + np.float32(0.01)}
    wrong = to_onnx(replace(net, weights=weights), size=(256, 264)).SerializeToString()
    with pytest.raises(ParityError, match="patchwork picture of 256x264"):
        verify(wrong, net)


def test_all_that_is_computed_is_told() -> None:
    told: list[float] = []
    graph = prepare(random_net(width=1), GraphOptions())
    painted_by(graph, golden_picture("scene", 64, 80), told.append)
    assert len(told) == len(graph.ops)
    assert sum(told) == pytest.approx(64 * 80)


def test_a_long_check_shows_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    net = random_net(width=1, residual_blocks=1)
    model = to_onnx(net).SerializeToString()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_DELAY", 600.0)
    verify(model, net)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "_DELAY", 0.0)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    verify(model, net)
    shown = capsys.readouterr().err
    assert "verifying" in shown
    assert "left" in shown
    assert "100 %" in shown


@pytest.mark.parametrize(
    ("machine", "largest", "near_by"),
    [("x86_64", 6, 2), ("aarch64", 12, 6), ("arm64", 12, 6), ("ARM64", 12, 6)],
)
def test_single_pixels_are_given_more_where_sums_are_of_half_numbers(
    machine: str, largest: int, near_by: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    found = tolerance_of(Precision.FP16)
    assert (255 * found.largest, 255 * found.median) == pytest.approx((largest, 0.5))
    of_bytes = tolerance_of(Precision.FP16, bytes_io=True)
    assert 255 * of_bytes.largest == pytest.approx(largest + 1)
    near = tolerance_of(Precision.FP16, few_norms=True)
    assert (255 * near.largest, near.median) == pytest.approx((near_by, found.median))
    for other in (Precision.FP32, Precision.INT8):
        assert tolerance_of(other) == tolerance_of(other, half_sums=False)


def test_golden_pictures_are_what_their_names_say() -> None:
    pictures = golden_pictures(64, 80)
    assert all(p.shape == (1, 3, 64, 80) and p.dtype == np.float32 for p in pictures.values())
    assert pictures["white"].min() == 1.0
    assert pictures["black"].max() == 0.0
    assert set(np.unique(pictures["high contrast"])) == {0.0, 1.0}
    for picture in pictures.values():  # levels that bytes have
        assert np.abs(255 * picture - np.rint(255 * picture)).max() < 1e-4
    assert 0.28 < pictures["noise"].std() < 0.30  # uniform noise: 1 / sqrt(12)
    assert pictures["scene"].min() >= 0.0 and pictures["scene"].max() <= 1.0
