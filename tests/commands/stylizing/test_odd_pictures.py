"""``tinystyle stylize`` with files of rare kinds: painted, or refused in one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.pictures.deep_files import ramp
from tests.pictures.tiff_files import write_tiff
from tinystyle.cli import main
from tinystyle.commands.stylizing import files, streamed
from tinystyle.errors import OutputError
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.deep import has_16_bits
from tinystyle.pictures.depth import narrowed
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import read_picture

pytest.importorskip("pyvips")

DEEP = ramp(70, 80)
RGB = narrowed(DEEP)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "net.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    return str(path)


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pictures are painted from disk to disk, if they can be."""
    monkeypatch.setattr(streamed, "_IN_MEMORY", 10**6)


@pytest.mark.parametrize("ending", ["tif", "jpg"])
def test_photographs_become_tiff_with_all_exif(ending: str, model: str, tmp_path: Path) -> None:
    """Cameras write tables within EXIF, which Pillow cannot write into a compressed TIFF file."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0131] = "a camera", "a program"
    exif.get_ifd(0x8769).update({0x829A: 0.5, 0x9003: "2026:11:30 12:00:00", 0xA005: {1: "R98"}})
    exif.get_ifd(0x8825)[1] = "N"
    source, output = tmp_path / f"in.{ending}", tmp_path / "out.tif"
    Image.fromarray(RGB).save(source, exif=exif.tobytes())
    assert main(["stylize", model, str(source), "-o", str(output)]) == 0
    with Image.open(output) as image:
        image.load()
        assert image.info["compression"] == "tiff_adobe_deflate"
        found = image.getexif()
        assert (found[0x010F], found[0x0131]) == ("a camera", "a program")
        assert found.get_ifd(0x8769)[0x9003] == "2026:11:30 12:00:00"
        assert found.get_ifd(0x8825)[1] == "N"
    bare = write_tiff(tmp_path / "bare.tif", RGB, 2)
    Image.open(bare).save(tmp_path / "software.tif", tiffinfo={305: "a scanner"})
    assert main(["stylize", model, str(tmp_path / "software.tif"), "-o", str(output)]) == 0
    with Image.open(output) as image:
        assert image.getexif()[305] == "a scanner"


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_16_bits_that_only_pillow_knows(
    ending: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_tiff(tmp_path / "in.tif", np.dstack([DEEP, DEEP[..., 0]]), 5)
    output = tmp_path / f"out.{ending}"
    assert main(["stylize", model, str(source), "-o", str(output)]) == 0
    assert "cmyk" in capsys.readouterr().err
    assert not has_16_bits(output)


def test_16_bits_in_8_are_the_same_picture(model: str, tmp_path: Path) -> None:
    """Greys whose 0 is white, and planes, are misread by Pillow."""
    for name, pixels, kind, planes in (
        ("white", DEEP[..., :1], 0, False),
        ("planes", DEEP, 2, True),
    ):
        source = write_tiff(tmp_path / f"{name}.tif", pixels, kind, planes=planes)
        found = []
        for ending in ("png", "webp"):
            output = tmp_path / f"{name}.{ending}"
            assert main(["stylize", model, str(source), "-o", str(output)]) == 0
            found.append(read_picture(output).rgb.astype(int))
        assert np.abs(found[0] - found[1]).mean() < 12, name  # WebP loses some


@pytest.mark.usefixtures("short_of_memory")
def test_what_libvips_does_not_know_is_painted_in_memory(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(RGB).convert("CMYK").save(tmp_path / "a.jpg")
    Image.fromarray(RGB).convert("YCbCr").save(tmp_path / "b.tif")
    Image.fromarray(RGB[..., 0].astype(np.float32) / 255).save(tmp_path / "c.tif")
    for name in ("a.jpg", "b.tif", "c.tif"):
        command = ["stylize", model, str(tmp_path / name), "-o", str(tmp_path / "out.png")]
        assert main(command) == 0, name
        assert "disk to disk" not in capsys.readouterr().err
    Image.fromarray(RGB[:20]).save(tmp_path / "thin.png")  # which networks take padded
    assert main(["stylize", model, str(tmp_path / "thin.png"), "-o", str(tmp_path / "o.png")]) == 0
    assert "disk to disk" not in capsys.readouterr().err


@pytest.mark.usefixtures("short_of_memory")
def test_networks_without_tiles_paint_in_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tinystyle.export.passes.structure import Padding

    path, source = tmp_path / "slice.onnx", tmp_path / "in.png"
    graph = prepare(random_net(), GraphOptions(padding=Padding.SLICE))
    path.write_bytes(to_onnx(graph).SerializeToString())
    Image.fromarray(RGB).save(source)
    command = ["stylize", str(path), str(source), "-o", str(tmp_path / "out.png")]
    assert main([*command, "--stroke-size", "1"]) == 0
    assert "disk to disk" not in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
@pytest.mark.parametrize(
    ("name", "output"), [("a.tif", "o.tif"), ("a.png", "o.png"), ("a.mp4", "o.mp4")]
)
def test_a_pipe_is_refused_and_not_waited_for(
    name: str, output: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if output == "o.mp4":
        pytest.importorskip("av")
    os.mkfifo(tmp_path / name)
    assert main(["stylize", model, str(tmp_path / name), "-o", str(tmp_path / output)]) == 4
    assert "a pipe" in capsys.readouterr().err


def test_sides_that_a_format_has_not_are_refused_before_the_work(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (17_000, 2)).save(tmp_path / "in.png")
    command = ["stylize", model, str(tmp_path / "in.png"), "-o", str(tmp_path / "out.webp")]
    assert main(command) == 7
    assert "16,383" in capsys.readouterr().err
    files.require_fits(Path("out.jpg"), 65_500, 1)
    with pytest.raises(OutputError, match=r"65,500.*png"):
        files.require_fits(Path("out.jpg"), 1, 65_501)


def test_long_and_thin(model: str, tmp_path: Path) -> None:
    source, output = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(np.tile(landscape(64)[:3], (1, 141, 1))).save(source)
    assert main(["stylize", model, str(source), "-o", str(output)]) == 0
    assert read_picture(output).rgb.shape == (3, 9024, 3)


_WATCHED = """
import sys
from tinystyle.commands.stylizing import streamed
from tinystyle.pictures.libvips import spool
streamed._IN_MEMORY = 10**6
save = spool.save_image
def told(*arguments):
    print("encoding", flush=True)
    save(*arguments)
spool.save_image = told
from tinystyle.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of processes are Unix's")
@pytest.mark.parametrize(
    ("number", "exit_code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_interrupted_while_a_picture_is_encoded(
    model: str, tmp_path: Path, number: signal.Signals, exit_code: int, word: str
) -> None:
    """By Ctrl-C, which libvips' callbacks swallowed, and painting went on; by SIGTERM, which left
    its temporary folder."""
    source, scratch = tmp_path / "in.png", tmp_path / "scratch"
    scratch.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (2400, 2400, 3), np.uint8)
    Image.fromarray(noise).save(source, compress_level=0)
    command = [sys.executable, "-c", _WATCHED, "stylize", model, str(source)]
    command += ["-o", str(tmp_path / "out.png"), "--stroke-size", "20", "--threads", "1"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "encoding\n"
        time.sleep(0.1)
        program.send_signal(number)
        _, said = program.communicate(timeout=60)
    assert program.returncode == exit_code, said
    assert word in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.png", "scratch"]
    assert not list(scratch.iterdir())
