"""The proof itself must be able to fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

from tests.conftest import random_net
from tinystyle.errors import ParityError
from tinystyle.export.parity import golden_pictures, verify
from tinystyle.export.to_onnx import to_onnx


def test_a_true_export_passes() -> None:
    net = random_net()
    parity = verify(to_onnx(net).SerializeToString(), net)
    assert 0.0 <= parity.max_abs_difference <= parity.tolerance.largest == 1e-4
    assert parity.pictures == 3


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
