"""Parts that measure one norm each, for apps that paint in tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from tests.conftest import random_net
from tinystyle.export.given.parts import MeasuringPart, measuring_parts
from tinystyle.export.lowering import Norm, prepare
from tinystyle.export.template import TEMPLATE_OPTIONS, make_tile_templates
from tinystyle.export.verify.parity import verify
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import UInt8Array
from tinystyle.runtime.given.statistics import CORE, MEASURED, STATISTICS

PICTURES = {
    "landscape": np.ascontiguousarray(landscape(170)[:131]),
    "noise": np.random.default_rng(0).integers(0, 256, (97, 141, 3)).astype(np.uint8),
    "flat": np.full((99, 102, 3), (200, 13, 77), np.uint8),
}


@pytest.fixture(scope="module")
def net() -> StyleNet:
    return random_net(Architecture.SIX_NORM)


def _run(model: bytes, rgb: UInt8Array, statistics: NDArray[Any]) -> NDArray[Any]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # initializers that a part does not use
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    height, width = rgb.shape[:2]
    core = np.array([8, 4, height, width - 1], np.int64)
    feeds = {"image": rgb[None], STATISTICS: statistics, CORE: core}
    made: NDArray[Any] = session.run([MEASURED], feeds)[0]
    return made


def _parts(model: bytes) -> list[MeasuringPart]:
    return measuring_parts(onnx.load_model_from_string(model))


@pytest.mark.parametrize("picture", PICTURES)
def test_a_part_measures_what_the_whole_network_measures(net: StyleNet, picture: str) -> None:
    whole, _ = make_tile_templates(net)
    first = 0
    given = np.stack([np.zeros(192), np.ones(192)]).astype(np.float32)
    parts = _parts(whole.model)
    work = [part.convolutions for part in parts]
    assert work == sorted(set(work)) and work[-1] < 16
    for part in parts:
        measured = _run(part.model.SerializeToString(), PICTURES[picture], given)
        channels = slice(first, first + part.channels)
        expected = _run(whole.model, PICTURES[picture], given)[:, channels]
        assert measured.shape == (3, part.channels, 1, 1)
        assert np.allclose(measured[..., 0, 0], expected, rtol=1e-5, atol=1e-6)
        given[:, channels] = measured[:2, :, 0, 0]
        first += part.channels
    assert first == 192


def test_templates_without_weights_are_filled_with_any(net: StyleNet) -> None:
    zeros = StyleNet.from_flat(net.spec, np.zeros(net.spec.parameter_count, np.float32), net.notes)
    whole, parts = make_tile_templates(zeros)
    direct, _ = make_tile_templates(net)
    assert whole.filled(net) == direct.model
    graph = prepare(net, TEMPLATE_OPTIONS.graph)
    verify(whole.filled(net), graph, precision=TEMPLATE_OPTIONS.graph.precision)
    given = np.random.default_rng(1).random((2, 192), np.float32)
    for (template, part), wanted in zip(parts, _parts(direct.model), strict=True):
        found = _run(template.filled(net), PICTURES["noise"], given)
        expected = _run(wanted.model.SerializeToString(), PICTURES["noise"], given)
        assert np.array_equal(found, expected)
        assert found[0].std() > 0
        assert not part.model.metadata_props  # no network: Stylizer refuses it
    assert TEMPLATE_OPTIONS.graph.norm is not Norm.INPUT
