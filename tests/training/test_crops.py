"""Crops come again as often as they are asked to."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.training.bank import PhotographSampler, PictureBank  # noqa: E402
from tinystyle.training.crops import Crops, batches  # noqa: E402


def _photographs() -> PhotographSampler:
    pixels = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    return PhotographSampler(PictureBank([pixels]), 32, seed=0)


def _first(steps: int, visits: int) -> list[list[Crops]]:
    return list(itertools.islice(batches(_photographs(), 4, 2, visits), steps))


def test_a_batch_has_equal_parts() -> None:
    (batch,) = _first(1, 1)
    assert [tuple(crops.image.shape) for crops in batch] == [(2, 3, 32, 32)] * 2
    assert all(crops.seen is None for crops in batch)


def test_with_one_visit_every_step_has_other_crops() -> None:
    images = [torch.cat([crops.image for crops in batch]) for batch in _first(25, 1)]
    assert not any(torch.equal(a, b) for a, b in itertools.combinations(images, 2))


def test_more_visits_come_in_turns_and_then_others_begin() -> None:
    found = _first(75, 3)
    order = list(dict.fromkeys(id(batch) for batch in found))
    turns = [order.index(id(batch)) for batch in found]
    assert turns == [*list(range(10)) * 3, *list(range(10, 20)) * 3, *range(20, 30), *range(20, 25)]


def test_what_was_seen_is_still_known_at_the_next_visit() -> None:
    endless = batches(_photographs(), 2, 1, 2)
    first = next(endless)
    first[0].seen = {"relu3_3": torch.zeros(2, 1, 1, 1)}
    again = next(itertools.islice(endless, 9, None))
    assert again is first
