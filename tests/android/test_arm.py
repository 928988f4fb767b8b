"""The exported networks on an emulated ARM64 processor, as phones have, against this one.

Not part of the usual run: it needs a cross compiler, qemu and onnxruntime's library for ARM64.

    apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross libstdc++6-arm64-cross qemu-user-static
    pip download --no-deps --platform manylinux_2_28_aarch64 --only-binary :all: onnxruntime
    unzip onnxruntime-*aarch64.whl 'onnxruntime/capi/libonnxruntime.so*'
    TINYSTYLE_ARM64_LIBRARY=$PWD/onnxruntime/capi/libonnxruntime.so.1.x.y pytest tests/android/test_arm.py

Emulation says nothing of speed, and nothing of NNAPI, QNN or XNNPACK.

Of half precision there are three kinds of processors. Cortex-A76, as most phones have: sums are of
half numbers, one product after the other. "max", with SME, as the newest: sums are in single
precision. Cortex-A53, without half numbers: onnxruntime computes in single precision, as on x86.
"""  # noqa: E501

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.android.conftest import DEMO
from tests.conftest import random_net
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.network import reference
from tinystyle.network.graph import Precision
from tinystyle.network.spec import Architecture
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.stylizer import Stylizer

VARIABLE = "TINYSTYLE_ARM64_LIBRARY"
TOOLS = ("aarch64-linux-gnu-gcc", "qemu-aarch64-static")
SYSROOT = Path("/usr/aarch64-linux-gnu/lib")

# onnxruntime asks the system what the processor can, here too, and qemu shows it this computer's.
CPUINFO = """processor\t: 0
BogoMIPS\t: 100.00
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics{half} cpuid asimdrdm asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x1
CPU part\t: {part}
CPU revision\t: 0

"""


HALF = {"half": " fphp asimdhp", "part": "0xd0b"}
PROCESSORS = {"cortex-a76": HALF, "max": HALF, "cortex-a53": {"half": "", "part": "0xd03"}}

Runner = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """From the name of a processor to the command up to the model."""
    library = os.environ.get(VARIABLE)
    if not library:
        pytest.skip(f"not asked for: set {VARIABLE} to an ARM64 libonnxruntime.so (see the file)")
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent or not SYSROOT.is_dir():
        pytest.skip(f"{', '.join(absent) or SYSROOT} is missing: apt-get line in the file")
    folder = tmp_path_factory.mktemp("arm64")
    for processor, facts in PROCESSORS.items():
        (folder / processor / "proc").mkdir(parents=True)
        (folder / processor / "proc" / "cpuinfo").write_text(CPUINFO.format(**facts))
        (folder / processor / "lib").symlink_to(SYSROOT)
    source = DEMO / "jvm-ort" / "src" / "main" / "c" / "ort_run.c"
    program = folder / "ort_run"
    subprocess.run([TOOLS[0], "-std=c11", "-O1", "-o", program, source, "-ldl"], check=True)
    return lambda cpu: [TOOLS[1], "-cpu", cpu, "-L", str(folder / cpu), str(program), library]


@pytest.mark.parametrize(
    ("cpu", "precision", "io", "largest", "mean"),
    [
        ("cortex-a76", Precision.FP32, PictureIO.FLOAT, 1e-5, 1e-6),
        ("cortex-a76", Precision.FP32, PictureIO.UINT8, 1, 0.001),
        # Half precision is computed as such there, and as fp32 here.
        ("cortex-a76", Precision.FP16, PictureIO.FLOAT, 4 / 255, 0.5 / 255),
        ("cortex-a76", Precision.FP16, PictureIO.UINT8, 4, 0.5),
        ("max", Precision.FP16, PictureIO.FLOAT, 2 / 255, 0.25 / 255),
        ("max", Precision.FP16, PictureIO.UINT8, 2, 0.25),
        ("cortex-a53", Precision.FP16, PictureIO.FLOAT, 0.25 / 255, 0.05 / 255),
        # One value rounded to the other side changes the norms' statistics, and with them the
        # rounding of all that follows: two processors are as far from each other as either is from
        # the network.
        ("cortex-a76", Precision.INT8, PictureIO.UINT8, 24, 4),
    ],
)
def test_networks_on_arm64(
    runner: Runner,
    tmp_path: Path,
    cpu: str,
    precision: Precision,
    io: PictureIO,
    largest: float,
    mean: float,
) -> None:
    options = ExportOptions(graph=GraphOptions(precision=precision, io=io))
    pictures = [to_batch(landscape(128))]
    net = random_net()
    model = onnx_bytes(prepare(net, options.graph, pictures), options, pictures)
    rgb = landscape(80)[:64]
    picture: NDArray[np.generic] = rgb[None] if io is PictureIO.UINT8 else to_batch(rgb)
    (tmp_path / "model").write_bytes(model)
    (tmp_path / "in").write_bytes(picture.tobytes())
    files = [str(tmp_path / name) for name in ("model", "in", "out")]
    kind = "2" if io is PictureIO.UINT8 else "1"
    done = subprocess.run(
        [*runner(cpu), *files, kind, *map(str, picture.shape)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there = np.frombuffer((tmp_path / "out").read_bytes(), picture.dtype).reshape(picture.shape)
    painter = Stylizer.from_bytes(model, "model")
    here = painter.run_bytes(rgb[None]) if io is PictureIO.UINT8 else painter.run(to_batch(rgb))
    difference = np.abs(there.astype(np.float64) - here)
    print(
        f"{cpu} {precision.value} {io.value}: {difference.max():.3g}, mean {difference.mean():.3g}"
    )
    assert here.std() > (10 if io is PictureIO.UINT8 else 0.04)
    assert difference.max() <= largest
    assert difference.mean() <= mean
    if precision is Precision.INT8:
        wanted = 255.0 * reference.stylize(net, to_batch(rgb))[0].transpose(1, 2, 0)
        errors = [np.abs(painted[0] - wanted).mean() for painted in (there, here)]
        print(f"mean difference to the network: {errors[0]:.2f} there, {errors[1]:.2f} here")
        assert errors[0] <= 1.1 * errors[1]


@pytest.mark.parametrize("cpu", PROCESSORS)
@pytest.mark.parametrize("form", [Architecture.TINY, Architecture.ONE_NORM, Architecture.SIX_NORM])
def test_a_picture_of_one_colour_stays_one(
    runner: Runner, tmp_path: Path, cpu: str, form: Architecture
) -> None:
    """Norms enlarge an ulp between what is computed by one program and by another."""
    net = random_net(form)
    options = ExportOptions()
    (tmp_path / "model").write_bytes(onnx_bytes(prepare(net, options.graph), options))
    files = [str(tmp_path / name) for name in ("model", "in", "out")]
    for height, width in ((64, 64), (96, 65)):
        picture = np.full((1, 3, height, width), 0.5, np.float32)
        (tmp_path / "in").write_bytes(picture.tobytes())
        command = [*runner(cpu), *files, "1", "1", "3", str(height), str(width)]
        subprocess.run(command, capture_output=True, check=True)
        there = np.frombuffer((tmp_path / "out").read_bytes(), np.float32).reshape(picture.shape)
        assert np.abs(there - reference.stylize(net, picture)).max() <= 2e-6
