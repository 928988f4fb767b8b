"""Whether other engines paint what onnxruntime paints, each in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tinystyle.errors import AbsentTargetError, OptionError
from tinystyle.export.files import onnx_bytes
from tinystyle.export.options import ExportOptions
from tinystyle.export.parity import golden_pictures
from tinystyle.export.prepare import GraphOptions, calibration_pictures, prepare
from tinystyle.graph import Precision
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.stylenet import StyleNet

__all__ = ["ENGINES", "Engine", "EngineRow", "check_engines", "faults", "to_markdown"]

_CLIENT = Path(__file__).with_name("engine_client.py")
_PICTURES = ("scene", "white")
_SECONDS = 300.0
"""For one file; after that an engine counts as hung."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, and what pip installs to have it."""

    client: str
    """The function of ``engine_client`` that paints by it."""
    requirements: tuple[str, ...]
    free: bool = True
    """Whether it takes files of any size; else it is given one of 256x256."""
    plain: tuple[str, ...] = ()
    """What is installed without its dependencies, some of which nothing here needs."""
    refuses: tuple[Precision, ...] = ()
    """What it is known not to read."""
    quick: bool = True
    """Whether it is asked where time counts: installed in under a minute, and not tested by all
    else (``make oldest``)."""


_REDUCED = (Precision.FP16, Precision.INT8)

ENGINES: dict[str, Engine] = {
    "onnxruntime, oldest": Engine("onnxruntime", ("onnxruntime==1.19.0", "numpy<2"), quick=False),
    "onnxruntime 1.26": Engine("onnxruntime", ("onnxruntime==1.26.0",)),
    "OpenCV 4": Engine("opencv", ("opencv-python-headless<5",), free=False),
    "OpenCV 5": Engine("opencv", ("opencv-python-headless>=5",), free=False),
    "OpenVINO": Engine("openvino", ("openvino",)),
    "MNN": Engine("mnn", ("MNN",)),
    "pnnx and ncnn": Engine("ncnn", ("ncnn", "pnnx"), free=False, refuses=_REDUCED),
    "tract": Engine("tract", ("tract",), free=False),
    "onnx2torch": Engine(
        *("onnx2torch", ("torch==2.13.0", "onnx")),
        plain=("onnx2torch",),
        refuses=(Precision.INT8,),
        quick=False,
    ),
}
"""By the name in the table. Those of phones read the same files by the same code."""


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine and one file."""

    engine: str
    version: str
    precision: Precision
    differences: tuple[tuple[str, float, float], ...]
    """Picture, and how far its painting is from onnxruntime's of float32: largest and median, in
    grey levels of 255."""
    refused: str = ""
    """The last line of what it said where it did not paint."""


def check_engines(
    net: StyleNet,
    environments: Path,
    names: Sequence[str] = tuple(ENGINES),
    precisions: Sequence[Precision] = (Precision.FP32, Precision.FP16, Precision.INT8),
) -> list[EngineRow]:
    """Write ``net`` in each precision, and paint by each engine.

    Environments are made in the folder where they are not there; this needs a network. Engines run
    as child processes: some end by a signal on files that they do not like. Raises OptionError for
    an engine that is not known, AbsentTargetError where one cannot be installed.
    """
    unknown = sorted(set(names) - set(ENGINES))
    if unknown:
        raise OptionError(f"engines are {', '.join(unknown)}; known are {', '.join(ENGINES)}")
    pictures = {name: golden_pictures(256, 256)[name] for name in _PICTURES}
    rows = []
    model_of = cache(partial(_model, net))
    with TemporaryDirectory() as folder:
        np.savez(Path(folder) / "in.npz", allow_pickle=False, **pictures)
        reference = Stylizer.from_bytes(model_of(Precision.FP32, free=True), "reference")
        wanted = {name: reference.run(picture) for name, picture in pictures.items()}
        for name in names:
            engine = ENGINES[name]
            python = _python(environments, name, engine)
            for precision in precisions:
                model = Path(folder) / "net.onnx"
                model.write_bytes(model_of(precision, free=engine.free))
                found, refused = _painted(python, engine, model)
                version = str(found.pop("version", ""))
                differences = tuple(
                    (picture, float(off.max()), float(np.median(off)))
                    for picture, painted in found.items()
                    for off in [255.0 * np.abs(painted - wanted[picture])]
                )
                rows.append(EngineRow(name, version, precision, differences, refused))
    return rows


def faults(rows: Sequence[EngineRow]) -> list[str]:
    """What should not be: refused files, and paintings further off than their precision allows.

    1 of 255 anywhere in fp32; in the median 1 in fp16 and 4 in int8.
    """
    found = []
    for row in rows:
        what = f"{row.engine} {row.version}, {row.precision.value}".replace(" ,", ",")
        known = ENGINES[row.engine].refuses
        if row.refused and row.precision not in known:
            found.append(f"{what}: {row.refused}")
        for name, largest, median in row.differences:
            off = largest if row.precision is Precision.FP32 else median
            if not off <= (4.0 if row.precision is Precision.INT8 else 1.0):
                found.append(f"{what}: {name} {off:.2f} of 255 off")
    return found


def _model(net: StyleNet, precision: Precision, *, free: bool) -> bytes:
    options = ExportOptions(
        graph=GraphOptions(precision=precision), size=None if free else (256, 256)
    )
    pictures = calibration_pictures(None) if options.calibrated else []
    return onnx_bytes(prepare(net, options.graph), options, pictures)


def _python(environments: Path, name: str, engine: Engine) -> Path:
    """The interpreter of an engine's environment, which is made if it is not there."""
    folder = environments / "".join(c if c.isalnum() else "-" for c in name.lower())
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready"
    if ready.exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    commands = [[*pip, "numpy", *engine.requirements]]
    if engine.plain:
        commands.append([*pip, "--no-deps", *engine.plain])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AbsentTargetError(f"{name}: cannot be installed ({_last_line(done.stderr)})")
    ready.touch()
    return python


def _painted(python: Path, engine: Engine, model: Path) -> tuple[dict[str, np.ndarray], str]:
    target = model.with_name("out.npz")
    target.unlink(missing_ok=True)
    paths = [_CLIENT, engine.client, model, model.with_name("in.npz"), target]
    command = [str(python), *map(str, paths)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, f"no answer in {_SECONDS:g} s"
    if done.returncode or not target.exists():
        return {}, _last_line(done.stderr) or f"ended with exit code {done.returncode}"
    with np.load(target) as archive:
        return {name: archive[name] for name in archive.files}, ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:120] if lines else ""


def to_markdown(rows: Sequence[EngineRow]) -> str:
    """A table: a row for each engine and precision."""
    lines = [
        "| engine | version | file | photograph: largest, median | white: largest, median |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = {name: f"{most:.2f}, {middle:.2f}" for name, most, middle in row.differences}
        found = [cells.get(name, "") for name in _PICTURES]
        if row.refused:
            found = [f"refused: {row.refused}", ""]
        lines.append(
            f"| {row.engine} | {row.version} | {row.precision.value} | {' | '.join(found)} |"
        )
    return "\n".join(lines)
