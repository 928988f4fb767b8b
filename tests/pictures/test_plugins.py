"""Formats of plug-ins: JPEG XL, HEIC; AVIF, which Pillow itself has."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.pictures.colour_spaces import profile_of, tagged
from tinystyle.cli import main
from tinystyle.errors import PictureError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures import plugins
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.files import unreadable
from tinystyle.pictures.images import decode_picture
from tinystyle.pictures.jpeg_xl import is_jpeg_xl, size_of

PHOTOGRAPH = landscape(96)[:64]
MODULES = {"JXL": "pillow_jxl", "HEIF": "pillow_heif", "AVIF": "PIL"}
ENDINGS = {"JXL": "jxl", "HEIF": "heic", "AVIF": "avif"}


def _encoded(form: str, image: Image.Image, **options: object) -> bytes:
    if importlib.util.find_spec(MODULES[form]) is None or not plugins.there(form):
        pytest.skip(f"{MODULES[form]} is not installed")
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    return path


@pytest.mark.parametrize("form", MODULES)
@pytest.mark.parametrize("alpha", [False, True])
def test_read_painted_and_written(form: str, alpha: bool, model: Path, tmp_path: Path) -> None:
    pixels = PHOTOGRAPH
    if alpha:
        pixels = np.dstack([PHOTOGRAPH, np.full(PHOTOGRAPH.shape[:2], 200, np.uint8)])
    exif = Image.Exif()
    exif[0x0132], exif[0x010E] = "2026:11:30 12:00:00", "a boat"
    exif.get_ifd(0x8825)[1] = "N"
    data = _encoded(form, Image.fromarray(pixels), exif=exif.tobytes(), quality=95)
    source, output = tmp_path / f"in.{ENDINGS[form]}", tmp_path / f"out.{ENDINGS[form]}"
    source.write_bytes(data)
    picture = decode_picture(data, "x")
    assert np.abs(picture.rgb.astype(int) - PHOTOGRAPH).mean() < 4
    assert (picture.alpha is None) == (not alpha)
    assert picture.metadata.lossy
    assert main(["stylize", str(model), str(source), "-o", str(output)]) == 0
    with Image.open(output) as image:
        assert image.format == form
        assert image.size == (96, 64)
        assert image.mode == ("RGBA" if alpha else "RGB")
        assert image.getexif()[0x010E] == "a boat"
        assert image.getexif().get_ifd(0x8825)[1] == "N"
    as_png = tmp_path / "out.png"
    assert main(["stylize", str(model), str(source), "-o", str(as_png)]) == 0
    with Image.open(as_png) as image:
        expected = np.asarray(image)[..., :3].astype(int)
    assert np.abs(decode_picture(output.read_bytes(), "x").rgb - expected).mean() < 16  # of noise


@pytest.mark.parametrize("form", ["HEIF", "AVIF", "JXL"])
def test_a_profile_is_converted(form: str) -> None:
    """Of JPEG XL the plug-in gives what its decoder makes: numbers of sRGB, or the profile's."""
    options: dict[str, object] = {} if form == "JXL" else {"icc_profile": profile_of("P3")}
    image = Image.fromarray(PHOTOGRAPH) if form == "JXL" else tagged("P3", PHOTOGRAPH)
    data = _encoded(form, image, quality=98, **options)
    picture = decode_picture(data, "x")
    assert np.median(np.abs(picture.rgb.astype(int) - PHOTOGRAPH)) <= 2


def test_a_folder_of_them_becomes_png(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jxl").write_bytes(_encoded("JXL", Image.fromarray(PHOTOGRAPH)))
    Image.fromarray(PHOTOGRAPH).save(folder / "b.tif")
    assert main(["stylize", str(model), str(folder), "-o", str(tmp_path / "out")]) == 0
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["a.png", "b.tif"]


@pytest.mark.parametrize("form", ["JXL", "HEIF"])
def test_what_is_missing_is_named(
    form: str,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not plugins.there(form)
    path, output = tmp_path / "in.png", tmp_path / f"out.{ENDINGS[form]}"
    Image.fromarray(PHOTOGRAPH).save(path)
    assert main(["stylize", str(model), str(path), "-o", str(output)]) == 3
    extra = {"JXL": "jxl", "HEIF": "heic"}[form]
    assert f".[{extra}]" in capsys.readouterr().err
    head = {"JXL": b"\xff\x0a" + bytes(40), "HEIF": b"\0\0\0\x18ftypheic" + bytes(40)}[form]
    package = {"JXL": "pillow-jxl-plugin", "HEIF": "pillow-heif"}[form]
    assert f"pip install {package}" in unreadable(head)


@pytest.mark.parametrize(
    "size",
    [
        (64, 96),
        (8, 8),
        (256, 256),
        (263, 517),
        (96, 64),
        (100, 130),
        (90, 160),
        (1, 3000),
        (9000, 2),
    ],
)
def test_the_size_of_jpeg_xl_is_known_before_it_is_decoded(size: tuple[int, int]) -> None:
    pixels = np.zeros((*size, 3), np.uint8)
    for boxed in (False, True):
        data = _encoded("JXL", Image.fromarray(pixels), use_container=boxed, effort=1)
        assert is_jpeg_xl(data)
        assert size_of(data) == size


def _bomb(side: int) -> bytes:
    """The header of a square picture of ``side`` px, and nothing behind it."""
    bits = 0 | (3 << 1) | ((side - 1) << 3) | (1 << 33)
    return b"\xff\x0a" + bits.to_bytes(16, "little")


def test_jpeg_xl_of_any_size_is_not_decoded() -> None:
    assert size_of(_bomb(100_000)) == (100_000, 100_000)
    with pytest.raises(PictureError, match="10,000,000,000 pixels"):
        decode_picture(_bomb(100_000), "x")
    for data in (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a" + bytes(40)):
        assert size_of(data) is None
        with pytest.raises(PictureError, match="damaged"):
            decode_picture(data, "x")


def _box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,), (0, 2), (2, 5, 9)])
def test_the_size_of_jpeg_xl_in_parts(cuts: tuple[int, ...]) -> None:
    """Wherever the header is cut: decoders put the parts together."""
    whole = _encoded("JXL", Image.fromarray(np.zeros((263, 517, 3), np.uint8)), effort=1)
    assert whole.startswith(b"\xff\x0a")
    parts = [whole[a:b] for a, b in zip((0, *cuts), (*cuts, len(whole)), strict=True)]
    data = _box(b"JXL ", b"\r\n\x87\n") + _box(b"ftyp", b"jxl \0\0\0\0jxl ")
    for index, part in enumerate(parts):
        last = 0x80000000 if index == len(parts) - 1 else 0
        data += _box(b"jxlp", (index | last).to_bytes(4, "big") + part)
    assert size_of(data) == (263, 517)
    assert decode_picture(data, "x").rgb.shape == (263, 517, 3)


@pytest.mark.parametrize("form", ["JXL", "HEIF"])
def test_damaged_files_end_in_one_sentence(form: str) -> None:
    whole = _encoded(form, Image.fromarray(PHOTOGRAPH), quality=90)
    random = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(PictureError) as caught:
            decode_picture(whole[: int(share * len(whole))], "x")
        assert "\n" not in str(caught.value)
    for _ in range(30):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 8):
            data[place] = random.integers(0, 256)
        try:
            decode_picture(bytes(data), "x")
        except PictureError as error:
            assert "\n" not in str(error)
