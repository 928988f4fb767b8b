"""Files whose weights are exchanged without this package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import MakeNet
from tinystyle.errors import OptionError
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, Norm, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.export.template import TEMPLATE_OPTIONS, Template, make_template
from tinystyle.network.graph import Precision
from tinystyle.network.stylenet import StyleNet


def _fill(template: Template, net: StyleNet) -> bytes:
    """As the app does it: by what the JSON says alone."""
    facts = json.loads(template.to_json())
    flat, filled, start = net.flat(), bytearray(template.model), 0
    assert facts["weights"] == flat.size
    for place in facts["places"]:
        part = flat[start : start + place["count"]].astype("<f4").tobytes()
        filled[place["offset"] : place["offset"] + len(part)] = part
        start += place["count"]
    assert start == flat.size
    return bytes(filled)


def test_a_filled_template_is_the_file_that_is_exported(make_net: MakeNet) -> None:
    first, second = make_net(seed=1), make_net(seed=2)
    filled = _fill(make_template(first), second)
    assert filled == onnx_bytes(prepare(second, TEMPLATE_OPTIONS.graph), TEMPLATE_OPTIONS)


def test_weights_that_are_equal_in_two_layers_do_not_confuse_it(make_net: MakeNet) -> None:
    net = make_net(seed=1)
    flat = StyleNet.from_flat(net.spec, np.zeros(net.spec.parameter_count, np.float32), net.notes)
    assert _fill(make_template(flat), net) == make_template(net).model


@pytest.mark.parametrize(
    "form", [GraphOptions(precision=Precision.FP16), GraphOptions(norm=Norm.FROZEN)]
)
def test_options_that_change_weights_are_refused(make_net: MakeNet, form: GraphOptions) -> None:
    with pytest.raises(OptionError, match="template"):
        make_template(make_net(), ExportOptions(graph=form))


def test_both_files_are_written(make_net: MakeNet, tmp_path: Path) -> None:
    template = make_template(make_net())
    beside = template.write(tmp_path / "template.onnx")
    assert beside.name == "template.json"
    assert (tmp_path / "template.onnx").read_bytes() == template.model
    assert json.loads(beside.read_text())["format"] == "tinystyle-template"
