"""Files of rare kinds: the same colours by libvips and by Pillow, or one sentence."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.pictures.deep_files import ramp
from tests.pictures.tiff_files import write_tiff
from tinystyle.errors import OutputError, PictureError
from tinystyle.pictures.deep import has_16_bits
from tinystyle.pictures.depth import narrowed
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import read_picture

pyvips = pytest.importorskip("pyvips")

from tinystyle.pictures.libvips import library
from tinystyle.pictures.libvips.reading import open_picture, read_deep
from tinystyle.pictures.libvips.spool import spool
from tinystyle.pictures.libvips.watching import watched

DEEP = ramp(40, 50)
RGB = narrowed(DEEP)
EXTRA = np.full((40, 50, 1), 7, np.uint8)
XMP = b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'


def _streamed(path: Path) -> np.ndarray:
    opened = open_picture(path, "a test")
    plain = path.with_name("rows")
    bands = spool(opened, plain, str(path))
    pixels: np.ndarray = np.fromfile(plain, np.uint16 if opened.deep else np.uint8)
    return pixels.reshape(*opened.size, bands)


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize(("own", "bands"), [(1, 2), (1, 3), (1, 4), (3, 4), (3, 5)])
def test_only_transparency_is_taken_for_it(own: int, bands: int, kind: int, tmp_path: Path) -> None:
    """Of channels beside the colours: something unsaid, alpha that colours hold, alpha."""
    pixels = np.concatenate([RGB[..., :own], *[EXTRA] * (bands - own)], axis=2)
    photometric = 1 if own == 1 else 2
    path = write_tiff(tmp_path / "a.tif", pixels, photometric, t338=kind)
    found = _streamed(path)
    assert found.shape[2] == (3 if kind == 0 else 4)
    if kind != 1:
        assert np.array_equal(found[..., :3], np.broadcast_to(pixels[..., :own], RGB.shape))
    if bands < 5 and (own == 3 or bands == 2):  # others are not known to Pillow
        assert (read_picture(path).alpha is None) == (kind == 0)
    deep = write_tiff(tmp_path / "b.tif", pixels.astype(np.uint16) * 257, photometric, t338=kind)
    assert (read_deep(deep).alpha is None) == (kind == 0)


def test_greys_with_alpha_that_they_were_multiplied_by(tmp_path: Path) -> None:
    alpha = np.full((40, 50, 1), 100, np.uint8)
    held = (RGB[..., :1] * (alpha / 255)).round().astype(np.uint8)
    picture = read_picture(write_tiff(tmp_path / "a.tif", np.dstack([held, alpha]), 1, t338=1))
    assert picture.alpha is not None
    assert np.abs(picture.rgb.astype(int) - RGB[..., :1]).max() <= 2


def test_planes_of_16_bits(tmp_path: Path) -> None:
    """Pillow would read them as bytes."""
    path = write_tiff(tmp_path / "a.tif", DEEP, 2, planes=True)
    assert np.array_equal(read_deep(path).rgb, DEEP)
    with pytest.raises(PictureError, match=r"planes.*pyvips"):
        read_picture(path)
    path = write_tiff(tmp_path / "b.tif", RGB, 2, planes=True)
    assert np.array_equal(read_picture(path).rgb, RGB)


def test_greys_whose_0_is_white(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", DEEP[..., :1], 0)
    assert has_16_bits(path)
    expected = np.broadcast_to(65535 - DEEP[..., :1], DEEP.shape)
    assert np.array_equal(read_deep(path).rgb, expected)
    assert np.abs(read_picture(path).rgb - narrowed(expected).astype(int)).max() <= 1


@pytest.mark.parametrize("photometric", [5, 6, 8, 32803])
def test_colours_that_libvips_would_take_for_others(photometric: int, tmp_path: Path) -> None:
    bands = np.dstack([RGB, EXTRA]) if photometric == 5 else RGB
    path = write_tiff(tmp_path / "a.tif", bands, photometric)
    with pytest.raises(PictureError, match=r"a\.tif"):
        open_picture(path, "a test")


def test_ycbcr_of_jpeg_inside_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(landscape(64)).save(path, compression="jpeg", quality=95)
    assert np.abs(_streamed(path).astype(int) - read_picture(path).rgb).max() <= 8


@pytest.mark.parametrize("form", ["png", "jpg", "tif"])
def test_xmp_tells_which_side_is_up(form: str, tmp_path: Path) -> None:
    """Where nothing else does, as for Pillow."""
    path, image = tmp_path / f"a.{form}", Image.fromarray(landscape(64)[:40])
    if form == "tif":
        image.save(path, tiffinfo={700: XMP})
    elif form == "jpg":
        image.save(path, xmp=XMP, quality=100, subsampling=0)
    else:
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        image.save(path, pnginfo=info)
    expected = read_picture(path).rgb
    assert expected.shape[:2] == (64, 40)
    assert np.abs(_streamed(path).astype(int) - expected).max() <= 2
    if form != "jpg":
        exif = Image.Exif()
        exif[0x0112] = 1
        if form == "tif":
            image.save(path, tiffinfo={274: 1, 700: XMP})
        else:
            image.save(path, exif=exif, pnginfo=info)
        assert _streamed(path).shape == (40, 64, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / os.fsdecode(b"\xff.tif"), DEEP, 2)
    assert not library.is_nameable(path)
    with pytest.raises(PictureError, match="UTF-8"):
        read_deep(path)
    for name in ("a[page=9].tif", "b.tif[shrink=8].tif", "a\nb.tif", "-x.tif", "%d 'ü\".tif"):
        assert np.array_equal(read_deep(write_tiff(tmp_path / name, DEEP, 2)).rgb, DEEP)


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"%PDF-1.4\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\x08\xf2\xa6\xb6" + bytes(200),  # libvips' own
        b"",
        b"II*\0",
    ],
)
def test_no_other_decoder_of_libvips_is_reached(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    assert not has_16_bits(path)
    with pytest.raises(PictureError, match=r"a\.tif: (is no PNG|the picture is damaged)"):
        open_picture(path, "a test")


def test_ctrl_c_is_heard_while_libvips_works(tmp_path: Path) -> None:
    noise = pyvips.Image.gaussnoise(2000, 2000)

    def interrupt(_: float) -> None:
        if not told:
            told.append(threading.Thread(target=signal.raise_signal, args=(signal.SIGINT,)))
            told[0].start()
            time.sleep(0.4)

    told: list[threading.Thread] = []
    with pytest.raises(KeyboardInterrupt):
        watched(noise, lambda: noise.rawsave(str(tmp_path / "rows")), interrupt)
    rows = tmp_path / "rows"  # not there, where the first row was not yet written
    assert not rows.exists() or rows.stat().st_size < 4 * 2000 * 2000


def test_an_error_of_a_bar_is_not_lost(tmp_path: Path) -> None:
    noise = pyvips.Image.gaussnoise(500, 500)

    def fail(_: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        watched(noise, lambda: noise.rawsave(str(tmp_path / "rows")), fail)
    assert watched(noise, lambda: 3) == 3


def test_a_damaged_picture_is_no_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "no space to write.png"
    Image.fromarray(landscape(64)).save(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(PictureError, match="damaged"):
        _streamed(path)


@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(landscape(64)).save(path)
    with pytest.raises(OutputError, match="No space left"):
        spool(open_picture(path, "a test"), Path("/dev/full"), str(path))


def test_what_libvips_says_is_one_line() -> None:
    for said, line in (
        ("unable to call rawsave\n", "libvips does not say why"),
        ("unable to call tiffload\n  tiff2vips: Read error\n", "tiff2vips: Read error"),
        (
            "a: write error\nsystem error: File too large\nsystem error: Unknown error -1\n",
            "File too",
        ),
    ):
        assert library.reason(ValueError(said)).startswith(line)


def test_exif_goes_into_compressed_tiff_of_many_strips() -> None:
    from tinystyle.pictures.tiff_tags import add_exif

    exif = Image.Exif()
    exif[0x010F], exif.get_ifd(0x8769)[0x829A] = "a camera", 0.5
    rgb = np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)
    for rows in (200, 16):
        stream = io.BytesIO()
        Image.fromarray(rgb).save(
            stream, "TIFF", compression="tiff_adobe_deflate", tiffinfo={278: rows}
        )
        add_exif(stream, exif.tobytes())
        with Image.open(stream) as image:
            assert np.array_equal(np.asarray(image), rgb)
            assert image.getexif()[0x010F] == "a camera"
            assert float(image.getexif().get_ifd(0x8769)[0x829A]) == 0.5
