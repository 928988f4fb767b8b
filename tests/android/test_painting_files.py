"""The files that the demo's Java code makes of what an encoder writes, read with Pillow."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.android.conftest import COMMANDS, Jvm
from tinystyle.pictures.colour_profile import srgb_profile
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.metadata import PictureMetadata

FACTS = {
    "Make": "A",
    "Model": "Camera 2",
    "DateTime": "2024:05:06 07:08:09",
    "DateTimeOriginal": "2024:05:06 07:08:00",
    "OffsetTimeOriginal": "+02:00",
    "SubSecTimeOriginal": "123",
    "Artist": "N. N.",
    "Copyright": "  ",
    "ImageDescription": "a lake\0 and what lies behind",
    "Software": "x" * 3000,
    # What Android would say, too, and a painting must not.
    "Orientation": "6",
    "GPSLatitude": "47/1,22/1,0/1",
    "ImageWidth": "4000",
}
KEPT = {
    "Make": "A",
    "Model": "Camera 2",
    "DateTime": "2024:05:06 07:08:09",
    "Artist": "N. N.",
    "ImageDescription": "a lake",
    "Orientation": 1,
}
TAKEN = {
    "DateTimeOriginal": "2024:05:06 07:08:00",
    "OffsetTimeOriginal": "+02:00",
    "SubsecTimeOriginal": "123",
    "ExifVersion": b"0232",
    "ColorSpace": 1,
}
RGB = ARTWORKS["mosaic"](64)[:48]
RGBA = np.dstack([RGB, np.arange(48 * 64).reshape(48, 64).astype(np.uint8)])


def _encoded(form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(RGB if form == "JPEG" else RGBA)
    image.save(stream, form, **options)
    return stream.getvalue()


def _written(
    jvm: Jvm, folder: Path, data: bytes, name: str, piece: int = 100, facts: dict[str, str] = FACTS
) -> bytes:
    (folder / "facts").write_text(json.dumps(facts))
    (folder / "encoded").write_bytes(data)
    line = f"facts {folder / 'facts'} {folder / 'encoded'} {piece} {folder / name}"
    jvm.script(COMMANDS, folder, [line])
    return (folder / name).read_bytes()


def _exif(image: Image.Image) -> tuple[dict[str, object], dict[str, object]]:
    exif = image.getexif()
    taken = {ExifTags.TAGS[tag]: value for tag, value in exif.get_ifd(0x8769).items()}
    own = {ExifTags.TAGS[tag]: value for tag, value in exif.items()}
    own.pop("ExifOffset")
    return own, taken


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize(("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png")])
def test_a_painting_keeps_what_is_true_of_it(
    jvm: Jvm, tmp_path: Path, form: str, name: str, piece: int
) -> None:
    encoded = _encoded(form)
    with Image.open(io.BytesIO(_written(jvm, tmp_path, encoded, name, piece))) as image:
        assert (image.format, image.size) == (form, (64, 48))
        with Image.open(io.BytesIO(encoded)) as before:
            assert np.array_equal(np.asarray(image), np.asarray(before))
        assert _exif(image) == (KEPT, TAKEN)
        assert PictureMetadata.of(image).exif  # which tinystyle would keep, in its turn


@pytest.mark.parametrize(("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png")])
def test_without_facts_it_says_how_to_show_it(
    jvm: Jvm, tmp_path: Path, form: str, name: str
) -> None:
    data = _written(jvm, tmp_path, _encoded(form), name, facts={})
    with Image.open(io.BytesIO(data)) as image:
        always = {"ExifVersion": b"0232", "ColorSpace": 1}
        assert _exif(image) == ({"Orientation": 1}, always)


def test_values_of_exif_lie_at_even_places(jvm: Jvm, tmp_path: Path) -> None:
    """As TIFF asks; Pillow reads others, too."""
    data = _written(jvm, tmp_path, _encoded("JPEG"), "a.jpg")
    exif = data[12:]
    assert exif[:8] == b"MM\0*\0\0\0\x08"
    (count,) = struct.unpack_from(">H", exif, 8)
    entries = [struct.unpack_from(">HHII", exif, 10 + 12 * i) for i in range(count)]
    assert [tag for tag, *_ in entries] == sorted(tag for tag, *_ in entries)
    places = [place for _, kind, units, place in entries if kind == 4 or units > 4]
    assert len(places) == 5
    assert not [place for place in places if place % 2]


def _chunks(png: bytes) -> list[bytes]:
    names, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        names.append(png[at + 4 : at + 8])
        at += 12 + length
    return names


def test_a_png_says_once_that_it_is_srgb(jvm: Jvm, tmp_path: Path) -> None:
    plain = _written(jvm, tmp_path, _encoded("PNG"), "plain.png")
    assert _chunks(plain)[:4] == [b"IHDR", b"sRGB", b"eXIf", b"IDAT"]
    profile = _written(jvm, tmp_path, _encoded("PNG", icc_profile=srgb_profile()), "profile.png")
    assert _chunks(profile)[:4] == [b"IHDR", b"iCCP", b"eXIf", b"IDAT"]
    own = _written(jvm, tmp_path, plain, "own.png")
    assert _chunks(own).count(b"sRGB") == 1


def test_profile_and_exif_stand_together_in_a_jpeg(jvm: Jvm, tmp_path: Path) -> None:
    data = _written(jvm, tmp_path, _encoded("JPEG", icc_profile=srgb_profile()), "a.jpg")
    assert (data[2:4], data[6:12]) == (b"\xff\xe1", b"Exif\0\0")  # where cameras have it
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == srgb_profile()
        assert _exif(image) == (KEPT, TAKEN)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_what_is_another_format_is_no_painting(jvm: Jvm, tmp_path: Path, name: str) -> None:
    other = "PNG" if name == "a.jpg" else "JPEG"
    for piece in (1, 100_000):
        said = _written(jvm, tmp_path, _encoded(other), name, piece)
        assert said.startswith(b"refused: what was encoded is no ")
    endless = b"\x89PNG\r\n\x1a\n" + b"\xff" * 100
    if name == "a.png":
        assert b"no pixels" in _written(jvm, tmp_path, endless, name)
