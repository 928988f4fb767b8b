"""Pictures on the training device."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tinystyle.errors import OptionError
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.training.data.in_memory import (
    NOISE_DEVIATION,
    InMemoryPictures,
    PhotographSampler,
    StyleSampler,
)


def _bank() -> InMemoryPictures:
    return InMemoryPictures([landscape(100), landscape(120)[:, :90], ARTWORKS["mosaic"](80)])


def test_a_cut_is_the_picture_itself_at_its_own_size() -> None:
    picture = landscape(100)
    cut = InMemoryPictures([picture]).cut(0, 10, 20, 64, 64)
    expected = picture[10:74, 20:84].transpose(2, 0, 1) / np.float32(255.0)
    assert np.array_equal(cut.numpy(), expected.astype(np.float32))


def test_a_scaled_cut_keeps_the_mean() -> None:
    bank = InMemoryPictures([landscape(200)])
    large, small = bank.cut(0, 0, 0, 200, 200), bank.cut(0, 0, 0, 200, 64)
    assert small.shape == (3, 64, 64)
    assert torch.allclose(small.mean(dim=(1, 2)), large.mean(dim=(1, 2)), atol=0.01)


def test_crops_are_random_and_repeatable() -> None:
    first = PhotographSampler(_bank(), 64, seed=1)(6)
    assert first.shape == (6, 3, 64, 64)
    assert first.min() >= 0.0 and first.max() <= 1.0
    assert torch.equal(first, PhotographSampler(_bank(), 64, seed=1)(6))
    assert not torch.equal(first, PhotographSampler(_bank(), 64, seed=2)(6))
    assert not torch.equal(first[0], first[1])


def test_noise_is_shared_out_among_ranks() -> None:
    pictures = torch.zeros(4, 3, 64, 64)
    whole = PhotographSampler(_bank(), 64, seed=3).noise(pictures)
    assert whole.mean().abs() < 1e-3
    assert whole.std().item() == pytest.approx(NOISE_DEVIATION, rel=0.02)
    for rank in (0, 1):
        own = PhotographSampler(_bank(), 64, seed=3, rank=rank, world=2).noise(pictures[:2])
        assert torch.equal(own, whole[rank::2])


def test_the_next_frame_is_near_and_not_the_same() -> None:
    still = np.zeros((200, 200, 3), dtype=np.uint8)
    still[:, 100:] = 255  # one upright edge: what moves across shows there
    sampler = PhotographSampler(InMemoryPictures([still]), 64, seed=4, shrink=1.0)
    moved, kept, parts = 0, 0, 0
    for _ in range(40):
        crop = sampler(1)
        frame = sampler.next_frame()
        assert frame.shape == crop.shape
        rows = ((frame - crop).abs() > 0.5).any(dim=1)[0].sum(dim=1)
        assert rows.max() <= 4  # pixels that the camera moves
        if crop.std() == 0.0:
            continue
        moved += int(bool((rows > 0).all()))
        parts += int(0 < int((rows > 0).sum()) < 64)
        kept += int(bool((rows == 0).all()))
    assert moved > 2 and parts > 1 and kept > 2


def test_the_noise_of_a_frame_is_a_cameras() -> None:
    grey = np.full((200, 200, 3), 128, dtype=np.uint8)
    sampler = PhotographSampler(InMemoryPictures([grey]), 64, seed=4)
    strengths = (sampler(32), sampler.next_frame())
    found = (strengths[1] - strengths[0]).std(dim=(1, 2, 3))
    assert found.min() > 0.05 * NOISE_DEVIATION
    assert found.max() < 1.1 * NOISE_DEVIATION


def test_frames_are_shared_out_among_ranks() -> None:
    whole = PhotographSampler(_bank(), 64, seed=3)
    whole(4)
    frames = whole.next_frame()
    for rank in (0, 1):
        own = PhotographSampler(_bank(), 64, seed=3, rank=rank, world=2)
        own(2)
        assert torch.equal(own.next_frame(), frames[rank::2])


def test_crops_are_not_reduced_more_than_asked() -> None:
    ramp = np.broadcast_to(np.arange(250, dtype=np.uint8)[None, :, None], (250, 250, 3))
    for shrink, steepest in ((1.0, 1.01), (2.0, 2.05)):
        crops = PhotographSampler(InMemoryPictures([np.array(ramp)]), 64, 0, shrink=shrink)(30)
        slopes = (crops[:, 0, 0, -1] - crops[:, 0, 0, 0]).abs() * 255 / 63
        assert slopes.max() <= steepest
        assert slopes.max() > 0.9 * shrink


def test_ranks_share_what_one_process_would_see() -> None:
    whole = PhotographSampler(_bank(), 64, seed=3)(4)
    parts = [PhotographSampler(_bank(), 64, seed=3, rank=r, world=2)(2) for r in (0, 1)]
    assert torch.equal(whole[0::2], parts[0])
    assert torch.equal(whole[1::2], parts[1])
    chosen = StyleSampler(_bank(), 64, seed=3).choose(8, 3)
    halves = [StyleSampler(_bank(), 64, seed=3, rank=r, world=2).choose(4, 3) for r in (0, 1)]
    assert chosen[0::2].tolist() == halves[0].tolist()
    assert set(chosen.tolist()) <= {0, 1, 2}


def test_styles_move_only_by_the_jitter() -> None:
    picture = landscape(100)
    still = StyleSampler(InMemoryPictures([picture]), 64, 0, jitter=0)(torch.tensor([0]))
    expected = picture[18:82, 18:82].transpose(2, 0, 1) / np.float32(255.0)
    assert np.allclose(still[0].numpy(), expected)
    moved = StyleSampler(InMemoryPictures([picture]), 64, 0, jitter=8)(torch.tensor([0, 0]))
    assert not torch.equal(moved[0], moved[1])
    small = StyleSampler(InMemoryPictures([picture[:40]]), 64, 0)(torch.tensor([0]))
    assert small.shape == (1, 3, 64, 64)  # enlarged


def test_impossible_samplers_are_refused() -> None:
    with pytest.raises(OptionError, match="shrink"):
        PhotographSampler(_bank(), 64, 0, shrink=0.5)
    with pytest.raises(OptionError, match="no picture"):
        PhotographSampler(InMemoryPictures([]), 64, 0)
