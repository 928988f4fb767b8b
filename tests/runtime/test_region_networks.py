"""Networks joined to one, and painting with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.network.painted_regions import joined, part
from tests.network.region_nets import bands
from tinystyle.errors import OptionError, PictureError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network import reference
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import to_batch, to_uint8
from tinystyle.runtime.description import describe
from tinystyle.runtime.network_file import read_network
from tinystyle.runtime.region_networks import join_regions
from tinystyle.runtime.stylizer import Stylizer

RGB = landscape(96)[:72]


def _named(seed: int, name: str) -> StyleNet:
    net = part(seed)
    notes = {"style_name": name, "style_sha256": f"{seed:064x}", "style_size": "256"}
    return StyleNet(net.spec, net.weights, notes)


def test_a_network_has_the_weights_of_its_parts() -> None:
    parts = {"sky": _named(1, "night"), "person": None, "rest": _named(2, "wave")}
    net = join_regions(parts)
    for label, own in ((0, parts["sky"]), (2, parts["rest"])):
        assert own is not None
        for name, value in own.weights.items():
            np.testing.assert_array_equal(net.weights[f"k{label}.{name}"], value)
    assert net.notes["region_names"] == "sky person rest"
    assert net.notes["region_styles"] == "sky=night, person=keep, rest=wave"
    assert net.notes["style_name"] == "sky-person-rest"
    assert net.notes["style_size"] == "256"
    others = join_regions({**parts, "rest": _named(3, "wave")})
    assert others.notes["style_sha256"] != net.notes["style_sha256"]


def test_what_cannot_be_joined() -> None:
    one = part(1)
    for regions, said in (
        ({"a": one}, "number of regions is 1; allowed are 2 to 8"),
        (dict.fromkeys("abcdefghi", one), "number of regions is 9"),
        ({"a": None, "b": None}, "all regions keep the photograph"),
        ({"a b": one, "c": None}, "'a b'; allowed are letters"),
        ({"a": one, "b": random_net(Architecture.SIX_NORM, width=16)}, "different architecture"),
        ({"a": random_net(Architecture.TINY), "b": None}, "networks of tiny"),
        ({"a": one.with_strength(0.5), "b": None}, "at strength 0.5"),
    ):
        with pytest.raises(OptionError, match=said):
            join_regions(regions)


def test_painting_with_labels_and_their_pictures(tmp_path: Path) -> None:
    net, labels = joined(1, None), bands(72, 96, 0, 1)
    painter = Stylizer.from_bytes(to_onnx(net).SerializeToString(), "regions")
    painted = painter.stylize(RGB, mask=labels[0, 0])
    expected = to_uint8(reference.stylize(net, to_batch(RGB), labels))
    assert np.abs(painted.astype(int) - expected.astype(int)).max() <= 1
    np.testing.assert_array_equal(painted[:, 52:], RGB[:, 52:])
    Image.fromarray(np.kron(labels[0, 0], np.ones((2, 2), np.uint8))).save(tmp_path / "m.png")
    np.testing.assert_array_equal(painter.stylize(RGB, mask=tmp_path / "m.png"), painted)
    with pytest.raises(PictureError, match="regions have labels, 0 to 1: greys of a PNG"):
        painter.stylize(RGB, mask=Image.fromarray(255 * labels[0, 0]))
    with pytest.raises(OptionError, match="has 2 regions and needs a mask"):
        painter.stylize(RGB)


def test_a_file_tells_its_network(tmp_path: Path) -> None:
    net = join_regions({"sky": _named(1, "night"), "rest": None})
    (tmp_path / "net.onnx").write_bytes(to_onnx(net).SerializeToString())
    found = read_network(tmp_path / "net.onnx")
    assert (found.spec, found.notes) == (net.spec, net.notes)
    for name, value in net.weights.items():
        np.testing.assert_allclose(found.weights[name], value, atol=1e-6)
    facts = describe(tmp_path / "net.onnx")
    assert (facts["form"], facts["regions"], facts["kept"]) == ("regions", 2, "1")
    assert facts["region_names"] == "sky rest"
    assert facts["mask_range"] == "0..1"
    assert "kernel" not in facts
