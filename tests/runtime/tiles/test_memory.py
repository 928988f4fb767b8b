"""When pictures are painted in tiles, and what that may take."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import random_net
from tinystyle.errors import OptionError, OutputError
from tinystyle.export.lowering import GraphOptions, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.passes.structure import Padding
from tinystyle.network.spec import MAX_SIZE, Architecture
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles import memory
from tinystyle.runtime.tiles.memory import LEAST_MEMORY, TileOptions, bytes_of
from tinystyle.runtime.tiles.scratch import FileMap, new_map
from tinystyle.runtime.tiles.spans import Span

RGB = np.random.default_rng(0).integers(0, 256, (150, 140, 3), np.uint8)


def _painter(padding: Padding = Padding.REFLECT, **form: Any) -> Stylizer:
    graph = prepare(random_net(Architecture.SIX_NORM, 4), GraphOptions(padding=padding))
    return Stylizer.from_bytes(to_onnx(graph, **form).SerializeToString(), "net")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1GB", 10**9),
        ("800 MB", 8 * 10**8),
        ("1.5GiB", 1.5 * 2**30),
        ("300000k", 3 * 10**8),
        ("2g", 2 * 10**9),
    ],
)
def test_sizes_as_people_write_them(text: str, size: float) -> None:
    assert bytes_of(text) == int(size)


@pytest.mark.parametrize("text", ["", "GB", "1", "-1GB", "1e9GB", "1PB", "nan MB", "1,5GB"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="needed is a size such as"):
        bytes_of(text)


def test_options_have_limits() -> None:
    with pytest.raises(OptionError, match=r"memory is 100 MB; at least"):
        TileOptions(memory=10**8)
    for side in (63, 8193):
        with pytest.raises(OptionError, match="allowed are 64 to 8192"):
            TileOptions(side=side)


def test_large_pictures_alone_are_painted_in_tiles() -> None:
    tiling, small = _painter().tiling, TileOptions(memory=LEAST_MEMORY)
    assert not tiling.takes(600, 800, small)
    assert tiling.takes(3000, 4000, small)
    assert not tiling.takes(3000, 4000, TileOptions(memory=10**11))
    assert tiling.takes(100, MAX_SIZE + 1, TileOptions(memory=10**11))


def test_a_machine_with_little_left_gets_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 8 * 10**8)
    assert TileOptions().most == 4 * 10**8
    monkeypatch.setattr(memory, "available_memory", lambda: 10**11)
    assert TileOptions().most == 10**9


def test_sides_by_hand_are_taken_and_exact() -> None:
    painter = _painter()
    whole, tiled = painter.stylize(RGB), painter.stylize(RGB, tiles=TileOptions(side=64))
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 1
    small = painter.stylize(RGB[:40], tiles=TileOptions(side=64))
    assert np.array_equal(small, painter.stylize(RGB[:40]))


def test_colours_and_strength_are_kept_in_tiles() -> None:
    painter, options = _painter(), TileOptions(side=64)
    whole = painter.stylize(RGB, keep_color=True, strength=0.4)
    tiled = painter.stylize(RGB, keep_color=True, strength=0.4, tiles=options)
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 2


def test_what_is_painted_whole_says_why() -> None:
    fixed = _painter(size=(128, 128))
    assert fixed.tiling.refusal is not None
    assert "made for one size" in fixed.tiling.refusal
    assert not fixed.tiling.takes(9000, 9000, TileOptions(memory=LEAST_MEMORY))
    sliced = _painter(Padding.SLICE)
    assert sliced.tiling.refusal is not None
    assert "Concat is not local" in sliced.tiling.refusal
    with pytest.raises(OptionError, match=r"leave out their side \(--tile\)"):
        sliced.stylize(RGB, tiles=TileOptions(side=64))


def test_rows_come_back_from_files() -> None:
    whole = np.random.default_rng(1).random((9, 3, 5)).astype(np.float32)
    kept = FileMap(9, 3, 5, np.float32)
    for rows in (Span(0, 4), Span(4, 8), Span(8, 9)):
        blank = kept.blank(rows)
        blank[...] = whole[rows.start : rows.end]
        kept.write(rows, blank)
    for rows in (Span(0, 9), Span(3, 6), Span(8, 9)):
        assert np.array_equal(kept.read(rows), whole[rows.start : rows.end])
    kept.close()


def test_a_full_disk_is_told_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    used = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: used)
    with pytest.raises(OutputError, match="set TMPDIR to a folder on a larger disk"):
        new_map(100, 3, 100, np.float32, in_memory=False)
    new_map(100, 3, 100, np.float32, in_memory=True).close()


def test_a_disk_that_becomes_full_is_an_error_of_one_line() -> None:
    class Full:
        def seek(self, place: int) -> None: ...

        def write(self, view: memoryview) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    kept = FileMap(4, 3, 5, np.float32)
    kept._file.close()
    kept._file = Full()  # type: ignore[assignment]
    with pytest.raises(OutputError, match="No space left on device"):
        kept.write(Span(0, 4), kept.blank(Span(0, 4)))


def test_tiles_are_lower_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    much, little = TileOptions(memory=10**10), TileOptions(memory=10**9)
    assert much.room(8400, 12000).tile == (256, 512)
    assert much.room(8400, 12000).scratch > 8 * 10**9
    assert little.room(3000, 4000).tile == (256, 512)
    assert little.room(8400, 12000).tile == (192, 512)
    assert TileOptions(memory=LEAST_MEMORY).room(8400, 12000).tile == (64, 512)
    assert TileOptions(memory=LEAST_MEMORY).room(8400, 12000).scratch == 0
    assert TileOptions(side=100).room(8400, 12000).tile == (100, 100)
