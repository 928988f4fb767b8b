"""What a model file is, as facts by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from tinystyle.errors import ModelError
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.methods.specs import RegionsSpec, SemanticSpec
from tinystyle.network.spec import NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.session import is_ort, open_session, read_model

__all__ = ["Facts", "describe", "precision_facts", "spec_facts", "with_notes"]


Facts = dict[str, str | int | float]


def describe(path: Path) -> Facts:
    """Facts about an ONNX or ORT file or a saved StyleNet of ours. ModelError on other files."""
    if path.suffix.lower() == ".safetensors":
        net = StyleNet.load(path)
        size = path.stat().st_size
        own: Facts = {"file": str(path), "kind": "network weights", "size_bytes": size}
        return with_notes({**own, **spec_facts(net.spec)}, net.notes)
    data = read_model(path)
    if is_ort(data):
        return _describe_ort(path, data)
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{path}: not an ONNX file ({error})") from error
    manifest = Manifest.from_properties({p.key: p.value for p in model.metadata_props}, str(path))
    if not (model.opset_import and model.graph.input and model.graph.output):
        raise ModelError(f"{path}: a model without opset, input or output")
    facts: Facts = {
        "file": str(path),
        "kind": manifest.kind.value,
        "size_bytes": len(data),
        "opset": model.opset_import[0].version,
        "nodes_in_file": len(model.graph.node),
        "input_shape": _shape(model.graph.input[0]),
        "output_shape": _shape(model.graph.output[0]),
        **precision_facts(manifest),
        **spec_facts(manifest.spec),
    }
    return with_notes(facts, manifest.notes)


def _describe_ort(path: Path, data: bytes) -> Facts:
    session = open_session(data, str(path))
    manifest = Manifest.from_properties(session.get_modelmeta().custom_metadata_map, str(path))
    shapes = [
        " x ".join(map(str, values[0].shape))
        for values in (session.get_inputs(), session.get_outputs())
    ]
    facts: Facts = {
        "file": str(path),
        "kind": manifest.kind.value,
        "size_bytes": len(data),
        "input_shape": shapes[0],
        "output_shape": shapes[1],
        **precision_facts(manifest),
        **spec_facts(manifest.spec),
    }
    return with_notes(facts, manifest.notes)


def with_notes(facts: Facts, notes: Mapping[str, str]) -> Facts:
    """Notes come from the file's maker: they may add to what was found, not replace it."""
    return {**facts, **{key: text for key, text in notes.items() if key not in facts}}


def precision_facts(manifest: Manifest) -> Facts:
    """What a network's file says of its numbers."""
    return {"precision": manifest.precision} if manifest.kind is Kind.NETWORK else {}


def spec_facts(spec: NetSpec) -> Facts:
    """Of a network's architecture."""
    return {
        "form": spec.architecture.value,
        "width": spec.width,
        "residual_blocks": spec.residual_blocks,
        "blend": spec.blend,
        **_region_facts(spec),
        "parameters": spec.parameter_count,
        "macs_256_as_trained": spec.macs(256, 256),
    }


def _region_facts(spec: NetSpec) -> Facts:
    match spec.method:
        case SemanticSpec(regions, kernel, patches):
            facts: Facts = {"regions": regions, "kernel": kernel.value}
            return {**facts, "patches": patches} if patches else facts
        case RegionsSpec(regions, kept):
            return {"regions": regions, "kept": " ".join(map(str, kept)) or "none"}
        case _:
            return {}


def _shape(value: onnx.ValueInfoProto) -> str:
    dimensions = value.type.tensor_type.shape.dim
    return " x ".join(d.dim_param or str(d.dim_value) for d in dimensions)
