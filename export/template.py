"""A network's file whose weights another program exchanges: any style without writing a graph."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import onnx

from tinystyle.errors import ModelError, OptionError
from tinystyle.export.files import onnx_bytes
from tinystyle.export.formats import Format
from tinystyle.export.given.parts import MeasuringPart, measuring_parts
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, Norm, PictureIO, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.files import write_bytes
from tinystyle.network.graph import Precision
from tinystyle.network.spec import NetSpec
from tinystyle.network.stylenet import StyleNet

__all__ = ["TEMPLATE_OPTIONS", "Template", "make_template", "make_tile_templates"]

TEMPLATE_OPTIONS = ExportOptions(
    graph=GraphOptions(io=PictureIO.UINT8), layout=Layout.ONNXRUNTIME_CPU
)
"""As apps take it: bytes in and out, any size; and the weights as they are."""

_FORMAT = "tinystyle-template"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parameter lies: ``count`` float32 numbers, little-endian, at ``offset`` bytes."""

    name: str
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class Template:
    """An ONNX file and the places of its weights, in the order of ``NetSpec.parameters()``.

    That is the order in which the hypernetwork gives them.
    """

    model: bytes
    places: tuple[Place, ...]

    def to_json(self) -> str:
        """The list of places, with the hash of the file that it is true of."""
        facts = {
            "format": _FORMAT,
            "version": _VERSION,
            "sha256": hashlib.sha256(self.model).hexdigest(),
            "weights": sum(place.count for place in self.places),
            "places": [asdict(place) for place in self.places],
        }
        return json.dumps(facts)

    def filled(self, net: StyleNet) -> bytes:
        """The file with the weights of ``net``."""
        model = bytearray(self.model)
        for place in self.places:
            values = net.weights[place.name].astype("<f4").tobytes()
            model[place.offset : place.offset + 4 * place.count] = values
        return bytes(model)

    def write(self, model: Path) -> Path:
        """Write the file, and the list beside it as ``.json``. Returns the latter's path."""
        beside = model.with_suffix(".json")
        write_bytes(model, self.model)
        write_bytes(beside, self.to_json().encode())
        return beside


def make_template(net: StyleNet, options: ExportOptions = TEMPLATE_OPTIONS) -> Template:
    """The file of ``net``, and where others of its spec have their weights.

    Raises OptionError for options that change weights: half and 8-bit precision, frozen norms,
    formats other than ONNX.
    """
    form = options.graph
    changed = form.precision is not Precision.FP32 or form.norm is Norm.FROZEN
    if changed or options.format is not Format.ONNX:
        raise OptionError(
            "a template is fp32 ONNX whose norms are not frozen; asked for are "
            f"{form.precision.value} {options.format.value} with {form.norm.value} norms"
        )
    # Numbers by chance lie in a file once; a net's own may be equal in two layers.
    probe = _random_net(net.spec, net.notes)
    written = [onnx_bytes(prepare(each, form), options) for each in (net, probe)]
    return _located(net, probe, written[0], written[1])


def make_tile_templates(net: StyleNet) -> tuple[Template, list[tuple[Template, MeasuringPart]]]:
    """For apps that paint in tiles: as :func:`make_template` of a network whose statistics are an
    input (``--norm input``), and templates of the parts that measure them, one for each norm."""
    form = replace(TEMPLATE_OPTIONS.graph, norm=Norm.INPUT)
    options = replace(TEMPLATE_OPTIONS, graph=form)
    probe = _random_net(net.spec, net.notes)
    written = [onnx_bytes(prepare(each, form), options) for each in (net, probe)]
    whole = _located(net, probe, written[0], written[1])
    ours, probed = (measuring_parts(onnx.load_model_from_string(model)) for model in written)
    parts = []
    for one, other in zip(ours, probed, strict=True):
        models = [part.model.SerializeToString() for part in (one, other)]
        parts.append((_located(net, probe, models[0], models[1]), one))
    return whole, parts


def _located(net: StyleNet, probe: StyleNet, model: bytes, probed: bytes) -> Template:
    """The template ``model`` of ``net``; ``probed`` is the same of the weights of ``probe``."""
    places = tuple(
        _find(probed, parameter.name, probe.weights[parameter.name].tobytes())
        for parameter in net.spec.parameters()
    )
    for place in places:
        held = np.frombuffer(model, "<f4", place.count, place.offset)
        if len(probed) != len(model) or not np.array_equal(held, net.weights[place.name].ravel()):
            raise ModelError(f"the graph does not hold {place.name} as it is")
    return Template(model, places)


def _random_net(spec: NetSpec, notes: Mapping[str, str]) -> StyleNet:
    values = np.random.default_rng(0).standard_normal(spec.parameter_count, np.float32)
    return StyleNet.from_flat(spec, values, notes)


def _find(model: bytes, name: str, values: bytes) -> Place:
    if model.count(values) != 1:
        raise ModelError(f"the graph holds {name} {model.count(values)} times; needed is once")
    return Place(name, model.index(values), len(values) // 4)
