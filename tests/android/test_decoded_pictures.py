"""What the demo's Java code makes of decoded pictures, against the Python package's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.android.conftest import COMMANDS, ORT_COMMANDS, Jvm, byte_model, load, save
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.files import _AVIF, _HEIC, _OTHER
from tinystyle.pictures.images import UInt8Array, from_pil
from tinystyle.pictures.transparency import filled
from tinystyle.runtime.stylizer import Stylizer

SHAPES = [(1, 1), (1, 9), (7, 1), (2, 2), (3, 5), (64, 64), (61, 90), (130, 47), (96, 132)]
ALPHAS = ("nothing", "one", "disc", "faint", "noise", "half", "opaque")


def _alpha(kind: str, height: int, width: int) -> UInt8Array:
    rows, columns = np.mgrid[:height, :width]
    random = np.random.default_rng(3)
    alpha = np.zeros((height, width), np.uint8)
    if kind == "one":
        alpha[height // 3, width // 2] = 1
    elif kind in ("disc", "faint"):
        away = np.hypot(rows - height / 2, columns - width / 3) / max(height, width)
        alpha = np.where(away < 0.3, 255 if kind == "disc" else 2 + columns % 9, 0).astype(np.uint8)
    elif kind == "noise":
        alpha = random.integers(0, 256, (height, width)).astype(np.uint8)
        alpha[random.random((height, width)) < 0.7] = 0
    elif kind in ("half", "opaque"):
        alpha += 127 if kind == "half" else 255
    return alpha


def _cut_outs() -> dict[str, UInt8Array]:
    """RGBA pictures whose hidden colours are noise."""
    found = {}
    for height, width in SHAPES:
        art = ARTWORKS["mosaic"](max(height, width, 64))[:height, :width]
        for kind in ALPHAS:
            alpha = _alpha(kind, height, width)
            noise = np.random.default_rng(1).integers(0, 256, art.shape).astype(np.uint8)
            rgb = np.where(alpha[..., None] > 0, art, noise)
            found[f"{height}x{width}-{kind}"] = np.dstack([rgb, alpha])
    return found


@pytest.fixture(scope="module")
def read_in_java(jvm: Jvm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of what became of each."""
    folder = tmp_path_factory.mktemp("decoded")
    lines, folders = [], {}
    for name, rgba in _cut_outs().items():
        folders[name] = folder / name
        folders[name].mkdir()
        argb = save(folders[name] / "argb", rgba[..., [3, 0, 1, 2]])
        size = f"{rgba.shape[0]} {rgba.shape[1]}"
        lines.append(f"decoded {size} {argb} {folders[name] / 'rgb'} {folders[name] / 'alpha'}")
    jvm.script(COMMANDS, folder, lines)
    return folders


@pytest.mark.parametrize("name", [*_cut_outs()])
def test_hidden_colours_come_from_around_as_in_python(
    read_in_java: dict[str, Path], name: str
) -> None:
    rgba = _cut_outs()[name]
    found = load(read_in_java[name] / "rgb", (*rgba.shape[:2], 3))
    assert np.array_equal(found, filled(Image.fromarray(rgba)))
    alpha = (read_in_java[name] / "alpha").read_bytes()
    assert alpha == (b"" if name.endswith("opaque") else rgba[..., 3].tobytes())


def test_planes_are_resampled_as_pillow_does_it(jvm: Jvm, tmp_path: Path) -> None:
    alpha = _alpha("noise", 61, 90)
    save(tmp_path / "in", alpha)
    sizes = [(30, 45), (61, 90), (200, 31), (1, 1)]
    lines = [f"plane {tmp_path / 'in'} 61 90 {h} {w} {tmp_path / f'{h}'}" for h, w in sizes]
    jvm.script(COMMANDS, tmp_path, lines)
    for height, width in sizes:
        image = Image.fromarray(alpha).resize((width, height), Image.Resampling.BICUBIC)
        assert np.array_equal(load(tmp_path / f"{height}", (height, width)), np.asarray(image))


def test_a_cut_out_is_painted_as_by_python(
    jvm: Jvm, read_in_java: dict[str, Path], tmp_path: Path
) -> None:
    name = "96x132-disc"
    rgba = _cut_outs()[name]
    (tmp_path / "net.onnx").write_bytes(byte_model())
    line = f"paint {tmp_path / 'net.onnx'} cpu 1 96 132 {read_in_java[name] / 'rgb'} {tmp_path}/out"
    jvm.script(ORT_COMMANDS, tmp_path, [line])
    expected = Stylizer.from_bytes(byte_model(), name).stylize(rgba)
    assert expected.shape == rgba.shape
    found = load(tmp_path / "out", (96, 132, 3))
    assert np.array_equal(found, expected[..., :3])
    assert (read_in_java[name] / "alpha").read_bytes() == expected[..., 3].tobytes()
    hidden = Stylizer.from_bytes(byte_model(), name).stylize(rgba[..., :3])
    shown = rgba[..., 3] > 0
    assert np.abs(hidden[shown].astype(int) - found[shown]).mean() > 1  # it makes a difference


def test_all_orientations_become_upright_as_in_python(jvm: Jvm, tmp_path: Path) -> None:
    stored = np.arange(35, dtype=np.uint8).reshape(5, 7) * 7
    save(tmp_path / "in", stored)
    numbers = range(10)  # EXIF has 1 to 8
    line = "turn {0} 5 7 " + f"{tmp_path / 'in'} {tmp_path}/{{0}}"
    jvm.script(COMMANDS, tmp_path, [line.format(number) for number in numbers])
    seen = set()
    for number in numbers:
        image = Image.fromarray(stored)
        image.getexif()[0x0112] = number
        expected = from_pil(image).rgb[..., 0]
        assert np.array_equal(load(tmp_path / str(number), expected.shape), expected), number
        seen.add((expected.shape, expected.tobytes()))
    assert len(seen) == 8


def test_what_is_not_decoded_is_named(jvm: Jvm, tmp_path: Path) -> None:
    box = b"\0\0\0\x18ftyp"
    heads = {box + kind + b"\0" * 4: "HEIC" for kind in _HEIC}
    heads |= {box + kind + b"\0" * 4: "AVIF" for kind in _AVIF}
    heads |= {start + b"\0" * 4: name for start, name in _OTHER.items()}
    heads |= {b"\xff\x0a" + b"\0" * 4: "JPEG XL", b"\0\0\0\x0cJXL " + b"\0" * 4: "JPEG XL"}
    heads |= {b"II*\0\x08\0\0\0": "TIFF", b"MM\0*\0\0\0\x08": "TIFF"}
    nothing_better = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"]
    nothing_better += [box, box + b"mp42", box + b"ic h", box + b"    "]
    lines = []
    for number, head in enumerate([*heads, *nothing_better]):
        (tmp_path / str(number)).write_bytes(head)
        lines.append(f"kind {tmp_path / str(number)} {tmp_path / str(number)}.txt")
    jvm.script(COMMANDS, tmp_path, lines)
    said = [(tmp_path / f"{number}.txt").read_text() for number in range(len(lines))]
    for text, name in zip(said, heads.values(), strict=False):
        assert text.startswith(f"it is {name}"), text
        assert "make a JPEG" in text
    assert said[len(heads) :] == ["null"] * len(nothing_better)
