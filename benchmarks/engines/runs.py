"""Lets another engine paint: by a child process in an environment of its own, or in a browser."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tinystyle.benchmarks.engines.list import Engine
from tinystyle.benchmarks.latency.case import Profile
from tinystyle.benchmarks.web.browser import find_browser
from tinystyle.benchmarks.web.job import WebJob, WebModel
from tinystyle.benchmarks.web.runtime import runtime_folder
from tinystyle.benchmarks.web.visit import visit
from tinystyle.errors import AbsentTargetError, TargetError
from tinystyle.pictures.images import FloatArray, to_uint8

__all__ = ["BrowserEngine", "EngineRun", "InstalledEngine", "Pictures"]

Pictures = Mapping[str, FloatArray]
"""By name, each ``(1, 3, H, W)``, 0..1."""

_CLIENT = Path(__file__).with_name("client.py")
_SECONDS = 300.0
"""For one file; after that an engine counts as hung."""
_ONCE = Profile("once", 1, 0.0, 60.0, 0)


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What an engine made of a file."""

    painted: Pictures
    """Of the names it was given; empty where it did not paint."""
    version: str = ""
    refused: str = ""
    """The last line of what it said where it did not paint."""


class InstalledEngine:
    """One from PyPI. Child processes: some engines end by a signal on files they do not like.

    Its environment is made in the folder where it is not there; this needs a network. Raises
    AbsentTargetError where it cannot be installed.
    """

    def __init__(self, environments: Path, name: str, engine: Engine) -> None:
        self._client = engine.client
        self._python = _python(environments, name, engine)

    def paint(self, model: bytes, pictures: Pictures) -> EngineRun:
        """What it makes of the pictures by the file ``model``."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            file, source, target = (folder / n for n in ("net.onnx", "in.npz", "out.npz"))
            file.write_bytes(model)
            np.savez(source, allow_pickle=False, **pictures)
            paths = (_CLIENT, self._client, file, source, target)
            command = [str(self._python), *map(str, paths)]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=_SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                return EngineRun({}, refused=f"no answer in {_SECONDS:g} s")
            if done.returncode or not target.exists():
                said = _last_line(done.stderr) or f"ended with exit code {done.returncode}"
                return EngineRun({}, refused=said)
            with np.load(target) as archive:
                found = {name: archive[name] for name in archive.files}
        return EngineRun({name: found[name] for name in pictures}, str(found["version"]))


class BrowserEngine:
    """onnxruntime-web on WebAssembly, one thread.

    Raises AbsentTargetError where there is no browser, or no onnxruntime-web to be had.
    """

    def __init__(self) -> None:
        self._program = find_browser()
        try:
            self._runtime = runtime_folder()
        except TargetError as error:
            raise AbsentTargetError(str(error)) from error

    def paint(self, model: bytes, pictures: Pictures) -> EngineRun:
        """What it makes of the pictures by the file ``model``; all are of one size."""
        models = tuple(_web_model(name, model, value) for name, value in pictures.items())
        photograph = to_uint8(next(iter(pictures.values())))
        job = WebJob("wasm", 1, models, photograph, _ONCE)
        try:
            found = visit(self._program, self._runtime, job)
        except AbsentTargetError:
            raise
        except TargetError as error:
            return EngineRun({}, refused=_last_line(str(error)))
        painted = {
            name: np.frombuffer(found.uploads[f"output-{at}"], np.float32).reshape(value.shape)
            for at, (name, value) in enumerate(pictures.items())
        }
        return EngineRun(painted, found.facts.onnxruntime_web)


def _web_model(name: str, model: bytes, picture: FloatArray) -> WebModel:
    # What is right is judged by who asks; the page needs the sizes alone.
    height, width = picture.shape[2:]
    blank = np.zeros((height, width, 3), np.uint8)
    return WebModel(name, model, picture, True, expected=np.zeros_like(picture), painted=blank)


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


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:120] if lines else ""
