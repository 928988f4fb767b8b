"""Strokes of the right size: the app's enlargement against Python's, byte for byte or one off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.android.conftest import COMMANDS, ORT_COMMANDS, Jvm, byte_model, load, save
from tests.conftest import random_net
from tinystyle.pictures.examples import landscape, swirls
from tinystyle.pictures.images import UInt8Array, resize
from tinystyle.pictures.transparency import hidden_colours
from tinystyle.runtime.enlargement import enlarged, painted_size, stroke_size_for
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

SIZES = [
    (1000, 2000), (1450, 1449), (1449, 1449), (3000, 4000), (4096, 4096), (64, 40_000),
    (100, 30_000), (40, 60_000), (9001, 331), (3024, 4032), (2448, 3264), (1, 2**24), (767, 3071),
]  # fmt: skip


def test_photos_are_painted_at_pythons_sizes(jvm: Jvm, tmp_path: Path) -> None:
    lines = [
        f"strokes {kind} {height} {width} {tmp_path / f'{kind}{i}'}"
        for i, (height, width) in enumerate(SIZES)
        for kind in ("AS_PREVIEW", "FINE")
    ]
    jvm.script(COMMANDS, tmp_path, lines)
    smaller = 0
    for i, size in enumerate(SIZES):
        wanted = painted_size(*size, stroke_size_for(*size))
        assert (tmp_path / f"AS_PREVIEW{i}").read_text() == f"{wanted[0]} {wanted[1]}", size
        assert (tmp_path / f"FINE{i}").read_text() == f"{size[0]} {size[1]}"
        smaller += wanted != size
    assert 5 < smaller < len(SIZES)


def tiled(height: int, width: int) -> UInt8Array:
    """A large photograph of many small ones, which are drawn sooner."""
    drawn = landscape(431)[::-1]
    times = -(-height // 431), -(-width // 431), 1
    return np.ascontiguousarray(np.tile(drawn, times)[:height, :width])


def _noise(height: int, width: int) -> UInt8Array:
    pixels = np.random.default_rng(height).integers(0, 256, (height, width, 3))
    return pixels.astype(np.uint8)


def _cut_out(height: int, width: int) -> UInt8Array:
    """A disc, its colours where nothing is seen as the app and Python both fill them."""
    rgb = swirls(max(height, width))[:height, :width]
    y, x = np.ogrid[:height, :width]
    alpha = np.where((y - height / 2) ** 2 + (x - width / 3) ** 2 < height**2 / 9, 255, 0)
    return hidden_colours(np.ascontiguousarray(rgb), alpha.astype(np.uint8))


PHOTOGRAPHS: dict[str, UInt8Array] = {
    "landscape": np.ascontiguousarray(landscape(701)[:467]),
    "noise": _noise(331, 257),
    "flat": np.full((401, 299, 3), (13, 200, 77), np.uint8),
    "black": np.zeros((200, 333, 3), np.uint8),
    "white": np.full((333, 200, 3), 255, np.uint8),
    "cut-out": _cut_out(350, 611),
    "strip": tiled(171, 3001),
}
FACTORS = {"landscape": 3.46, "noise": 2.1, "flat": 4.0, "strip": 2.5}


@pytest.mark.parametrize("rows", [1, 97, 100_000])
def test_the_guided_filter_is_pythons(jvm: Jvm, tmp_path: Path, rows: int) -> None:
    lines, wanted = [], {}
    for name, large in PHOTOGRAPHS.items():
        height, width = large.shape[:2]
        to_height, to_width = painted_size(height, width, FACTORS.get(name, 1.7))
        small = resize(large, to_height, to_width)
        strokes = swirls(max(to_height, to_width))[:to_height, :to_width]
        painted = np.ascontiguousarray(strokes) if name != "flat" else 255 - small
        files = [tmp_path / f"{name}.{part}" for part in ("painted", "small", "large", "out")]
        for file, picture in zip(files, (painted, small, large), strict=False):
            save(file, picture)
        where = f"{files[0]} {files[1]} {to_height} {to_width} {files[2]} {height} {width}"
        lines.append(f"enlarge {where} {rows} {files[3]}")
        wanted[name] = enlarged(painted, small, large)
    jvm.script(COMMANDS, tmp_path, lines)
    for name, expected in wanted.items():
        found = load(tmp_path / f"{name}.out", expected.shape)
        off = np.abs(found.astype(int) - expected)
        assert off.max() <= 1, name
        assert (off > 0).mean() < 0.002, name


def test_a_large_photo_is_painted_as_by_python(jvm: Jvm, tmp_path: Path) -> None:
    """2.3 megapixels, of odd sides: painted at one, and carried to its size."""
    photograph = tiled(1299, 1789)
    lines = []
    for seed in (3, 5):
        (tmp_path / f"{seed}.onnx").write_bytes(byte_model(random_net(seed=seed)))
        words = f"preview 4000000 1299 1789 {save(tmp_path / 'in', photograph)}"
        lines.append(f"photo {tmp_path / f'{seed}.onnx'} {words} {tmp_path / f'{seed}'}")
    assert jvm.script(ORT_COMMANDS, tmp_path, [*lines, "handles"]) == ["SCALED 1"] * 2 + [
        "handles 0"
    ]
    for seed in (3, 5):
        painter = Stylizer.load(tmp_path / f"{seed}.onnx", SessionOptions(threads=2))
        expected = painter.stylize(photograph)
        off = np.abs(load(tmp_path / str(seed), photograph.shape).astype(int) - expected)
        assert expected.std() > 10
        assert off.max() <= 1
        assert (off > 0).mean() < 0.002
        assert (
            np.abs(painter.stylize(photograph, stroke_size=1.0).astype(int) - expected).mean() > 2
        )
