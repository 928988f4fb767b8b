"""Checking a model file against its network, and what an app needs to do the same."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import onnx

from tinystyle.errors import ModelError, OptionError, ParityError
from tinystyle.export.coreml.package import read_package
from tinystyle.export.formats import Format, ending
from tinystyle.export.onnx_writer.int8_biases import false_bias_scales
from tinystyle.export.passes.structure import Padding, with_bytes, with_padding, with_strength
from tinystyle.export.progress import watched
from tinystyle.export.verify.packages import verify_on_device, verify_package
from tinystyle.export.verify.parity import (
    FULL_CHECK,
    Parity,
    checks,
    compare,
    first_of,
    golden_pictures,
    painted_by,
    require_strengths,
    require_tiles,
)
from tinystyle.export.verify.tolerances import Tolerance, tolerance_for
from tinystyle.files import write_bytes
from tinystyle.network.graph import Graph, Precision
from tinystyle.network.manifest import Kind, Manifest
from tinystyle.network.spec import MIN_SIZE
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import encode_png, to_batch, to_uint8
from tinystyle.runtime.session import SessionOptions, is_ort, read_model
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["Verdict", "precision_found", "verify_file", "write_golden"]

_LARGEST_GOLDEN = 2048

_WHOLE = frozenset({"QuantizeLinear", "QLinearConv", "DynamicQuantizeLinear", "ConvInteger"})
"""Nodes of graphs in whole numbers: ours, and those of quantisers at run time. Where weights are
only stored so, their type tells it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found."""

    model: Path
    precision: Precision
    parity: Parity
    where: str
    """What computed the model."""
    meant: Graph
    """What the model was compared with."""
    fixed_size: tuple[int, int] | None
    frozen: bool = False
    """Whether the file has frozen norms, which ``meant`` has not."""
    devices: Mapping[str, Parity] = field(default_factory=dict)
    """What CoreML's compute units made of it, where there are any."""
    takes: Callable[[int, int], bool] = lambda height, width: True
    """Whether the file takes pictures of a height and a width."""


def verify_file(
    model: Path, net: StyleNet, *, largest: float | None = None, full: bool = False
) -> Verdict:
    """An ``.onnx`` or ``.ort`` file or an ``.mlpackage`` against ``net``.

    The tolerance is that of the file's precision, or ``largest`` (0..1). With ``full`` on twenty
    pictures of up to 720 x 1280, else on a few small ones; packages on those of the twenty whose
    size they take, or four of their own size, else on two of the smallest size that they take.
    Raises ParityError beyond the tolerance, OptionError for a file whose form makes another picture
    (frozen norms) without ``largest``.
    """
    if largest is not None and not 0.0 <= largest <= 1.0:
        raise OptionError(f"tolerance is {largest}; allowed are 0 to 1")
    if model.suffix.lower() == ending(Format.COREML):
        return _verify_package(model, net, largest, full=full)
    painter = Stylizer.load(model, SessionOptions(threads=1))
    manifest = painter.manifest
    meant = _meant(model, manifest, net, largest)
    if manifest.takes_strength:
        meant = with_strength(meant)
    if manifest.bytes_io:
        meant = with_bytes(meant)
    precision = _precision(model, manifest)
    tolerance = tolerance_for(meant, precision)
    if largest is not None:
        tolerance = Tolerance(largest)
    pictures = checks(painter, precision, FULL_CHECK if full else None)
    with watched(pictures) as seen:
        expected = partial(painted_by, meant, seen=seen)
        parity = compare(first_of(painter), expected, tolerance, pictures)
    require_strengths(painter, meant, tolerance)
    require_tiles(painter, read_model(model), tolerance)
    where = f"onnxruntime ({', '.join(painter.providers)})"
    return Verdict(model, precision, parity, where, meant, painter.fixed_size, manifest.frozen)


def _precision(model: Path, manifest: Manifest) -> Precision:
    """What the file says, and its numbers confirm; nothing is guessed."""
    said = manifest.precision
    known = [p.value for p in Precision]
    if said not in known:
        raise ModelError(f"{model}: says that its precision is {said!r}; known are {known}")
    if model.is_file():
        types, kinds, false = _contents(read_model(model))
        found = precision_found(types, kinds)
        if found.value != said:
            raise ModelError(f"{model}: says that it is {said}, but is {found.value}")
        if false:
            raise ParityError(
                f"{model}: the biases of {', '.join(false)} are not in units of input scale times "
                "weight scale: engines differ in what they make of that; export the file again"
            )
    return Precision(said)


def precision_found(types: Collection[int], kinds: Collection[str]) -> Precision:
    """That of a graph with constants of these types of TensorProto and nodes of these kinds."""
    if not _WHOLE.isdisjoint(kinds) or onnx.TensorProto.INT8 in types:
        return Precision.INT8
    return Precision.FP16 if onnx.TensorProto.FLOAT16 in types else Precision.FP32


def _contents(data: bytes) -> tuple[frozenset[int], frozenset[str], list[str]]:
    """Types of the constants, kinds of the nodes, convolutions whose bias is in false units.

    An ``.ort`` file holds fused nodes, without scales of biases.
    """
    if is_ort(data):
        from tinystyle.export.ort_format import contents  # noqa: PLC0415  (loads flatbuffers)

        return (*contents(data), [])
    model = onnx.load_model_from_string(data)
    types = frozenset(tensor.data_type for tensor in model.graph.initializer)
    kinds = frozenset(node.op_type for node in model.graph.node)
    return types, kinds, false_bias_scales(model)


def _verify_package(model: Path, net: StyleNet, largest: float | None, *, full: bool) -> Verdict:
    package = read_package(model)
    manifest = Manifest.from_properties(package.properties, str(model))
    if manifest.kind is not Kind.NETWORK:
        raise ModelError(f"{model}: is a {manifest.kind.value}; needed is a network")
    precision = _precision(model, manifest)
    meant = _meant(model, manifest, net, largest)
    tolerance = None if largest is None else Tolerance(largest)
    parity = verify_package(model, meant, precision=precision, tolerance=tolerance, full=full)
    devices = verify_on_device(model, meant, precision=precision, tolerance=tolerance)
    where = "numpy from the saved program (CoreML itself was not run)"
    if devices:
        where = f"numpy from the saved program, and by CoreML on {', '.join(devices)},"
    facts = (package.only_size, manifest.frozen, devices, package.takes)
    return Verdict(model, precision, parity, where, meant, *facts)


def _meant(model: Path, manifest: Manifest, net: StyleNet, largest: float | None) -> Graph:
    """The network in the form of the file."""
    if manifest.spec != net.spec:
        raise ParityError(
            f"{model} is of {manifest.spec.to_json()}, the reference of {net.spec.to_json()}"
        )
    made_of = [manifest.artwork_sha256, net.notes.get("style_sha256")]
    if all(made_of) and made_of[0] != made_of[1]:
        names = [notes.get("style_name", "?") for notes in (manifest.notes, net.notes)]
        raise ParityError(
            f"{model} was made of another style picture ({names[0]!r}) than the reference "
            f"({names[1]!r})"
        )
    if manifest.frozen and largest is None:
        raise OptionError(
            f"{model}: has frozen norms, which make another picture than the network; say with "
            "--tolerance how far it may be"
        )
    if manifest.padding not in [p.value for p in Padding]:
        raise ModelError(
            f"{model}: says that its padding is {manifest.padding!r}, which is not known"
        )
    return with_padding(Graph.of(net), Padding(manifest.padding))


def require_golden_size(size: tuple[int, int]) -> None:
    """Raise OptionError for a height and width that golden pictures may not have."""
    if not all(MIN_SIZE <= side <= _LARGEST_GOLDEN for side in size):
        raise OptionError(
            f"golden pictures are {size[0]}x{size[1]}; allowed are {MIN_SIZE} to "
            f"{_LARGEST_GOLDEN} px a side"
        )


def write_golden(folder: Path, verdict: Verdict, size: tuple[int, int]) -> Path:
    """Pictures, what is expected of them, and the tolerance: for a check on the device.

    Writes ``NAME.png``, ``NAME-expected.png`` and ``golden.json``, and returns the latter. ``size``
    is theirs unless the file is made for one. Raises OptionError for a size outside 64..2048, and
    for frozen norms, of whose pictures the network knows nothing, and for a file with regions.
    """
    if verdict.meant.takes_mask:
        raise OptionError("a file that takes a mask has no golden pictures: they have no regions")
    if verdict.frozen:
        raise OptionError("a file with frozen norms has no golden pictures: it makes others")
    size = verdict.fixed_size or size
    require_golden_size(size)
    if not verdict.takes(*size):
        raise OptionError(
            f"{verdict.model}: is not made for {size[0]}x{size[1]}; give one of its sizes as "
            "--golden-size"
        )
    files: dict[str, bytes] = {}
    rows = []
    for name, picture in golden_pictures(*size).items():
        stem = name.replace(" ", "-")
        rgb = to_uint8(picture)
        painted = to_uint8(painted_by(verdict.meant, to_batch(rgb)))
        rows.append({"input": f"{stem}.png", "expected": f"{stem}-expected.png"})
        files[f"{stem}.png"] = encode_png(rgb)
        files[f"{stem}-expected.png"] = encode_png(painted)
    parity = dataclasses.asdict(verdict.parity)
    tolerance = dataclasses.asdict(_on_device(verdict))
    # A device rounds to bytes, too.
    allowed = {k: min(1.0, v) * 255.0 for k, v in tolerance.items() if k != "ssim"}
    report = {
        "format": 1,
        "model": verdict.model.name,
        "precision": verdict.precision.value,
        "computed_by": verdict.where,
        "parity": parity,
        "tolerance_grey_levels": {k: min(255.0, v + 1.0) for k, v in allowed.items()},
        "pictures": rows,
    }
    files["golden.json"] = (json.dumps(report, indent=2, allow_nan=False) + "\n").encode()
    for file, data in files.items():
        write_bytes(folder / file, data)
    return folder / "golden.json"


def _on_device(verdict: Verdict) -> Tolerance:
    """Devices may add up in half numbers. What the user has asked for stays."""
    found = verdict.parity.tolerance
    if found != tolerance_for(verdict.meant, verdict.precision):
        return found
    return tolerance_for(verdict.meant, verdict.precision, half_sums=True)
