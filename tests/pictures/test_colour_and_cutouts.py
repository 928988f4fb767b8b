"""Profiles, orientation, metadata and transparency: a picture is more than numbers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from tests.conftest import encode, random_net
from tests.pictures.colour_spaces import PHOTOGRAPH, PRIMARIES, profile_of, tagged
from tinystyle.cli import main
from tinystyle.errors import PictureError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.pictures import files
from tinystyle.pictures.colour_profile import is_srgb, srgb_profile, to_srgb
from tinystyle.pictures.files import find_pictures
from tinystyle.pictures.images import decode_picture, from_pil, shrink
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    model = to_onnx(random_net()).SerializeToString()
    return Stylizer.from_bytes(model, "net", SessionOptions(threads=1))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("name", PRIMARIES)
def test_a_tagged_picture_is_seen_as_its_srgb_copy(name: str, form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {"quality": 98} if form == "JPEG" else {}
    image = tagged(name)
    wrong = np.abs(np.asarray(image).astype(int) - PHOTOGRAPH)
    assert np.median(wrong) >= 2  # the numbers alone are another picture
    picture = decode_picture(encode(image, form, icc_profile=profile_of(name), **options), "x")
    labs = rgb2lab(picture.rgb), rgb2lab(PHOTOGRAPH)
    errors = deltaE_ciede2000(*labs)  # type: ignore[no-untyped-call]
    assert np.median(errors) <= (1.9 if form == "JPEG" else 0.8)  # JPEG itself: 1.6
    assert picture.metadata.tagged
    saved = picture.metadata.save_options("PNG")["icc_profile"]
    assert is_srgb(saved)


def test_grey_palette_and_cmyk_with_profiles() -> None:
    for mode in ("L", "LA", "P", "RGBA"):
        image = Image.fromarray(PHOTOGRAPH).convert(mode)
        image.info["icc_profile"] = profile_of("P3")
        assert from_pil(image).rgb.shape == PHOTOGRAPH.shape
    image = Image.fromarray(PHOTOGRAPH).convert("CMYK")
    image.info["icc_profile"] = profile_of("P3")  # of other channels: it cannot be true
    plain = Image.fromarray(PHOTOGRAPH).convert("CMYK").convert("RGB")
    assert np.array_equal(from_pil(image).rgb, np.asarray(plain))


@pytest.mark.parametrize("profile", [b"x", b"\0" * 200, profile_of("P3")[:300]])
def test_a_damaged_profile_changes_nothing(profile: bytes) -> None:
    image = Image.fromarray(PHOTOGRAPH)
    assert np.array_equal(np.asarray(to_srgb(image, profile)), PHOTOGRAPH)


def test_srgb_itself_changes_nothing() -> None:
    assert is_srgb(srgb_profile())
    assert len(srgb_profile()) < 4096
    data = encode(Image.fromarray(PHOTOGRAPH), "PNG", icc_profile=srgb_profile())
    assert np.array_equal(decode_picture(data, "x").rgb, PHOTOGRAPH)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_in_files_and_in_python(
    orientation: int, form: str, painter: Stylizer
) -> None:
    flat = np.zeros((64, 96, 3), np.uint8)
    flat[:8, :8] = (250, 0, 0)  # the corner at the top left of what is stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    data = encode(Image.fromarray(flat), form, exif=exif, **options)
    top, left = {
        1: (1, 1),
        2: (1, 0),
        3: (0, 0),
        4: (0, 1),
        5: (1, 1),
        6: (1, 0),
        7: (0, 0),
        8: (0, 1),
    }[orientation]
    with Image.open(io.BytesIO(data)) as image:
        for picture in (decode_picture(data, "x"), from_pil(image)):
            assert picture.rgb.shape[:2] == ((64, 96) if orientation < 5 else (96, 64))
            corner = picture.rgb[:4] if top else picture.rgb[-4:]
            corner = corner[:, :4] if left else corner[:, -4:]
            assert corner[..., 0].min() > 180
            assert not picture.metadata.exif
        painted = painter.stylize(image)
        assert painted.size == ((96, 64) if orientation < 5 else (64, 96))
        assert painted.getexif().get(0x0112, 1) == 1
        if form != "TIFF":  # which Pillow turns by itself
            assert image.getexif().get(0x0112) == orientation  # the caller's is left alone


@pytest.mark.parametrize(("form", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_date_resolution_and_profile_survive(form: str, ending: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x0132], exif[0x010E] = 6, "2026:11:30 12:00:00", "a boat"
    exif.get_ifd(0x8825)[1] = "N"
    xmp = b'<x:xmpmeta><rdf tiff:Orientation="6" dc:creator="someone"/></x:xmpmeta>'
    image = tagged("P3")
    profile = profile_of("P3")
    image.save(tmp_path / "in.jpg", exif=exif, xmp=xmp, dpi=(300, 300), icc_profile=profile)
    (tmp_path / "net.onnx").write_bytes(to_onnx(random_net()).SerializeToString())
    output = tmp_path / f"out.{ending}"
    assert (
        main(["stylize", str(tmp_path / "net.onnx"), str(tmp_path / "in.jpg"), "-o", str(output)])
        == 0
    )
    with Image.open(output) as painted:
        found = painted.getexif()
        assert painted.size == (96, 96)
        assert found[0x0132] == "2026:11:30 12:00:00"
        assert found[0x010E] == "a boat"
        assert found.get_ifd(0x8825)[1] == "N"
        assert found.get(0x0112, 1) == 1
        assert is_srgb(painted.info["icc_profile"])
        if form != "WEBP":
            assert painted.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        if form != "PNG":
            assert b"someone" in painted.info["xmp"]
            assert b'Orientation="6"' not in painted.info["xmp"]


def test_damaged_exif_is_left_out() -> None:
    image = Image.fromarray(PHOTOGRAPH)
    data = encode(image, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\1" * 40)
    assert decode_picture(data, "x").rgb.shape == PHOTOGRAPH.shape


def _cut_out(hidden: int, rgb: np.ndarray = PHOTOGRAPH) -> Image.Image:
    side = len(rgb)
    rows, columns = np.mgrid[:side, :side] - side / 2
    alpha = np.clip(255 * (0.4 * side - np.hypot(rows, columns)), 0, 255).astype(np.uint8)
    rgb = np.where(alpha[..., None] > 0, rgb, np.uint8(hidden))
    return Image.fromarray(np.dstack([rgb, alpha]))


def test_what_is_hidden_takes_no_part(painter: Stylizer) -> None:
    black, white = (np.asarray(painter.stylize(_cut_out(hidden))) for hidden in (0, 255))
    assert np.array_equal(black, white)
    pictures = [from_pil(_cut_out(hidden)) for hidden in (0, 255)]
    assert np.array_equal(pictures[0].rgb, pictures[1].rgb)
    alpha = pictures[0].alpha
    assert alpha is not None
    assert np.array_equal(pictures[0].rgb[alpha > 0], PHOTOGRAPH[alpha > 0])
    arrays = [painter.stylize(np.asarray(_cut_out(hidden))) for hidden in (0, 255)]
    assert np.array_equal(arrays[0], arrays[1])


def test_hidden_pixels_take_colours_from_around() -> None:
    halves = np.zeros((64, 64, 3), np.uint8)
    halves[:, :32], halves[:, 32:] = (200, 40, 40), (40, 40, 200)
    picture = from_pil(_cut_out(0, halves))
    assert np.abs(picture.rgb[32, 0].astype(int) - (200, 40, 40)).max() <= 8
    assert np.abs(picture.rgb[32, 63].astype(int) - (40, 40, 200)).max() <= 8


def test_a_picture_of_nothing_is_grey() -> None:
    nothing = Image.fromarray(np.zeros((7, 5, 4), np.uint8))
    assert np.ptp(from_pil(nothing).rgb) == 0


@pytest.mark.parametrize("hidden", [0, 255])
def test_a_shrunk_cut_out_has_no_rim(hidden: int) -> None:
    disc = np.full((400, 400, 3), (255, 210, 60), np.uint8)
    small = shrink(from_pil(_cut_out(hidden, disc)), 100)
    assert small.alpha is not None
    edge = (small.alpha > 8) & (small.alpha < 250)
    assert edge.sum() > 50
    assert np.abs(small.rgb[edge].astype(int) - (255, 210, 60)).max() <= 8


def test_a_cut_out_as_jpeg_is_composed_on_a_stated_colour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.onnx").write_bytes(to_onnx(random_net()).SerializeToString())
    _cut_out(0).save(tmp_path / "in.png")
    command = [
        "stylize",
        str(tmp_path / "net.onnx"),
        str(tmp_path / "in.png"),
        "-o",
        str(tmp_path / "out.jpg"),
    ]
    for more, corner in (([], 255), (["--background", "#102030"], 0x10)):
        assert main([*command, *more]) == 0
        assert "composed on" in capsys.readouterr().err
        with Image.open(tmp_path / "out.jpg") as painted:
            assert abs(np.asarray(painted)[0, 0, 0].astype(int) - corner) <= 3
    assert main([*command, "--background", "nocolour"]) == 2
    assert "nocolour" in capsys.readouterr().err


def test_files_that_are_not_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "there", lambda form: False)
    heic = b"\0\0\0\x18ftypheic" + bytes(80)
    for data, words in (
        (heic, "HEIC"),
        (b"\xff\x0a" + bytes(50), "JPEG XL"),
        (b"\0\0\0\x0cjP  " + bytes(50), "JPEG 2000"),
    ):
        with pytest.raises(PictureError, match=words):
            decode_picture(data, "x")
    for name in ("a.heic", "._b.jpg", ".hidden.png", "c.jpg"):
        (tmp_path / name).write_bytes(heic)
    assert [path.name for path in find_pictures([tmp_path])] == ["a.heic", "c.jpg"]


def test_an_animated_picture_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.onnx").write_bytes(to_onnx(random_net()).SerializeToString())
    frames = [Image.fromarray(np.roll(PHOTOGRAPH, n, axis=0)) for n in (0, 9)]
    frames[0].save(tmp_path / "anim.gif", save_all=True, append_images=frames[1:])
    assert (
        main(
            [
                "stylize",
                str(tmp_path / "net.onnx"),
                str(tmp_path / "anim.gif"),
                "-o",
                str(tmp_path / "out"),
            ]
        )
        == 0
    )
    assert "is animated" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["anim.png"]
