"""Training pictures from archives and folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinystyle.errors import OptionError, PictureError
from tinystyle.training.data.shards import (
    centre_crop,
    expand_shards,
    iterate_pictures,
    read_pictures,
)


def test_tar_members_that_are_no_pictures_are_passed_over(shards: Path) -> None:
    names = [name for name, _ in iterate_pictures([shards / "style-0.tar"])]
    assert names == [f"style/{i}.jpg" for i in range(8)]
    assert not (shards.parent.parent / "escape.txt").exists()


def test_patterns_expand_in_order(shards: Path) -> None:
    assert [p.name for p in expand_shards(str(shards / "*.tar"))] == [
        "content-0.tar",
        "style-0.tar",
    ]
    assert expand_shards(str(shards)) == [shards]
    with pytest.raises(OptionError, match="no such"):
        expand_shards(str(shards / "nothing-*.tar"))


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(b"x" * 2000)
    with pytest.raises(PictureError, match=r"bad\.tar"):
        list(iterate_pictures([tmp_path / "bad.tar"]))


def test_pictures_are_shrunk_and_limited(shards: Path) -> None:
    pictures = read_pictures([shards / "content-0.tar"], 100, limit=3)
    assert [p.shape for p in pictures] == [(100, 100, 3)] * 3


def test_centre_crop() -> None:
    rgb = (np.arange(300) % 256).astype(np.uint8).reshape(10, 10, 3)
    assert np.array_equal(centre_crop(rgb, 4), rgb[3:7, 3:7])
    assert centre_crop(rgb, 20).shape == (20, 20, 3)
