"""What the demo's Java code needs to run here: compiled once, with onnxruntime's library."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.conftest import random_net
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import UInt8Array

DEMO = Path(__file__).parents[2] / "android-demo"
COMMANDS = "dev.tinystyle.core.Commands"
ORT_COMMANDS = "dev.tinystyle.ort.OrtCommands"
_PACKAGES = {"javac": "openjdk-17-jdk-headless", "gcc": "gcc"}


@dataclass(frozen=True)
class Jvm:
    """The compiled classes of the demo."""

    folder: Path
    library: Path

    @property
    def temporary(self) -> Path:
        """Where Java makes temporary files."""
        return self.folder / "temporary"

    def command(self, main: str) -> list[str]:
        """What runs a class; its arguments follow."""
        java = shutil.which("java") or "java"
        command = [java, "-Xshare:auto", "-XX:TieredStopAtLevel=1"]
        command += [f"-Djava.io.tmpdir={self.temporary}"]
        command += ["-cp", str(self.folder / "classes")]
        command += [f"-Dtinystyle.ort.jni={self.folder / 'libtinystyle_ort.so'}"]
        return [*command, f"-Dtinystyle.ort.library={self.library}", main]

    def run(self, main: str, *arguments: str, timeout: float = 300, check: bool = True) -> str:
        """Run a class. Returns what it prints; its error output is part of a failure."""
        command = [*self.command(main), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0 or not check, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def script(self, main: str, folder: Path, lines: list[str]) -> list[str]:
        """Run commands of one of the two classes of commands. Returns a line for each."""
        script = folder / "script.txt"
        script.write_text("".join(f"{line}\n" for line in lines))
        return self.run(main, str(script)).splitlines()


@pytest.fixture(scope="session")
def jvm(tmp_path_factory: pytest.TempPathFactory) -> Jvm:
    absent = [package for tool, package in _PACKAGES.items() if shutil.which(tool) is None]
    if absent:
        pytest.skip(f"the Android demo's code was not run: apt-get install {' '.join(absent)}")
    libraries = sorted(Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so*"))
    if not libraries:
        pytest.skip("the installed onnxruntime has no libonnxruntime.so: install 1.20 or newer")
    folder = tmp_path_factory.mktemp("jvm")
    build = [DEMO / "tools" / "build_jvm.sh", folder]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    jvm = Jvm(folder, libraries[0])
    jvm.temporary.mkdir()
    return jvm


def byte_model(net: StyleNet | None = None, **graph: object) -> bytes:
    """A network of bytes, as the app has them."""
    options = ExportOptions(graph=GraphOptions(io=PictureIO.UINT8, **graph))  # type: ignore[arg-type]
    return onnx_bytes(prepare(net or random_net(), options.graph), options)


def save(path: Path, rgb: UInt8Array) -> Path:
    """A picture as bare bytes."""
    path.write_bytes(np.ascontiguousarray(rgb).tobytes())
    return path


def load(path: Path, shape: tuple[int, ...]) -> UInt8Array:
    """The reverse of :func:`save`."""
    return np.frombuffer(path.read_bytes(), np.uint8).reshape(shape)
