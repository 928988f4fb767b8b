"""The pool of artworks: each described once, used a few times, continued exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.data.artwork_pool import ArtworkPool, PoolOptions, Seen
from tinystyle.training.data.in_memory import InMemoryPictures
from tinystyle.training.objective.style_target import StyleTarget

PLAIN = PoolOptions(size=64, held=6, uses=2, recoloured=0.0, formulas=0.0)


class Recorder:
    """Describes a picture by itself, and keeps it."""

    def __init__(self) -> None:
        self.pictures: list[Tensor] = []

    def __call__(self, picture: Tensor) -> Seen:
        assert picture.shape == (1, 3, 64, 64)
        assert 0.0 <= picture.min() <= picture.max() <= 1.0
        self.pictures.append(picture)
        return picture.flatten(1), StyleTarget(1, moments=picture.mean(dim=(2, 3)))


def _pool(
    options: PoolOptions = PLAIN, seed: int = 3, **place: int
) -> tuple[ArtworkPool, Recorder]:
    artworks = InMemoryPictures([draw(96) for draw in ARTWORKS.values()])
    photographs = InMemoryPictures([landscape(96)])
    recorder = Recorder()
    return ArtworkPool(artworks, photographs, recorder, options, seed, **place), recorder


def test_codes_and_styles_belong_together() -> None:
    pool, _ = _pool()
    codes, target = pool.draw(3)
    assert codes.shape == (3, 3 * 64 * 64)
    assert len(target) == 3
    means = codes.view(3, 3, -1).mean(dim=2)
    assert torch.allclose(means, target.moments, atol=1e-6)
    assert len({row.numpy().tobytes() for row in codes}) == 3  # different artworks


def test_each_is_described_once_and_used_as_often_as_told() -> None:
    pool, recorder = _pool()
    drawn: list[bytes] = []
    for _ in range(30):
        drawn += [row.numpy().tobytes() for row in pool.draw(2)[0]]
    described = [p.flatten(1)[0].numpy().tobytes() for p in recorder.pictures]
    assert len(described) == len(set(described))
    counts = [drawn.count(picture) for picture in described]
    assert max(counts) == 2
    assert sum(counts) == 60
    assert counts.count(2) >= len(counts) - PLAIN.held  # all but those still in the pool


def test_two_halves_are_the_whole() -> None:
    options = PoolOptions(size=64, held=5, uses=3, recoloured=0.5, formulas=0.5)
    whole, _ = _pool(options)
    expected = [whole.draw(2)[0] for _ in range(12)]
    first, _ = _pool(options)
    found = [first.draw(2)[0] for _ in range(5)]
    second, _ = _pool(options, seed=99)
    second.restore(first.state())
    second.generator.set_state(first.generator.get_state())
    found += [second.draw(2)[0] for _ in range(7)]
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


def test_another_pools_state_is_refused() -> None:
    pool, _ = _pool()
    other, _ = _pool(PoolOptions(size=64, held=7))
    with pytest.raises(ValueError, match="of the pool"):
        other.restore(pool.state())
    with pytest.raises(KeyError):
        pool.restore({})


def test_processes_together_see_what_one_sees() -> None:
    alone, _ = _pool()
    ranks = [_pool(rank=rank, world=2)[0] for rank in range(2)]
    for _ in range(6):
        expected = alone.draw(4)[0]
        parts = [pool.draw(2)[0] for pool in ranks]
        assert torch.equal(torch.stack(parts, dim=1).flatten(0, 1), expected)


def test_shares_are_kept() -> None:
    pool, recorder = _pool(PoolOptions(size=64, held=40, uses=1, recoloured=0.0, formulas=1.0))
    pool.draw(40)
    assert len(recorder.pictures) == 40
    grey = InMemoryPictures([np.full((64, 64, 3), v, np.uint8) for v in (90, 160)])
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    seen = Recorder()
    options = PoolOptions(size=64, held=200, uses=1, recoloured=0.5, formulas=0.0)
    ArtworkPool(InMemoryPictures([red]), grey, seen, options, 1).draw(200)
    changed = sum(p[0, 0].max().item() == 0.0 for p in seen.pictures)
    assert 40 <= changed <= 95  # half are recoloured, of these two thirds have no red any more


def test_bad_options_are_named() -> None:
    wrong: list[dict[str, Any]] = [{"held": 0}, {"uses": 0}, {"recoloured": 1.5}, {"formulas": -1}]
    for options in wrong:
        with pytest.raises(OptionError, match=next(iter(options))):
            PoolOptions(**options)
    pool, _ = _pool()
    with pytest.raises(OptionError, match="7 artworks a step; a pool of 6 allows 1 to 6"):
        pool.draw(7)
    with pytest.raises(OptionError, match="no artwork"):
        ArtworkPool(InMemoryPictures([]), InMemoryPictures([]), Recorder(), PLAIN, 0)
