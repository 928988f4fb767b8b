"""Crops come again as often as they are asked to."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.training.data import crops
from tinystyle.training.data.crops import Crops, batches
from tinystyle.training.data.in_memory import InMemoryPictures, PhotographSampler

COUNT = 4
SIDE = 32


@pytest.fixture(autouse=True)
def ten_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "_KEPT", 10 * COUNT * SIDE**2)


def _photographs() -> PhotographSampler:
    pixels = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    return PhotographSampler(InMemoryPictures([pixels]), SIDE, seed=0)


def _first(steps: int, visits: int) -> list[list[Crops]]:
    return list(itertools.islice(batches(_photographs(), COUNT, 2, visits), steps))


def test_a_batch_has_equal_parts() -> None:
    (batch,) = _first(1, 1)
    assert [tuple(part.image.shape) for part in batch] == [(2, 3, SIDE, SIDE)] * 2


def test_with_one_visit_every_step_has_other_crops() -> None:
    images = [torch.cat([part.image for part in batch]) for batch in _first(25, 1)]
    assert not any(torch.equal(a, b) for a, b in itertools.combinations(images, 2))


def test_more_visits_come_in_turns_and_then_others_begin() -> None:
    found = _first(75, 3)
    order = list(dict.fromkeys(id(batch) for batch in found))
    turns = [order.index(id(batch)) for batch in found]
    assert turns == [*list(range(10)) * 3, *list(range(10, 20)) * 3, *range(20, 30), *range(20, 25)]


def test_large_crops_come_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "_KEPT", SIDE**2)
    assert [len({id(batch) for batch in _first(steps, 3)}) for steps in (3, 4)] == [1, 2]


@pytest.mark.parametrize(("visits", "asked"), [(1, 2), (2, 1)])
def test_only_what_comes_again_is_kept(visits: int, asked: int) -> None:
    looks: list[Tensor] = []

    def see(image: Tensor) -> dict[str, Tensor]:
        looks.append(image)
        return {"relu3_3": image}

    part = _first(1, visits)[0][0]
    assert all(torch.equal(part.seen_by(see)["relu3_3"], part.image) for _ in range(2))
    assert len(looks) == asked
