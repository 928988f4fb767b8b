"""Pictures of 16 bits a channel: in, painted, out."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.pictures.colour_spaces import PRIMARIES, profile_of
from tests.pictures.deep_files import ramp, said
from tinystyle.cli import main
from tinystyle.errors import OptionError, OutputError, PictureError
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures.colour_profile import is_srgb
from tinystyle.pictures.deep import DeepPicture, deep_of, has_16_bits, shrink_deep
from tinystyle.pictures.depth import narrowed, widened
from tinystyle.pictures.images import MAX_PIXELS, Picture, read_picture, shrink, to_batch
from tinystyle.pictures.metadata import PictureMetadata
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import TileOptions

pyvips = pytest.importorskip("pyvips")

from tinystyle.pictures.libvips import library
from tinystyle.pictures.libvips.reading import read_deep
from tinystyle.pictures.libvips.writing import save_deep

RGB = ramp()
ALPHA = np.clip(ramp()[..., 0].astype(int) - 9000, 0, 65535).astype(np.uint16)
ENDINGS = ("png", "tif")


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    model = to_onnx(random_net()).SerializeToString()
    return Stylizer.from_bytes(model, "net", SessionOptions(threads=1))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    return path


def _write(path: Path, pixels: np.ndarray, **options: object) -> Path:
    """By libvips itself, not by what is tested."""
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels))
    bands = 1 if pixels.ndim == 2 else pixels.shape[2]
    image = image.copy(interpretation="rgb16" if bands > 2 else "grey16")
    profile = options.pop("profile", None)
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    if "orientation" in options:
        image.set_type(pyvips.GValue.gint_type, "orientation", options.pop("orientation"))
    image.write_to_file(str(path), **options)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_all_kinds_are_read_bit_by_bit(ending: str, bands: int, tmp_path: Path) -> None:
    colours = RGB[..., :1] if bands < 3 else RGB
    pixels = colours if bands in (1, 3) else np.dstack([colours, ALPHA])
    path = _write(tmp_path / f"a.{ending}", pixels)
    assert has_16_bits(path)
    picture = read_deep(path)
    seen = slice(None) if bands in (1, 3) else ALPHA > 0
    assert np.array_equal(picture.rgb[seen], np.broadcast_to(colours, RGB.shape)[seen])
    if bands in (1, 3):
        assert picture.alpha is None
    else:
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, ALPHA)
        assert (ALPHA == 0).sum() > 100
        # What nobody sees has colours from around, not those of the file.
        assert np.abs(picture.rgb[ALPHA == 0].astype(int) - colours[ALPHA == 0]).max() > 500


@pytest.mark.parametrize(("ending", "compression"), [("tif", "lzw"), ("tif", "none")])
def test_tiff_of_strips_and_compressions(ending: str, compression: str, tmp_path: Path) -> None:
    path = _write(tmp_path / f"a.{ending}", RGB, compression=compression)
    assert np.array_equal(read_deep(path).rgb, RGB)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_no_deep_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(narrowed(RGB)).save(path)
    assert not has_16_bits(path)
    assert not has_16_bits(tmp_path / "nothing.png")
    path.write_bytes(b"II*\0" + b"\xff" * 40)
    assert not has_16_bits(path)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_what_a_file_says_survives(ending: str, alpha: np.ndarray | None, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    save_deep(DeepPicture(RGB, alpha, "", said()), path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    found = read_deep(path)
    seen = slice(None) if alpha is None else alpha > 0
    assert np.array_equal(found.rgb[seen], RGB[seen])
    assert found.metadata.dpi == pytest.approx((300, 300), abs=0.1)
    assert b"someone" in found.metadata.xmp
    with Image.open(path) as image:
        exif = image.getexif()
        assert exif[0x0132] == "2026:11:30 12:00:00"
        assert exif[0x010E] == "a boat"
        assert exif.get_ifd(0x8825)[1] == "N"
        assert float(exif.get_ifd(0x8769)[0x829A]) == 0.5
        assert is_srgb(image.info["icc_profile"])
        image.load()  # and another reader finds the pixels
        assert np.abs(np.asarray(image)[..., :3].astype(int) - RGB / 257)[seen].max() <= 1.0


def _linear(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """From a space's linear RGB to XYZ, white D65."""
    xyz = np.stack([np.array([x / y, 1.0, (1.0 - x - y) / y]) for x, y in primaries], axis=1)
    scaled: np.ndarray = xyz * np.linalg.solve(xyz, np.array([0.9505, 1.0, 1.0891]))
    return scaled


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_profile_is_converted_in_16_bits(ending: str, tmp_path: Path) -> None:
    """Against the formulas of Adobe RGB and of sRGB (IEC 61966-2-1)."""
    path = _write(tmp_path / f"a.{ending}", RGB, profile=profile_of("Adobe RGB"))
    picture = read_deep(path)
    assert picture.metadata.tagged
    srgb = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
    linear = (RGB / 65535) ** (563 / 256) @ _linear(PRIMARIES["Adobe RGB"]).T
    linear = np.clip(linear @ np.linalg.inv(_linear(srgb)).T, 0.0, 1.0)
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    expected = np.where(linear <= 0.0031308, 12.92 * linear, curved)
    error = 255 * np.abs(picture.rgb / 65535 - expected)
    assert np.median(error) <= 0.02  # 8 bits have 0.26
    assert np.percentile(error, 99) <= 2.0  # where sRGB has no such colours
    assert np.abs(picture.rgb.astype(int) - RGB).max() > 2000


@pytest.mark.parametrize("profile", [b"x" * 40, bytes(200), profile_of("P3")[:300]])
def test_a_damaged_profile_changes_nothing(profile: bytes, tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tif", RGB, profile=profile)
    assert np.array_equal(read_deep(path).rgb, RGB)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations(ending: str, orientation: int, tmp_path: Path) -> None:
    path = _write(tmp_path / f"a.{ending}", RGB, orientation=orientation)
    picture = read_deep(path)
    eight = read_picture(path)
    assert picture.rgb.shape == eight.rgb.shape
    assert np.abs(picture.rgb / 257 - eight.rgb).max() <= 1.0
    assert not picture.metadata.exif or b"\x01\x12" not in picture.metadata.exif[:40]


def test_alpha_that_colours_were_multiplied_by(tmp_path: Path) -> None:
    """Of the file ExtraSamples says so; the multiplication rounds a little off."""
    alpha = np.maximum(ALPHA, 20000)
    multiplied = np.rint(RGB * (alpha[..., None] / 65535)).astype(np.uint16)
    path = _write(tmp_path / "a.tif", np.dstack([multiplied, alpha]), compression="none")
    data = bytearray(path.read_bytes())
    tag = data.find(struct.pack("<HHI", 338, 3, 1))
    assert tag > 0
    data[tag + 8 : tag + 10] = struct.pack("<H", 1)
    path.write_bytes(data)
    picture = read_deep(path)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, alpha)
    assert np.abs(picture.rgb.astype(int) - RGB).max() <= 4


def _painted(painter: Stylizer, **options: object) -> tuple[np.ndarray, np.ndarray]:
    deep = painter.stylize_picture(DeepPicture(RGB), **options)  # type: ignore[arg-type]
    plain = painter.stylize_picture(Picture(narrowed(RGB)), **options)  # type: ignore[arg-type]
    return deep.rgb, plain.rgb


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strength": 0.4},
        {"keep_color": True},
        {"stroke_size": 1.1},
        {"stroke_size": 1.1, "strength": 0.5, "keep_color": True},
        {"tiles": TileOptions(side=64)},
        {"tiles": TileOptions(side=64), "strength": 0.4},
    ],
)
def test_painted_as_8_bits_are_but_finer(painter: Stylizer, options: dict[str, object]) -> None:
    deep, plain = _painted(painter, **options)
    assert deep.dtype == np.uint16
    error = np.abs(deep / 257 - plain)
    assert np.median(error) < 1.5  # norms enlarge what 8 bits round off
    assert len(np.unique(deep)) > 4 * len(np.unique(plain))


def test_16_bits_are_what_the_network_makes(painter: Stylizer) -> None:
    expected = painter.run(to_batch(RGB))[0].transpose(1, 2, 0)
    painted = painter.stylize(RGB)
    assert painted.dtype == np.uint16
    assert np.abs(painted / 65535 - np.clip(expected, 0, 1)).max() <= 0.51 / 65535
    tiled = painter.stylize(RGB, tiles=TileOptions(side=64))
    assert np.abs(tiled.astype(int) - painted).max() <= 7  # 1e-4
    with_alpha = painter.stylize(np.dstack([RGB, ALPHA]))
    assert np.array_equal(with_alpha[..., 3], ALPHA)
    small = painter.stylize(RGB[:20, :30])
    assert small.shape == (20, 30, 3)


def test_shrunk_as_8_bits_are(tmp_path: Path) -> None:
    for alpha in (None, np.maximum(ALPHA, 3000)):
        deep = DeepPicture(RGB, alpha)
        small, plain = shrink_deep(deep, 40), shrink(deep.narrow(), 40)
        assert small.rgb.shape == plain.rgb.shape
        assert np.abs(small.rgb / 257 - plain.rgb).max() <= 1.6
        assert (small.alpha is None) == (alpha is None)
    assert shrink_deep(deep, 400) is deep
    assert np.array_equal(narrowed(widened(plain.rgb)), plain.rgb)


def test_arrays_of_another_shape_are_refused() -> None:
    for shape in ((4, 5, 6), (0, 3, 3), (2, 3, 4, 3)):
        with pytest.raises(OptionError, match="uint16"):
            deep_of(np.zeros(shape, np.uint16))


@pytest.mark.parametrize(("source", "output"), [("png", "tif"), ("tif", "png"), ("tif", "tif")])
def test_the_command_keeps_16_bits(source: str, output: str, model: Path, tmp_path: Path) -> None:
    path, painted = tmp_path / f"in.{source}", tmp_path / f"out.{output}"
    save_deep(DeepPicture(RGB, ALPHA, "", said()), path)
    assert main(["stylize", str(model), str(path), "-o", str(painted), "--max-size", "80"]) == 0
    assert has_16_bits(painted)
    found = read_deep(painted)
    assert max(found.rgb.shape) == 80
    assert found.alpha is not None
    assert len(np.unique(found.rgb)) > 256
    with Image.open(painted) as image:
        assert image.getexif()[0x010E] == "a boat"
        assert image.getexif().get_ifd(0x8825)[1] == "N"


def test_where_16_bits_cannot_be_kept_it_is_said(
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = _write(tmp_path / "in.png", RGB)
    for ending, form in (("jpg", "JPEG"), ("webp", "WEBP")):
        assert main(["stylize", str(model), str(path), "-o", str(tmp_path / f"out.{ending}")]) == 0
        assert "painted in 8, as" in capsys.readouterr().err
        with Image.open(tmp_path / f"out.{ending}") as image:
            assert image.format == form
    bytes_model = tmp_path / "bytes.onnx"
    bytes_model.write_bytes(
        to_onnx(prepare(random_net(), GraphOptions(io=PictureIO.UINT8))).SerializeToString()
    )
    command = ["stylize", str(bytes_model), str(path), "-o", str(tmp_path / "out.png")]
    assert main(command) == 0
    assert "--io uint8" in capsys.readouterr().err
    assert not has_16_bits(tmp_path / "out.png")
    with pytest.raises(OptionError, match="8 bits"):
        Stylizer.load(bytes_model).stylize(RGB)
    monkeypatch.setattr(library, "is_there", lambda: False)
    command[1] = str(model)
    assert main(command) == 0
    assert "pyvips[binary]" in capsys.readouterr().err
    assert not has_16_bits(tmp_path / "out.png")


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "in.png", RGB)
    library.load.cache_clear()
    monkeypatch.setitem(sys.modules, "pyvips", None)
    with pytest.raises(ImportError, match="large"):
        read_deep(path)
    monkeypatch.undo()
    library.load.cache_clear()


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_hostile_files_end_in_one_sentence(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Truncated at many places, with bytes changed, of a size that they do not have."""
    random = np.random.default_rng(0)
    for ending in ENDINGS:
        whole = _write(tmp_path / f"a.{ending}", RGB).read_bytes()
        path = tmp_path / f"b.{ending}"
        for share in (0.2, 0.5, 0.9, 0.99):
            path.write_bytes(whole[: int(share * len(whole))])
            with pytest.raises(PictureError, match=r"b\.") as caught:
                read_deep(path)
            assert "\n" not in str(caught.value)
        for _ in range(40):
            data = bytearray(whole)
            for place in random.integers(0, len(data), 12):
                data[place] = random.integers(0, 256)
            path.write_bytes(data)
            try:
                found = read_deep(path)
                assert found.rgb.size <= 3 * MAX_PIXELS
            except PictureError as error:
                assert "\n" not in str(error)
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(_png(30_000, 30_000, b"\0" * 1000))
    assert has_16_bits(bomb)
    with pytest.raises(PictureError, match="900,000,000 pixels"):
        read_deep(bomb)
    command = ["stylize", str(model), str(bomb), "-o", str(tmp_path / "out.png")]
    assert main(command) == 4
    assert "damaged" in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()
    bomb.write_bytes(_png(20, 20_000, b"\0" * 10))
    with pytest.raises(PictureError, match="damaged"):
        read_deep(bomb)


def test_a_disk_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(OutputError, match="file"):
        save_deep(DeepPicture(RGB, None, "", PictureMetadata()), file / "a.png")
