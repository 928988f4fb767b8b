"""Hostile and unusual picture files."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import encode
from tinystyle.errors import PictureError
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import (
    Picture,
    decode_picture,
    read_picture,
    resize,
    shrink,
    to_batch,
    to_uint8,
)

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def _bomb(side: int) -> bytes:
    """A PNG of side x side black pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"this is no picture", "not a picture"),
        (encode(Image.fromarray(RGB), "JPEG")[:400], "damaged"),
        (encode(Image.fromarray(RGB), "PNG")[:200], "damaged"),
        (_bomb(20000), "pixels"),
        (_bomb(12000), "pixels"),
        (b"GIF89a", "damaged|not a picture"),
    ],
)
def test_bad_files_are_one_clear_error(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(data)
    with pytest.raises(PictureError, match=reason) as caught:
        read_picture(path)
    assert str(path) in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="folder"):
        read_picture(tmp_path)
    with pytest.raises(PictureError, match="no picture"):
        find_pictures([tmp_path])


def test_folder_gives_its_pictures_in_order(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    found = find_pictures([tmp_path, Path("other.jpg")])
    assert [p.name for p in found] == ["a.png", "b.JPG", "other.jpg"]


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise
    data = encode(Image.fromarray(RGB), "PNG", exif=exif)
    assert np.array_equal(decode_picture(data, "x").rgb, np.rot90(RGB, -1))


def test_alpha_is_kept_apart() -> None:
    alpha = np.arange(600, dtype=np.uint8).reshape(20, 30)
    data = encode(Image.fromarray(np.dstack([RGB, alpha])), "PNG")
    picture = decode_picture(data, "x")
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, alpha)
    assert np.array_equal(picture.rgb[alpha > 0], RGB[alpha > 0])
    assert np.array_equal(np.asarray(picture.to_pil()), np.dstack([picture.rgb, alpha]))


def test_palette_transparency_becomes_alpha() -> None:
    image = Image.fromarray(RGB).quantize(8)
    picture = decode_picture(encode(image, "PNG", transparency=0), "x")
    assert picture.alpha is not None
    assert set(np.unique(picture.alpha)) <= {0, 255}


def test_grey_16_bit_keeps_its_range() -> None:
    values = np.linspace(0, 65535, 600).astype(np.uint16).reshape(20, 30)
    picture = decode_picture(encode(Image.fromarray(values), "PNG"), "x")
    assert picture.rgb.shape == (20, 30, 3)
    np.testing.assert_allclose(picture.rgb[..., 0], values / 257.0, atol=0.51)


def test_float_grey_with_holes() -> None:
    values = np.linspace(0.0, 1.0, 600, dtype=np.float32).reshape(20, 30)
    values[0, 0] = np.nan
    picture = decode_picture(encode(Image.fromarray(values), "TIFF"), "x")
    assert picture.rgb[0, 0].tolist() == [0, 0, 0]
    assert picture.rgb[-1, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_other_modes_become_rgb(mode: str) -> None:
    image = Image.fromarray(RGB).convert(mode)
    form = "TIFF" if mode == "CMYK" else "PNG"
    picture = decode_picture(encode(image, form), "x")
    assert picture.rgb.shape == (20, 30, 3)
    assert picture.rgb.dtype == np.uint8
    expected = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(picture.rgb.astype(int) - expected).max() <= 1


def test_batch_round_trip_is_exact() -> None:
    batch = to_batch(RGB)
    assert batch.shape == (1, 3, 20, 30)
    assert batch.max() <= 1.0
    assert np.array_equal(to_uint8(batch), RGB)


def test_resize_and_shrink_keep_proportions() -> None:
    assert resize(RGB, 7, 9).shape == (7, 9, 3)
    small = shrink(Picture(RGB, RGB[..., 0].copy()), 15)
    assert small.rgb.shape == (10, 15, 3)
    assert small.alpha is not None
    assert small.alpha.shape == (10, 15)
    same = Picture(RGB)
    assert shrink(same, 30) is same


def test_sha256_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    data = encode(Image.fromarray(RGB), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    assert read_picture(tmp_path / "a.png").sha256 == hashlib.sha256(data).hexdigest()
