"""Which patches of an artwork stand for the others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tinystyle.runtime.patch_choice import choose_patches, patches_of

FloatArray = NDArray[np.float32]


def _likeness(patches: FloatArray, chosen: NDArray[np.int64]) -> float:
    """Of all patches, how like the best of the chosen ones is, on average."""
    rows = patches.reshape(len(patches), -1)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return float((unit @ unit[chosen].T).max(axis=1).mean())


def test_patches_come_row_by_row() -> None:
    features = np.arange(2 * 4 * 5, dtype=np.float32).reshape(2, 4, 5)
    patches = patches_of(features)
    assert patches.shape == (6, 2, 3, 3)
    np.testing.assert_array_equal(patches[4], features[:, 1:4, 1:4])


def test_each_kind_of_patch_is_stood_for() -> None:
    random = np.random.default_rng(0)
    kinds = random.standard_normal((6, 4, 3, 3))
    # One kind is rare, and patches of a kind differ in length, which does not count.
    of = np.array([0] * 60 + [1] * 50 + [2] * 40 + [3] * 30 + [4] * 20 + [5])
    patches = kinds[of] * random.uniform(0.2, 5.0, (len(of), 1, 1, 1))
    patches += 0.01 * random.standard_normal(patches.shape)
    chosen = choose_patches(patches.astype(np.float32), 6)
    assert sorted(of[chosen]) == [0, 1, 2, 3, 4, 5]


def test_chosen_patches_are_more_like_all_than_random_ones() -> None:
    random = np.random.default_rng(1)
    smooth = random.standard_normal((3, 22, 22)).astype(np.float32)
    patches = patches_of(smooth)
    chosen = choose_patches(patches, 40)
    assert len(set(chosen.tolist())) == 40 and (np.diff(chosen) > 0).all()
    others = [random.choice(len(patches), 40, replace=False) for _ in range(5)]
    assert _likeness(patches, chosen) > max(_likeness(patches, other) for other in others)


@pytest.mark.parametrize("count", [1, 9])
def test_all_and_one(count: int) -> None:
    patches = np.random.default_rng(2).standard_normal((9, 2, 3, 3)).astype(np.float32)
    chosen = choose_patches(patches, count)
    assert chosen.shape == (count,)
    if count == 9:
        assert chosen.tolist() == list(range(9))


def test_equal_patches_are_each_chosen_once() -> None:
    patches = np.ones((7, 2, 3, 3), np.float32)
    assert sorted(set(choose_patches(patches, 5).tolist())) == choose_patches(patches, 5).tolist()
