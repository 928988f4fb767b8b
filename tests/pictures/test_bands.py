"""Arrays of Pillow's images, some rows at a time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tinystyle.pictures import bands


@pytest.mark.parametrize("turn", [None, *Image.Transpose])
@pytest.mark.parametrize("size", [(5, 3), (4, 9)])
def test_rows_are_turned_as_pillow_turns_the_whole(
    turn: Image.Transpose | None, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "_ROWS", 2)
    random = np.random.default_rng(0)
    image = Image.fromarray(random.integers(0, 256, (*size, 3), np.uint8))
    expected = image if turn is None else image.transpose(turn)
    got = bands.rgb_of(image, turn, lambda rows: rows)
    assert np.array_equal(got, np.asarray(expected))
