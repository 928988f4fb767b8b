"""Pixels of the demo's Java code against numpy and Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.android.conftest import COMMANDS, Jvm, load, save
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import UInt8Array, resize
from tinystyle.runtime.color import transfer_luma

FloatArray = NDArray[np.float64]

# width, height, rotation, mirrored, target width and height, kind of chroma, padding of rows
CASES = [
    *((64, 48, angle, False, 64, 48, "planar", 0) for angle in (0, 180)),
    *((64, 48, angle, False, 48, 64, "planar", 0) for angle in (90, 270)),
    *((67, 45, angle, mirror, 67, 45, "interleaved", 5) for angle in (0, 180) for mirror in (0, 1)),
    *((67, 45, angle, mirror, 45, 67, "swapped", 61) for angle in (90, 270) for mirror in (0, 1)),
    (1, 1, 90, False, 1, 1, "planar", 0),
    (2, 7, 270, True, 7, 2, "interleaved", 1),
    # Cut and averaged down, by whole factors and by others; cut and repeated up.
    (128, 96, 0, False, 64, 48, "interleaved", 0),
    (161, 121, 90, True, 64, 64, "planar", 7),
    (161, 121, 270, False, 40, 70, "swapped", 3),
    (200, 90, 180, False, 47, 33, "interleaved", 56),
    (60, 44, 0, False, 100, 100, "planar", 4),
    # Cut at odd pixels: inside of a block of chroma.
    (163, 121, 0, False, 64, 64, "planar", 0),
    (70, 48, 90, True, 48, 48, "swapped", 2),
]


class Camera:
    """Planes of noise over a gradient, laid out as a camera might."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        small = (height + 1) // 2, (width + 1) // 2
        ramp = np.linspace(0, 200, width)[None, :] + np.linspace(0, 55, height)[:, None]
        self.y = np.clip(ramp + random.normal(0, 30, (height, width)), 0, 255).astype(np.uint8)
        # The corners of the colour cube, too.
        self.u, self.v = random.integers(0, 256, (2, *small)).astype(np.uint8)

    def write(self, folder: Path, chroma: str, padding: int) -> str:
        """Write the planes. Returns the words of the command that tell of them."""
        words = [_plane(folder / "y", self.y, 1, padding)]
        if chroma == "planar":
            words += [_plane(folder / n, p, 1, padding) for n, p in (("u", self.u), ("v", self.v))]
            return " ".join(words)
        first, second = (self.v, self.u) if chroma == "swapped" else (self.u, self.v)
        rows, columns = first.shape
        both = np.stack([first, second], axis=-1).reshape(rows, 2 * columns)
        _, stride, _ = _plane(folder / "uv", both, 1, padding).split(" ")
        views = [f"{folder / 'uv'} {stride} 2", f"{folder / 'uv'}+1 {stride} 2"]
        return " ".join(words + (views[::-1] if chroma == "swapped" else views))

    def upright(
        self, rotation: int, mirrored: bool, width: int, height: int
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Luma and chroma, cut to the target's proportions, averaged, turned and mirrored."""
        rows, columns = (width, height) if rotation in (90, 270) else (height, width)
        full_height, full_width = self.y.shape
        cut_height, cut_width = full_height, int(full_height * columns / rows + 0.5)
        if cut_width > full_width:
            cut_height, cut_width = int(full_width * rows / columns + 0.5), full_width
        cut_height, cut_width = max(1, min(cut_height, full_height)), max(1, cut_width)
        top, left = (full_height - cut_height) // 2, (full_width - cut_width) // 2
        result = []
        for plane in (self.y, *(_doubled(p, full_height, full_width) for p in (self.u, self.v))):
            cut = plane[top : top + cut_height, left : left + cut_width]
            scaled = _scaled(_scaled(cut, rows).T, columns).T
            turned = np.rot90(scaled, -rotation // 90)
            result.append(turned[:, ::-1] if mirrored else turned)
        return result[0], result[1], result[2]


def _doubled(plane: UInt8Array, height: int, width: int) -> UInt8Array:
    return plane.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]


def _scaled(plane: NDArray[Any], rows: int) -> FloatArray:
    """Means over areas, or the nearest row where there are fewer than wanted."""
    height, width = plane.shape
    nearest: FloatArray = 1.0 * plane[(np.arange(rows) * 2 + 1) * height // (2 * rows)]
    areas: FloatArray = plane.repeat(rows, axis=0).reshape(rows, height, width).mean(axis=1)
    return nearest if height <= rows else areas


def _plane(path: Path, samples: UInt8Array, pixel: int, padding: int) -> str:
    """Rows with rubbish between them; the last one ends with its last sample."""
    rows, columns = samples.shape
    padded = np.full((rows, columns + padding), 99, np.uint8)
    padded[:, :columns] = samples
    path.write_bytes(padded.tobytes()[: padded.size - padding])
    return f"{path} {columns + padding} {pixel}"


def _to_rgb(y: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    """ITU-R BT.601, full range (JFIF, equations 1 to 3 of its section "conversion")."""
    red = y + 1.402 * (v - 128)
    blue = y + 1.772 * (u - 128)
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return np.clip(np.stack([red, green, blue], axis=-1), 0, 255)


def test_camera_pictures(jvm: Jvm, tmp_path: Path) -> None:
    lines, wanted = [], []
    for number, case in enumerate(CASES):
        width, height, rotation, mirrored, to_width, to_height, chroma, padding = case
        folder = tmp_path / str(number)
        folder.mkdir()
        camera = Camera(width, height, number)
        planes = camera.write(folder, chroma, padding)
        words = f"yuv {width} {height} {planes} {rotation} {str(bool(mirrored)).lower()}"
        lines.append(f"{words} {to_width} {to_height} {folder / 'rgb'}")
        wanted.append(_to_rgb(*camera.upright(rotation, bool(mirrored), to_width, to_height)))
    jvm.script(COMMANDS, tmp_path, lines)
    for number, expected in enumerate(wanted):
        found = load(tmp_path / str(number) / "rgb", expected.shape)
        assert np.abs(found - expected).max() <= 1.0, CASES[number]
        assert found.std() > 20 or found.size < 50, CASES[number]


def test_colours_as_pillow_converts_them(jvm: Jvm, tmp_path: Path) -> None:
    """Pillow's YCbCr is JFIF's, too: an oracle that was not written here."""
    camera = Camera(96, 64, 0)
    planes = camera.write(tmp_path, "interleaved", 8)
    jvm.script(COMMANDS, tmp_path, [f"yuv 96 64 {planes} 0 false 96 64 {tmp_path / 'rgb'}"])
    full = [camera.y, _doubled(camera.u, 64, 96), _doubled(camera.v, 64, 96)]
    expected = np.asarray(Image.merge("YCbCr", [Image.fromarray(p) for p in full]).convert("RGB"))
    found = load(tmp_path / "rgb", (64, 96, 3))
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("command", ["blend", "blend-buffers"])
def test_strength_and_colours(jvm: Jvm, tmp_path: Path, command: str) -> None:
    photograph = landscape(96)
    painted = np.random.default_rng(0).integers(0, 256, photograph.shape).astype(np.uint8)
    save(tmp_path / "photograph", photograph)
    save(tmp_path / "painted", painted)
    cases = [(s, keep) for s in (0.0, 0.3, 1.0) for keep in (False, True)]
    files = f"{tmp_path / 'painted'} {tmp_path / 'photograph'}"
    jvm.script(
        COMMANDS,
        tmp_path,
        [f"{command} {files} {s} {str(k).lower()} {tmp_path / f'{s}{k}'}" for s, k in cases],
    )
    for strength, keep in cases:
        # NetSpec.blend: photograph + amount * (painted - photograph).
        change = np.float32(strength) * (painted.astype(np.float32) - photograph)
        expected = (photograph + change + np.float32(0.5)).astype(np.uint8)
        if keep:
            expected = transfer_luma(expected, photograph)
        found = load(tmp_path / f"{strength}{keep}", photograph.shape)
        difference = np.abs(found.astype(int) - expected)
        # Sums of three floats are ordered otherwise: at halves, one level may come of it.
        assert difference.max() <= int(keep)
        assert (difference > 0).mean() < 0.001


def test_resampling_is_pillows(jvm: Jvm, tmp_path: Path) -> None:
    rgb = ARTWORKS["mosaic"](150)[:, :131]
    save(tmp_path / "in", np.ascontiguousarray(rgb))
    cases = [
        (0, 0, 150, 131, 150, 131),
        (0, 0, 150, 131, 64, 56),
        (0, 0, 150, 131, 301, 262),
        (10, 3, 100, 120, 37, 120),
        (10, 3, 100, 120, 100, 251),
        (0, 0, 150, 131, 1, 1),
    ]
    lines = [
        f"resize {tmp_path / 'in'} 131 {' '.join(map(str, case))} {tmp_path / str(i)}"
        for i, case in enumerate(cases)
    ]
    jvm.script(COMMANDS, tmp_path, lines)
    for i, (top, left, height, width, to_height, to_width) in enumerate(cases):
        cut = np.ascontiguousarray(rgb[top : top + height, left : left + width])
        expected = resize(cut, to_height, to_width)
        assert np.array_equal(load(tmp_path / str(i), expected.shape), expected), cases[i]


def test_the_picture_of_benchmarks_is_worth_painting(jvm: Jvm, tmp_path: Path) -> None:
    jvm.script(COMMANDS, tmp_path, [f"picture 120 160 {tmp_path / f'{i}'}" for i in (0, 1)])
    picture = load(tmp_path / "0", (120, 160, 3))
    assert np.array_equal(picture, load(tmp_path / "1", picture.shape))
    assert picture.std(axis=(0, 1)).min() > 30
    assert np.abs(np.diff(picture.astype(int), axis=1)).mean() > 3
