"""Checking a model file against its network, and what an app needs to do the same."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tinystyle.atomic import write_bytes
from tinystyle.errors import OptionError, ParityError
from tinystyle.export.coreml_package import read_package
from tinystyle.export.formats import Format, ending
from tinystyle.export.package_parity import verify_on_device, verify_package
from tinystyle.export.parity import (
    FULL_CHECK,
    INT8_CHECK,
    QUICK_CHECK,
    Parity,
    Tolerance,
    compare,
    first_of,
    golden_pictures,
    painted_by,
    tolerance_of,
)
from tinystyle.export.passes import Padding, with_bytes, with_padding
from tinystyle.graph import Graph, Precision
from tinystyle.images import encode_png, to_batch, to_uint8
from tinystyle.manifest import Manifest
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.stylenet import StyleNet

__all__ = ["Verdict", "verify_file", "write_golden"]


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
    devices: Mapping[str, Parity] = field(default_factory=dict)
    """What CoreML's compute units made of it, where there are any."""


def verify_file(
    model: Path, net: StyleNet, *, largest: float | None = None, full: bool = False
) -> Verdict:
    """An ``.onnx`` or ``.ort`` file or an ``.mlpackage`` against ``net``.

    The tolerance is that of the file's precision, or ``largest`` (0..1). With ``full`` on twenty
    pictures of up to 720 x 1280, else on two small ones; packages always on two. Raises ParityError
    beyond the tolerance; OptionError for a file whose form makes another picture (frozen norms)
    without ``largest``.
    """
    if model.suffix == ending(Format.COREML):
        return _verify_package(model, net, largest)
    painter = Stylizer.load(model, SessionOptions(threads=1))
    manifest = painter.manifest
    meant = _meant(model, manifest, net, largest)
    if manifest.bytes_io:
        meant = with_bytes(meant)
    precision = Precision(manifest.notes.get("precision", Precision.FP32.value))
    tolerance = tolerance_of(precision, bytes_io=manifest.bytes_io)
    if largest is not None:
        tolerance = Tolerance(largest)
    quick = INT8_CHECK if precision is Precision.INT8 else QUICK_CHECK
    checks: Iterable[tuple[int, int, str]] = FULL_CHECK if full else quick
    if painter.fixed_size is not None:
        checks = sorted({(*painter.fixed_size, name) for _, _, name in checks})
    parity = compare(first_of(painter), lambda p: painted_by(meant, p), tolerance, checks)
    where = f"onnxruntime ({', '.join(painter.providers)})"
    return Verdict(model, precision, parity, where, meant, painter.fixed_size)


def _verify_package(model: Path, net: StyleNet, largest: float | None) -> Verdict:
    package = read_package(model)
    manifest = Manifest.from_properties(package.properties, str(model))
    precision = Precision(package.properties.get("tinystyle.precision", Precision.FP16.value))
    meant = _meant(model, manifest, net, largest)
    tolerance = None if largest is None else Tolerance(largest)
    parity = verify_package(model, meant, precision=precision, tolerance=tolerance)
    devices = verify_on_device(model, meant, precision=precision, tolerance=tolerance)
    where = "numpy from the saved program; CoreML itself was not run"
    if devices:
        where = f"numpy from the saved program, and CoreML on {', '.join(devices)}"
    return Verdict(model, precision, parity, where, meant, package.default_size, devices)


def _meant(model: Path, manifest: Manifest, net: StyleNet, largest: float | None) -> Graph:
    """The network in the form of the file."""
    if manifest.spec != net.spec:
        raise ParityError(
            f"{model} is of {manifest.spec.to_json()}, the reference of {net.spec.to_json()}"
        )
    if "norm" in manifest.notes and largest is None:
        raise OptionError(
            f"{model}: has frozen norms, which make another picture than the network; say with "
            "--tolerance how far it may be"
        )
    return with_padding(Graph.of(net), Padding(manifest.notes.get("padding", "reflect")))


def write_golden(folder: Path, verdict: Verdict, size: tuple[int, int]) -> Path:
    """Pictures, what is expected of them, and the tolerance: for a check on the device.

    Writes ``NAME.png``, ``NAME-expected.png`` and ``golden.json``. Returns the latter.
    """
    rows = []
    for name, picture in golden_pictures(*(verdict.fixed_size or size)).items():
        stem = name.replace(" ", "-")
        rgb = to_uint8(picture)
        write_bytes(folder / f"{stem}.png", encode_png(rgb))
        painted = to_uint8(painted_by(verdict.meant, to_batch(rgb)))
        write_bytes(folder / f"{stem}-expected.png", encode_png(painted))
        rows.append({"input": f"{stem}.png", "expected": f"{stem}-expected.png"})
    parity = dataclasses.asdict(verdict.parity)
    # A device rounds to bytes, too.
    allowed = {k: min(1.0, v) * 255.0 for k, v in parity["tolerance"].items() if k != "ssim"}
    report = {
        "format": 1,
        "model": verdict.model.name,
        "precision": verdict.precision.value,
        "computed_by": verdict.where,
        "parity": parity,
        "tolerance_grey_levels": {k: min(255.0, v + 1.0) for k, v in allowed.items()},
        "pictures": rows,
    }
    path = folder / "golden.json"
    write_bytes(path, (json.dumps(report, indent=2) + "\n").encode())
    return path
