"""Pictures painted from disk to disk: the same as in memory."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.pictures.colour_spaces import profile_of
from tests.pictures.deep_files import ramp, said
from tinystyle.cli import main
from tinystyle.commands.stylizing import streamed
from tinystyle.errors import OptionError, OutputError, PictureError
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.deep import DeepPicture, has_16_bits
from tinystyle.pictures.depth import narrowed
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import Picture, read_picture, resize
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions
from tinystyle.runtime.tiles.rows import ArrayRows

pyvips = pytest.importorskip("pyvips")

from tinystyle.pictures.libvips import library
from tinystyle.pictures.libvips.reading import open_picture, read_deep
from tinystyle.pictures.libvips.writing import save_deep
from tinystyle.runtime.streaming.painting import Manner, paint_opened, small_of

RGB = np.ascontiguousarray(landscape(160)[:131])
MANNERS = (
    Manner(),
    Manner(strength=0.4),
    Manner(keep_color=True),
    Manner(stroke_size=1.6),
    Manner(0.5, True, 1.6),
)


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    model = to_onnx(random_net()).SerializeToString()
    return Stylizer.from_bytes(model, "net", SessionOptions(threads=1))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    return path


def _paint(painter: Stylizer, source: Path, output: Path, manner: Manner = MANNERS[0]) -> None:
    opened = open_picture(source, "a test")
    form = {".png": "PNG", ".tif": "TIFF", ".jpg": "JPEG"}[output.suffix]
    paint_opened(painter, opened, str(source), output, form, manner, TileOptions())


def _expected(painter: Stylizer, picture: object, manner: Manner) -> np.ndarray:
    assert isinstance(picture, Picture | DeepPicture)
    rgb: np.ndarray = painter.stylize_picture(
        picture,
        strength=manner.strength,
        keep_color=manner.keep_color,
        stroke_size=manner.stroke_size,
    ).rgb
    return rgb


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_painted_as_in_memory(
    ending: str, manner: Manner, painter: Stylizer, tmp_path: Path
) -> None:
    source, output = tmp_path / "in.png", tmp_path / f"out.{ending}"
    Image.fromarray(RGB).save(source)
    _paint(painter, source, output, manner)
    expected = _expected(painter, read_picture(source), manner)
    painted = read_picture(output).rgb.astype(int)
    assert np.abs(painted - expected).max() <= 1
    assert (painted != expected).mean() < 0.01


@pytest.mark.parametrize("manner", MANNERS)
def test_16_bits_from_disk_to_disk(manner: Manner, painter: Stylizer, tmp_path: Path) -> None:
    source, output = tmp_path / "in.tif", tmp_path / "out.tif"
    save_deep(DeepPicture(ramp(131, 160), None, "", said()), source)
    _paint(painter, source, output, manner)
    assert has_16_bits(output)
    expected = _expected(painter, read_deep(source), manner)
    painted = read_deep(output)
    assert np.abs(painted.rgb.astype(int) - expected).max() <= 13  # 2e-4
    with Image.open(output) as image:
        assert image.getexif()[0x010E] == "a boat"
        assert image.getexif().get_ifd(0x8825)[1] == "N"


def test_jpeg_in_and_out_with_profile_and_orientation(painter: Stylizer, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a boat"
    source, output = tmp_path / "in.jpg", tmp_path / "out.jpg"
    profile = profile_of("P3")
    Image.fromarray(RGB).save(source, exif=exif, icc_profile=profile, quality=95, dpi=(300, 300))
    _paint(painter, source, output)
    picture = read_picture(source)
    assert picture.rgb.shape[:2] == (160, 131)
    painted = read_picture(output)
    assert painted.metadata.tagged
    assert painted.metadata.dpi == pytest.approx((300, 300), abs=0.1)
    expected = _expected(painter, picture, Manner())
    Image.fromarray(expected).save(tmp_path / "as-pillow.jpg", quality=95)
    as_pillow = read_picture(tmp_path / "as-pillow.jpg").rgb
    assert np.abs(painted.rgb.astype(int) - as_pillow).mean() < 3.0  # of noise, which norms enlarge
    with Image.open(output) as image:
        assert image.getexif()[0x010E] == "a boat"
        assert image.getexif().get(0x0112, 1) == 1


def _cut_out(hidden: int) -> np.ndarray:
    rows, columns = np.mgrid[:131, :160]
    alpha = np.clip(400 - 4 * np.hypot(rows - 60, columns - 80), 0, 255).astype(np.uint8)
    return np.dstack([np.where(alpha[..., None] > 0, RGB, np.uint8(hidden)), alpha])


@pytest.mark.parametrize("deep", [False, True])
def test_what_is_hidden_takes_no_part(deep: bool, painter: Stylizer, tmp_path: Path) -> None:
    found = []
    for hidden in (0, 255):
        source, output = tmp_path / f"{hidden}.png", tmp_path / f"out-{hidden}.png"
        pixels = _cut_out(hidden)
        if deep:
            image = pyvips.Image.new_from_array(pixels.astype(np.uint16) * 257)
            image.copy(interpretation="rgb16").write_to_file(str(source))
        else:
            Image.fromarray(pixels).save(source)
        _paint(painter, source, output)
        with Image.open(output) as image:
            found.append(np.asarray(image))
        assert has_16_bits(output) == deep
    assert found[0].shape[2] == 4
    assert np.array_equal(found[0][..., 3], pixels[..., 3])
    assert np.array_equal(found[0], found[1])


def test_a_cut_out_as_jpeg_is_composed(painter: Stylizer, tmp_path: Path) -> None:
    source, output = tmp_path / "in.png", tmp_path / "out.jpg"
    Image.fromarray(_cut_out(0)).save(source)
    _paint(painter, source, output, Manner(background=(16, 32, 48)))
    with Image.open(output) as image:
        assert image.mode == "RGB"
        assert np.abs(np.asarray(image)[0, 0].astype(int) - (16, 32, 48)).max() <= 3


@pytest.mark.parametrize("size", [(40, 50), (131, 160), (1, 1), (77, 159)])
def test_made_smaller_as_in_memory(size: tuple[int, int]) -> None:
    expected = resize(RGB, *size).astype(int)
    assert np.abs(small_of(ArrayRows(RGB), size).astype(int) - expected).max() <= 2
    deep = ramp(131, 160)
    found = small_of(ArrayRows(deep), size).astype(int)
    assert np.abs(found - resize(deep, *size)).max() <= 2


def test_files_of_tiles_and_bigtiff(painter: Stylizer, tmp_path: Path) -> None:
    expected = _expected(painter, read_picture_of(RGB, tmp_path), Manner())
    for name, options in (
        ("tiled", {"tile": True, "tile_width": 64, "tile_height": 32, "compression": "lzw"}),
        ("big", {"bigtiff": True, "tile": True, "compression": "lzw"}),
        ("strips", {"compression": "deflate", "predictor": "horizontal"}),
        ("jpeg-inside", {"compression": "jpeg", "Q": 100}),
    ):
        source, output = tmp_path / f"{name}.tif", tmp_path / f"{name}-out.tif"
        pyvips.Image.new_from_array(RGB).copy(interpretation="srgb").tiffsave(
            str(source), **options
        )
        _paint(painter, source, output)
        painted = read_picture(output).rgb.astype(int)
        if name != "jpeg-inside":
            assert np.abs(painted - expected).max() <= 1, name
        assert painted.shape == RGB.shape


def read_picture_of(rgb: np.ndarray, folder: Path) -> object:
    Image.fromarray(rgb).save(folder / "plain.png")
    return read_picture(folder / "plain.png")


def test_bigtiff_is_written_above_4_gigabytes(
    painter: Stylizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinystyle.pictures.libvips import writing

    monkeypatch.setattr(writing, "_BIG", 1000)
    source, output = tmp_path / "in.tif", tmp_path / "out.tif"
    save_deep(DeepPicture(ramp(131, 160), None, "", said()), source)
    _paint(painter, source, output)
    assert output.read_bytes()[:4] == b"II+\0"
    with Image.open(output) as image:
        assert image.getexif()[0x010E] == "a boat"
        assert image.getexif().get_ifd(0x8825)[1] == "N"
        assert image.size == (160, 131)
    assert read_deep(output).rgb.shape == (131, 160, 3)


def test_the_command_streams_where_memory_is_short(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "in.tif", tmp_path / "out.tif"
    Image.fromarray(RGB).save(source)
    command = ["stylize", str(model), str(source), "-o", str(output)]
    assert main(command) == 0
    plain = read_picture(output).rgb.astype(int)
    assert "disk to disk" not in capsys.readouterr().err
    monkeypatch.setattr(streamed, "_IN_MEMORY", 10**6)
    assert main(command) == 0
    assert "painted from disk to disk" in capsys.readouterr().err
    assert np.abs(read_picture(output).rgb - plain).max() <= 1
    # What only memory can do is done there.
    assert main([*command, "--max-size", "100"]) == 0
    assert "disk to disk" not in capsys.readouterr().err
    assert max(read_picture(output).rgb.shape) == 100
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]


def test_16_bits_to_jpeg_are_8(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(streamed, "_IN_MEMORY", 10**6)
    source, output = tmp_path / "in.tif", tmp_path / "out.jpg"
    save_deep(DeepPicture(ramp(131, 160), None, "", said()), source)
    assert main(["stylize", str(model), str(source), "-o", str(output)]) == 0
    assert "painted in 8" in capsys.readouterr().err
    with Image.open(output) as image:
        assert image.size == (160, 131)


def _bomb(path: Path, side: int) -> Path:
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return path


def test_too_large_for_memory_and_for_all(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.png"
    command = ["stylize", str(model), str(_bomb(tmp_path / "a.png", 40_000)), "-o", str(output)]
    assert main(command) == 4
    assert "at most 1,000,000,000" in capsys.readouterr().err
    command[2] = str(_bomb(tmp_path / "b.png", 12_000))  # 144 megapixels that are not there
    assert main(command) == 4
    assert "damaged" in capsys.readouterr().err
    command[4] = str(tmp_path / "out.webp")
    assert main(command) == 4
    assert "name a .tif" in capsys.readouterr().err
    monkeypatch.setattr(library, "is_there", lambda: False)
    assert main(command) == 4
    assert "pip install 'pyvips[binary]'" in capsys.readouterr().err
    assert not output.exists()


def test_a_damaged_file_leaves_nothing(painter: Stylizer, tmp_path: Path) -> None:
    whole = tmp_path / "whole.tif"
    Image.fromarray(RGB).save(whole)
    source, output = tmp_path / "in.tif", tmp_path / "out.tif"
    source.write_bytes(whole.read_bytes()[:30_000])
    with pytest.raises(PictureError, match=r"in\.tif"):
        _paint(painter, source, output)
    assert not output.exists()


def test_no_room_is_said_before_the_work(
    painter: Stylizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in.png"
    Image.fromarray(RGB).save(source)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100))
    with pytest.raises(OutputError, match="TMPDIR"):
        _paint(painter, source, tmp_path / "out.png")
    assert [one.name for one in tmp_path.iterdir()] == ["in.png"]


def test_a_network_without_tiles_says_why(tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    Image.fromarray(RGB).save(source)
    model = to_onnx(prepare(random_net(), GraphOptions()), size=(64, 80)).SerializeToString()
    painter = Stylizer.from_bytes(model, "net", SessionOptions(threads=1))
    painter.fixed_size = None
    with pytest.raises(OptionError, match="too large for memory"):
        _paint(painter, source, tmp_path / "out.png")


def test_ctrl_c_leaves_nothing(painter: Stylizer, tmp_path: Path) -> None:
    source, output = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(narrowed(ramp(400, 500))).save(source)

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    opened = open_picture(source, "a test")
    with pytest.raises(KeyboardInterrupt):
        paint_opened(painter, opened, "in", output, "PNG", Manner(), TileOptions(progress=stop))
    assert [one.name for one in tmp_path.iterdir()] == ["in.png"]
